/** Bytes of a frame. */
export const FRAME_SIZE = 16;
/** Most bytes of one frame that are data. */
const FRAME_DATA = 15;
/** Room for the bytes of a source at first: the rest of a packet, and the data of a frame. */
const FIRST_SIZE = 64;
/** Room for them once that is not enough. */
const FULL_SIZE = 2048;
/** Bytes of this id are padding. */
const NULL_ID = 0;

/** What {@linkcode Deformatter.next} found. */
export const FrameStep = {
  More: 0,
  /** A source got bytes that have to be taken before the next step. */
  Bytes: 1,
  /** A barrier frame: all sources start a new stream. */
  Barrier: 2,
} as const;

/** One of {@linkcode FrameStep}. */
export type FrameStep = typeof FrameStep[keyof typeof FrameStep];

/** The bytes of one source that have not been used, and where in the formatted stream they lie. */
export class SourceBytes<T> {
  /** Trace id of the source; 0 for bytes before the first id. */
  readonly id: number;
  /** What reads the bytes. */
  readonly decoder: T;
  /** The bytes, as far as `end`. */
  bytes: Uint8Array = new Uint8Array(FIRST_SIZE);
  end = 0;
  /** How many of them were there already. */
  seen = 0;
  /** Position of `bytes[0]` among all bytes of the source. */
  position = 0;

  /** Index of the first byte of each run of bytes that lie side by side. */
  #runStarts = new Uint16Array(FIRST_SIZE);
  /** Position of that byte in the formatted stream. */
  #runOffsets = new Float64Array(FIRST_SIZE);
  #runCount = 0;
  /** The run in which the last offset lay. */
  #run = 0;

  constructor(id: number, decoder: T) {
    this.id = id;
    this.decoder = decoder;
  }

  /** Whether there is room for the data of a frame; makes it the first time that there is none. */
  hasRoom(): boolean {
    if (this.end <= this.bytes.length - FRAME_DATA) return true;
    if (this.bytes.length === FULL_SIZE) return false;
    this.#grow();
    return true;
  }

  /** Says that the bytes from `end` on lie at `offset` of the formatted stream. */
  startRun(offset: number): void {
    this.#runStarts[this.#runCount] = this.end;
    this.#runOffsets[this.#runCount++] = offset;
  }

  /** Position of `bytes[index]` in the formatted stream; indexes must not go down. */
  offsetOf(index: number): number {
    let run = this.#run;
    while (run + 1 < this.#runCount && this.#runStarts[run + 1]! <= index) run++;
    this.#run = run;
    return this.#runOffsets[run]! + index - this.#runStarts[run]!;
  }

  /** Drops all bytes but the last `rest`. */
  keep(rest: number): void {
    const from = this.end - rest;
    let count = 0;
    if (rest > 0) {
      const offset = this.offsetOf(from);
      for (let run = this.#run; run < this.#runCount; run++) {
        const isFirst = count === 0;
        this.#runStarts[count] = isFirst ? 0 : this.#runStarts[run]! - from;
        this.#runOffsets[count++] = isFirst ? offset : this.#runOffsets[run]!;
      }
      this.bytes.copyWithin(0, from, this.end);
    }
    this.#run = 0;
    this.#runCount = count;
    this.position += from;
    this.end = rest;
    this.seen = rest;
  }

  #grow(): void {
    const { bytes } = this;
    const starts = this.#runStarts;
    const offsets = this.#runOffsets;
    (this.bytes = new Uint8Array(FULL_SIZE)).set(bytes);
    (this.#runStarts = new Uint16Array(FULL_SIZE)).set(starts);
    (this.#runOffsets = new Float64Array(FULL_SIZE)).set(offsets);
  }
}

/**
 * Takes the 16-byte frames of a formatted stream apart into the bytes of each trace id.
 *
 * A step ends where the id changes, so that the order of the sources' bytes can be kept. Nothing
 * is allocated but a {@linkcode SourceBytes} per id. Source: Arm CoreSight Architecture Specification (IHI 0029),
 * trace formatter; the barrier is the kernel's `coresight_barrier_pkt`.
 */
export class Deformatter<T> {
  /** The source whose bytes the last step filled. */
  source: SourceBytes<T>;
  /** Position of `bytes[0]` in the stream. */
  base = 0;

  readonly #open: (id: number) => T;
  readonly #sources = new Map<number, SourceBytes<T>>();
  #bytes: Uint8Array = new Uint8Array();
  /** Index of the frame that is read. */
  #at = 0;
  /** Number of its bytes that have been read. */
  #inFrame = 0;
  #id = -1;
  /** Where bytes go; null for padding. */
  #target: SourceBytes<T> | null = null;
  /** Position in the stream that would continue the run of the target. */
  #nextOffset = -1;

  /** Starts before the first frame; `open` makes the decoder of an id. */
  constructor(open: (id: number) => T) {
    this.#open = open;
    this.source = this.#forget();
  }

  /** The sources that there are since the start or the last barrier. */
  get sources(): IterableIterator<SourceBytes<T>> {
    return this.#sources.values();
  }

  /** Number of bytes that no step has used: less than a frame after the last one. */
  get rest(): number {
    return this.#bytes.length - this.#at;
  }

  /** Position of the next frame in the stream. */
  get offset(): number {
    return this.base + this.#at;
  }

  /** Continues with the next piece, which begins with the rest of the one before. */
  refill(bytes: Uint8Array): void {
    this.base += this.#at;
    this.#at = 0;
    this.#bytes = bytes;
  }

  /** Passes a barrier: no id is known, and all sources are gone. */
  passBarrier(): void {
    this.#at += FRAME_SIZE;
    this.#forget();
  }

  /** Takes frames apart up to something that concerns the caller. */
  next(): FrameStep {
    const bytes = this.#bytes;
    const last = bytes.length - FRAME_SIZE;
    while (this.#at <= last) {
      const at = this.#at;
      const target = this.#target;
      if (target !== null && !target.hasRoom()) return this.#ready(target);
      if (this.#inFrame === 0 && bytes[at] === 0xff && isBarrier(bytes, at)) {
        return target !== null && target.end > target.seen
          ? this.#ready(target)
          : FrameStep.Barrier;
      }
      const ids = bytes[at]! | bytes[at + 2]! | bytes[at + 4]! | bytes[at + 6]! | bytes[at + 8]! |
        bytes[at + 10]! | bytes[at + 12]! | bytes[at + 14]!;
      if ((ids & 1) !== 0) {
        if (this.#takeMixed(at)) return FrameStep.Bytes;
        continue;
      }
      if (target !== null) this.#takePlain(target, at);
      this.#at = at + FRAME_SIZE;
    }
    const target = this.#target;
    return target !== null && target.end > target.seen ? this.#ready(target) : FrameStep.More;
  }

  #ready(source: SourceBytes<T>): FrameStep {
    this.source = source;
    return FrameStep.Bytes;
  }

  #forget(): SourceBytes<T> {
    this.#sources.clear();
    this.#id = -1;
    this.#target = new SourceBytes(NULL_ID, this.#open(NULL_ID));
    this.#sources.set(-1, this.#target);
    return this.#target;
  }

  /** Takes a frame without an id. */
  #takePlain(target: SourceBytes<T>, at: number): void {
    const from = this.#bytes;
    const { bytes, end } = target;
    const low = from[at + 15]!;
    const offset = this.base + at;
    target.startRun(offset);
    this.#nextOffset = -1;
    bytes[end] = from[at]! | low & 1;
    bytes[end + 1] = from[at + 1]!;
    bytes[end + 2] = from[at + 2]! | low >> 1 & 1;
    bytes[end + 3] = from[at + 3]!;
    bytes[end + 4] = from[at + 4]! | low >> 2 & 1;
    bytes[end + 5] = from[at + 5]!;
    bytes[end + 6] = from[at + 6]! | low >> 3 & 1;
    bytes[end + 7] = from[at + 7]!;
    bytes[end + 8] = from[at + 8]! | low >> 4 & 1;
    bytes[end + 9] = from[at + 9]!;
    bytes[end + 10] = from[at + 10]! | low >> 5 & 1;
    bytes[end + 11] = from[at + 11]!;
    bytes[end + 12] = from[at + 12]! | low >> 6 & 1;
    bytes[end + 13] = from[at + 13]!;
    bytes[end + 14] = from[at + 14]! | low >> 7 & 1;
    target.end = end + FRAME_DATA;
  }

  /** Takes a frame with ids; true if a source is ready: the next step continues the frame. */
  #takeMixed(at: number): boolean {
    const bytes = this.#bytes;
    const low = bytes[at + 15]!;
    let i = this.#inFrame;
    while (i < FRAME_DATA) {
      const byte = bytes[at + i]!;
      const lowBit = low >> (i >> 1) & 1;
      if ((i & 1) === 1) this.#put(byte, at + i++);
      else if ((byte & 1) === 0) this.#put(byte | lowBit, at + i++);
      else if (byte >> 1 === this.#id) i++;
      else {
        const isLate = lowBit === 1 && i + 1 < FRAME_DATA;
        if (isLate) this.#put(bytes[at + i + 1]!, at + i + 1);
        i += isLate ? 2 : 1;
        if (this.#turnTo(byte >> 1)) {
          this.#inFrame = i;
          return true;
        }
      }
    }
    this.#inFrame = 0;
    this.#at = at + FRAME_SIZE;
    return false;
  }

  /** Makes `id` the current one; true if the source of the one before is ready. */
  #turnTo(id: number): boolean {
    const before = this.#target;
    let target: SourceBytes<T> | null = null;
    if (id !== NULL_ID) {
      target = this.#sources.get(id) ?? new SourceBytes(id, this.#open(id));
      this.#sources.set(id, target);
    }
    this.#id = id;
    this.#target = target;
    this.#nextOffset = -1;
    if (before === null || before.end === before.seen) return false;
    this.source = before;
    return true;
  }

  #put(byte: number, at: number): void {
    const target = this.#target;
    if (target === null) return;
    const offset = this.base + at;
    if (offset !== this.#nextOffset) target.startRun(offset);
    this.#nextOffset = offset + 1;
    target.bytes[target.end++] = byte;
  }
}

/** Whether a frame is the one that the kernel puts where trace was lost. */
export function isBarrier(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < FRAME_SIZE; i++) {
    if (bytes[at + i] !== (i % 4 === 3 ? 0x7f : 0xff)) return false;
  }
  return true;
}
