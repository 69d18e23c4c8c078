import type { ChartMarkKind, ReportData } from "../data.ts";
import { type Html, html } from "../html.ts";
import { MARK_KINDS, MARK_STYLES } from "../mark_kinds.ts";
import { bytes, count, counted, duration } from "../words.ts";
import { hex } from "../../text/mod.ts";
import { highestTail, SHOWN_QUEUES } from "../worst_queues.ts";
import { markCount, markIcon, section } from "./_parts.ts";

const HEAD_TOGGLE =
  html`<label><input type="checkbox" id="chart-heads" checked> <svg class="swatch heads" viewBox="0 0 28 8" width="28" height="8" aria-hidden="true"><path d="M0 4H28"/></svg> Heads of the kernel, thin: their distance to the tails is what was in the AUX buffer</label>`;

/** The chart of the tails, with what belongs to it. The client draws it. */
export function chartSection(data: ReportData): Html {
  const { chart, replay } = data;
  const title = replay.recording.mode === "snapshot" ? "Heads over time" : "Tails over time";
  if (chart.queues.every(({ tails }) => tails.max.length === 0)) {
    return section("chart-section", title, html`<p>There are no positions to draw.</p>`);
  }
  const hasHeads = chart.queues.some(({ heads }) => heads.max.length > 0);
  const kinds = MARK_KINDS.map((kind) => [kind, markCount(data, kind)] as const)
    .filter(([, count]) => count > 0).reverse();
  return section(
    "chart-section",
    title,
    html`
      <figure id="chart" aria-labelledby="chart-section-title" aria-describedby="chart-summary">
      <div id="chart-controls" hidden>
      <div class="buttons" role="group" aria-label="Zoom"><button type="button" id="chart-in" aria-label="Zoom in">+</button><button type="button" id="chart-out" aria-label="Zoom out">&minus;</button><button type="button" id="chart-reset">Show all</button></div>
      <button type="button" id="chart-fit" aria-pressed="false">Fit height to tails</button>
      </div>
      <div id="chart-plot" role="application" aria-roledescription="chart" aria-label="${title}: arrow keys move the cursor, plus and minus zoom, Escape shows all"></div>
      <noscript><p>The chart needs scripts. The tables below have its figures.</p></noscript>
      <p id="chart-readout" role="status" aria-live="polite"></p>
      <ul id="chart-queues" aria-label="Queues in the chart"></ul>
      ${kinds.length === 0 && !hasHeads
        ? null
        : html`<fieldset class="marks"><legend>Marks</legend>${hasHeads ? HEAD_TOGGLE : null}${
          kinds.map(markToggle)
        }</fieldset>`}
      <figcaption id="chart-summary">${summary(data)}</figcaption>
      </figure>
      <p
        class="hint">Drag across the chart to zoom. After a click into it, the wheel and the keys work too: <kbd>&larr;</kbd> <kbd>&rarr;</kbd> move the cursor, <kbd>&uarr;</kbd> <kbd>&darr;</kbd> go from queue to queue, <kbd>+</kbd> <kbd>&minus;</kbd> zoom, <kbd>Esc</kbd> shows all.</p>
    `,
  );
}

function markToggle([kind, times]: readonly [ChartMarkKind, number]): Html {
  return html`<label><input type="checkbox" data-mark="${kind}" checked> ${markIcon(kind)} ${
    MARK_STYLES[kind].name
  } <span class="count">${count(times)}</span></label>`;
}

function summary({ chart, replay }: ReportData): string {
  const { axis, limit, queues } = chart;
  const highest = Math.max(...queues.map(({ tails }) => highestTail(tails.max)));
  const noun = replay.recording.mode === "snapshot" ? "head" : "tail";
  const over = axis.kind === "time"
    ? duration(axis.to - axis.from)
    : "the positions of their records in the file, as not each has a time";
  const drawn = queues.length > SHOWN_QUEUES
    ? ` The ${SHOWN_QUEUES} fullest are drawn; the table of queues adds others.`
    : "";
  return `${noun === "tail" ? "Tails" : "Heads"} of ${
    counted(queues.length, "queue")
  } over ${over}. ` +
    `The highest ${noun} is ${hex(highest)} (${bytes(highest)}), the limit ${
      bytes(limit)
    }.${drawn}`;
}
