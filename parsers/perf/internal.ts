/**
 * What other rooms of this project use of `parsers/perf/` beside its public `mod.ts`. Not published.
 *
 * @module
 */

export { ownFields } from "./own_fields.ts";
export { RoundSorter } from "./round_sorter.ts";
export { sampleLayout } from "./sample_layout.ts";
export { Session } from "./session.ts";
