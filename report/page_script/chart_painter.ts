import type uPlot from "uplot";
import type { ChartData, ChartMarkKind } from "../data.ts";
import { MARK_KINDS, MARK_STYLES } from "../mark_kinds.ts";
import { seriesStyle } from "../series_style.ts";
import { bytes } from "../words.ts";
import type { Palette } from "./palette.ts";
import { type Pyramid, type Pyramids, visible } from "./pyramid.ts";

const SHAPES = new Map(
  MARK_KINDS.map((kind) => [kind, new Path2D(MARK_STYLES[kind].path)]),
);
const TONES = { limit: "bad", loss: "warn", event: "quiet" } as const;
const APART = 7;

export interface ShownQueue {
  /** Its position among the queues of the chart. */
  readonly queue: number;
  /** Number of its line's style. */
  readonly slot: number;
}

/** Draws tails, heads, limit and marks between the axes. */
export class ChartPainter {
  shown: readonly ShownQueue[] = [];
  hidden: ReadonlySet<ChartMarkKind> = new Set();
  /** The queue that stands out; null: none. */
  emphasised: number | null = null;
  showsHeads = true;
  readonly #chart: ChartData;
  readonly #pyramids: readonly Pyramid[];
  readonly #heads: readonly Pyramid[];
  readonly #palette: Palette;
  readonly #firstFlagged: number;

  constructor(chart: ChartData, { tails, heads }: Pyramids, palette: Palette) {
    this.#chart = chart;
    this.#pyramids = tails;
    this.#heads = heads;
    this.#palette = palette;
    const flagged = chart.queues.flatMap(({ marks }) => marks)
      .filter(({ kind }) => kind === "flagged");
    this.#firstFlagged = Math.min(...flagged.map(({ from }) => from));
  }

  /** Shades what is over the limit, before the axes are drawn. */
  ground(plot: uPlot): void {
    const { ctx, bbox: { left, top, width } } = plot;
    const line = plot.valToPos(this.#chart.limit, "y", true);
    if (line <= top) return;
    ctx.fillStyle = this.#palette.get("bad-wash");
    ctx.fillRect(left, top, width, Math.min(line - top, plot.bbox.height));
  }

  /** Draws everything else, over the axes. */
  paint(plot: uPlot): void {
    const { ctx, bbox: { left, top, width, height } } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    this.#limit(plot);
    this.#first(plot);
    ctx.lineJoin = "round";
    if (this.showsHeads) {
      for (const shown of this.shown) this.#line(plot, shown, { of: this.#heads, width: 1 });
    }
    for (const shown of this.shown) this.#line(plot, shown, { of: this.#pyramids, width: 2 });
    for (const kind of MARK_KINDS) {
      if (!this.hidden.has(kind)) {
        for (const { queue } of this.shown) this.#marks(plot, kind, queue);
      }
    }
    ctx.restore();
  }

  #limit(plot: uPlot): void {
    const { ctx, bbox: { left, top, width, height } } = plot;
    const y = plot.valToPos(this.#chart.limit, "y", true);
    if (y < top || y > top + height) return;
    const scale = scaleOf(plot);
    ctx.strokeStyle = ctx.fillStyle = this.#palette.get("bad");
    ctx.lineWidth = 1.5 * scale;
    ctx.setLineDash([6 * scale, 4 * scale]);
    stroke(ctx, [[left, y], [left + width, y]]);
    this.#text(plot, `Limit: ${bytes(this.#chart.limit)}`, left + 8 * scale, y + 6 * scale, "left");
  }

  #first(plot: uPlot): void {
    const { ctx, bbox: { left, top, width, height } } = plot;
    const x = plot.valToPos(this.#firstFlagged, "x", true);
    if (!(x >= left && x <= left + width)) return;
    const scale = scaleOf(plot);
    ctx.strokeStyle = ctx.fillStyle = this.#palette.get("bad");
    ctx.lineWidth = scale;
    ctx.setLineDash([2 * scale, 3 * scale]);
    stroke(ctx, [[x, top], [x, top + height]]);
    const [aside, align] = x > left + width / 2 ? [-6, "right"] as const : [6, "left"] as const;
    this.#text(plot, "First flagged tail", x + aside * scale, top + height - 20 * scale, align);
  }

  #text(plot: uPlot, text: string, x: number, y: number, align: CanvasTextAlign): void {
    const { ctx } = plot;
    ctx.font = `600 ${12 * scaleOf(plot)}px system-ui, sans-serif`;
    ctx.textAlign = align;
    ctx.textBaseline = "top";
    ctx.fillText(text, x, y);
  }

  #line(
    plot: uPlot,
    { queue, slot }: ShownQueue,
    line: { readonly of: readonly Pyramid[]; readonly width: number },
  ): void {
    const { ctx, bbox: { left, width } } = plot;
    const scale = scaleOf(plot);
    const from = plot.posToVal(left, "x", true);
    const to = plot.posToVal(left + width, "x", true);
    const level = line.of[queue]!.level(from, to, 2 * width);
    const { first, last, min, max } = level;
    const [start, end] = visible(level, from, to);
    const path = new Path2D();
    let before = min[start] ?? 0;
    for (let at = start; at < end; at++) {
      const rising = Math.abs(before - min[at]!) <= Math.abs(before - max[at]!);
      const [one, other] = rising ? [min[at]!, max[at]!] : [max[at]!, min[at]!];
      path.lineTo(plot.valToPos(first[at]!, "x", true), plot.valToPos(one, "y", true));
      path.lineTo(plot.valToPos(last[at]!, "x", true), plot.valToPos(other, "y", true));
      before = other;
    }
    const { colour, dash } = seriesStyle(slot);
    const faint = this.emphasised !== null && this.emphasised !== queue;
    ctx.globalAlpha = (faint ? 0.3 : 1) * (line.of === this.#heads ? 0.7 : 1);
    ctx.strokeStyle = this.#palette.get(`s${colour}`);
    ctx.lineWidth = line.width * (this.emphasised === queue ? 1.5 : 1) * scale;
    ctx.setLineDash(dash.map((length) => length * scale));
    ctx.stroke(path);
    if (end - start === 1 && line.of === this.#pyramids) {
      dot(plot, first[start]!, max[start]!, this.#palette.get(`s${colour}`));
    }
    ctx.globalAlpha = 1;
    ctx.setLineDash([]);
  }

  #marks(plot: uPlot, kind: ChartMarkKind, queue: number): void {
    const { ctx, bbox: { left, width } } = plot;
    const scale = scaleOf(plot);
    const near = APART * scale;
    ctx.globalAlpha = this.emphasised !== null && this.emphasised !== queue ? 0.3 : 1;
    ctx.strokeStyle = this.#palette.get(TONES[MARK_STYLES[kind].tone]);
    ctx.lineWidth = 1.6;
    ctx.setLineDash([]);
    let drawn = -Infinity;
    for (const mark of this.#chart.queues[queue]!.marks) {
      if (mark.kind !== kind) continue;
      const start = plot.valToPos(mark.from, "x", true);
      const end = plot.valToPos(mark.to, "x", true);
      if (end < left - near || start > left + width + near) continue;
      if (start - drawn >= near) {
        this.#shape(plot, kind, start, this.#yOf(plot, mark.position, mark.from, queue));
        drawn = start;
      }
      if (end - drawn >= near) {
        this.#shape(plot, kind, end, this.#yOf(plot, null, mark.to, queue));
        drawn = end;
      }
    }
    ctx.globalAlpha = 1;
  }

  #yOf(plot: uPlot, position: number | null, x: number, queue: number): number {
    const { top, height } = plot.bbox;
    const value = position ?? this.#pyramids[queue]!.at(x)?.high ?? 0;
    const margin = 8 * scaleOf(plot);
    const y = plot.valToPos(value, "y", true);
    return Math.min(Math.max(y, top + margin), top + height - margin);
  }

  #shape(plot: uPlot, kind: ChartMarkKind, x: number, y: number): void {
    const { ctx } = plot;
    const scale = scaleOf(plot);
    const shape = SHAPES.get(kind)!;
    const { filled, path } = MARK_STYLES[kind];
    ctx.save();
    ctx.translate(x, y);
    ctx.scale(scale, scale);
    ctx.fillStyle = filled ? ctx.strokeStyle : this.#palette.get("card");
    if (path.endsWith("Z")) ctx.fill(shape);
    ctx.stroke(shape);
    ctx.restore();
  }
}

/** Pixels of the canvas to one of the page. */
function scaleOf({ ctx, width }: uPlot): number {
  return ctx.canvas.width / width;
}

function stroke(ctx: CanvasRenderingContext2D, points: readonly [number, number][]): void {
  ctx.beginPath();
  for (const [x, y] of points) ctx.lineTo(x, y);
  ctx.stroke();
  ctx.setLineDash([]);
}

function dot(plot: uPlot, x: number, y: number, colour: string): void {
  const { ctx } = plot;
  ctx.fillStyle = colour;
  ctx.beginPath();
  const radius = 3.5 * scaleOf(plot);
  ctx.arc(plot.valToPos(x, "x", true), plot.valToPos(y, "y", true), radius, 0, 2 * Math.PI);
  ctx.fill();
}
