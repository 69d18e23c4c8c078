import { Mark } from "../parsers/internal.ts";
import type { PerfFile } from "../parsers/perf/mod.ts";
import { payloadQueues } from "./payload.ts";
import { formatFacts, type PacketStream, payloadFormat } from "./payload_format.ts";
import { payloadPart } from "./payload_part.ts";
import type { PayloadQueue } from "./payload_recording.ts";
import type { QueueName } from "./ndjson_writer.ts";
import { type PacketSink, QueueReader } from "./reader.ts";

/** Bytes that are decoded at a time: of packets of one byte, each becomes a value. */
const STEP = 1 << 13;

/** A packet of a queue, or a mark between its packets, as a value. */
export interface QueuePacket extends Pick<QueueName, "tid"> {
  /**
   * `packet`; or `mark`: bytes that are no packet (kinds `BAD`, `SKIPPED`, `CUT`), or a loss that the
   * recording tells of (the marks of `PayloadMark` in upper case, as `TRUNCATED`).
   */
  readonly type: "packet" | "mark";
  /** Name of the kind, as the vendor has it. */
  readonly kind: string;
  /** `idx` of the queue; null for AUX samples whose queue is not known. */
  readonly queue: number | null;
  /** CPU of the stream that it is in; null if unknown. */
  readonly cpu: number | null;
  /** Position of its first byte in the AUX stream. */
  readonly auxOffset: bigint;
  /** Number of its bytes; of a loss that of the bytes concerned, null if unknown. */
  readonly size: number | null;
  /** Payload by name, with `timeNs` where the time is known; empty for marks. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Which packets {@linkcode queuePackets} yields; all unless given. */
export interface QueuePacketOptions {
  /** Only the queue with this `idx`. */
  readonly queue?: number;
  /** Only the queues of this CPU: not those of threads, which run on several. */
  readonly cpu?: number;
  /** Only the queues of this thread. */
  readonly tid?: number;
  /** Only packets and marks of these kinds, which is several times as fast if these are rare. */
  readonly kinds?: readonly string[];
  /** See {@linkcode FormatFacts.fromStart}. */
  readonly fromStart?: boolean;
}

/**
 * Yields the packets of a recording queue by queue, and the marks between them, each a value to keep.
 *
 * Walks once over the records, then reads 8 KiB of payload at a time; each packet costs an object.
 * {@linkcode QueueReader} moves a cursor instead, and `packetSummary()` only counts.
 *
 * @example Targets of indirect branches on CPU 0
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openPerfFile } from "@auxtail/auxtail";
 * import { queuePackets } from "@auxtail/auxtail/packets";
 *
 * using file = openPerfFile("testdata/aux_demo_fits.perf.data");
 * const targets = queuePackets(file, { cpu: 0, kinds: ["TIP"] }).map(({ fields }) => fields.ip);
 * assertEquals(targets.take(2).toArray(), [0x19n, 0xf220n]);
 * ```
 *
 * @throws {FormatError} If no format is known for the recording's type of trace, or the recording
 * cannot be read to its end.
 * @throws {TypeError} If it is a stream that only moves forward.
 */
export function* queuePackets(
  file: PerfFile,
  { queue, cpu, tid, kinds, fromStart = false }: QueuePacketOptions = {},
): Generator<QueuePacket> {
  const recording = payloadQueues(file);
  const queues = recording.queues.filter((found) =>
    (queue === undefined || found.idx === queue) && (cpu === undefined || found.cpu === cpu) &&
    (tid === undefined || found.tid === tid)
  );
  if (queues.length === 0) return;
  const format = payloadFormat({ ...formatFacts(file, recording), fromStart });
  for (const found of queues) {
    const values = valuesOf(found, format.kindNames, kinds ? new Set(kinds) : null);
    const reader = new QueueReader(format, values);
    for (const item of found.items()) {
      if (item.type === "mark") {
        reader.take(item);
        continue;
      }
      for (let from = 0; from < item.size; from += STEP) {
        reader.take(payloadPart(item, { from, size: Math.min(STEP, item.size - from) }));
        yield* values.take();
      }
    }
    reader.finish();
    yield* values.take();
  }
}

/** Makes a value of each packet and mark; `take()` gives those since its last call. */
function valuesOf(
  queue: PayloadQueue,
  kindNames: readonly string[],
  kinds: ReadonlySet<string> | null,
): PacketSink & { take(): QueuePacket[] } {
  const { idx, tid } = queue;
  let values: QueuePacket[] = [];
  let stream: PacketStream | null = null;
  let start = 0n;
  let { cpu } = queue;
  return {
    isDone: false,
    take() {
      const taken = values;
      values = [];
      return taken;
    },
    open(opened, bytes) {
      stream = opened;
      start = bytes.auxOffset;
      cpu = bytes.cpu ?? queue.cpu;
    },
    packet() {
      const { cursor } = stream!;
      const { offset, size } = cursor;
      const kind = kindNames[cursor.kind]!;
      if (kinds !== null && !kinds.has(kind)) return true;
      const auxOffset = BigInt.asUintN(64, start + BigInt(offset));
      const isMark = cursor.kind <= Mark.Cut;
      const type = isMark ? "mark" : "packet";
      const fields = isMark ? {} : { ...stream!.fields() };
      values.push({ type, kind, queue: idx, cpu, tid, auxOffset, size, fields });
      return true;
    },
    mark({ mark, auxOffset, size }) {
      const kind = mark.toUpperCase();
      if (kinds !== null && !kinds.has(kind)) return;
      values.push({ type: "mark", kind, queue: idx, cpu, tid, auxOffset, size, fields: {} });
    },
  };
}
