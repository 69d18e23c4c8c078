import { Mark } from "../parsers/internal.ts";
import type { PacketStream } from "./payload_format.ts";
import type { PacketWriter } from "./packet_printer.ts";
import type { PayloadBytes, PayloadMark } from "./payload_item.ts";
import type { PayloadQueue } from "./payload_recording.ts";
import type { TextBuffer } from "../parsers/internal.ts";

const NEWLINE = 10;
/** Of longer packets that were cut, the rest of the bytes is left out. */
const MAX_BYTES = 48;

/** What names a queue. */
export type QueueName = Pick<PayloadQueue, "idx" | "cpu" | "tid">;

/** Writes an object for each packet, a line each. */
export class NdjsonWriter implements PacketWriter {
  readonly #queue: QueueName;
  readonly #kindNames: readonly string[];
  readonly #json: (value: unknown) => string;
  #stream: PacketStream | null = null;
  #cpu: number | null;

  /** `json` makes text of an object that holds bigints. */
  constructor(
    queue: QueueName,
    options: { kindNames: readonly string[]; json: (value: unknown) => string },
  ) {
    this.#queue = queue;
    this.#cpu = queue.cpu;
    this.#kindNames = options.kindNames;
    this.#json = options.json;
  }

  /** See {@linkcode PacketWriter}. */
  open(stream: PacketStream, { cpu }: PayloadBytes): void {
    this.#stream = stream;
    this.#cpu = cpu ?? this.#queue.cpu;
  }

  /** See {@linkcode PacketWriter}. */
  packet(out: TextBuffer, high: number, low: number): number {
    const { kind, size, bytes, start } = this.#stream!.cursor;
    const auxOffset = BigInt(high) << 32n | BigInt(low);
    if (kind <= Mark.Cut) {
      const mark = this.#kindNames[kind]!.toLowerCase();
      const seen = kind === Mark.Skipped
        ? {}
        : { bytes: bytes.slice(start, start + Math.min(size, MAX_BYTES)) };
      const reason = this.#stream!.reason();
      this.#line(out, { auxOffset, size, mark, ...seen, ...(reason !== null && { reason }) });
    } else {
      const fields = this.#stream!.fields();
      this.#line(out, { auxOffset, size, kind: this.#kindNames[kind], ...fields });
    }
    return 1;
  }

  /** See {@linkcode PacketWriter}. */
  mark(out: TextBuffer, { mark, auxOffset, size }: PayloadMark): void {
    this.#line(out, { auxOffset, size, mark });
  }

  #line(out: TextBuffer, value: Record<string, unknown>): void {
    const { idx, tid } = this.#queue;
    out.utf8(this.#json({ queue: idx, cpu: this.#cpu, tid, ...value }));
    out.char(NEWLINE);
  }
}
