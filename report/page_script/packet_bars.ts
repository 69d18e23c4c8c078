import type { ChartAxis, PacketBin, PacketChart } from "../data.ts";
import { count } from "../words.ts";
import { queueName } from "../../text/mod.ts";
import { svg } from "./svg.ts";
import { exactPlace, xLabels } from "./ticks.ts";

const COLOURS = 7;
const HEIGHT = 100;

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
    const { kinds, queues } = this.#packets;
    const queue = queues[index]!;
    this.#bins = queue.bins;
    this.#at = -1;
    const sums = kinds.map((_, kind) =>
      queue.bins.reduce((sum, { counts }) => sum + (counts[kind] ?? 0), 0)
    );
    const order = [...kinds.keys()].filter((kind) => sums[kind]! > 0)
      .sort((a, b) => sums[b]! - sums[a]!);
    const groups = order.slice(0, COLOURS).map((kind, slot) => ({
      name: kinds[kind]!,
      style: `fill-${slot}`,
      kinds: [kind],
    }));
    const rest = order.slice(COLOURS);
    if (rest.length > 0) groups.push({ name: "others", style: "fill-rest", kinds: rest });
    this.#part("packet-plot").replaceChildren(this.#bars(groups), this.#scale());
    this.#part("packet-legend").replaceChildren(...groups.map(({ name, style }) => {
      const item = document.createElement("li");
      item.append(
        svg(
          "svg",
          { viewBox: "0 0 12 12", "aria-hidden": "true" },
          svg("path", { d: "M0 0H12V12H0Z", class: style }),
        ),
        name,
      );
      return item;
    }));
    this.#part("packet-readout").textContent = "";
    this.#part("packet-queue-name").textContent = `Packets of ${queueName(queue)}`;
  }

  #bars(
    groups: readonly { readonly style: string; readonly kinds: readonly number[] }[],
  ): SVGElement {
    const { length } = this.#bins;
    const tallest = Math.max(1, ...this.#bins.map(({ counts }) => total(counts)));
    const base = new Float64Array(length);
    const paths = groups.map(({ style, kinds }) => {
      let path = "";
      for (const [bin, { counts }] of this.#bins.entries()) {
        const height = kinds.reduce((sum, kind) => sum + (counts[kind] ?? 0), 0) / tallest * HEIGHT;
        if (height === 0) continue;
        const top = HEIGHT - base[bin]! - height;
        path += `M${bin + 0.06} ${top.toFixed(3)}h.88v${height.toFixed(3)}h-.88z`;
        base[bin]! += height;
      }
      return svg("path", { d: path, class: style });
    });
    this.#pointer = svg("path", { class: "pointer" });
    return svg(
      "svg",
      {
        viewBox: `0 0 ${Math.max(1, length)} ${HEIGHT}`,
        preserveAspectRatio: "none",
        role: "img",
        "aria-label": `Packets in ${length} parts of the payload, at most ${count(tallest)} in one`,
      },
      ...paths,
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
    this.#pointer?.setAttribute("d", `M${at} 0h1v${HEIGHT}h-1z`);
    const { from, to, counts } = part;
    const most = [...counts.entries()].filter(([, packets]) => packets > 0)
      .sort(([, a], [, b]) => b - a).slice(0, 6)
      .map(([kind, packets]) => `${this.#packets.kinds[kind]} ${count(packets)}`);
    this.#part("packet-readout").textContent = `Part ${at + 1} of ${this.#bins.length}, ${
      exactPlace(this.#kind, from)
    } to ${exactPlace(this.#kind, to)}: ${count(total(counts))} packets: ${most.join(", ")}`;
  }
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, packets) => sum + packets, 0);
}
