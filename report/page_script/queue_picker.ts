import type { ChartData } from "../data.ts";
import { seriesStyle } from "../series_style.ts";
import { queueName } from "../../text/mod.ts";
import { worstQueues } from "../worst_queues.ts";
import type { ShownQueue } from "./chart_painter.ts";
import { item, svg } from "./svg.ts";

const MOST_NAMES = 32;

export interface PickerListener {
  picked(queues: readonly ShownQueue[]): void;
  /** A row is under the pointer, or has the focus; null: none. */
  touched(queue: number | null): void;
}

/** The queues in the chart: the boxes of the table's rows, and the names under the chart. */
export class QueuePicker {
  readonly #chart: ChartData;
  readonly #rows = new Map<number, HTMLTableRowElement>();
  readonly #list: HTMLElement;
  readonly #listener: PickerListener;
  readonly #shown: ShownQueue[];
  #near: number | null = null;

  /** Takes the rows of a table, a list for the names, and who is shown; null: the worst. */
  constructor(
    table: HTMLElement,
    list: HTMLElement,
    chart: ChartData,
    shown: readonly ShownQueue[] | null,
    listener: PickerListener,
    signal: AbortSignal,
  ) {
    this.#chart = chart;
    this.#list = list;
    this.#listener = listener;
    this.#shown = [
      ...shown ?? worstQueues(chart.queues).map((queue, slot) => ({ queue, slot })),
    ];
    for (const row of table.querySelectorAll<HTMLTableRowElement>("tr[data-queue]")) {
      this.#watch(row, Number(row.dataset.queue), signal);
    }
    this.#changed();
  }

  add(queue: number): void {
    if (this.#shown.some((shown) => shown.queue === queue)) return;
    const taken = new Set(this.#shown.map(({ slot }) => slot));
    let slot = 0;
    while (taken.has(slot)) slot++;
    this.#shown.push({ queue, slot });
    this.#changed();
  }

  /** Marks the row and the name of the queue that the chart points at. */
  near(queue: number | null): void {
    if (this.#near === queue) return;
    this.#toggle(this.#near, false);
    this.#toggle(queue, true);
    this.#near = queue;
  }

  #watch(row: HTMLTableRowElement, queue: number, signal: AbortSignal): void {
    this.#rows.set(queue, row);
    const touch = () => this.#listener.touched(queue);
    const leave = () => this.#listener.touched(null);
    row.addEventListener("mouseenter", touch, { signal });
    row.addEventListener("mouseleave", leave, { signal });
    row.addEventListener("focusin", touch, { signal });
    row.addEventListener("focusout", leave, { signal });
    row.querySelector("input")!.addEventListener("change", ({ target }) => {
      if ((target as HTMLInputElement).checked) this.add(queue);
      else this.#remove(queue);
    }, { signal });
  }

  #remove(queue: number): void {
    this.#shown.splice(this.#shown.findIndex((shown) => shown.queue === queue), 1);
    this.#changed();
  }

  #changed(): void {
    const slots = new Map(this.#shown.map(({ queue, slot }) => [queue, slot]));
    for (const [queue, row] of this.#rows) {
      const slot = slots.get(queue);
      row.querySelector("input")!.checked = slot !== undefined;
      if (slot === undefined) delete row.dataset.slot;
      else styled(row, slot);
    }
    const names = this.#shown.slice(0, MOST_NAMES).map((shown) => this.#name(shown));
    const more = this.#shown.length - names.length;
    if (more > 0) names.push(item(`and ${more} more`));
    this.#list.replaceChildren(...names);
    this.#near = null;
    this.#listener.picked([...this.#shown]);
  }

  #name({ queue, slot }: ShownQueue): HTMLElement {
    const line = svg("path", { d: "M0 4H28" });
    const swatch = { class: "swatch", viewBox: "0 0 28 8", "aria-hidden": "true" };
    const name = item(queueName(this.#chart.queues[queue]!), svg("svg", swatch, line));
    name.dataset.name = `${queue}`;
    styled(name, slot);
    return name;
  }

  #toggle(queue: number | null, on: boolean): void {
    if (queue === null) return;
    this.#rows.get(queue)?.classList.toggle("near", on);
    this.#list.querySelector(`[data-name="${queue}"]`)?.classList.toggle("near", on);
  }
}

function styled(element: HTMLElement, slot: number): void {
  const { colour, dash } = seriesStyle(slot);
  element.dataset.slot = `${colour}`;
  element.querySelector(".swatch path")!.setAttribute("stroke-dasharray", dash.join(" "));
}
