import type {
  AuxAnnouncement,
  AuxChunkHeader,
  AuxListener,
  AuxLoss,
  AuxQueue,
  AuxSampleData,
  WalkFacts,
} from "../auxtrace/mod.ts";
import { findFormat } from "../parsers/formats.ts";
import { FormatError, type HardwareId, type TraceFormat } from "../parsers/internal.ts";
import type { PerfFile, RecordCursor } from "../parsers/perf/mod.ts";
import { AnnouncedRanges } from "./_announced_ranges.ts";
import { Chunks } from "./_chunks.ts";
import type { SampleData } from "./_payload_bytes.ts";
import { QueueWalk, type SeamKind } from "./_queue_items.ts";
import type { PayloadItem } from "./payload_item.ts";
import type { PayloadQueue, PayloadRecording } from "./payload_recording.ts";

const MAX_AUX_RECORDS = 1 << 26;
const MAX_HW_IDS = 1 << 16;

/** Options of {@linkcode PayloadIndex}. */
export interface PayloadOptions {
  /** Most bytes of AUX samples in compressed records that are held, by default 256 MiB. */
  readonly maxHeldBytes?: number;
}

/** What is known of one queue. */
interface Content {
  readonly chunks: Chunks;
  readonly seams: Map<number, SeamKind>;
  readonly cutTo: Map<number, number>;
  readonly samples: SampleData[];
}

/**
 * Notes where the payload of a recording lies: a listener of the walk.
 *
 * Keeps about 50 bytes for each AUXTRACE and 28 for each AUX record. The bytes themselves stay in
 * the file, except those of AUX samples in compressed records, which are held.
 */
export class PayloadIndex implements AuxListener {
  readonly #file: PerfFile;
  readonly #contents = new Map<AuxQueue, Content>();
  readonly #announced = new Map<AuxQueue, AnnouncedRanges>();
  readonly #hwIds: { readonly cpu: number; readonly high: number; readonly low: number }[] = [];
  readonly #maxHeldBytes: number;
  #auxRecords = 0;
  #heldBytes = 0;

  /**
   * Notes nothing yet.
   *
   * @throws {TypeError} If the file is a stream that only moves forward.
   */
  constructor(file: PerfFile, { maxHeldBytes = 1 << 28 }: PayloadOptions = {}) {
    if (!file.seekable) {
      throw new TypeError("Cannot find the payload of a stream: read it whole first");
    }
    this.#file = file;
    this.#maxHeldBytes = maxHeldBytes;
  }

  /** Notes a chunk. */
  chunk(chunk: AuxChunkHeader): void {
    const { chunks, cutTo } = this.#of(chunk.queue);
    if (chunk.presentSize < chunk.size) cutTo.set(chunks.count, chunk.presentSize);
    chunks.add(chunk);
  }

  /** Notes an AUX record. */
  announcement(announcement: AuxAnnouncement): void {
    const { queue, fileOffset } = announcement;
    if (this.#auxRecords++ === MAX_AUX_RECORDS) {
      throw tooMuch("AUX record", fileOffset, {
        expected: `at most ${MAX_AUX_RECORDS} of them`,
        cure: "they do not fit into memory: record in parts, with --switch-output",
      });
    }
    let ranges = this.#announced.get(queue);
    if (ranges === undefined) this.#announced.set(queue, ranges = new AnnouncedRanges());
    ranges.add(announcement);
  }

  /** Notes where the next chunk does not follow the one before it. */
  loss({ kind, queue }: AuxLoss, { basis }: WalkFacts): void {
    if (queue === null || basis !== "chunks") return;
    if (kind !== "gap" && kind !== "overlap" && kind !== "regression") return;
    const { seams, chunks } = this.#of(queue);
    seams.set(chunks.count, kind);
  }

  /** Notes AUX data of a sample. */
  sample({ queue, bytes }: AuxSampleData, cursor: RecordCursor): void {
    const size = bytes.length;
    if (size === 0) return;
    if (cursor.compressed) this.#heldBytes += size;
    if (this.#heldBytes > this.#maxHeldBytes) {
      throw tooMuch("AUX data of compressed samples", cursor.fileOffset, {
        expected: `at most ${this.#maxHeldBytes} bytes`,
        cure: "they do not fit into memory: record without -z, or read with a larger maxHeldBytes",
      });
    }
    const place = cursor.compressed ? bytes : cursor.fileOffset + cursor.size - size;
    this.#of(queue).samples.push({ size, place, part: cursor.fileName });
  }

  /** Notes the identifiers of a CPU's trace unit, in the formats that have any. */
  hardwareId(id: { readonly cpu: number; readonly high: number; readonly low: number }): void {
    if (this.#hwIds.length < MAX_HW_IDS) this.#hwIds.push(id);
  }

  /** What was found, when the walk has reached the end of the records. */
  recording(walk: WalkFacts, cut: FormatError | null): PayloadRecording {
    const { auxtraceInfo: info } = this.#file;
    const type = info?.type ?? null;
    const format = findFormat(type);
    return {
      type,
      info,
      queues: [...this.#contents].map(([queue, content]) =>
        this.#payloadQueue(queue, content, { walk, format })
      ),
      hwIds: this.#decodedHwIds(format),
      mode: this.#contents.size === 0 ? "none" : walk.mode,
      announced: {
        records: walk.counts.auxRecords,
        bytes: walk.queues.reduce((so, { announced }) => so + BigInt(announced.bytes), 0n),
      },
      cut: cut ?? walk.damage ?? (walk.mode === "full" ? walk.beyond : null),
    };
  }

  #payloadQueue(
    queue: AuxQueue,
    content: Content,
    { walk, format }: { readonly walk: WalkFacts; readonly format: TraceFormat | undefined },
  ): PayloadQueue {
    const snapshot = walk.isSnapshot;
    const { hasFragments = false, recordSize = 1, snapshotOverlap } = format ?? {};
    const { idx, cpu, tid } = queue;
    const ranges = this.#announced.get(queue) ?? null;
    const wraps = walk.wraps && !snapshot;
    ranges?.use(!snapshot ? "starts" : hasFragments ? "ends" : "places", { wraps });
    if (wraps) content.chunks.useWraps();
    const missing = walk.mode === "full" ? queue.missing() : [];
    const all = { file: this.#file, cpu, ...content, ranges, missing };
    const rules = { snapshot, hasFragments, recordSize, snapshotOverlap };
    return {
      idx,
      cpu,
      tid,
      items: (): Generator<PayloadItem> => new QueueWalk(all, rules).items(),
    };
  }

  /** The last id of each CPU that the format knows. */
  #decodedHwIds(format: TraceFormat | undefined): Map<number, HardwareId> {
    const decoded = new Map<number, HardwareId>();
    for (const { cpu, high, low } of this.#hwIds) {
      const id = format?.hardwareId?.(high, low) ?? null;
      if (id !== null) decoded.set(cpu, id);
    }
    return decoded;
  }

  #of(queue: AuxQueue): Content {
    let content = this.#contents.get(queue);
    if (content === undefined) {
      content = { chunks: new Chunks(), seams: new Map(), cutTo: new Map(), samples: [] };
      this.#contents.set(queue, content);
    }
    return content;
  }
}

function tooMuch(
  structure: string,
  offset: number,
  most: { readonly expected: string; readonly cure: string },
): FormatError {
  return new FormatError("unsupported", { structure, offset, actual: "more", ...most });
}
