import { bytes, count, counted, type Html, html } from "../../report/internal.ts";
import type { QueueIdentity } from "../../auxtrace/mod.ts";
import { hex, queueName } from "../../text/mod.ts";
import type { ChunkList, ChunkRow, PacketList, Request } from "./messages.ts";
import type { PacketRow } from "./row_writer.ts";

/** Rows on a page of chunks. */
const CHUNKS = 100;

/** What was asked for, or is shown. */
interface PacketsView {
  readonly chunk: number;
  /** Positions of the pages so far, the current one last; null for the first packet. */
  readonly pages: (bigint | null)[];
}

/**
 * The part of the page in which a person goes from a queue to its chunks, and from a chunk to its
 * packets.
 */
export class PacketBrowser {
  readonly element: HTMLElement;
  readonly #ask: (request: Request) => void;
  readonly #body: HTMLElement;
  readonly #status: HTMLElement;
  #queue: QueueIdentity | null = null;
  #chunks: ChunkList | null = null;
  #packets: PacketsView | null = null;
  /** Gives the focus back when all is closed. */
  #leave = () => {};

  constructor(ask: (request: Request) => void) {
    this.#ask = ask;
    this.element = document.createElement("div");
    this.element.id = "browser";
    this.element.innerHTML = `${html`
      <p class="status" role="status" aria-live="polite"></p>
      <div></div>
    `}`;
    this.#status = this.element.querySelector("p")!;
    this.#body = this.element.querySelector("div")!;
    this.element.addEventListener("click", (event) => this.#click(event));
    this.element.addEventListener("change", (event) => this.#change(event));
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.#close();
  }

  /**
   * Asks for the first chunks of a queue, or for the packets of the chunk at a position of it.
   *
   * @param leave Gives the focus back when all is closed.
   */
  open(queue: QueueIdentity, position: bigint | null, leave: () => void): void {
    this.#queue = queue;
    this.#leave = leave;
    this.#packets = null;
    this.#chunks = null;
    this.#body.replaceChildren();
    if (position === null) return this.#askChunks(0);
    this.#busy("Looking for the chunk…");
    this.#ask({ type: "chunk", queue, position });
  }

  /** Shows chunks that were asked for. */
  showChunks(list: ChunkList): void {
    this.#chunks = list;
    this.#packets = null;
    this.#show(chunksView(list), chunksStatus(list));
    if (list.chosen !== null) this.#openChunk(list.chosen);
  }

  /** Shows packets that were asked for. */
  showPackets(list: PacketList): void {
    const view = this.#packets;
    if (view === null || this.#chunks === null) return;
    const isFirst = view.pages.length === 1;
    this.#show(packetsView(this.#chunks, list, isFirst), packetsStatus(list));
  }

  /** Says that something could not be shown. */
  fail(why: string): void {
    this.element.removeAttribute("aria-busy");
    this.#status.textContent = `This cannot be shown: ${why}`;
    this.#packets = null;
  }

  #show(view: Html, status: string): void {
    this.element.removeAttribute("aria-busy");
    this.#body.innerHTML = `${view}`;
    this.#status.textContent = status;
    const heading = this.#body.querySelector<HTMLElement>("h3")!;
    heading.focus({ preventScroll: true });
    this.element.scrollIntoView({ block: "nearest" });
    heading.scrollIntoView({ block: "nearest" });
  }

  #close(): void {
    this.#queue = null;
    this.#chunks = null;
    this.#packets = null;
    this.#body.replaceChildren();
    this.#status.textContent =
      "To look at packets one by one, choose a queue in the table of queues.";
    this.#leave();
    this.#leave = () => {};
  }

  #click({ target }: Event): void {
    const button = target instanceof Element ? target.closest<HTMLElement>("button") : null;
    switch (button?.dataset["do"]) {
      case "close":
        return this.#close();
      case "back":
        return this.#back();
      case "chunks":
        return this.#askChunks(Number(button.dataset["page"]));
      case "chunk":
        return this.#openChunk(Number(button.dataset["chunk"]));
      case "next":
        this.#packets?.pages.push(BigInt(button.dataset["from"]!));
        return this.#askPackets();
      case "previous":
        this.#packets?.pages.pop();
        return this.#askPackets();
    }
  }

  #change({ target }: Event): void {
    if (!(target instanceof HTMLInputElement) || this.#chunks === null) return;
    const last = pageCount(this.#chunks);
    const page = Math.min(Math.max(Math.trunc(target.valueAsNumber) || 1, 1), last);
    this.#askChunks(page - 1);
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== "Escape" || this.#queue === null) return;
    event.preventDefault();
    this.#back();
  }

  /** From packets to the chunks, from the chunks to where it all began. */
  #back(): void {
    const { chunk } = this.#packets ?? {};
    if (chunk === undefined || this.#chunks === null) return this.#close();
    this.showChunks({ ...this.#chunks, chosen: null });
    this.#body.querySelector<HTMLElement>(`[data-chunk="${chunk}"]`)?.focus();
  }

  #openChunk(chunk: number): void {
    this.#packets = { chunk, pages: [null] };
    this.#askPackets();
  }

  #busy(status: string): void {
    this.element.setAttribute("aria-busy", "true");
    this.#status.textContent = status;
  }

  #askChunks(page: number): void {
    this.#busy("Looking for the chunks…");
    if (this.#queue !== null) this.#ask({ type: "chunks", queue: this.#queue, page });
  }

  #askPackets(): void {
    const { chunk, pages } = this.#packets ?? {};
    if (chunk === undefined) return;
    this.#busy("Decoding…");
    this.#ask({ type: "packets", chunk, from: pages?.at(-1) ?? null });
  }
}

function pageCount({ count }: ChunkList): number {
  return Math.max(Math.ceil(count / CHUNKS), 1);
}

function chunksStatus({ first, rows, count: all }: ChunkList): string {
  return `Rows ${count(first + 1)} to ${count(first + rows.length)} of ${count(all)}.`;
}

function packetsStatus({ rows, next }: PacketList): string {
  if (rows.length === 0) return "No packet starts in this chunk.";
  const end = next === null ? ", up to the end of the chunk" : "";
  return `${counted(rows.length, "packet or mark", "packets and marks")}${end}.`;
}

function chunksView(list: ChunkList): Html {
  const { queue, page, rows } = list;
  const pages = pageCount(list);
  const cpu = queue.cpu === null;
  return html`
    <h3 tabindex="-1">Chunks of ${queueName(queue)}</h3>
    <div class="pages">
      <button type="button" data-do="close">Close</button>
      ${pageButton("Previous page", page > 0 ? page - 1 : null)}
      <label>Page <input type="number" min="1" max="${pages}" value="${page + 1}"> of ${count(
        pages,
      )}</label>
      ${pageButton("Next page", page + 1 < pages ? page + 1 : null)}
    </div>
    <div class="scroll" tabindex="0" role="region" aria-label="Chunks">
      <table id="chunks">
        <thead>
          <tr><th><span class="unseen">Packets</span></th><th class="number">AUX offset</th><th
        class="number">Size</th><th class="number">Payload in the file</th>${cpu
          ? html`<th class="number">CPU</th>`
          : null}</tr>
        </thead>
        <tbody>${rows.map((row, index) => chunkRow(row, { index, cpu }))}</tbody>
      </table>
    </div>
  `;
}

function pageButton(label: string, page: number | null): Html {
  return page === null
    ? html`<button type="button" disabled>${label}</button>`
    : html`<button type="button" data-do="chunks" data-page="${page}">${label}</button>`;
}

function chunkRow(
  { position, size, fileOffset, cpu, mark }: ChunkRow,
  place: { readonly index: number; readonly cpu: boolean },
): Html {
  const at = html`<td class="number">${hex(position)}</td>`;
  if (mark !== null) {
    return html`<tr class="loss"><td></td>${at}<td colspan="${
      place.cpu ? 3 : 2
    }">${mark}</td></tr>`;
  }
  return html`<tr><td><button type="button" data-do="chunk" data-chunk="${place.index}">Packets <span
    class="unseen">of the chunk at ${hex(position)}</span></button></td>${at}<td class="number">${
    bytes(size!)
  }</td><td class="number">${fileOffset === null ? "compressed" : hex(fileOffset)}</td>${
    place.cpu ? html`<td class="number">${cpu}</td>` : null
  }</tr>`;
}

function packetsView(chunks: ChunkList, list: PacketList, isFirst: boolean): Html {
  const { rows, queue } = chunks;
  const { chunk, next, format } = list;
  const { position, size } = rows[chunk]!;
  const end = position + BigInt(size ?? 0);
  return html`
    <h3 tabindex="-1">Packets of the chunk at ${hex(position)}, ${queueName(queue)}</h3>
    <p class="hint">${format}, AUX offsets ${hex(position)} to ${hex(end)}</p>
    <div class="pages">
      <button type="button" data-do="back">Back to the chunks</button>
      <button type="button" data-do="previous" ${isFirst
        ? html`disabled`
        : null}>Previous packets</button>
      ${next === null
        ? html`<button type="button" disabled>Next packets</button>`
        : html`<button type="button" data-do="next" data-from="${next}">Next packets</button>`}
    </div>
    <div class="scroll" tabindex="0" role="region" aria-label="Packets">
      <table id="packet-rows">
        <thead>
          <tr>
            <th class="number">AUX offset</th>
            <th>Bytes</th>
            <th>Packet</th>
          </tr>
        </thead>
        <tbody>${list.rows.map(packetRow)}</tbody>
      </table>
    </div>
  `;
}

function packetRow({ position, bytes, text, isMark }: PacketRow): Html {
  const at = html`<td class="number">${hex(position)}</td>`;
  return isMark
    ? html`<tr class="loss">${at}<td>${bytes}</td><td>${text}</td></tr>`
    : html`<tr>${at}<td>${bytes}</td><td>${text}</td></tr>`;
}
