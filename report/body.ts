import type { ReportData } from "./data.ts";
import { type Html, html } from "./html.ts";
import { chartSection } from "./sections/chart.ts";
import { factsSection } from "./sections/facts.ts";
import { flaggedSection } from "./sections/flagged.ts";
import { lostSection } from "./sections/lost.ts";
import { type BodyOptions, packetsSection } from "./sections/packets.ts";
import { queuesSection } from "./sections/queues.ts";
import { recordingLine, verdictSection } from "./sections/verdict.ts";

/** The only list of the sections, in their order. */
const SECTIONS: readonly ((data: ReportData, options: BodyOptions) => Html)[] = [
  verdictSection,
  chartSection,
  lostSection,
  flaggedSection,
  queuesSection,
  packetsSection,
  factsSection,
];

/**
 * Makes the contents of a report: its `<main>`.
 *
 * All text that comes from the recording is escaped. `data-queue` of rows is the position of the
 * queue among those of the chart, from 0; `data-idx` its `idx`.
 */
export function reportBody(data: ReportData, options: BodyOptions = {}): string {
  return `${html`
    <main id="report">
    <header class="head">
    <h1>${data.name}</h1>
    <p>${recordingLine(data)}</p>
    </header>
    ${SECTIONS.map((section) => section(data, options))}
    </main>
  `}`;
}
