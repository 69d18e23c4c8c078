import { layoutOf, type SampleLayout } from "../parsers/perf/internal.ts";
import { type PerfFile, type RecordCursor, RecordType } from "../parsers/perf/mod.ts";

const MAX_RINGS = 8192;
const RECORD_HEADER_SIZE = 8;
const ALL = 0xffffffff;

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
  /** Number of events that were compared for the layout. */
  #compared = 0;
  /** The positions of fields that all events share; null where they differ. */
  #layout: SampleLayout | null = null;
  /** Where the samples of all events have their CPU, or their thread; -1 where they differ. */
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

  /** Takes in the record under the cursor. */
  record(cursor: RecordCursor): void {
    const at = this.#sampleAt;
    if (cursor.type !== RecordType.Sample || at < 0 || at + 4 > cursor.size) {
      return this.#other(cursor);
    }
    const id = cursor.u32(at);
    const key = this.#byThread ? -1 - id : id;
    if (key !== this.#key) this.#turnTo(key);
    this.#pending += cursor.size;
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

  /** Takes in a record that is no sample, or one whose CPU has to be looked for. */
  #other(cursor: RecordCursor): void {
    if (cursor.type < RecordType.HeaderAttr) {
      const { event } = cursor;
      const layout = this.#layout ?? (event && layoutOf(event));
      const key = layout && ringKey(cursor, layout, this.#ofThreads);
      if (key === null || key === undefined) return;
      if (key !== this.#key) this.#turnTo(key);
      this.#pending += cursor.size;
    } else if (cursor.type === RecordType.HeaderAttr) {
      this.#compareEvents();
    } else if (cursor.type === RecordType.IdIndex) {
      const index = cursor.record();
      this.#ofThreads = index.type === "id_index" && index.entries.length > 0 &&
        index.entries.every(({ cpu, tid }) => cpu === null && tid !== null);
      this.#compareEvents();
    }
  }

  #turnTo(key: number): void {
    this.#flush();
    this.#ring = this.#ringOf(key);
    this.#key = key;
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
    for (const event of this.#file.events.slice(this.#compared)) {
      const layout = layoutOf(event);
      if (event.index === 0) this.#layout = layout;
      else if (this.#layout !== null && !samePositions(this.#layout, layout)) this.#layout = null;
    }
    this.#compared = this.#file.events.length;
    const { cpu, tid } = this.#layout?.sample ?? { cpu: -1, tid: -1 };
    this.#byThread = cpu < 0 || this.#ofThreads;
    // The thread stands after the process.
    this.#sampleAt = !this.#byThread ? cpu : tid >= 0 ? tid + 4 : -1;
  }
}

/** CPU of a record, or -1 - thread; undefined where it names neither, or perf made it up. */
function ringKey(
  cursor: RecordCursor,
  layout: SampleLayout,
  ofThreads: boolean,
): number | undefined {
  const isSample = cursor.type === RecordType.Sample;
  const { cpu, tid } = isSample ? layout.sample : layout.trailer;
  const isByCpu = cpu >= 0 && !ofThreads;
  const position = isByCpu ? cpu : tid;
  const end = isSample ? position + 8 : RECORD_HEADER_SIZE + layout.trailerSize;
  if (position < 0 || cursor.size < end) return undefined;
  if (!isSample && isMadeUp(cursor, layout)) return undefined;
  const field = isSample ? position : cursor.size - position;
  return isByCpu ? cursor.u32(field) : -1 - cursor.u32(field + 4);
}

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

/** Whether perf made a record up: it has no time, or, where none has one, a trailer of zeros. */
function isMadeUp(cursor: RecordCursor, { trailer, trailerSize }: SampleLayout): boolean {
  if (!DESCRIBING.has(cursor.type)) return false;
  const [back, size] = trailer.time < 0 ? [trailerSize, trailerSize] : [trailer.time, 8];
  const from = cursor.size - back;
  for (let at = from; at < from + size; at += 4) if (cursor.u32(at) !== 0) return false;
  return true;
}

function samePositions(a: SampleLayout, b: SampleLayout): boolean {
  return a.sample.cpu === b.sample.cpu && a.sample.tid === b.sample.tid &&
    a.trailer.cpu === b.trailer.cpu && a.trailer.tid === b.trailer.tid &&
    a.trailerSize === b.trailerSize;
}
