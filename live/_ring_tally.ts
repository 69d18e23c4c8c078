import { AuxFlag, RecordType } from "../parsers/perf/mod.ts";

const HEADER_SIZE = 8;

/** Counts records as they lie in a ring, where a recorder copies them without decoding. */
export class RingTally {
  /** Records of the kernel. */
  records = 0;
  /** Samples among them. */
  samples = 0;
  /** Records that the kernel dropped because a ring was full, and samples a PMU dropped. */
  lostEvents = 0;
  /** AUX records that say that trace data was lost or that the buffer was full. */
  truncated = 0;
  /** Times of the first and the last sample in ns; 0 while there is none. */
  firstTime = 0n;
  lastTime = 0n;
  /** Time of the newest AUX record in ns; 0 while there is none. */
  auxTime = 0n;
  readonly #timeAt: number;
  readonly #trailerTimeAt: number;

  /**
   * @param timeAt Offset of the time in samples, from their start; -1 if they have none.
   * @param trailerTimeAt Offset of the time in other records, from their end; -1 if they have none.
   */
  constructor(timeAt: number, trailerTimeAt: number = -1) {
    this.#timeAt = timeAt;
    this.#trailerTimeAt = trailerTimeAt;
  }

  /** Counts the records of one ring, whole ones in two parts of which the first can be cut anywhere. */
  add(first: Uint8Array, second: Uint8Array): void {
    const size = first.length + second.length;
    const views = [first, second].map((part) =>
      new DataView(part.buffer, part.byteOffset, part.length)
    ) as [DataView, DataView];
    const sampleAt = [-1, -1];
    let auxEnd = -1;
    let at = 0;
    while (at + HEADER_SIZE <= size) {
      const inFirst = at < first.length;
      const view = views[inFirst ? 0 : 1];
      const header = inFirst ? at : at - first.length;
      const type = view.getUint32(header, true);
      const recordSize = view.getUint16(header + 6, true);
      if (recordSize < HEADER_SIZE || at + recordSize > size) break;
      this.records++;
      if (type === RecordType.Sample) {
        this.samples++;
        if (sampleAt[0]! < 0) sampleAt[0] = at;
        sampleAt[1] = at;
      } else if (type === RecordType.Lost) {
        this.lostEvents += Number(u64(views, at + 16));
      } else if (type === RecordType.LostSamples) {
        this.lostEvents += Number(u64(views, at + 8));
      } else if (type === RecordType.Aux) {
        if ((Number(u64(views, at + 24)) & AuxFlag.Truncated) !== 0) this.truncated++;
        auxEnd = at + recordSize;
      }
      at += recordSize;
    }
    if (auxEnd >= 0 && this.#trailerTimeAt >= 0) {
      this.auxTime = u64(views, auxEnd - this.#trailerTimeAt);
    }
    if (this.#timeAt < 0 || sampleAt[0]! < 0) return;
    const [start, end] = sampleAt.map((sample) => u64(views, sample + this.#timeAt)) as [
      bigint,
      bigint,
    ];
    if (this.firstTime === 0n || start < this.firstTime) this.firstTime = start;
    if (end > this.lastTime) this.lastTime = end;
  }
}

/** A field of 8 bytes, which is aligned and so lies in one of the parts. */
function u64([first, second]: readonly [DataView, DataView], at: number): bigint {
  return at < first.byteLength
    ? first.getBigUint64(at, true)
    : second.getBigUint64(at - first.byteLength, true);
}
