import type { ChartMark, ChartMarkKind } from "./data.ts";
import type { XAxis } from "./tail_buckets.ts";

/** Something that happened, with both x. */
interface Happened {
  readonly time: number;
  readonly place: number;
  /** Position in the queue's stream; null if unknown. */
  readonly position: number | null;
}

interface Run extends Happened {
  lastTime: number;
  lastPlace: number;
  count: number;
}

/** What happened to one queue, kind by kind; neighbours are merged where it is too much. */
export class MarkCollector {
  readonly #runs = new Map<ChartMarkKind, Run[]>();

  /** Takes in what happened next; at most `most` marks of a kind are kept. */
  add(kind: ChartMarkKind, happened: Happened, most: number): void {
    let runs = this.#runs.get(kind);
    if (runs === undefined) this.#runs.set(kind, runs = []);
    const { time, place } = happened;
    runs.push({ ...happened, lastTime: time, lastPlace: place, count: 1 });
    if (runs.length > most * 2) this.#runs.set(kind, halved(runs));
  }

  get kinds(): number {
    return this.#runs.size;
  }

  /** What was collected, at most `most` of a kind; what has no time is put at 0. */
  finish({ kind: axis, origin }: XAxis, most: number): ChartMark[] {
    const marks: ChartMark[] = [];
    for (const [kind, all] of this.#runs) {
      let runs = all;
      while (runs.length > Math.max(most, 1)) runs = halved(runs);
      for (const { time, lastTime, place, lastPlace, count, position } of runs) {
        const [first, last] = axis === "time" ? [time, lastTime] : [place, lastPlace];
        const from = Number.isNaN(first) ? 0 : first - origin;
        const to = Number.isNaN(last) ? from : last - origin;
        marks.push({ kind, from: Math.min(from, to), to: Math.max(from, to), count, position });
      }
    }
    return marks;
  }
}

function halved(runs: readonly Run[]): Run[] {
  return Array.from({ length: Math.ceil(runs.length / 2) }, (_, i) => {
    const a = runs[i * 2]!;
    const b = runs[i * 2 + 1];
    if (b === undefined) return a;
    const { lastTime, lastPlace } = b;
    return { ...a, lastTime, lastPlace, count: a.count + b.count };
  });
}
