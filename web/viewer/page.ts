import { hashSources, inlineText } from "../../report/internal.ts";
import { pageStyle } from "../../report/mod.ts";
import { viewerStyle } from "./style.ts";

/** The texts that the page is made of. */
export interface ViewerParts {
  /** Text of `uPlot.iife.min.js`. */
  readonly chartScript: string;
  /** Text of `uPlot.min.css`. */
  readonly chartStyle: string;
  /** The script of the page. */
  readonly client: string;
  /** The program of the Worker. */
  readonly worker: string;
}

/**
 * Makes the viewer's page: one document that opens from disk, and cannot send anything.
 *
 * Its Content-Security-Policy allows its own scripts and styles, by their hashes, and a Worker from
 * a Blob; no request of any kind. The Worker's program stands in it as text.
 *
 * @throws {RangeError} If a text would end its element.
 */
export async function viewerPage(parts: ViewerParts): Promise<string> {
  const scripts = [parts.chartScript, parts.client].map(inlineText);
  const styles = [parts.chartStyle, pageStyle, viewerStyle].map(inlineText);
  const policy = [
    "default-src 'none'",
    `script-src ${await hashSources(scripts)}`,
    `style-src ${await hashSources(styles)}`,
    "worker-src blob:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>auxtail viewer</title>
${styles.map((style) => `<style>${style}</style>`).join("\n")}
</head>
<body>
${BODY}
<script type="text/plain" id="worker-program">${inlineText(parts.worker)}</script>
${scripts.map((script) => `<script>${script}</script>`).join("\n")}
</body>
</html>
`;
}

const BODY = `<header class="top"><div>
<p class="brand">auxtail <small>viewer</small></p>
<label class="file">Open a recording<input type="file" id="file"></label>
<div id="progress" hidden>
<span id="phase" role="status"></span>
<progress id="bar" aria-labelledby="phase"></progress>
<span id="bytes"></span>
<button type="button" id="cancel">Cancel</button>
</div>
</div></header>
<p id="news" class="unseen" role="status"></p>
<div id="failure" role="alert" hidden></div>
<div id="place">
<main id="start">
<h1>Would this recording survive a 32-bit perf?</h1>
<p>Open a perf.data file with AUX area tracing, such as Intel PT, Arm SPE or CoreSight. The page shows
how far each queue's tail came, where a perf built for 32 bits would have stopped, what was lost, and
the packets themselves.</p>
<p class="zone">Drop a recording anywhere on this page, or choose one with “Open a recording”.</p>
<p><strong>Nothing leaves this machine.</strong> The file is read here, in this tab, piece by piece: it
may be larger than memory. The page loads nothing and sends nothing, and its security policy forbids
the browser to do so.</p>
</main>
</div>
<div id="drop-hint" hidden>Drop the recording to open it</div>
<noscript><p>The viewer needs JavaScript: all reading is done by it, in this tab.</p></noscript>`;
