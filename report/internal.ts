/**
 * What other rooms of this project use of `report/` beside its public `mod.ts`. Not published.
 *
 * @module
 */

export { hashSources, inlineText } from "./inline_text.ts";
export { MARK_KINDS, MARK_STYLES } from "./mark_kinds.ts";
export { seriesStyle } from "./series_style.ts";
export { coarser } from "./tail_buckets.ts";
export { bytes, count, counted, hex, queueName } from "./words.ts";
export { worstQueues } from "./worst_queues.ts";
