import type { ChartAxis, PacketBin, PacketChart } from "../data.ts";
import { count } from "../words.ts";
import { queueName } from "../../text/mod.ts";
import { item, svg } from "./svg.ts";
import { exactPlace, xLabels } from "./ticks.ts";

const COLOURS = 7;
const HEIGHT = 100;

/** Kinds of packets that are drawn as one. */
export interface BarGroup {
  readonly name: string;
  /** Class of the colour. */
  readonly style: string;
  readonly kinds: readonly number[];
}

/** Stacked bars of the packets of one queue, part by part of its payload. */
export class PacketBars {
  readonly #root: HTMLElement;
  readonly #packets: PacketChart;
  readonly #kind: ChartAxis["kind"];
  #bins: readonly PacketBin[] = [];
  #at = -1;
  #pointer: SVGElement | null = null;

  /** Takes the figure that has the parts of the chart. */
  constructor(
    root: HTMLElement,
    packets: PacketChart,
    kind: ChartAxis["kind"],
    signal: AbortSignal,
  ) {
    this.#root = root;
    this.#packets = packets;
    this.#kind = kind;
    const select = this.#part<HTMLSelectElement>("packet-queue");
    const plot = this.#part("packet-plot");
    select.addEventListener("change", () => this.#draw(Number(select.value)), { signal });
    plot.addEventListener("mousemove", ({ clientX }) => {
      const { left, width } = plot.getBoundingClientRect();
      this.#point(Math.floor((clientX - left) / width * this.#bins.length));
    }, { signal });
    plot.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      this.#point(this.#at + by);
    }, { signal });
    plot.tabIndex = 0;
    root.hidden = false;
    this.#draw(0);
  }

  #part<T extends HTMLElement = HTMLElement>(id: string): T {
    return this.#root.querySelector<T>(`#${id}`)!;
  }

  #draw(index: number): void {
    const queue = this.#packets.queues[index]!;
    this.#bins = queue.bins;
    this.#at = -1;
    const groups = barGroups(this.#packets.kinds, queue.bins);
    this.#part("packet-plot").replaceChildren(this.#bars(groups), this.#scale());
    this.#part("packet-legend").replaceChildren(...groups.map(({ name, style }) => {
      const square = svg("path", { d: "M0 0H12V12H0Z", class: style });
      return item(name, svg("svg", { viewBox: "0 0 12 12", "aria-hidden": "true" }, square));
    }));
    this.#part("packet-readout").textContent = "";
    this.#part("packet-queue-name").textContent = `Packets of ${queueName(queue)}`;
  }

  #bars(groups: readonly BarGroup[]): SVGElement {
    const { length } = this.#bins;
    const tallest = tallestOf(this.#bins);
    this.#pointer = svg("path", { class: "pointer" });
    return svg(
      "svg",
      {
        viewBox: `0 0 ${Math.max(1, length)} ${HEIGHT}`,
        preserveAspectRatio: "none",
        role: "img",
        "aria-label": `Packets in ${length} parts of the payload, at most ${count(tallest)} in one`,
      },
      ...barPaths(groups, this.#bins).map((d, n) => svg("path", { d, class: groups[n]!.style })),
      this.#pointer,
    );
  }

  #scale(): HTMLElement {
    const { length } = this.#bins;
    const from = this.#bins[0]?.from ?? 0;
    const to = this.#bins.at(-1)?.to ?? 0;
    const places = new Set([from, this.#bins[length >> 1]?.from ?? from, to]);
    const scale = document.createElement("p");
    for (const label of xLabels(this.#kind, [...places], (to - from || 1) / 100)) {
      const tick = document.createElement("span");
      tick.append(label);
      scale.append(tick);
    }
    return scale;
  }

  #point(bin: number): void {
    const at = Math.min(Math.max(bin, 0), this.#bins.length - 1);
    const part = this.#bins[at];
    if (part === undefined || at === this.#at) return;
    this.#at = at;
    this.#pointer!.setAttribute("d", `M${at} 0h1v${HEIGHT}h-1z`);
    const { from, to, counts } = part;
    const most = mostFrequent(this.#packets.kinds, counts);
    this.#part("packet-readout").textContent = `Part ${at + 1} of ${this.#bins.length}, ${
      exactPlace(this.#kind, from)
    } to ${exactPlace(this.#kind, to)}: ${count(total(counts))} packets: ${most.join(", ")}`;
  }
}

/** The kinds that have a colour of their own, most packets first, and the others in one. */
export function barGroups(kinds: readonly string[], bins: readonly PacketBin[]): BarGroup[] {
  const sums = kinds.map((_, kind) => total(bins.map(({ counts }) => counts[kind] ?? 0)));
  const order = [...kinds.keys()].filter((kind) => sums[kind]! > 0)
    .sort((a, b) => sums[b]! - sums[a]!);
  const groups = order.slice(0, COLOURS)
    .map((kind, slot) => ({ name: kinds[kind]!, style: `fill-${slot}`, kinds: [kind] }));
  const rest = order.slice(COLOURS);
  if (rest.length > 0) groups.push({ name: "others", style: "fill-rest", kinds: rest });
  return groups;
}

/** Draws the groups on top of each other in every part; the part with most packets is full. */
export function barPaths(groups: readonly BarGroup[], bins: readonly PacketBin[]): string[] {
  const scale = HEIGHT / tallestOf(bins);
  const base = new Float64Array(bins.length);
  return groups.map(({ kinds }) =>
    bins.map(({ counts }, bin) => {
      const height = total(kinds.map((kind) => counts[kind] ?? 0)) * scale;
      base[bin]! += height;
      const top = HEIGHT - base[bin]!;
      return height === 0 ? "" : `M${bin + 0.06} ${top.toFixed(3)}h.88v${height.toFixed(3)}h-.88z`;
    }).join("")
  );
}

/** The six kinds with most packets, and how many. */
export function mostFrequent(kinds: readonly string[], counts: readonly number[]): string[] {
  return [...counts.entries()].filter(([, packets]) => packets > 0)
    .sort(([, a], [, b]) => b - a).slice(0, 6)
    .map(([kind, packets]) => `${kinds[kind]} ${count(packets)}`);
}

/** Packets of the part that has most. */
function tallestOf(bins: readonly PacketBin[]): number {
  return Math.max(1, ...bins.map(({ counts }) => total(counts)));
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, packets) => sum + packets, 0);
}
