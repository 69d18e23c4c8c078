/**
 * What there is to see of a recording: tails over time, packets over time, facts; and the page.
 *
 * @module
 */

export type * from "./data.ts";
