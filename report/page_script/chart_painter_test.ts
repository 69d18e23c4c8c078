import { assertAlmostEquals, assertEquals } from "@std/assert";
import { type Drawn, fakePage, FakePlot } from "../../testing/fake_page.ts";
import type { ChartMark, ChartMarkKind, TailBuckets } from "../data.ts";
import { MARK_STYLES } from "../mark_kinds.ts";
import type { ChartPainter as Painter } from "./chart_painter.ts";
import type { Palette } from "./palette.ts";
import { Pyramid } from "./pyramid.ts";

fakePage();
const { ChartPainter } = await import("./chart_painter.ts");

type Tails = readonly (readonly [x: number, position: number])[];

interface Queue {
  readonly tails?: Tails;
  readonly heads?: Tails;
  readonly marks?: readonly ChartMark[];
}

function buckets(tails: Tails): TailBuckets {
  const x = Float64Array.from(tails, ([x]) => x);
  const y = Float64Array.from(tails, ([, y]) => y);
  return { stride: 1, first: x, last: x, min: y, max: y };
}

function mark(
  kind: ChartMarkKind,
  [from, to = from]: readonly [from: number, to?: number],
  position: number | null = null,
): ChartMark {
  return { kind, from, to, count: 1, position };
}

/** A painter of queues that are all shown, with colours that are their names. */
function painterOf(queues: readonly Queue[], limit = 1000): Painter {
  const axis = { kind: "time", from: 0, to: 100, startNs: null } as const;
  const pyramids = {
    tails: queues.map(({ tails = [] }) => new Pyramid(buckets(tails))),
    heads: queues.map(({ heads = [] }) => new Pyramid(buckets(heads))),
  };
  const chart = {
    axis,
    limit,
    queues: queues.map(({ marks = [] }, idx) => ({
      ...{ idx, cpu: idx, tid: null },
      ...{ tails: pyramids.tails[idx]!.finest, heads: pyramids.heads[idx]!.finest, marks },
    })),
  };
  const painter = new ChartPainter(chart, pyramids, { get: (name: string) => name } as Palette);
  painter.shown = queues.map((_, queue) => ({ queue, slot: queue }));
  return painter;
}

/**
 * What a painter draws from 0 s to 100 s and from 0 to 2000: 20 pixels of the canvas to a second and
 * half a pixel to a byte, from (100, 1020) on.
 */
function draw(painter: Painter, part: "paint" | "ground" = "paint"): readonly Drawn[] {
  const plot = new FakePlot();
  painter[part](plot as unknown as uPlot);
  if (part === "paint") assertEquals(plot.ctx.clipped, [100, 20, 2000, 1000]);
  return plot.ctx.drawn;
}

/** Lines of queues: their colours are numbered. */
function queueLines(painter: Painter): readonly Drawn[] {
  return draw(painter).filter(({ what, colour }) => what === "line" && /^s\d/.test(colour));
}

const TWO: readonly Queue[] = [{ tails: [[0, 0], [10, 200]] }, { tails: [[0, 1], [10, 20]] }];

Deno.test("ChartPainter shades what is over the limit, as far as it is in sight", () => {
  const box = (limit: number) =>
    draw(painterOf([], limit), "ground").map(({ colour, points }) => [colour, ...points.flat()]);
  assertEquals(box(1000), [["bad-wash", 100, 20, 2000, 500]]);
  assertEquals(box(-1), [["bad-wash", 100, 20, 2000, 1000]]);
  assertEquals([box(2000), box(2001)], [[], []]);
});

Deno.test("ChartPainter draws the limit, dashed and with its size, where it is in sight", () => {
  const [line, text, ...more] = draw(painterOf([]));
  assertEquals(line, {
    ...{ what: "line", colour: "bad", alpha: 1, lineWidth: 3, dash: [12, 8], text: "" },
    points: [[100, 520], [2100, 520]],
  });
  assertEquals([text!.text, text!.points, more], ["Limit: 1000\u00a0B (left)", [[116, 532]], []]);
  const drawn = (limit: number) => draw(painterOf([], limit)).length;
  assertEquals([0, 2000, -1, 2001].map(drawn), [2, 2, 0, 0]);
});

Deno.test("ChartPainter draws where the first flagged tail is, its text inside", () => {
  const drawn = (...xs: number[]) => {
    const marks = [mark("wrap", [1]), ...xs.map((x) => mark("flagged", [x, 99], 5))];
    const painter = painterOf([{ marks }, { marks: marks.slice(-1) }]);
    painter.hidden = new Set(["flagged", "wrap"]);
    return draw(painter).filter(({ colour }) => colour === "bad").slice(2).map((
      { dash, points, text },
    ) => [...dash, ...points, text]);
  };
  const at = (x: number, textX: number, align: string) => [
    [4, 6, [x, 20], [x, 1020], ""],
    [[textX, 980], `First flagged tail (${align})`],
  ];
  assertEquals(drawn(30, 80), at(700, 712, "left"));
  assertEquals(drawn(80, 30), at(700, 712, "left"));
  assertEquals(drawn(50), at(1100, 1112, "left"));
  assertEquals(drawn(75), at(1600, 1588, "right"));
  assertEquals([drawn(0), drawn(100)].map(({ length }) => length), [2, 2]);
  assertEquals([drawn(), drawn(-1), drawn(101)], [[], [], []]);
});

Deno.test("ChartPainter draws heads thin and pale under the tails, in the style of the queue", () => {
  const painter = painterOf([{ heads: [[0, 40], [10, 400]], tails: [[0, 0], [10, 200]] }]);
  const [head, tail] = queueLines(painter);
  const line = { what: "line", colour: "s0", dash: [], text: "" } as const;
  // A step: a tail holds until the next one, so both ends of a bucket are drawn.
  const at = (...ys: number[]): [number, number][] =>
    ys.flatMap((y, n) => [[100 + 200 * n, y], [100 + 200 * n, y]]);
  assertEquals(head, { ...line, alpha: 0.7, lineWidth: 2, points: at(1000, 820) });
  assertEquals(tail, { ...line, alpha: 1, lineWidth: 4, points: at(1020, 920) });
  painter.showsHeads = false;
  assertEquals(queueLines(painter), [tail!]);
  painter.showsHeads = true;
  painter.shown = [{ queue: 0, slot: 1 }];
  const [, dashed] = queueLines(painter);
  assertEquals([dashed!.colour, dashed!.dash], ["s1", [16, 6]]);
  painter.shown = [];
  assertEquals(queueLines(painter), []);
});

Deno.test("ChartPainter lets a queue stand out: it is bold, and all others are faint", () => {
  const looks = (emphasised: number | null) => {
    const painter = painterOf(TWO.map((queue) => ({ ...queue, heads: queue.tails! })));
    painter.emphasised = emphasised;
    return queueLines(painter).map(({ alpha, lineWidth }) => [
      Number(alpha.toFixed(9)),
      lineWidth,
    ]);
  };
  assertEquals(looks(null), [[0.7, 2], [0.7, 2], [1, 4], [1, 4]]);
  assertEquals(looks(0), [[0.7, 3], [0.21, 2], [1, 6], [0.3, 4]]);
  assertEquals(looks(1), [[0.21, 2], [0.7, 3], [0.3, 4], [1, 6]]);
});

Deno.test("ChartPainter makes the marks of other queues faint too, and not the limit", () => {
  const painter = painterOf([
    { tails: [[0, 0]], marks: [mark("gap", [20])] },
    { tails: [[0, 0]], marks: [mark("gap", [40])] },
  ]);
  const alphas = () => draw(painter).filter(({ what }) => what === "shape").map((it) => it.alpha);
  assertEquals(alphas(), [1, 1]);
  painter.emphasised = 1;
  assertEquals(alphas(), [0.3, 1]);
  assertEquals(draw(painter)[0]!.alpha, 1);
});

Deno.test("ChartPainter goes to the nearer end of a bucket first", () => {
  const first = Float64Array.of(0, 10, 20);
  const levels = {
    ...{ stride: 2, first, last: first.map((x) => x + 5) },
    ...{ min: Float64Array.of(0, 150, 100), max: Float64Array.of(200, 400, 180) },
  };
  const axis = { kind: "time", from: 0, to: 100, startNs: null } as const;
  const queue = { idx: 0, cpu: 0, tid: null, tails: levels, heads: buckets([]), marks: [] };
  const painter = new ChartPainter(
    { axis, limit: 1000, queues: [queue] },
    { tails: [new Pyramid(levels)], heads: [new Pyramid(buckets([]))] },
    { get: (name: string) => name } as Palette,
  );
  painter.shown = [{ queue: 0, slot: 0 }];
  const tail = queueLines(painter).at(-1)!;
  // 0 to 200; 150 is nearer to 200 than 400 is; then 180 is nearer to 400 than 100 is.
  const heights = tail.points.map(([, y]) => (1020 - y) * 2);
  assertEquals(heights, [0, 200, 150, 400, 180, 100]);
  assertEquals(tail.points.map(([x]) => (x - 100) / 20), [0, 5, 10, 15, 20, 25]);
});

Deno.test("ChartPainter draws a single tail as a dot, a single head not", () => {
  const dots = (queue: Queue) =>
    draw(painterOf([queue])).filter(({ what }) => what === "dot")
      .map(({ colour, points }) => [colour, ...points.flat()]);
  assertEquals(dots({ tails: [[50, 600]] }), [["s0", 1100, 720, 7, 2 * Math.PI]]);
  assertEquals(dots({ heads: [[50, 600]] }), []);
  assertEquals([dots({ tails: [[50, 600], [60, 1]] }), dots({})], [[], []]);
});

/** Places of the shapes of marks, in seconds and bytes. */
function shapes(queue: Queue, hidden: readonly ChartMarkKind[] = []): number[][] {
  const painter = painterOf([queue]);
  painter.hidden = new Set(hidden);
  return draw(painter).filter(({ what }) => what === "shape")
    .map(({ points: [[x, y] = [0, 0]] }) => [(x - 100) / 20, (1020 - y) * 2]);
}

Deno.test("ChartPainter draws both ends of a mark, where they are 7 pixels apart", () => {
  const tails: Tails = [[0, 400], [10, 600]];
  assertEquals(shapes({ tails, marks: [mark("gap", [5, 20], 500)] }), [[5, 500], [20, 600]]);
  assertEquals(shapes({ tails, marks: [mark("gap", [5])] }), [[5, 400]]);
  assertEquals(shapes({ marks: [mark("gap", [5, 5.5], 500)] }), [[5, 500]]);
  // 7 pixels of the page are 14 of the canvas: 0.7 s.
  const marks = [5, 5.5, 6.25, 6.75, 20].map((x) => mark("gap", [x], 500));
  assertEquals(shapes({ marks }).map(([x]) => x), [5, 6.25, 20]);
  const exactly = [mark("gap", [0, 0.7], 500), mark("gap", [1.4], 500)];
  assertEquals(shapes({ marks: exactly }).length, 3);
});

Deno.test("ChartPainter draws marks in sight, 8 pixels from the edges at least", () => {
  const at = (...place: [number, number?]) => shapes({ marks: [mark("gap", place, 500)] }).length;
  assertEquals([at(-0.75), at(-0.7), at(100.7), at(100.75)], [0, 1, 1, 0]);
  assertEquals([at(-9, 50), at(50, 110)], [2, 2]);
  const heights = [0, 1, 40, 1999, 2000].map((position) =>
    shapes({ marks: [mark("gap", [50], position)] })[0]![1]
  );
  assertEquals(heights, [32, 32, 40, 1968, 1968]);
});

Deno.test("ChartPainter draws kinds of marks in their order, shapes and tones, hidden ones not", () => {
  const marks = [mark("flagged", [60], 500), mark("gap", [40], 500), mark("wrap", [20], 500)];
  const queue = { tails: [[0, 0]], marks } as const;
  assertEquals(shapes(queue).map(([x]) => x), [20, 40, 60]);
  assertEquals(shapes(queue, ["gap"]).map(([x]) => x), [20, 60]);
  const drawn = draw(painterOf([queue])).filter(({ what }) => /shape/.test(what));
  const looks = drawn.map(({ what, colour, text }) => [what, colour, text]);
  const { wrap, gap, flagged } = MARK_STYLES;
  assertEquals(looks, [
    ["filled shape", "card", wrap.path],
    ["shape", "quiet", wrap.path],
    ["shape", "warn", gap.path],
    ["filled shape", "bad", flagged.path],
    ["shape", "bad", flagged.path],
  ]);
  for (const { lineWidth, dash, points } of drawn) {
    assertEquals(points[1], [2, 2]);
    assertAlmostEquals(lineWidth, 1.6);
    assertEquals(dash, []);
  }
});
