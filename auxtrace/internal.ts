/**
 * What other rooms of this project use of `auxtrace/` beside its public `mod.ts`. Not published.
 *
 * @module
 */

export { PADDING } from "./aux_queue.ts";
export { NO_LOSSES } from "./losses.ts";
export { mayFit } from "./conclusion.ts";
export { errorWords, remedyFor } from "./remedies.ts";
export { readable } from "./recording_facts.ts";
export { containerWords, traceWords } from "./recording_words.ts";
export { SharedSteps } from "./shared_steps.ts";
