import type { CoresightHwId } from "../parsers/coresight/mod.ts";
import { FormatError } from "../parsers/format_error.ts";
import { SampleType } from "../parsers/perf/attr.ts";
import { AUXTRACE_SIZE } from "../parsers/perf/aux_fields.ts";
import type { AuxtraceType } from "../parsers/perf/auxtrace_info.ts";
import type { PerfFile } from "../parsers/perf/perf_file.ts";
import type { RecordCursor } from "../parsers/perf/record_cursor.ts";
import { RecordType } from "../parsers/perf/record_type.ts";
import type { IdIndexEntry } from "../parsers/perf/records/maps.ts";
import { type AuxMode, recordedArch } from "../auxtrace/replay.ts";
import { type AuxLane, AuxRecords, type AuxRules } from "./_aux_records.ts";
import { Chunks } from "./_chunks.ts";
import type { SampleData } from "./_payload_bytes.ts";
import { QueueWalk } from "./_queue_items.ts";
import type { PayloadItem } from "./payload_item.ts";
import type { PayloadQueue, PayloadRecording } from "./payload.ts";

const AUX_SIZE = 32;
const HW_ID_SIZE = 16;
const ALL = 0xffffffff;
const MAX_QUEUES = 8192;
/** Records between two steps. */
const STEP = 1024;
const MAX_HELD_BYTES = 1 << 28;
/** Machines whose kernel counts in 32 bits, so that AUX positions wrap at 4 GiB. */
const ARCH_32_BIT = /^(i[3-6]86|arm(v[4-7].*)?|mips|mipsel|ppc|powerpc|riscv32|s390|sparc|parisc)$/;

/** What was met so far of one ring. */
interface Queue {
  readonly idx: number | null;
  readonly cpu: number | null;
  readonly tid: number | null;
  readonly chunks: Chunks;
  readonly cutTo: Map<number, number>;
  readonly samples: SampleData[];
}

/** Collects chunks, AUX records and AUX samples. */
export class PayloadWalk {
  readonly #file: PerfFile;
  readonly #cursor: RecordCursor;
  readonly #queues = new Map<number | string, Queue>();
  readonly #aux = new AuxRecords();
  readonly #hwIds = new Map<number, CoresightHwId>();
  readonly #rings = new Map<bigint, IdIndexEntry>();
  #heldBytes = 0;
  /** How many events were looked at, and whether samples of one of them can hold trace data. */
  #knownEvents = 0;
  #mayHaveSamples = false;
  /** The queue of the last chunk, for the case that the file ends inside it. */
  #last: Queue | null = null;
  #damage: FormatError | null = null;

  /** Begins at the first record. */
  constructor(file: PerfFile) {
    this.#file = file;
    this.#cursor = file.recordCursor();
  }

  /** Yields the position of the record that was reached; returns what was found. */
  *recording(): Generator<number, PayloadRecording> {
    const cursor = this.#cursor;
    let { fileName } = cursor;
    for (let n = 1; cursor.next(); n++) {
      if (cursor.fileName !== fileName) {
        this.#endPart();
        ({ fileName } = cursor);
      }
      this.#record();
      if (n % STEP === 0) yield cursor.fileOffset;
    }
    this.#endPart();
    const { auxtraceInfo: info } = this.#file;
    const snapshot = this.#aux.overwrite || info?.snapshot === true;
    return {
      type: info?.type ?? null,
      info,
      queues: this.#payloadQueues(info?.type ?? null, snapshot),
      hwIds: info?.type === "cs_etm" ? this.#hwIds : new Map(),
      mode: this.#mode(snapshot),
      announced: this.#aux.announced,
      cut: cursor.cut ?? this.#damage,
    };
  }

  #mode(snapshot: boolean): AuxMode {
    if (this.#queues.size === 0) return "none";
    const hasChunks = [...this.#queues.values()].some(({ chunks }) => chunks.count > 0);
    return !hasChunks ? "sample" : snapshot ? "snapshot" : "full";
  }

  #record(): void {
    const cursor = this.#cursor;
    switch (cursor.type) {
      case RecordType.Auxtrace:
        if (cursor.size >= AUXTRACE_SIZE) this.#chunk();
        break;
      case RecordType.Aux:
        if (this.#aux.isFull) throw unsupported(cursor, "AUX record", "fewer of them");
        if (cursor.size >= AUX_SIZE) this.#aux.add(cursor);
        break;
      case RecordType.AuxOutputHwId:
        if (cursor.size >= HW_ID_SIZE) this.#hwId();
        break;
      case RecordType.IdIndex:
      case RecordType.Sample:
        this.#lookAtEvents();
        if (this.#mayHaveSamples) this.#decoded();
        break;
    }
  }

  #chunk(): void {
    const cursor = this.#cursor;
    const idx = cursor.u32(32);
    const ids = { idx, cpu: unlessAll(cursor.u32(40)), tid: unlessAll(cursor.u32(36)) };
    this.#last = this.#queue(idx, ids);
    this.#last.chunks.add(cursor);
  }

  /** Sees how much of the part's last chunk is there, where the records end early. */
  #endPart(): void {
    if (this.#last !== null && this.#cursor.cut !== null) {
      const { chunks, cutTo } = this.#last;
      const n = chunks.count - 1;
      const there = this.#readable(chunks, n);
      if (there < chunks.size(n)) cutTo.set(n, there);
    }
    this.#last = null;
  }

  /** How many bytes of a chunk the file has, up to the end of its records. */
  #readable(chunks: Chunks, n: number): number {
    const { header: { data }, finalised } = this.#file;
    const part = chunks.part(n);
    const start = chunks.fileOffset(n);
    const isMain = part === null || part === "data";
    const end = isMain && finalised ? data.offset + data.size : Infinity;
    const byte = new Uint8Array(1);
    let low = 0;
    for (let high = Math.max(Math.min(chunks.size(n), end - start), 0); low < high;) {
      const middle = high - Math.floor((high - low) / 2);
      if (this.#file.readBytes(start + middle - 1, byte, part) > 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Source: include/linux/coresight-pmu.h `CS_AUX_HW_ID_*`. */
  #hwId(): void {
    const { cpu } = this.#cursor;
    const high = this.#cursor.high(8);
    const low = this.#cursor.low(8);
    const major = high >>> 28;
    const minor = high >>> 24 & 0xf;
    if (cpu === null || major !== 0 || this.#hwIds.size >= MAX_QUEUES) return;
    const sinkId = minor === 0 ? null : (low >>> 8) + (high & 0xff) * 2 ** 24;
    this.#hwIds.set(cpu, { traceId: low & 0xff, sinkId });
  }

  /** Looks at the events that have come since the last time. */
  #lookAtEvents(): void {
    const { events } = this.#file;
    for (; this.#knownEvents < events.length; this.#knownEvents++) {
      const { layout } = events[this.#knownEvents]!;
      if ((layout.sampleType & SampleType.Aux) !== 0) this.#mayHaveSamples = true;
    }
  }

  /** Takes in a record that has to be decoded; one that cannot be is noted. */
  #decoded(): void {
    const cursor = this.#cursor;
    try {
      const record = cursor.record();
      if (record.type === "id_index") {
        for (const entry of record.entries) this.#rings.set(entry.id, entry);
      } else if (record.type === "sample" && record.aux !== undefined) {
        this.#sample(record.id, record.aux);
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.#damage ??= error;
    }
  }

  #sample(id: bigint | null, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const cursor = this.#cursor;
    const size = bytes.length;
    if (cursor.compressed) this.#heldBytes += size;
    if (this.#heldBytes > MAX_HELD_BYTES) {
      throw unsupported(
        cursor,
        "AUX data of compressed samples",
        `at most ${MAX_HELD_BYTES} bytes`,
      );
    }
    const ring = id === null ? undefined : this.#rings.get(id);
    const { cpu, tid } = cursor;
    const queue = ring === undefined
      ? this.#queue(`${cpu} ${tid}`, { idx: null, cpu, tid })
      : this.#queue(ring.idx, ring);
    const place = cursor.compressed ? bytes : cursor.fileOffset + cursor.size - size;
    queue.samples.push({ size, place, part: cursor.fileName });
  }

  #queue(key: number | string, { idx, cpu, tid }: Pick<Queue, "idx" | "cpu" | "tid">): Queue {
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      if (this.#queues.size >= MAX_QUEUES) {
        throw unsupported(this.#cursor, "AUX queue", `at most ${MAX_QUEUES} queues`);
      }
      queue = { idx, cpu, tid, chunks: new Chunks(), cutTo: new Map(), samples: [] };
      this.#queues.set(key, queue);
    }
    return queue;
  }

  #payloadQueues(type: AuxtraceType | null, snapshot: boolean): PayloadQueue[] {
    const queues = [...this.#queues.values()];
    const wraps = !snapshot && ARCH_32_BIT.test(recordedArch(this.#file) ?? "") &&
      queues.every(({ chunks }) => chunks.fits32);
    const fragments = type === "cs_etm";
    const positions = !snapshot ? "starts" : fragments ? "ends" : "places";
    const lanes = this.#lanes(queues, { positions, wraps });
    const rules = { snapshot, fragments, bts: type === "intel_bts" };
    return queues.map((queue) => {
      if (wraps) queue.chunks.unwrap();
      const content = { file: this.#file, ...queue, lane: lanes.get(queue) ?? null };
      const { idx, cpu, tid } = queue;
      return {
        idx,
        cpu,
        tid,
        items: (): Generator<PayloadItem> => new QueueWalk(content, rules).items(),
      };
    });
  }

  /** Gives each queue the AUX records of its CPU, or of its thread where it has no CPU. */
  #lanes(queues: readonly Queue[], rules: AuxRules): Map<Queue, AuxLane> {
    const byCpu = new Map<number, Queue>();
    const byTid = new Map<number, Queue>();
    for (const queue of queues) {
      const { cpu, tid } = queue;
      if (cpu !== null && !byCpu.has(cpu)) byCpu.set(cpu, queue);
      else if (cpu === null && tid !== null && !byTid.has(tid)) byTid.set(tid, queue);
    }
    const lanes = new Map<Queue, AuxLane>();
    for (const [cpu, lane] of this.#aux.lanes("cpu", byCpu, rules)) {
      lanes.set(byCpu.get(cpu)!, lane);
    }
    for (const [tid, lane] of this.#aux.lanes("tid", byTid, rules)) {
      lanes.set(byTid.get(tid)!, lane);
    }
    return lanes;
  }
}

function unlessAll(value: number): number | null {
  return value === ALL ? null : value;
}

function unsupported(cursor: RecordCursor, structure: string, expected: string): FormatError {
  const { fileOffset: offset } = cursor;
  return new FormatError("unsupported", { structure, offset, expected, actual: "more" });
}
