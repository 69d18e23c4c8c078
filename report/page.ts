import { clientSource } from "./_client_source.ts";
import { encodeChart } from "./chart_json.ts";
import type { ReportData } from "./data.ts";
import { type Html, html } from "./html.ts";
import { chartSection } from "./sections/chart.ts";
import { factsSection } from "./sections/facts.ts";
import { flaggedSection } from "./sections/flagged.ts";
import { lostSection } from "./sections/lost.ts";
import { packetsSection } from "./sections/packets.ts";
import { queuesSection } from "./sections/queues.ts";
import { recordingLine, verdictSection } from "./sections/verdict.ts";
import { pageStyle } from "./style.ts";

/** Options of {@linkcode reportBody}. */
export interface BodyOptions {
  /** Whether to leave a place, `#packet-browser`, for looking at packets one by one. */
  readonly packetBrowser?: boolean;
}

/** What a page needs besides this module: the text of uPlot 1.6.32, the library of its chart. */
export interface PageAssets {
  /** Text of `uPlot.iife.min.js`. */
  readonly chartScript: string;
  /** Text of `uPlot.min.css`. */
  readonly chartStyle: string;
}

/**
 * Makes the contents of a report: its `<main>`.
 *
 * All that comes from the recording is text in it, whatever it says. `data-queue` of rows is the
 * position of the queue among those of the chart, from 0; `data-idx` its `idx`.
 */
export function reportBody(data: ReportData, options: BodyOptions = {}): Html {
  const { packetBrowser = false } = options;
  return html`
    <main id="report">
    <header class="head">
    <h1>${data.name}</h1>
    <p>${recordingLine(data)}</p>
    </header>
    ${verdictSection(data)}
    ${chartSection(data)}
    ${lostSection(data)}
    ${flaggedSection(data)}
    ${queuesSection(data)}
    ${packetsSection(data, { packetBrowser })}
    ${factsSection(data.facts)}
    </main>
  `;
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
  const scripts = [assets.chartScript, clientSource].map(inlineText);
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

/** Text as a parser of HTML hands it on. */
function inlineText(text: string): string {
  if (/<\/(?:script|style)|<!--/i.test(text)) {
    throw new RangeError("Cannot put a text into a page: it has the end of its own element");
  }
  return text.replace(/\r\n?/g, "\n");
}

async function contentPolicy(
  scripts: readonly string[],
  styles: readonly string[],
): Promise<string> {
  const [script, style] = await Promise.all([hashes(scripts), hashes(styles)]);
  return `default-src 'none'; script-src ${script}; style-src ${style}; ` +
    "base-uri 'none'; form-action 'none'";
}

async function hashes(texts: readonly string[]): Promise<string> {
  const digests = texts.map(async (text) => {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
  });
  return (await Promise.all(digests)).join(" ");
}
