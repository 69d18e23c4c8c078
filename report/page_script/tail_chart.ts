import type Plot from "uplot";
import type { ChartData, ChartMarkKind } from "../data.ts";
import { ChartPainter, type ShownQueue } from "./chart_painter.ts";
import type { Palette } from "./palette.ts";
import { Pyramid, type Pyramids } from "./pyramid.ts";
import { middle, padded, smallest, type XRange } from "./x_range.ts";
import { BYTE_STEPS, byteLabels, splits, TIME_STEPS, xLabels } from "./ticks.ts";

/** The library; a script of its own in the page. */
declare const uPlot: typeof Plot;

/** How far from the limit tails are that its line hides, as a part of it. */
const CROWDED = 0.02;
const FONT = "12px system-ui, sans-serif";

export interface Pointed {
  readonly x: number;
  /** The queue whose tail is nearest, by its position; null where none has begun. */
  readonly queue: number | null;
  /** x on both sides that count as the same place. */
  readonly reach: number;
}

export interface ChartListener {
  /** Another place is pointed at; null: none. */
  pointed(place: Pointed | null): void;
  /** Another part is shown; whether its height is that of the tails. */
  zoomed(range: XRange, fit: boolean): void;
}

/** A place of a queue; of the first that is drawn where that is null. */
interface Place {
  readonly x: number;
  readonly queue: number | null;
}

/** What a person has made of a chart. */
export interface ChartView {
  readonly range: XRange;
  /** Whether the height is that of the tails in sight. */
  readonly fit: boolean;
  /** The queue whose tails the height is for; null: all. */
  readonly fitted: number | null;
  /** Where the keyboard, or a row, points; null: the pointer does. */
  readonly place: Place | null;
  readonly shown: readonly ShownQueue[];
  readonly hidden: ReadonlySet<ChartMarkKind>;
  readonly showsHeads: boolean;
}

/** The chart of the tails: uPlot for axes, cursor and selection, a painter for what is in it. */
export class TailChart {
  readonly pyramids: Pyramids;
  readonly #chart: ChartData;
  readonly #listener: ChartListener;
  readonly #plot: Plot;
  readonly #painter: ChartPainter;
  readonly #whole: XRange;
  readonly #dot = document.createElement("div");
  #x: XRange;
  #fit = false;
  /** The queue whose tails the height is for; null: all. */
  #fitted: number | null = null;
  /** Where the keyboard, or a row, points; null: the pointer does. */
  #place: Place | null = null;

  constructor(target: HTMLElement, chart: ChartData, palette: Palette, listener: ChartListener) {
    this.#chart = chart;
    this.#listener = listener;
    this.pyramids = {
      tails: chart.queues.map(({ tails }) => new Pyramid(tails)),
      heads: chart.queues.map(({ heads }) => new Pyramid(heads)),
    };
    this.#painter = new ChartPainter(chart, this.pyramids, palette);
    this.#whole = padded(chart.axis);
    this.#x = this.#whole;
    this.#plot = new uPlot(this.#options(target, palette), this.#data(), target);
    this.#dot.className = "chart-dot";
    this.#dot.hidden = true;
    this.#plot.over.append(this.#dot);
  }

  show(queues: readonly ShownQueue[]): void {
    this.#painter.shown = queues;
    this.#zoom(...this.#x);
  }

  hideMarks(kinds: ReadonlySet<ChartMarkKind>): void {
    this.#painter.hidden = kinds;
    this.#plot.redraw(false);
  }

  set showsHeads(on: boolean) {
    this.#painter.showsHeads = on;
    this.#zoom(...this.#x);
  }

  /** What is shown, for the chart of the same recording that replaces this one. */
  get view(): ChartView {
    const { shown, hidden, showsHeads } = this.#painter;
    return {
      range: this.#x,
      fit: this.#fit,
      fitted: this.#fitted,
      place: this.#place,
      shown,
      hidden,
      showsHeads,
    };
  }

  set view({ range, fit, fitted, place, shown, hidden, showsHeads }: ChartView) {
    Object.assign(this.#painter, { shown, hidden, showsHeads });
    this.#fit = fit;
    this.#fitted = fitted;
    this.#place = place;
    this.#zoom(...range);
  }

  /** Brings a queue to the front; null: none. */
  emphasise(queue: number | null): void {
    if (this.#painter.emphasised === queue) return;
    this.#painter.emphasised = queue;
    this.#plot.redraw(false);
  }

  /** Whether the height is that of the tails in sight, rather than up to the limit. */
  set fit(fit: boolean) {
    this.#fit = fit;
    this.#fitted = null;
    this.#zoom(...this.#x);
  }

  /** Whether the tails are all so close to the limit that its line hides them. */
  get isCrowded(): boolean {
    const { limit } = this.#chart;
    const [low, high] = this.#extent(this.#whole) ?? [0, 0];
    return low > limit * (1 - CROWDED) && high < limit * (1 + CROWDED);
  }

  /** Shows the surroundings of a place of a queue, and points at it. */
  zoomTo(x: number, queue: number): void {
    const tails = this.pyramids.tails[queue]!;
    const { first, last } = tails.finest;
    const index = tails.indexAt(x);
    const left = first[Math.max(0, index - 8)] ?? x;
    const right = last[Math.min(last.length - 1, index + 8)] ?? x;
    const [from, to] = this.#whole;
    const near = Math.max(x - left, right - x) * 1.1 || (to - from) / 50;
    const half = Math.min(near, (to - from) / 8);
    this.#fit = true;
    this.#fitted = queue;
    this.#zoom(x - half, x + half);
    this.#pointAt(x, queue);
  }

  /** Points at a place of a queue, as far as it is in sight; null: at nothing. */
  pointTo(place: { readonly x: number | null; readonly queue: number } | null): void {
    if (place === null || place.x === null) this.#pointAway();
    else this.#pointAt(place.x, place.queue);
  }

  /** Shows a part that is smaller, or larger, by a factor. */
  zoomBy(factor: number, around: number = this.#cursorX() ?? middle(this.#x)): void {
    const [from, to] = this.#x;
    if (around < from || around > to) around = middle(this.#x);
    this.#zoom(around - (around - from) * factor, around + (to - around) * factor);
  }

  reset(): void {
    this.#fit = false;
    this.#zoom(...this.#whole);
  }

  /** Moves the cursor by a part of the width; the chart follows where there is more. */
  moveCursor(part: number): void {
    const [from, to] = this.#x;
    const x = (this.#cursorX() ?? middle(this.#x)) + part * (to - from);
    if (x < from) this.#pan(x - from - (to - from) / 4);
    if (x > to) this.#pan(x - to + (to - from) / 4);
    const { from: first, to: last } = this.#chart.axis;
    this.#pointAt(Math.min(Math.max(x, this.#x[0], first), this.#x[1], last));
  }

  /** Moves the cursor to the next queue, or to the one before. */
  moveQueue(by: 1 | -1): void {
    const { shown } = this.#painter;
    if (shown.length === 0) return;
    const at = shown.findIndex(({ queue }) => queue === this.#place?.queue);
    const next = at < 0 ? 0 : (at + by + shown.length) % shown.length;
    this.#pointAt(this.#cursorX() ?? middle(this.#x), shown[next]!.queue);
  }

  /** Draws again, in the size that there is. */
  resize(width: number, height: number): void {
    if (width === this.#plot.width && height === this.#plot.height) return;
    this.#plot.setSize({ width, height });
    this.#pointAway();
  }

  /** Draws again, in the colours that there are. */
  repaint(): void {
    this.#plot.redraw(false, true);
  }

  destroy(): void {
    this.#plot.destroy();
  }

  #zoom(from: number, to: number): void {
    const [low, high] = this.#whole;
    const span = Math.min(Math.max(to - from, smallest(this.#whole, this.#chart.axis)), high - low);
    const start = Math.min(Math.max((from + to - span) / 2, low), high - span);
    this.#x = [start, start + span];
    const [min, max] = this.#height();
    this.#plot.batch(() => {
      this.#plot.setScale("x", { min: start, max: start + span });
      this.#plot.setScale("y", { min, max });
    });
    if (this.#place !== null) this.#pointAt(this.#place.x);
    this.#listener.zoomed(this.#x, this.#fit);
  }

  #pan(by: number): void {
    const [from, to] = this.#x;
    this.#zoom(from + by, to + by);
  }

  #height(): [number, number] {
    const [low, high] = this.#extent(this.#fit ? this.#x : this.#whole) ?? [0, -1];
    if (!this.#fit || high < low) {
      return [0, Math.max(this.#chart.limit, high) * 1.08];
    }
    const pad = Math.max((high - low) * 0.08, 16, high / 2 ** 40);
    return [Math.max(0, low - pad), high + pad];
  }

  /** From the lowest to the highest tail, or head, of the queues that the height is for. */
  #extent(range: XRange): [low: number, high: number] | null {
    const shown = this.#painter.shown.map(({ queue }) => queue);
    const queues = this.#fit && this.#fitted !== null ? [this.#fitted] : shown;
    const { tails, heads } = this.pyramids;
    const extents = queues
      .flatMap((queue) =>
        this.#painter.showsHeads ? [tails[queue]!, heads[queue]!] : [tails[queue]!]
      )
      .map((pyramid) => pyramid.extent(...range)).filter((extent) => extent !== null);
    if (extents.length === 0) return null;
    return [
      Math.min(...extents.map(({ low }) => low)),
      Math.max(...extents.map(({ high }) => high)),
    ];
  }

  #cursorX(): number | null {
    if (this.#place !== null) return this.#place.x;
    const { left = -10 } = this.#plot.cursor;
    return left < 0 ? null : this.#plot.posToVal(left, "x");
  }

  #pointAt(x: number, wanted = this.#place?.queue ?? null): void {
    const queue = wanted ?? this.#painter.shown[0]?.queue ?? null;
    const left = this.#plot.valToPos(x, "x");
    const tail = queue === null ? null : this.pyramids.tails[queue]!.at(x);
    const top = tail === null ? 0 : this.#plot.valToPos(tail.high, "y");
    this.#place = { x, queue };
    const inside = x >= this.#x[0] && x <= this.#x[1];
    this.#plot.setCursor(inside ? { left, top: Math.max(0, top) } : { left: -10, top: -10 });
  }

  #pointAway(): void {
    this.#place = null;
    this.#plot.setCursor({ left: -10, top: -10 });
  }

  #pointed(): void {
    const x = this.#cursorX();
    if (x === null || x < this.#x[0] || x > this.#x[1]) {
      this.#dot.hidden = true;
      return this.#listener.pointed(null);
    }
    const queue = this.#place?.queue ?? this.#nearest(x, this.#plot.cursor.top ?? 0);
    const tail = queue === null ? null : this.pyramids.tails[queue]!.at(x);
    this.#dot.hidden = tail === null;
    if (tail !== null) {
      const top = this.#plot.valToPos(tail.high, "y");
      this.#dot.style.transform = `translate(${this.#plot.valToPos(x, "x")}px, ${top}px)`;
    }
    const reach = Math.abs(this.#plot.posToVal(6, "x") - this.#plot.posToVal(0, "x"));
    this.#listener.pointed({ x, queue, reach });
  }

  #nearest(x: number, top: number): number | null {
    let nearest: number | null = null;
    let least = Infinity;
    const { tails, heads } = this.pyramids;
    for (const { queue } of this.#painter.shown) {
      const at = tails[queue]!.at(x) ?? heads[queue]!.at(x);
      if (at === null) continue;
      const distance = Math.abs(this.#plot.valToPos(at.high, "y") - top);
      if (distance < least) [nearest, least] = [queue, distance];
    }
    return nearest;
  }

  #data(): Plot.AlignedData {
    return [[...this.#whole], [0, this.#chart.limit]];
  }

  #options(target: HTMLElement, palette: Palette): Plot.Options {
    const { axis } = this.#chart;
    const stroke = () => palette.get("quiet");
    const grid = { stroke: () => palette.get("line"), width: 1 };
    const common = { stroke, grid, ticks: { ...grid, size: 5 }, font: FONT };
    return {
      width: target.clientWidth,
      height: target.clientHeight,
      padding: [12, 14, 0, 0],
      legend: { show: false },
      series: [{}, { paths: () => null, points: { show: false } }],
      scales: {
        x: { time: false, range: () => [...this.#x] },
        y: { range: () => this.#height() },
      },
      axes: [
        {
          ...common,
          space: 90,
          size: 34,
          incrs: axis.kind === "time" ? TIME_STEPS : BYTE_STEPS,
          splits: (_plot, _axis, min, max, step) => splits(min, max, step),
          values: (_plot, values, _axis, _space, step) => xLabels(axis.kind, values, step),
        },
        {
          ...common,
          space: 36,
          size: (_plot, values) => 16 + 7 * Math.max(4, ...(values ?? []).map((v) => v.length)),
          incrs: BYTE_STEPS,
          splits: (_plot, _axis, min, max, step) => splits(min, max, step),
          values: (_plot, values, _axis, _space, step) => byteLabels(values, step),
        },
      ],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, dist: 5, setScale: false },
        bind: {
          dblclick: () => () => {
            this.reset();
            return null;
          },
          mousemove: this.#byPointer,
          mouseleave: this.#byPointer,
        },
      },
      hooks: {
        drawClear: [(plot) => this.#painter.ground(plot)],
        draw: [(plot) => this.#painter.paint(plot)],
        setCursor: [() => this.#pointed()],
        setSelect: [(plot) => this.#selected(plot)],
      },
    };
  }

  readonly #byPointer: Plot.Cursor.MouseListenerFactory = (_plot, _target, handler) => (event) => {
    this.#place = null;
    return handler(event);
  };

  #selected(plot: Plot): void {
    const { left, width } = plot.select;
    if (width <= 0) return;
    const range = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")] as const;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#zoom(...range);
  }
}
