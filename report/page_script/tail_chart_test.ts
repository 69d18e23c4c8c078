import { assertAlmostEquals, assertEquals } from "@std/assert";
import { fakePage, FakePlot } from "../../testing/fake_page.ts";
import type { ChartAxis, ChartData, TailBuckets } from "../data.ts";
import type { Palette } from "./palette.ts";
import type { ChartListener, Pointed, TailChart as Chart } from "./tail_chart.ts";
import type { XRange } from "./x_range.ts";

fakePage();
const { TailChart } = await import("./tail_chart.ts");

const LIMIT = 4096;
const TIME: ChartAxis = { kind: "time", from: 0, to: 100, startNs: 0n };
/** The axis with its margin. */
const WHOLE = [-2, 102];

type Tails = readonly (readonly [x: number, position: number])[];

function buckets(tails: Tails): TailBuckets {
  const x = Float64Array.from(tails, ([x]) => x);
  const y = Float64Array.from(tails, ([, y]) => y);
  return { stride: 1, first: x, last: x, min: y, max: y };
}

/** Tails as high as their x. */
function ramp(...xs: number[]): Tails {
  return xs.map((x) => [x, x]);
}

interface Queue {
  readonly tails?: Tails;
  readonly heads?: Tails;
}

/** A chart of some queues, all of them shown. */
function chartOf(
  queues: readonly Queue[],
  { limit = LIMIT, axis = TIME } = {},
): { chart: Chart; plot: FakePlot; pointed: () => Pointed | null; zoomed: [XRange, boolean][] } {
  const data: ChartData = {
    axis,
    limit,
    queues: queues.map(({ tails = [], heads = [] }, idx) => (
      { idx, cpu: idx, tid: null, tails: buckets(tails), heads: buckets(heads), marks: [] }
    )),
  };
  let place: Pointed | null = null;
  const zoomed: [XRange, boolean][] = [];
  const listener: ChartListener = {
    pointed: (pointed) => place = pointed,
    zoomed: (...now) => zoomed.push(now),
  };
  const target = { clientWidth: 1050, clientHeight: 520 } as HTMLElement;
  const palette = { get: (name: string) => name } as Palette;
  const chart = new TailChart(target, data, palette, listener);
  chart.show(queues.map((_, queue) => ({ queue, slot: queue })));
  return { chart, plot: FakePlot.last, pointed: () => place, zoomed };
}

function assertAbout(actual: readonly number[], expected: readonly number[]): void {
  assertEquals(actual.length, expected.length);
  for (const [n, value] of expected.entries()) {
    assertAlmostEquals(actual[n]!, value, 1e-9 * Math.max(1, Math.abs(value)));
  }
}

function heightOf({ scales: { y } }: FakePlot): number[] {
  return [y.min, y.max];
}

function rangeOf({ scales: { x } }: FakePlot): number[] {
  return [x.min, x.max];
}

const LOW: Queue = { tails: [[10, 100], [90, 900]], heads: [[10, 150], [95, 1600]] };
const HIGH: Queue = { tails: [[0, 5000], [50, 4500], [100, 6000]] };

Deno.test("TailChart reaches from 0 over the limit, and over what is higher, by 8 %", () => {
  assertAbout(heightOf(chartOf([LOW]).plot), [0, 4096 * 1.08]);
  assertAbout(heightOf(chartOf([LOW, HIGH]).plot), [0, 6480]);
  assertAbout(heightOf(chartOf([]).plot), [0, 4096 * 1.08]);
  const { chart, plot } = chartOf([{ ...LOW, heads: [[95, 10_000]] }]);
  assertAbout(heightOf(plot), [0, 10_800]);
  chart.showsHeads = false;
  assertAbout(heightOf(plot), [0, 4096 * 1.08]);
  assertAbout(plot.options.scales.y.range(), [0, 4096 * 1.08]);
});

Deno.test("TailChart.fit leaves 8 % around what is in sight, 16 bytes at least, none below 0", () => {
  const { chart, plot } = chartOf([LOW]);
  chart.fit = true;
  assertAbout(heightOf(plot), [0, 1720]);
  chart.showsHeads = false;
  assertAbout(heightOf(plot), [36, 964]);
  chart.fit = false;
  assertAbout(heightOf(plot), [0, 4096 * 1.08]);
  const fitted = (...queues: Queue[]) => {
    const { chart, plot } = chartOf(queues);
    chart.fit = true;
    return heightOf(plot);
  };
  assertAbout(fitted({ tails: [[1, 500], [2, 500]] }), [484, 516]);
  assertAbout(fitted({ tails: [[1, 1000], [2, 1200]] }), [984, 1216]);
  assertEquals(fitted({ tails: [[1, 2 ** 50]] }), [2 ** 50 - 1024, 2 ** 50 + 1024]);
  assertAbout(fitted(LOW, HIGH), [0, 6472]);
  assertAbout(fitted(), [0, 4096 * 1.08]);
  assertAbout(fitted({}), [0, 4096 * 1.08]);
});

Deno.test("TailChart.fit follows the part that is shown", () => {
  const { chart, plot, zoomed } = chartOf([HIGH]);
  chart.fit = true;
  assertAbout(heightOf(plot), [4380, 6120]);
  // From 74 to 100: the tails on both sides of it count.
  chart.zoomBy(0.25, 102 - 8 / 3);
  assertAbout(rangeOf(plot), [74, 100]);
  assertAbout(heightOf(plot), [4380, 6120]);
  chart.reset();
  assertEquals(zoomed.at(-1), [[-2, 102], false]);
  assertAbout(heightOf(plot), [0, 6480]);
  chart.fit = true;
  chart.zoomBy(0.125, 2);
  assertAbout(heightOf(plot), [4460, 5040]);
});

Deno.test("TailChart.isCrowded is within 2 % of the limit, below and above", () => {
  const isCrowded = (...positions: number[]) => {
    const tails: Tails = positions.map((position, x) => [x, position]);
    return chartOf([{ tails }], { limit: 1000 }).chart.isCrowded;
  };
  assertEquals([isCrowded(981, 1019), isCrowded(1000)], [true, true]);
  assertEquals([isCrowded(980, 1019), isCrowded(981, 1020), isCrowded()], [false, false, false]);
});

Deno.test("TailChart.zoomTo() shows eight tails on both sides, and at most a quarter of all", () => {
  const every = ramp(...Array.from({ length: 101 }, (_, x) => x));
  const shownAt = (x: number, tails: Tails) => {
    const { chart, plot } = chartOf([{ tails }, HIGH]);
    chart.zoomTo(x, 0);
    return rangeOf(plot);
  };
  assertAbout(shownAt(50, every), [41.2, 58.8]);
  assertAbout(shownAt(100, every), [84.4, 102]);
  assertAbout(shownAt(0, every), [-2, 15.6]);
  assertAbout(shownAt(50, ramp(44, 50, 51)), [43.4, 56.6]);
  assertAbout(shownAt(50, ramp(49, 50, 56)), [43.4, 56.6]);
  assertAbout(shownAt(50, ramp(0, 50, 100)), [37, 63]);
  assertAbout(shownAt(50, ramp(50)), [47.92, 52.08]);
  assertAbout(shownAt(50, []), [47.92, 52.08]);
  assertAbout(shownAt(-1, ramp(0, 1, 2, 3, 4, 5, 6, 7, 8)), [-2, 15.6]);
});

Deno.test("TailChart.zoomTo() has the height of its queue, and points at the place", () => {
  const { chart, plot, pointed } = chartOf([LOW, HIGH]);
  chart.zoomTo(90, 0);
  const { fit, fitted, place } = chart.view;
  assertEquals({ fit, fitted, place }, { fit: true, fitted: 0, place: { x: 90, queue: 0 } });
  assertAbout(heightOf(plot), [0, 1720]);
  assertEquals([pointed()!.x, pointed()!.queue], [90, 0]);
  assertAbout([plot.cursor.left], [plot.valToPos(90, "x")]);
  assertAbout([plot.cursor.top], [plot.valToPos(900, "y")]);
  chart.fit = true;
  assertEquals(chart.view.fitted, null);
});

Deno.test("TailChart.zoomBy() keeps the place where it is, and stays in the whole", () => {
  const zoomedBy = (factor: number, around?: number) => {
    const { chart, plot } = chartOf([LOW]);
    chart.zoomBy(factor, around);
    return rangeOf(plot);
  };
  assertAbout(zoomedBy(0.5), [24, 76]);
  assertAbout(zoomedBy(0.5, 0), [-1, 51]);
  assertAbout(zoomedBy(0.5, -2), [-2, 50]);
  assertAbout(zoomedBy(0.5, 102), [50, 102]);
  for (const outside of [-2.1, 102.1]) assertAbout(zoomedBy(0.5, outside), [24, 76]);
  assertAbout(zoomedBy(2), WHOLE);
  const [from, to] = zoomedBy(1e-12) as [number, number];
  assertAlmostEquals(to - from, 1e-8, 1e-12);
  const { chart, plot } = chartOf([LOW]);
  chart.zoomBy(0.25, 102);
  assertAbout(rangeOf(plot), [76, 102]);
  chart.zoomBy(2, 76);
  assertAbout(rangeOf(plot), [50, 102]);
  chart.zoomBy(0.5, 50);
  chart.zoomBy(8);
  assertAbout(rangeOf(plot), WHOLE);
});

Deno.test("TailChart.zoomBy() is around the cursor, if there is one", () => {
  const { chart, plot } = chartOf([LOW]);
  plot.cursor = { left: 0, top: 0 };
  chart.zoomBy(0.5);
  assertAbout(rangeOf(plot), [-2, 50]);
  chart.reset();
  chart.pointTo({ x: 102, queue: 0 });
  chart.zoomBy(0.5);
  assertAbout(rangeOf(plot), [50, 102]);
});

Deno.test("TailChart.moveCursor() moves by a part of the width, and the chart goes with it", () => {
  const { chart, plot } = chartOf([LOW]);
  const x = () => chart.view.place!.x;
  chart.moveCursor(0.01);
  assertAbout([x()], [51.04]);
  chart.moveCursor(-0.1);
  assertAbout([x()], [40.64]);
  assertAbout(rangeOf(plot), WHOLE);
  for (const [part, end] of [[1, 100], [-1, 0]] as const) {
    chart.moveCursor(part);
    chart.moveCursor(part);
    assertAbout([x()], [end]);
    assertAbout(rangeOf(plot), WHOLE);
  }
  chart.zoomBy(0.5, 50);
  assertAbout(rangeOf(plot), [24, 76]);
  chart.pointTo({ x: 75.9, queue: 0 });
  chart.moveCursor(0.1);
  assertAbout([...rangeOf(plot), x()], [42.1, 94.1, 81.1]);
  chart.pointTo({ x: 42.2, queue: 0 });
  chart.moveCursor(-0.1);
  assertAbout([...rangeOf(plot), x()], [24, 76, 37]);
});

Deno.test("TailChart.moveQueue() goes round the shown queues, from the first on", () => {
  for (const by of [1, -1] as const) {
    const { chart, plot } = chartOf([LOW, HIGH, LOW]);
    chart.show([2, 0, 1].map((queue, slot) => ({ queue, slot })));
    const queues = Array.from({ length: 5 }, () => {
      chart.moveQueue(by);
      return chart.view.place!.queue;
    });
    assertEquals(queues, by === 1 ? [2, 0, 1, 2, 0] : [2, 1, 0, 2, 1]);
    assertEquals(chart.view.place!.x, 50);
    assertAbout([plot.cursor.left], [500]);
  }
  const { chart } = chartOf([]);
  chart.moveQueue(1);
  assertEquals(chart.view.place, null);
});

Deno.test("TailChart.pointTo() points where it is in sight, and with null nowhere", () => {
  const { chart, plot, pointed } = chartOf([LOW]);
  const dot = plot.over.parts[0]!;
  assertEquals(dot.hidden, true);
  chart.pointTo({ x: 92, queue: 0 });
  const { x, queue, reach } = pointed()!;
  // Six of a thousand pixels that show 104 s.
  assertAbout([x, queue!, reach], [92, 0, 0.624]);
  assertEquals(dot.hidden, false);
  const top = plot.valToPos(900, "y");
  assertEquals(dot.style.transform, `translate(${plot.valToPos(92, "x")}px, ${top}px)`);
  chart.pointTo({ x: 5, queue: 0 });
  assertEquals([pointed()!.x, plot.cursor.top, dot.hidden], [5, 0, true]);
  for (const edge of WHOLE) {
    chart.pointTo({ x: edge, queue: 0 });
    assertEquals([pointed()!.x, plot.cursor.left >= 0], [edge, true]);
  }
  for (const away of [null, { x: null, queue: 0 }, { x: 103, queue: 0 }, { x: -3, queue: 0 }]) {
    chart.pointTo({ x: 92, queue: 0 });
    chart.pointTo(away);
    assertEquals([pointed(), plot.cursor, dot.hidden], [null, { left: -10, top: -10 }, true]);
  }
});

Deno.test("TailChart keeps a place out of sight until it is in sight again", () => {
  const { chart, plot, pointed } = chartOf([LOW]);
  chart.pointTo({ x: 10, queue: 0 });
  chart.zoomBy(0.25, 102);
  assertEquals([pointed(), chart.view.place], [null, { x: 10, queue: 0 }]);
  chart.reset();
  assertEquals([pointed()!.x, plot.cursor.left], [10, plot.valToPos(10, "x")]);
});

/** Moves the pointer, as uPlot does. */
function movePointer({ options, cursor }: FakePlot, to: typeof cursor): void {
  const plot = FakePlot.last;
  options.cursor.bind.mousemove(plot, null, () => plot.setCursor(to))(null);
}

Deno.test("TailChart points at the queue whose tail is nearest to the pointer", () => {
  const { chart, plot, pointed } = chartOf([
    { tails: [[0, 1000]] },
    { tails: [[0, 3000]] },
    { tails: [[60, 2000]] },
    { heads: [[50, 2000]] },
    {},
  ]);
  const queueAt = (x: number, y: number) => {
    movePointer(plot, { left: plot.valToPos(x, "x"), top: plot.valToPos(y, "y") });
    return pointed()!.queue;
  };
  assertEquals([queueAt(20, 900), queueAt(20, 1900), queueAt(20, 2100)], [0, 0, 1]);
  assertEquals([queueAt(20, 3900), queueAt(55, 2100), queueAt(70, 2100)], [1, 3, 2]);
  assertEquals(queueAt(-1, 900), null);
  chart.pointTo({ x: 20, queue: 1 });
  assertEquals(queueAt(20, 900), 0);
  assertEquals(chart.view.place, null);
});

Deno.test("TailChart shows what is selected, and all after a double click", () => {
  const { chart, plot } = chartOf([LOW]);
  const { setSelect } = plot.options.hooks;
  plot.select = { left: 250, top: 0, width: 0, height: 0 };
  setSelect[0](plot);
  assertAbout(rangeOf(plot), WHOLE);
  plot.select = { left: 250, top: 0, width: 500, height: 500 };
  setSelect[0](plot);
  assertAbout(rangeOf(plot), [24, 76]);
  assertEquals(plot.select, { left: 0, top: 0, width: 0, height: 0 });
  assertEquals(plot.options.scales.x.range(), chart.view.range);
  plot.options.cursor.bind.dblclick()();
  assertAbout(rangeOf(plot), WHOLE);
});

Deno.test("TailChart.view moves to another chart", () => {
  const { chart } = chartOf([LOW, HIGH]);
  chart.hideMarks(new Set(["wrap"]));
  chart.showsHeads = false;
  chart.zoomTo(50, 1);
  chart.show([{ queue: 1, slot: 3 }]);
  const other = chartOf([LOW, HIGH]);
  other.chart.view = chart.view;
  assertEquals(other.chart.view, chart.view);
  assertEquals(heightOf(other.plot), [5000 - 120 - 500, 6120]);
  assertEquals(other.pointed()!.queue, 1);
});

Deno.test("TailChart draws again only where something has changed", () => {
  const { chart, plot, pointed } = chartOf([LOW]);
  const redraws = () => {
    const { redraws } = plot;
    plot.redraws = 0;
    return redraws;
  };
  redraws();
  chart.emphasise(null);
  assertEquals(redraws(), 0);
  chart.emphasise(0);
  assertEquals(redraws(), 1);
  chart.emphasise(0);
  assertEquals(redraws(), 0);
  chart.hideMarks(new Set());
  chart.repaint();
  assertEquals(redraws(), 2);
  chart.pointTo({ x: 20, queue: 0 });
  chart.resize(1050, 520);
  assertEquals(pointed()!.x, 20);
  for (const [width, height] of [[1050, 600], [800, 600]] as const) {
    chart.pointTo({ x: 20, queue: 0 });
    chart.resize(width, height);
    assertEquals([plot.width, plot.height, pointed()], [width, height, null]);
  }
});

Deno.test("TailChart has ticks of time or of bytes, and room for their labels", () => {
  const axesOf = (axis: ChartAxis) => chartOf([LOW], { axis }).plot.options.axes;
  const [x, y] = axesOf(TIME);
  assertEquals(x.splits(null, 0, 0, 2, 1), [0, 1, 2]);
  assertEquals(x.values(null, [0, 1], 0, 0, 1), ["0 s", "1 s"]);
  assertEquals(y.splits(null, 1, 0, 2048, 1024), [0, 1024, 2048]);
  assertEquals(y.values(null, [0, 1024], 0, 0, 1024), ["0", "1 KiB"]);
  assertEquals([y.size(null, null), y.size(null, ["0", "1 KiB"])], [44, 51]);
  assertEquals([x.incrs.includes(0.5), y.incrs.includes(5), y.incrs.includes(4)], [
    true,
    false,
    true,
  ]);
  const [file] = axesOf({ kind: "file", from: 0, to: 4096, startNs: null });
  assertEquals(file.values(null, [0, 1024], 0, 0, 1024), ["0", "1 KiB"]);
  assertEquals(file.incrs.includes(5), false);
  // Half a label fits above the highest tick, and after the last one.
  assertEquals(FakePlot.last.options.padding, [12, 14, 0, 0]);
});
