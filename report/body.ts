import type { ReportData } from "./data.ts";
import { type Html, html } from "./html.ts";
import { chartSection } from "./sections/chart.ts";
import { factsSection } from "./sections/facts.ts";
import { flaggedSection } from "./sections/flagged.ts";
import { lostSection } from "./sections/lost.ts";
import { packetsSection } from "./sections/packets.ts";
import { queuesSection } from "./sections/queues.ts";
import { recordingLine, verdictSection } from "./sections/verdict.ts";

/** Options of {@linkcode reportBody}. */
export interface BodyOptions {
  /** Whether to leave a place, `#packet-browser`, for looking at packets one by one. */
  readonly packetBrowser?: boolean;
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
