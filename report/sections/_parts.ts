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

/**
 * A column of a table: its heading, and the cell of each row. A cell is a figure, and `-` where
 * there is none, unless it names its row (`name`), has sentences (`text`), or is anything else
 * (`plain`).
 */
export type TableColumn<T> = readonly [
  heading: string,
  cell: (row: T) => HtmlValue,
  kind?: "name" | "text" | "plain",
];

/** Attributes by name, which is ours; those that are null are left out. */
export type Attributes = Readonly<Record<string, string | number | null>>;

/** A table that scrolls inside of its own frame. */
export function htmlTable<T>(
  id: string,
  caption: HtmlValue,
  columns: readonly TableColumn<T>[],
  rows: readonly T[],
  attributesOf: (row: T) => Attributes = () => ({}),
): Html {
  const heads = columns.map(([heading, , kind]) =>
    html`<th${
      attributes({ scope: "col", class: kind === undefined ? "number" : null })
    }>${heading}</th>`
  );
  const lines = rows.map((row) =>
    html`<tr${attributes(attributesOf(row))}>${
      columns.map((column) => tableCell(column, row))
    }</tr>`
  );
  return html`
    <div class="scroll" role="region" tabindex="0" aria-labelledby="${id}-caption">
      <table id="${id}">
        <caption id="${id}-caption">${caption}</caption>
        <thead>
          <tr>${heads}</tr>
        </thead>
        <tbody>${lines}</tbody>
      </table>
    </div>
  `;
}

function tableCell<T>([, cell, kind]: TableColumn<T>, row: T): Html {
  if (kind === "name") return html`<th scope="row">${cell(row)}</th>`;
  if (kind === "plain") return html`<td>${cell(row)}</td>`;
  return html`<td class="${kind ?? "number"}">${cell(row) ?? "-"}</td>`;
}

function attributes(values: Attributes): HtmlValue {
  return Object.entries(values).map(([name, value]) =>
    value === null ? null : html`
      ${name}="${value}"
    `
  );
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
  const dash = slot === null ? null : seriesStyle(slot).dash.join(" ") || null;
  const path = html`
    <path${attributes({ d: "M0 4H28", "stroke-dasharray": dash })} />
  `;
  return html`<svg class="swatch" viewBox="0 0 28 8" width="28" height="8" aria-hidden="true">${path}</svg>`;
}

/** How often a kind of mark is in the chart. */
export function markCount({ chart }: ReportData, wanted: ChartMarkKind): number {
  return chart.queues.reduce(
    (so, { marks }) =>
      marks.reduce((sum, { kind, count }) => kind === wanted ? sum + count : sum, so),
    0,
  );
}
