/**
 * The report of a recording: tails over time, packets over time, losses, facts; as data, and as an
 * HTML page.
 *
 * Pure: `collectReport()` gathers the data, `reportPage()` writes the page, and `reportBody()` with
 * `pageStyle` what stands in it, for a page of your own. The caller gives the library that draws the
 * chart as text, so that nothing is fetched here.
 *
 * @module
 */

export type * from "./data.ts";
export { type CollectOptions, collectReport, type CollectStep } from "./collect.ts";
export { reportBody } from "./body.ts";
export type { BodyOptions } from "./sections/packets.ts";
export { type PageAssets, reportPage } from "./page.ts";
export { pageStyle } from "./style.ts";
