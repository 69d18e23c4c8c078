/**
 * What other rooms of this project use of `report/` beside its public `mod.ts`. Not published.
 *
 * @module
 */

export { ReportRecords, reportSteps } from "./collect.ts";
export { type Html, html } from "./html.ts";
export { pageDocument } from "./page_document.ts";
export { bytes, count, counted } from "./words.ts";
