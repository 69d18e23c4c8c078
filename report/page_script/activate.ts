import type { ChartData, ChartMarkKind, PacketChart } from "../data.ts";
import { FlaggedRows, type Tail } from "./flagged_rows.ts";
import { PacketBars } from "./packet_bars.ts";
import { Palette, watchColours } from "./palette.ts";
import { QueuePicker } from "./queue_picker.ts";
import { reading } from "./reading.ts";
import { type ChartView, TailChart } from "./tail_chart.ts";

const STEP = 2;

/** What a person has made of a report. */
export interface ReportView {
  readonly chart: ChartView;
  /** The flagged tail that is chosen; null: none. */
  readonly chosen: Tail | null;
}

/** A report that answers to pointer and keys. */
export interface Activated {
  /** What a person has made of it until now; null without a chart. */
  readonly view: ReportView | null;
  destroy(): void;
}

/**
 * Draws the charts of a report, and connects them with its tables.
 *
 * @param root What has the markup of `reportBody()` in it.
 * @param view What was made of an earlier report of the same recording.
 */
export function activate(
  root: HTMLElement,
  chart: ChartData,
  packets: PacketChart | null,
  view: ReportView | null = null,
): Activated {
  const stop = new AbortController();
  const figure = root.querySelector<HTMLElement>("#packet-chart");
  if (figure !== null && packets !== null && packets.queues.length > 0) {
    new PacketBars(figure, packets, chart.axis.kind, stop.signal);
  }
  const plot = root.querySelector<HTMLElement>("#chart-plot");
  const tails = plot === null ? null : activateTails(root, plot, { chart, view }, stop.signal);
  return {
    get view() {
      return tails && { chart: tails.chart.view, chosen: tails.flagged.chosen };
    },
    destroy: () => {
      stop.abort();
      tails?.chart.destroy();
    },
  };
}

function activateTails(
  root: HTMLElement,
  plot: HTMLElement,
  { chart, view }: { readonly chart: ChartData; readonly view: ReportView | null },
  signal: AbortSignal,
): { readonly chart: TailChart; readonly flagged: FlaggedRows } {
  const part = (id: string) => root.querySelector<HTMLElement>(`#${id}`)!;
  const palette = new Palette();
  const readout = part("chart-readout");
  const fit = part("chart-fit");
  let picker: QueuePicker | null = null;
  const flagged = new FlaggedRows(root, view?.chosen ?? null, {
    chosen: (x, queue) => {
      picker?.add(queue);
      part("chart").scrollIntoView({ block: "nearest" });
      tails.zoomTo(x, queue);
    },
    touched: (row) => {
      tails.pointTo(row);
      picker?.near(row?.queue ?? null);
    },
  }, signal);
  const tails = new TailChart(plot, chart, palette, {
    pointed: (place) => {
      picker?.near(place?.queue ?? null);
      flagged.near(place);
      readout.textContent = place === null ? "" : reading(place, chart, tails.pyramids);
    },
    zoomed: (range, fits) => {
      flagged.shown(range);
      fit.setAttribute("aria-pressed", `${fits}`);
    },
  });
  const shown = view?.chart.shown ?? null;
  picker = new QueuePicker(part("queues"), part("chart-queues"), chart, shown, {
    picked: (queues) => tails.show(queues),
    touched: (queue) => tails.emphasise(queue),
  }, signal);
  if (view === null) tails.fit = tails.isCrowded;
  else tails.view = view.chart;

  part("chart-controls").hidden = false;
  const click = (id: string, action: () => void) =>
    part(id).addEventListener("click", action, { signal });
  click("chart-in", () => tails.zoomBy(1 / STEP));
  click("chart-out", () => tails.zoomBy(STEP));
  click("chart-reset", () => tails.reset());
  click("chart-fit", () => tails.fit = fit.getAttribute("aria-pressed") !== "true");
  watchKeys(plot, tails, signal);
  watchMarks(root, tails, signal);
  watchColours(() => {
    palette.forget();
    tails.repaint();
  }, signal);
  const observer = new ResizeObserver(() => {
    if (plot.clientWidth > 0) tails.resize(plot.clientWidth, plot.clientHeight);
  });
  observer.observe(plot);
  signal.addEventListener("abort", () => observer.disconnect());
  return { chart: tails, flagged };
}

function watchKeys(plot: HTMLElement, tails: TailChart, signal: AbortSignal): void {
  plot.tabIndex = 0;
  plot.addEventListener("mousedown", () => plot.focus({ preventScroll: true }), { signal });
  plot.addEventListener("keydown", (event) => {
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    if (ctrlKey || metaKey || altKey) return;
    const part = shiftKey ? 0.1 : 0.01;
    const actions: Record<string, () => void> = {
      "ArrowLeft": () => tails.moveCursor(-part),
      "ArrowRight": () => tails.moveCursor(part),
      "ArrowUp": () => tails.moveQueue(-1),
      "ArrowDown": () => tails.moveQueue(1),
      "+": () => tails.zoomBy(1 / STEP),
      "=": () => tails.zoomBy(1 / STEP),
      "-": () => tails.zoomBy(STEP),
      "0": () => tails.reset(),
      "Escape": () => tails.reset(),
    };
    const action = actions[key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  }, { signal });
  plot.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !plot.contains(document.activeElement)) return;
    event.preventDefault();
    tails.zoomBy(Math.exp(Math.min(Math.max(event.deltaY, -200), 200) / 300));
  }, { signal, passive: false });
}

function watchMarks(root: HTMLElement, tails: TailChart, signal: AbortSignal): void {
  const { hidden, showsHeads } = tails.view;
  const heads = root.querySelector<HTMLInputElement>("#chart-heads");
  if (heads !== null) {
    heads.checked = showsHeads;
    heads.addEventListener("change", () => tails.showsHeads = heads.checked, { signal });
  }
  const boxes = [...root.querySelectorAll<HTMLInputElement>("input[data-mark]")];
  for (const box of boxes) {
    box.checked = !hidden.has(box.dataset.mark as ChartMarkKind);
    box.addEventListener("change", () => {
      const hidden = boxes.filter(({ checked }) => !checked);
      tails.hideMarks(new Set(hidden.map(({ dataset }) => dataset.mark as ChartMarkKind)));
    }, { signal });
  }
}
