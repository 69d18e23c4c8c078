import { FormatError } from "../parsers/internal.ts";
import { type Packing, packingOf } from "../parsers/perf/internal.ts";
import { ZstdFrames } from "./_zstd_frames.ts";
import { findZlib, requireHandle, type ZlibStream } from "./zstd.ts";

/** Bytes that tell how an input is packed. */
const MAGIC_SIZE = 4;
/** Bytes of packed input that are held. */
const PACKED_SIZE = 1 << 16;
/** Bytes that are unpacked at a time, where the caller gives no buffer. */
const UNPACKED_SIZE = 1 << 17;
/** Flush values: all output that can be made; the 2 of gzip would be the end of the input to zstd. */
const FLUSH = { gzip: 2, zstd: 1 };
/** Flush value of gzip: the end of the input. */
const FINISH = 4;
/** Size of the buffer of the stream itself, which is not used; the smallest that it takes. */
const LEAST_CHUNK = 64;
/** What zlib says where other bytes follow a member of gzip. */
const NO_MEMBER = "incorrect header check";
/**
 * Most packed bytes that are unpacked at a time. Node.js does not tell how much came out before damage:
 * what these made is lost there, so they are few, and fewest at the start.
 */
const MOST_AT_ONCE = "Deno" in globalThis ? Infinity : 1 << 10;
const PART_AT_ONCE = 1 / 256;
/** What is found as the number of free bytes where the runtime does not tell it. */
const NOT_TOLD = 2 ** 32 - 1;
const NO_BYTES = new Uint8Array(0);

/** Fills some of the bytes that it is given, and returns how many, or null at the end. */
export type ReadOn = (into: Uint8Array) => number | null;

/** A stream of bytes, and how it was packed; null if it was not. */
export interface Unpacked<Stream> {
  readonly packed: Packing | null;
  readonly stream: Stream;
  /** Releases the native memory. */
  readonly close: () => void;
}

/**
 * Looks whether a stream is gzip or zstd, and unpacks it as it is read: all members, all frames.
 *
 * Holds 64 KiB of it, and what its format needs: 32 KiB for gzip, up to 128 MiB for zstd. The stream
 * throws a FormatError where it is cut or damaged, after all that could be unpacked before.
 */
export function unpack(readOn: ReadOn): Unpacked<ReadOn> {
  const input = new Uint8Array(PACKED_SIZE);
  let held = 0;
  for (let count = -1; held < MAGIC_SIZE && count !== 0; held += count) {
    count = readOn(input.subarray(held)) ?? 0;
  }
  const packed = packingOf(input.subarray(0, held));
  let start = input.slice(0, held);
  if (packed === null) {
    const stream = (into: Uint8Array) => {
      if (start.length === 0) return readOn(into);
      const part = start.subarray(0, into.length);
      into.set(part);
      start = start.subarray(part.length);
      return part.length;
    };
    return { packed, stream, close() {} };
  }
  const unpacker = new Unpacker(packed);
  unpacker.feed(start);
  const stream = (into: Uint8Array) => {
    for (;;) {
      const count = unpacker.take(into);
      if (count > 0) return count;
      const next = readOn(input) ?? 0;
      if (next === 0) {
        unpacker.end();
        return null;
      }
      unpacker.feed(input.subarray(0, next));
    }
  };
  return { packed, stream, close: () => unpacker.close() };
}

/** Does the same with bytes that arrive in chunks; the native memory is released at the end. */
export async function unpackChunks(
  chunks: AsyncIterable<Uint8Array>,
): Promise<Omit<Unpacked<AsyncIterable<Uint8Array>>, "close">> {
  const arriving = chunks[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  const magic: number[] = [];
  while (magic.length < MAGIC_SIZE) {
    const { done, value } = await arriving.next();
    if (done) break;
    first.push(value);
    magic.push(...value.subarray(0, MAGIC_SIZE));
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    yield* first;
    yield* { [Symbol.asyncIterator]: () => arriving };
  }
  const packed = packingOf(Uint8Array.from(magic));
  return { packed, stream: packed === null ? all() : unpackAll(all(), packed) };
}

async function* unpackAll(
  chunks: AsyncIterable<Uint8Array>,
  packed: Packing,
): AsyncGenerator<Uint8Array> {
  const unpacker = new Unpacker(packed);
  const into = new Uint8Array(UNPACKED_SIZE);
  try {
    for await (const chunk of chunks) {
      unpacker.feed(chunk);
      for (let count; (count = unpacker.take(into)) > 0;) yield into.slice(0, count);
    }
    unpacker.end();
  } finally {
    unpacker.close();
  }
}

/**
 * Unpacks gzip or zstd, piece by piece and without waiting.
 *
 * Drives the handles of zlib as `zstd.ts` does. That of gzip passes from one member to the next
 * by itself, and stops at a zero byte after one; that of zstd does not tell whether a frame is whole.
 */
class Unpacker {
  readonly #packed: Packing;
  readonly #stream: ZlibStream;
  readonly #frames: ZstdFrames | null;
  #input: Uint8Array = NO_BYTES;
  /** Packed bytes before {@linkcode #input}. */
  #before = 0;
  /** Bytes of the input that were unpacked, and those that are known to belong to a member or frame. */
  #at = 0;
  #known = 0;
  /** Unpacked bytes so far. */
  #size = 0;
  /** Whether zlib may hold bytes that had no room. */
  #holds = false;
  /** Whether no member or frame can follow: only zeros may. */
  #hasEnded = false;
  /** What is wrong; thrown when all bytes before were taken. */
  #fault: string | null = null;

  constructor(packed: Packing) {
    const zlib = findZlib();
    const open = packed === "gzip" ? zlib?.createGunzip : zlib?.createZstdDecompress;
    if (typeof open !== "function") {
      throw new Error(`This runtime cannot unpack ${packed}: unpack the recording first`);
    }
    this.#packed = packed;
    this.#frames = packed === "zstd" ? new ZstdFrames() : null;
    this.#stream = open({ chunkSize: LEAST_CHUNK });
    requireHandle(this.#stream).onerror = (message) => this.#fault = message;
  }

  /** Takes the next packed bytes, which are borrowed, after {@linkcode take} returned 0. */
  feed(bytes: Uint8Array): void {
    this.#before += this.#input.length;
    this.#input = bytes;
    this.#at = 0;
    this.#known = 0;
  }

  /**
   * Unpacks some of what was fed; 0 if nothing of it is left.
   *
   * @throws {FormatError} If it is damaged.
   */
  take(into: Uint8Array): number {
    for (;;) {
      if (this.#fault !== null) throw this.#damaged(this.#fault);
      if (!this.#hasEnded && (this.#holds || this.#findMore())) {
        const count = this.#write(FLUSH[this.#packed], into);
        if (count > 0) return count;
      } else if (this.#at === this.#input.length) {
        return 0;
      } else {
        this.#passZeros();
      }
    }
  }

  /**
   * Takes the end of the input.
   *
   * @throws {FormatError} If it comes early.
   */
  end(): void {
    if (this.#hasEnded) return;
    if (this.#frames === null) this.#write(FINISH, new Uint8Array(1));
    if (this.#frames === null ? this.#fault === null : this.#frames.isBetween) return;
    throw this.#error("truncated", {
      expected: "the rest of it",
      actual: `the end of the packed input at ${this.#place()}`,
      cure: "the packed input lacks its end: copy the whole file",
    });
  }

  close(): void {
    this.#stream._handle.close();
  }

  /** Whether there are more bytes to unpack; sees to it that {@linkcode #known} tells how many. */
  #findMore(): boolean {
    if (this.#at === this.#known) {
      this.#known = this.#frames?.pass(this.#input, this.#at) ?? this.#input.length;
      this.#hasEnded = this.#at === this.#known && this.#at < this.#input.length;
    }
    return this.#at < this.#known;
  }

  #write(flush: number, into: Uint8Array): number {
    const { _handle: handle, _writeState: state } = this.#stream;
    const size = Math.min(this.#known - this.#at, this.#mostAtOnce());
    state[0] = NOT_TOLD;
    try {
      handle.writeSync(flush, this.#input, this.#at, size, into, 0, into.length);
    } catch (error) {
      this.#fault = error instanceof Error ? error.message : String(error);
      return 0;
    }
    const [free = 0, unread = 0] = state;
    if (this.#fault !== null && free === NOT_TOLD) return 0;
    const count = into.length - free;
    this.#at += size - unread;
    this.#size += count;
    this.#holds = free === 0;
    if (this.#fault === null && unread > 0 && free > 0) {
      if (this.#packed === "gzip") this.#hasEnded = true;
      else if (unread === size && count === 0) this.#fault = "it is not taken";
    }
    return count;
  }

  #mostAtOnce(): number {
    if (MOST_AT_ONCE === Infinity) return Infinity;
    const part = Math.ceil((this.#before + this.#at) * PART_AT_ONCE);
    return Math.max(1, Math.min(part, MOST_AT_ONCE));
  }

  #passZeros(): void {
    const other = this.#input.subarray(this.#at).findIndex((byte) => byte !== 0);
    this.#at = other < 0 ? this.#input.length : this.#at + other;
    if (other >= 0 || this.#frames?.isBetween === false) this.#fault = NO_MEMBER;
  }

  #damaged(fault: string): FormatError {
    const isOther = fault === NO_MEMBER;
    const what = isOther ? "other bytes after it" : `"${fault}"`;
    return this.#error("corrupt", {
      expected: isOther ? "its end" : "sound data",
      actual: `${what} at ${this.#place()}`,
      cure: isOther
        ? "they are not read: remove them, or unpack the recording by hand"
        : `the packed input is damaged: compare it with the original; "${this.#packed} -t" tests it`,
    });
  }

  #error(
    fault: "truncated" | "corrupt",
    detail: { readonly expected: string; readonly actual: string; readonly cure: string },
  ): FormatError {
    return new FormatError(fault, {
      structure: `${this.#packed} data`,
      offset: this.#size,
      ...detail,
    });
  }

  /** How far the packed input was read; the offset of an error is one of the unpacked bytes. */
  #place(): string {
    return `packed offset 0x${(this.#before + this.#at).toString(16)}`;
  }
}
