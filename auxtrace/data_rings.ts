import { layoutOf } from "../parsers/perf/internal.ts";
import { type PerfFile, type RecordCursor, RecordType } from "../parsers/perf/mod.ts";

const MAX_RINGS = 8192;
const ALL = 0xffffffff;

/** What perf and simpleperf write about tasks, maps and code that were there before. */
const DESCRIBING: ReadonlySet<number> = new Set([
  RecordType.Mmap,
  RecordType.Comm,
  RecordType.Fork,
  RecordType.Mmap2,
  RecordType.Namespaces,
  RecordType.Ksymbol,
  RecordType.BpfEvent,
  RecordType.Cgroup,
  RecordType.TextPoke,
]);

/** What a recording holds of one data ring. */
export interface DataRingBytes {
  /** CPU of the ring; null where its records name none. */
  readonly cpu: number | null;
  /** Thread of the ring, where its records name no CPU; else null. */
  readonly tid: number | null;
  /** Size of all records that the kernel wrote there, uncompressed. */
  readonly bytes: number;
  /** Whether `data_head` needed more than 32 bits: no perf refuses that, so a read can be torn. */
  readonly over32Bits: boolean;
}

/**
 * Sums the kernel's records by data ring, which tells how far the `data_head` of each came.
 *
 * A record counts for the ring of its CPU; for that of its thread where ID_INDEX gives all rings to
 * threads, and where records name no CPU, though without `--per-thread` perf has a ring for each CPU
 * even then. Perf's own records are left out, and so are those that it makes up about tasks that
 * were there before. A recording that starts late, as with `--switch-output`, holds less than the
 * kernel wrote. Of more than 8,192 rings the rest is ignored.
 */
export class DataRings {
  readonly #file: Pick<PerfFile, "events">;
  /** By CPU, or -1 - thread. */
  readonly #rings = new Map<number, { bytes: number }>();
  /** Number of events whose samples were compared. */
  #compared = 0;
  /** Where the samples of all events have CPU and process; null where they differ. */
  #positions: { readonly cpu: number; readonly tid: number } | null = null;
  /** Where all samples have their CPU, or their thread; -1 where they differ. */
  #sampleAt = -1;
  #byThread = false;
  /** Whether ID_INDEX says that rings belong to threads. */
  #ofThreads = false;
  /** The ring of the last record. Most records are of the same ring as the one before. */
  #key = NaN;
  #ring = { bytes: 0 };
  #pending = 0;

  /** Starts with no record. In a stream, events may come while records are read. */
  constructor(file: Pick<PerfFile, "events">) {
    this.#file = file;
    this.#compareEvents();
  }

  record(cursor: RecordCursor): void {
    const { type, size } = cursor;
    const at = this.#sampleAt;
    if (type === RecordType.Sample && at >= 0) {
      if (at + 4 > size) return;
      const id = cursor.u32(at);
      this.#count(this.#byThread ? -1 - id : id, size);
    } else if (type < RecordType.HeaderAttr) {
      const cpu = this.#ofThreads ? null : cursor.cpu;
      const tid = cpu === null ? cursor.tid : null;
      const isMadeUp = DESCRIBING.has(type) && cursor.timeAt >= 0 && cursor.timeNs === null;
      if (!isMadeUp && (cpu ?? tid) !== null) this.#count(cpu ?? -1 - tid!, size);
    } else if (type === RecordType.HeaderAttr) {
      this.#compareEvents();
    } else if (type === RecordType.IdIndex) {
      const index = cursor.record();
      this.#ofThreads = index.type === "id_index" && index.entries.length > 0 &&
        index.entries.every(({ cpu, tid }) => cpu === null && tid !== null);
      this.#compareEvents();
    }
  }

  /** The rings so far, by CPU or thread. */
  rings(): DataRingBytes[] {
    this.#flush();
    const rings = Array.from(this.#rings, ([key, { bytes }]) => ({
      cpu: key < 0 ? null : key,
      tid: key < 0 ? -1 - key : null,
      bytes,
      over32Bits: bytes >= 2 ** 32,
    }));
    return rings.sort((a, b) => (a.cpu ?? -1) - (b.cpu ?? -1) || (a.tid ?? -1) - (b.tid ?? -1));
  }

  #count(key: number, size: number): void {
    if (key !== this.#key) {
      this.#flush();
      this.#ring = this.#ringOf(key);
      this.#key = key;
    }
    this.#pending += size;
  }

  #flush(): void {
    this.#ring.bytes += this.#pending;
    this.#pending = 0;
  }

  #ringOf(key: number): { bytes: number } {
    const known = this.#rings.get(key);
    if (known !== undefined) return known;
    const ring = { bytes: 0 };
    const isRing = key !== ALL && key !== -1 - ALL;
    if (isRing && this.#rings.size < MAX_RINGS) this.#rings.set(key, ring);
    return ring;
  }

  #compareEvents(): void {
    const { events } = this.#file;
    for (const event of events.slice(this.#compared)) {
      const { sample } = layoutOf(event);
      const { cpu, tid } = event.index === 0 ? sample : this.#positions ?? {};
      this.#positions = sample.cpu === cpu && sample.tid === tid ? sample : null;
    }
    this.#compared = events.length;
    const { cpu, tid } = this.#positions ?? { cpu: -1, tid: -1 };
    this.#byThread = cpu < 0 || this.#ofThreads;
    // The thread stands after the process.
    this.#sampleAt = !this.#byThread ? cpu : tid >= 0 ? tid + 4 : -1;
  }
}
