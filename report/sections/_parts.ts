import type { ChartMarkKind, ReportData } from "../data.ts";
import { type Html, html, type HtmlValue } from "../html.ts";
import { MARK_STYLES } from "../mark_kinds.ts";
import { seriesStyle } from "../series_style.ts";
import { sinceStart } from "../words.ts";
import { formatTime } from "../../text/mod.ts";

/** A part of the page under a heading. */
export function section(id: string, title: string, content: HtmlValue): Html {
  return html`
    <section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${content}
    </section>
  `;
}

/** A cell of a table's head, and the column's class: `number` for figures. */
export type Heading = readonly [text: string, kind?: "number"];

/** A table that scrolls inside of its own frame. The rows are markup. */
export function table(
  id: string,
  caption: HtmlValue,
  headings: readonly Heading[],
  rows: readonly Html[],
): Html {
  return html`
    <div class="scroll" role="region" tabindex="0" aria-labelledby="${id}-caption">
      <table id="${id}">
        <caption id="${id}-caption">${caption}</caption>
        <thead>
          <tr>${headings.map(([text, kind]) =>
            html`
              <th scope="col" ${kind
                ? html`
                  class="number"
                `
                : ""}>${text}</th>
            `
          )}</tr>
        </thead>
        <tbody>
    ${rows}</tbody>
      </table>
    </div>
  `;
}

/** A cell with a figure; `-` where there is none. */
export function figure(value: HtmlValue): Html {
  return html`<td class="number">${value ?? "-"}</td>`;
}

/** A figure with its name, and what else there is to say of it. */
export type Figure = readonly [name: string, value: HtmlValue, more: string];

/** Figures in a row. */
export function figures(all: readonly Figure[]): Html {
  return html`<dl class="figures">${
    all.map(([name, value, more]) =>
      html`
        <div>
          <dt>${name}</dt>
          <dd>${value}${more === "" ? null : html`
            <small>${more}</small>
          `}</dd>
        </div>
      `
    )
  }</dl>`;
}

/** A time since the start of the chart and by the recording's clock; null where it is unknown. */
export function timeOf(timeNs: bigint | null, startNs: bigint | null): Html | null {
  if (timeNs === null) return null;
  const clock = `${formatTime(timeNs)}\u00a0s`;
  return startNs === null
    ? html`${clock}`
    : html`${sinceStart(timeNs, startNs)}<br><small>${clock}</small>`;
}

/** The shape of a kind of mark. */
export function markIcon(kind: ChartMarkKind): Html {
  const { path, filled, tone } = MARK_STYLES[kind];
  return html`
    <svg class="mark ${tone}${filled ? " filled" : ""}" viewBox="-7 -7 14 14" width="14" height="14"
      aria-hidden="true">
      <path d="${path}" />
    </svg>
  `;
}

/** A piece of the line of a queue; the client gives it another style when the choice changes. */
export function swatch(slot: number | null): Html {
  const dash = slot === null ? "" : seriesStyle(slot).dash.join(" ");
  return html`
    <svg class="swatch" viewBox="0 0 28 8" width="28" height="8" aria-hidden="true">
      <path d="M0 4H28" ${dash === "" ? "" : html`
        stroke-dasharray="${dash}"
      `} />
    </svg>
  `;
}

/** How often a kind of mark is in the chart. */
export function markCount({ chart }: ReportData, wanted: ChartMarkKind): number {
  return chart.queues.reduce(
    (so, { marks }) =>
      marks.reduce((sum, { kind, count }) => kind === wanted ? sum + count : sum, so),
    0,
  );
}
