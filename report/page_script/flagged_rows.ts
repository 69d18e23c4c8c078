import type { Pointed } from "./tail_chart.ts";
import type { XRange } from "./x_range.ts";

export interface FlaggedListener {
  chosen(x: number, queue: number): void;
  /** A row is under the pointer; null: none any more. */
  touched(tail: Tail | null): void;
}

/** A flagged tail; `x` is null where its place is not known. */
export interface Tail {
  readonly x: number | null;
  readonly queue: number;
}

interface FlaggedRow extends Tail {
  readonly element: HTMLElement;
}

/** The rows of the flagged tails, in step with the chart. */
export class FlaggedRows {
  readonly #rows: FlaggedRow[] = [];
  #chosen: FlaggedRow | null = null;

  /** Listens to the rows in the markup of `reportBody()`, of which one may be chosen. */
  constructor(
    root: HTMLElement,
    chosen: Tail | null,
    listener: FlaggedListener,
    signal: AbortSignal,
  ) {
    for (const element of root.querySelectorAll<HTMLElement>("#flagged tr[data-queue]")) {
      const { queue, x } = element.dataset;
      const row = { element, queue: Number(queue), x: x === undefined ? null : Number(x) };
      this.#rows.push(row);
      if (row.queue === chosen?.queue && row.x === chosen.x) this.#choose(row);
      const choose = () => {
        if (row.x === null) return;
        this.#choose(row);
        listener.chosen(row.x, row.queue);
      };
      element.addEventListener("mouseenter", () => listener.touched(row), { signal });
      element.addEventListener("mouseleave", () => listener.touched(this.#chosen), { signal });
      element.addEventListener("click", choose, { signal });
      element.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.target !== element) return;
        event.preventDefault();
        choose();
      }, { signal });
    }
  }

  get chosen(): Tail | null {
    return this.#chosen;
  }

  /** Marks the rows of the tails that the chart points at. */
  near(place: Pointed | null): void {
    for (const { element, queue, x } of this.#rows) {
      const isNear = place !== null && x !== null && queue === place.queue &&
        Math.abs(x - place.x) <= place.reach;
      element.classList.toggle("near", isNear);
    }
  }

  /** Dims the rows of the tails that the chart does not show. */
  shown([from, to]: XRange): void {
    for (const { element, x } of this.#rows) {
      element.classList.toggle("outside", x !== null && (x < from || x > to));
    }
  }

  #choose(row: FlaggedRow): void {
    this.#chosen?.element.classList.remove("chosen");
    this.#chosen?.element.removeAttribute("aria-current");
    this.#chosen = row;
    row.element.classList.add("chosen");
    row.element.setAttribute("aria-current", "true");
  }
}
