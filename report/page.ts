import { reportBody } from "./body.ts";
import { encodeChart } from "./chart_json.ts";
import type { ReportData } from "./data.ts";
import { pageDocument } from "./page_document.ts";
import { pageScript } from "./page_script.js";
import { pageStyle } from "./style.ts";

/** What a page needs besides this module: the text of uPlot 1.6.32, the library of its chart. */
export interface PageAssets {
  /** Text of `uPlot.iife.min.js`. */
  readonly chartScript: string;
  /** Text of `uPlot.min.css`. */
  readonly chartStyle: string;
}

/**
 * Makes a whole report: one HTML document that loads nothing and sends nothing.
 *
 * @throws {RangeError} If the text of a script or a style would end its element.
 */
export function reportPage(
  data: ReportData,
  { chartScript, chartStyle }: PageAssets,
): Promise<string> {
  return pageDocument({
    title: `${data.name}: ${data.replay.verdict}`,
    scripts: [chartScript, pageScript],
    styles: [chartStyle, pageStyle],
    body: `<a class="skip" href="#verdict">Skip to the verdict</a>${reportBody(data)}
<footer class="foot">
<p>Made by auxtail. All of this report is in this one file: it loads nothing and sends nothing.</p>
</footer>`,
    data: { id: "chart-data", type: "application/json", text: encodeChart(data) },
  });
}
