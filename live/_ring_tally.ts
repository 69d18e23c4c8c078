import { AuxFlag, RecordType } from "../parsers/perf/mod.ts";

const WORD_SIZE = 4;
const HEADER_WORDS = 2;
/** Some milliseconds of work. */
const REHEARSALS = 100;
const REHEARSED_RECORDS = 1000;
const REHEARSED_WORDS = 12;

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
    const parts = [wordsOf(first), wordsOf(second)] as const;
    const cut = parts[0].length;
    const end = cut + parts[1].length;
    let firstSample = -1;
    let lastSample = -1;
    let auxEnd = -1;
    let at = 0;
    // Positions are in words of 4 bytes: a typed array is fast before its loop is compiled, too.
    while (at + HEADER_WORDS <= end) {
      const words = at < cut ? parts[0] : parts[1];
      const header = at < cut ? at : at - cut;
      const type = words[header]!;
      const size = words[header + 1]! >>> 18;
      if (size < HEADER_WORDS || at + size > end) break;
      this.records++;
      if (type === RecordType.Sample) {
        this.samples++;
        if (firstSample < 0) firstSample = at;
        lastSample = at;
      } else if (type === RecordType.Lost) {
        this.lostEvents += Number(u64(parts, at + 4));
      } else if (type === RecordType.LostSamples) {
        this.lostEvents += Number(u64(parts, at + 2));
      } else if (type === RecordType.Aux) {
        if ((Number(u64(parts, at + 6)) & AuxFlag.Truncated) !== 0) this.truncated++;
        auxEnd = at + size;
      }
      at += size;
    }
    if (auxEnd >= 0 && this.#trailerTimeAt >= 0) {
      this.auxTime = u64(parts, auxEnd - this.#trailerTimeAt / WORD_SIZE);
    }
    if (this.#timeAt < 0 || firstSample < 0) return;
    const firstTime = u64(parts, firstSample + this.#timeAt / WORD_SIZE);
    if (this.firstTime === 0n || firstTime < this.firstTime) this.firstTime = firstTime;
    const lastTime = u64(parts, lastSample + this.#timeAt / WORD_SIZE);
    if (lastTime > this.lastTime) this.lastTime = lastTime;
  }
}

/**
 * Has the loop compiled before it is needed: that happens on a thread of its own, which gets no turn
 * for seconds where all CPUs are busy, and until then the loop takes a hundred times as long.
 */
export function rehearseTally(): void {
  const words = new Uint32Array(REHEARSED_RECORDS * REHEARSED_WORDS);
  for (let at = 0; at < words.length; at += REHEARSED_WORDS) {
    words[at] = RecordType.Sample;
    words[at + 1] = REHEARSED_WORDS * WORD_SIZE << 16;
  }
  const bytes = new Uint8Array(words.buffer);
  const tally = new RingTally(0);
  for (let turn = 0; turn < REHEARSALS; turn++) tally.add(bytes, bytes.subarray(bytes.length));
}

function wordsOf(part: Uint8Array): Uint32Array {
  return new Uint32Array(part.buffer, part.byteOffset, part.length / WORD_SIZE);
}

/** A field of 8 bytes, which is aligned and so lies in one of the parts. */
function u64([first, second]: readonly [Uint32Array, Uint32Array], at: number): bigint {
  const words = at < first.length ? first : second;
  const low = at < first.length ? at : at - first.length;
  return BigInt(words[low + 1]!) << 32n | BigInt(words[low]!);
}
