/**
 * What there is to see of a recording: tails over time, packets over time, facts; and the page.
 *
 * Pure: `collectReport()` gathers, `reportPage()` writes HTML. The library that draws the chart is
 * given as text, so that nothing is fetched here.
 *
 * @module
 */

export type * from "./data.ts";
export {
  type CollectOptions,
  collectReport,
  type CollectStep,
  type RecordFindings,
  ReportRecords,
} from "./collect.ts";
export { decodeChart, type EmbeddedChart, encodeChart } from "./chart_json.ts";
export { type Html, html, type HtmlValue } from "./html.ts";
export { type BodyOptions, reportBody } from "./body.ts";
export { type PageAssets, reportPage } from "./page.ts";
export { pageStyle } from "./style.ts";
