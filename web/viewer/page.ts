import { pageDocument } from "../../report/internal.ts";
import { pageStyle } from "../../report/mod.ts";
import { viewerStyle } from "./style.ts";

/** The texts that the page is made of. */
export interface ViewerParts {
  /** Text of `uPlot.iife.min.js`. */
  readonly chartScript: string;
  /** Text of `uPlot.min.css`. */
  readonly chartStyle: string;
  readonly client: string;
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
export function viewerPage(
  { chartScript, chartStyle, client, worker }: ViewerParts,
): Promise<string> {
  return pageDocument({
    title: "auxtail viewer",
    scripts: [chartScript, client],
    styles: [chartStyle, pageStyle, viewerStyle],
    policy: ["worker-src blob:"],
    body: BODY,
    data: { id: "worker-program", type: "text/plain", text: worker },
  });
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
