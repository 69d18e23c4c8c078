import { reportBody } from "./body.ts";
import { encodeChart } from "./chart_json.ts";
import type { ReportData } from "./data.ts";
import { html } from "./html.ts";
import { hashSources, inlineText } from "./inline_text.ts";
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
 * Makes a whole report: one HTML document that needs nothing else, and may do nothing else.
 *
 * Its Content-Security-Policy names the scripts and the styles by their hashes; it allows no
 * others, and no request.
 *
 * @throws {RangeError} If the text of a script or a style would end its element.
 */
export async function reportPage(data: ReportData, assets: PageAssets): Promise<string> {
  const scripts = [assets.chartScript, pageScript].map(inlineText);
  const styles = [assets.chartStyle, pageStyle].map(inlineText);
  const policy = await contentPolicy(scripts, styles);
  const head = html`
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="referrer" content="no-referrer">
    <meta name="color-scheme" content="light dark">
    <title>${data.name}: ${data.replay.verdict}</title>
  `;
  const foot = html`
    <footer class="foot">
      <p>Made by auxtail. All of this report is in this one file: it loads nothing and sends nothing.</p>
    </footer>
  `;
  return `<!DOCTYPE html>
<html lang="en">
<head>${head}
${styles.map((style) => `<style>${style}</style>`).join("\n")}
</head>
<body>
<a class="skip" href="#verdict">Skip to the verdict</a>${reportBody(data)}${foot}
<script type="application/json" id="chart-data">${encodeChart(data)}</script>
${scripts.map((script) => `<script>${script}</script>`).join("\n")}
</body>
</html>
`;
}

async function contentPolicy(
  scripts: readonly string[],
  styles: readonly string[],
): Promise<string> {
  const [script, style] = await Promise.all([hashSources(scripts), hashSources(styles)]);
  return `default-src 'none'; script-src ${script}; style-src ${style}; ` +
    "base-uri 'none'; form-action 'none'";
}
