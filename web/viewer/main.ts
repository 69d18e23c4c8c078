/**
 * The script of the viewer's page: opens recordings in a Worker, and shows what it says.
 *
 * @module
 */

import type { QueueIdentity } from "../../auxtrace/mod.ts";
import { reportBody, type ReportData } from "../../report/mod.ts";
import { hex, queueName } from "../../text/mod.ts";
import { activate, type Activated } from "../../report/page_script/internal.ts";
import type { Request, Response } from "./messages.ts";
import { PacketBrowser } from "./packet_browser.ts";
import { byId, Shell } from "./shell.ts";
import { shortened } from "./shortened.ts";

const PHASES = {
  records: "Reading the records",
  packets: "Decoding the packets; the report is below",
} as const;

/** One recording that is open. */
class Opened {
  readonly #file: File;
  readonly #shell: Shell;
  readonly #worker: Worker;
  readonly #browser: PacketBrowser;
  #activated: Activated | null = null;
  #hasReport = false;
  #isDone = false;

  constructor(file: File, shell: Shell, program: string) {
    this.#file = file;
    this.#shell = shell;
    this.#worker = new Worker(program);
    this.#worker.onmessage = ({ data }: MessageEvent<Response>) => this.#take(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(event.message || "The Worker could not be started");
    };
    const ask = (request: Request) => this.#worker.postMessage(request);
    this.#browser = new PacketBrowser(ask);
    shell.fail(file.name, null);
    shell.progress(PHASES.records, { done: 0, total: file.size });
    ask({ type: "open", file });
  }

  /** Stops reading; a report that is there stays, and its chunks can be opened. */
  cancel(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    if (this.#hasReport) this.#worker.postMessage({ type: "stop" } satisfies Request);
    else this.close();
    this.#shell.endProgress("Cancelled.");
    this.#sayWhyNoPackets("Cancelled before all packets were counted.");
  }

  /** Ends the Worker. */
  close(): void {
    this.#worker.terminate();
    this.#activated?.destroy();
  }

  #take(response: Response): void {
    switch (response.type) {
      case "progress":
        if (this.#isDone) return;
        return this.#shell.progress(PHASES[response.phase], response);
      case "report":
        return this.#show(response.data, response.isLast);
      case "stopped":
        return;
      case "chunks":
        return this.#browser.showChunks(response.list);
      case "packets":
        return this.#browser.showPackets(response.list);
      case "failed":
        if (response.what === "report") this.#fail(response.why);
        else this.#browser.fail(response.why);
    }
  }

  #fail(why: string): void {
    this.#isDone = true;
    this.#shell.endProgress("");
    this.#shell.fail(this.#file.name, why);
    this.#sayWhyNoPackets("The packets could not be counted.");
  }

  #show(data: ReportData, isLast: boolean): void {
    if (this.#isDone && !isLast) return;
    const isFirst = !this.#hasReport;
    this.#hasReport = true;
    const main = elementOf(reportBody(shortened(data), { packetBrowser: true }));
    this.#addButtons(main, data.replay);
    const focused = keyOf(document.activeElement);
    const view = this.#activated?.view ?? null;
    this.#activated?.destroy();
    if (isFirst) {
      byId("place").replaceChildren(main);
      main.querySelector("#packet-browser")?.append(this.#browser.element);
    } else {
      replaceAround(byId("report"), main);
    }
    const shown = byId("report");
    this.#activated = activate(shown, data.chart, data.packets, view);
    document.title = `${data.name}: ${data.replay.verdict}`;
    if (isFirst) shown.focus({ preventScroll: true });
    else if (focused !== null) focus(focused, { preventScroll: true });
    if (isLast) {
      this.#isDone = true;
      this.#shell.endProgress("The report is complete.");
    } else {
      this.#sayWhyNoPackets("The packets are being decoded.");
    }
  }

  /** Puts buttons that open chunks beside the names of queues. */
  #addButtons(main: HTMLElement, { recording, queues, flagged }: ReportData["replay"]): void {
    if (recording.auxtraceType === null) return;
    const rows = (table: string) => main.querySelectorAll<HTMLElement>(`#${table} tbody tr`);
    for (const row of rows("queues")) {
      const queue = queues[Number(row.dataset["queue"])];
      if (queue === undefined) continue;
      this.#addButton(row, "Chunks", `Chunks of ${queueName(queue)}`, { queue, position: null });
    }
    for (const [index, row] of rows("flagged").entries()) {
      const queue = queues[Number(row.dataset["queue"])];
      const position = flagged[index]?.auxOffset;
      if (queue === undefined || position === undefined) continue;
      const label = `Packets of the chunk at ${hex(position)}, ${queueName(queue)}`;
      this.#addButton(row, "Packets", label, { queue, position });
    }
  }

  #addButton(
    row: HTMLElement,
    text: string,
    label: string,
    { queue: { idx, cpu, tid }, position }: { queue: QueueIdentity; position: bigint | null },
  ): void {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "open-chunks";
    button.textContent = text;
    button.setAttribute("aria-label", label);
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      const place = keyOf(button)!;
      this.#browser.open({ idx, cpu, tid }, position, () => focus(place));
    });
    row.querySelector("th")?.append(" ", button);
  }

  #sayWhyNoPackets(text: string): void {
    const place = document.getElementById("packet-none");
    if (place !== null) place.textContent = text;
  }
}

/**
 * Replaces a report by a newer one, except the place of the browser, which never leaves the
 * document: focus and scrolling in it stay.
 */
function replaceAround(older: HTMLElement, newer: HTMLElement): void {
  const packets = older.querySelector("#packets")!;
  const browser = packets.querySelector("#packet-browser")!;
  for (const part of [...older.children]) if (part !== packets) part.remove();
  for (const part of [...packets.children]) if (part !== browser) part.remove();
  let isAfter = false;
  for (const part of [...newer.children]) {
    if (part.id !== "packets") {
      if (isAfter) older.append(part);
      else packets.before(part);
      continue;
    }
    isAfter = true;
    part.querySelector("#packet-browser")?.remove();
    browser.before(...part.children);
  }
}

function elementOf(text: string): HTMLElement {
  const template = document.createElement("template");
  template.innerHTML = text;
  return template.content.firstElementChild as HTMLElement;
}

/** A selector that finds the element again when the report is made again; null if it stays. */
function keyOf(element: Element | null): string | null {
  if (!(element instanceof HTMLElement) || element.closest("#browser") !== null) return null;
  if (element.id !== "") return `#${element.id}`;
  const row = element.closest<HTMLElement>("tr[data-queue]");
  const table = row?.closest("table");
  if (row === null || !table) return null;
  const { queue, x } = row.dataset;
  const key = `#${table.id} tr[data-queue="${queue}"]${x === undefined ? "" : `[data-x="${x}"]`}`;
  return element.matches("button") ? `${key} button` : key;
}

function focus(selector: string, options?: FocusOptions): void {
  document.querySelector<HTMLElement>(selector)?.focus(options);
}

const program = URL.createObjectURL(
  new Blob([byId("worker-program").textContent!], { type: "text/javascript" }),
);
const start = byId("start");
let opened: Opened | null = null;

const shell: Shell = new Shell({
  open(file) {
    opened?.close();
    byId("place").replaceChildren(start);
    document.title = "auxtail viewer";
    opened = new Opened(file, shell, program);
  },
  cancel: () => opened?.cancel(),
});
