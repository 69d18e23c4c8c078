import type { ByteSource } from "../internal.ts";
import { FileHeaderSize, FileMagic, RECORD_HEADER_SIZE, RecordType } from "./abi.ts";
import { leastSizes } from "./_least_sizes.ts";
import { Compressed2Framing } from "./compressed.ts";
import { isText } from "./_cures.ts";
import { fill } from "./perf_bytes.ts";
import { isForeignType } from "./record_type.ts";
import { isBeforeTracingData } from "./records/header.ts";
import { isOldHeader, isOldHeaderType } from "./records/old_headers.ts";

/** Text of another program in a stream of records: between them, or after the last one. */
export interface StrayText {
  /** Position of its first byte. */
  readonly fileOffset: number;
  /** Its size in bytes. */
  readonly size: number;
  /** Its first characters, control characters included. */
  readonly excerpt: string;
}

const MAGICS: readonly Uint8Array[] = Object.values(FileMagic).map((magic) =>
  new TextEncoder().encode(magic)
);
/** P or 2, and E: how the magics start. */
const MAGIC_STARTS = [0x50, 0x32];
const SECOND_OF_MAGIC = 0x45;
const HEADER_SIZES: ReadonlySet<bigint> = new Set(
  Object.values(FileHeaderSize).map((size) => BigInt(size)),
);
const RECORDING_HEAD = 16;
const AUXTRACE_HEAD = 16;
const PIECE_SIZE = 1 << 16;
const START_SIZE = 64;
/** Headers that have to follow each other before bytes are taken for records again. */
const CHAIN = 3;
/** `misc` bits that no kernel uses. */
const UNUSED_MISC = 0x0ff8;
const knownTypes: ReadonlySet<number> = new Set(Object.values(RecordType));

/** The bytes at hand, and whether no others follow them. */
export interface ForeignWindow {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Position of the first byte. */
  readonly base: number;
  /** Number of bytes that are there; at most `bytes.length`, which is all that can be. */
  readonly limit: number;
  readonly isEnd: boolean;
}

/** What ends foreign bytes: a record, another recording, or they turn out to be a record of unknown type. */
export interface ForeignEnd {
  readonly is: "record" | "recording" | "unknown record";
  /** Position in the window. */
  readonly at: number;
}

/**
 * What records of the types 69 to 80 are: header sections of an old perf, which end with the first
 * HEADER_ATTR (`old`); those or what they are today, before the first one that tells (`either`).
 */
export type HeadKind = "old" | "either" | "today";

type Answer = "yes" | "no" | "not known yet";

interface Found extends ForeignEnd {
  readonly answer: Answer;
}

/**
 * Finds where records continue after bytes that are none, as a program leaves them that writes to
 * the same pipe as perf. Looks at each byte once, and from there at {@linkcode CHAIN} headers at most.
 */
export class ForeignBytes {
  /** Position of the first of them. */
  readonly start: number;
  /** How many have been passed. */
  size = 0;
  /** Whether all that have been passed are text. */
  isText = true;
  /** Whether all that have been passed are zeros. */
  isZero = true;
  /** The first ones, where a record's header would stand. */
  readonly head: DataView;
  readonly #first: number[] = [];
  readonly #little: boolean;
  readonly #headKind: HeadKind;

  /** Starts at a header that no record has. */
  constructor(
    start: number,
    head: Uint8Array,
    { little, headKind }: { readonly little: boolean; readonly headKind: HeadKind },
  ) {
    this.start = start;
    this.head = new DataView(head.slice(0, RECORD_HEADER_SIZE).buffer);
    this.#little = little;
    this.#headKind = headKind;
  }

  /** The text that was passed. */
  get text(): StrayText {
    const excerpt = new TextDecoder().decode(Uint8Array.from(this.#first));
    return { fileOffset: this.start, size: this.size, excerpt };
  }

  /** Passes what belongs to them; null where more bytes have to come before the end is known. */
  search(window: ForeignWindow): ForeignEnd | null {
    const { bytes, base, limit } = window;
    const from = this.start + this.size - base;
    if (this.size === 0) {
      // A few letters before a record look like a header together with its first bytes.
      const found = this.#find(window, from, Math.min(from + RECORD_HEADER_SIZE, limit));
      const answer = found?.answer ?? this.#isUnknownRecord(window, from);
      if (answer === "not known yet") return null;
      if (answer === "yes" && found === null) return { is: "unknown record", at: from };
    }
    const found = this.#find(window, from, limit);
    this.#pass(bytes.subarray(from, found?.at ?? limit));
    return found?.answer === "yes" ? found : null;
  }

  /** The first place where something else starts, or may start; null if there is none. */
  #find(window: ForeignWindow, from: number, to: number): Found | null {
    const { bytes, limit } = window;
    for (let at = from; at < to; at++) {
      const isMagic = MAGIC_STARTS.includes(bytes[at]!) &&
        (at + 1 === limit || bytes[at + 1] === SECOND_OF_MAGIC);
      const recording = isMagic ? isRecording(window, at) : "no";
      if (recording !== "no") return { is: "recording", at, answer: recording };
      const record = this.#isRecord(window, at);
      if (record !== "no") return { is: "record", at, answer: record };
    }
    return null;
  }

  #pass(bytes: Uint8Array): void {
    this.size += bytes.length;
    this.isText &&= isText(bytes);
    this.isZero &&= bytes.every((byte) => byte === 0);
    if (this.#first.length < START_SIZE) {
      this.#first.push(...bytes.subarray(0, START_SIZE - this.#first.length));
    }
  }

  /** Whether the first bytes are a header whose size leads to records. Those of text hardly do. */
  #isUnknownRecord(window: ForeignWindow, at: number): Answer {
    const size = this.head.getUint16(6, this.#little);
    if (size < RECORD_HEADER_SIZE || isText(new Uint8Array(this.head.buffer))) return "no";
    const next = at + size;
    if (window.isEnd && next >= window.limit) return next === window.limit ? "yes" : "no";
    return this.#isChain(window, next, 1);
  }

  #isRecord(window: ForeignWindow, at: number): Answer {
    const { view, limit, isEnd } = window;
    if (limit - at < RECORD_HEADER_SIZE) return isEnd ? "no" : "not known yet";
    if (isForeignType(view.getUint32(at, this.#little))) return "no";
    // In big endian three zeros and the first letter of a magic look like a type.
    const recording = isRecording(window, at + 3);
    if (recording !== "no") return recording === "yes" ? "no" : recording;
    return this.#isChain(window, at, 0);
  }

  /** Whether headers follow each other from `first` on, after `before` others. */
  #isChain(window: ForeignWindow, first: number, before: number): Answer {
    const { bytes, limit, isEnd } = window;
    let at = first;
    let headKind = this.#headKind;
    for (let headers = before; headers < CHAIN; headers++) {
      const there = limit - at;
      if (there < AUXTRACE_HEAD && !isEnd) {
        // What is farther away than the window is large cannot be looked at.
        const isFar = headers > 0 && at + AUXTRACE_HEAD - first > bytes.length;
        return isFar ? "yes" : "not known yet";
      }
      if (there < RECORD_HEADER_SIZE) return headers > 0 ? "yes" : "no";
      headKind = this.#headKindAt(window, at, headKind);
      if (!this.#isHeader(window, at, headKind)) {
        if (at === first) return "no";
        if (isText(bytes.subarray(at, at + 1))) return "yes";
        const zeros = bytes.subarray(at, at + RECORD_HEADER_SIZE);
        return zeros.every((byte) => byte === 0) ? "yes" : this.#followsZeros(window, at, headKind);
      }
      at += this.#sizeWithPayload(window, at, headKind);
    }
    return "yes";
  }

  /** Whether a header follows less zeros than one has bytes. */
  #followsZeros(window: ForeignWindow, at: number, headKind: HeadKind): Answer {
    const { bytes, limit, isEnd } = window;
    for (let next = at + 1; bytes[next - 1] === 0; next++) {
      const there = limit - next;
      if (there < AUXTRACE_HEAD && !isEnd) return "not known yet";
      if (there < RECORD_HEADER_SIZE) return there >= 0 ? "yes" : "no";
      if (this.#isHeader(window, next, headKind)) return "yes";
    }
    return "no";
  }

  /** What old types mean from the header at `at` on. */
  #headKindAt({ bytes, view, limit }: ForeignWindow, at: number, before: HeadKind): HeadKind {
    const type = view.getUint32(at, this.#little);
    if (type === RecordType.HeaderAttr) return "today";
    if (before !== "either" || !isOldHeaderType(type)) return before;
    const end = Math.min(at + view.getUint16(at + 6, this.#little), limit);
    return isOldHeader(bytes.subarray(at, end), type, this.#little) ? "old" : before;
  }

  /** Whether a header can be that of a record of a known type. */
  #isHeader(window: ForeignWindow, at: number, headKind: HeadKind): boolean {
    const { view } = window;
    const type = view.getUint32(at, this.#little);
    if (!knownTypes.has(type)) return false;
    const size = this.#sizeOf(window, at);
    if (headKind === "old" && isOldHeaderType(type)) return size > RECORD_HEADER_SIZE;
    if (size < (leastSizes.get(type) ?? RECORD_HEADER_SIZE)) return false;
    if (type >= RecordType.HeaderAttr) return true;
    return size % 8 === 0 && (view.getUint16(at + 4, this.#little) & UNUSED_MISC) === 0;
  }

  /** Size of a record, which broken writers of COMPRESSED2 do not tell. */
  #sizeOf({ view, limit, base, isEnd }: ForeignWindow, at: number): number {
    const little = this.#little;
    if (view.getUint32(at, little) !== RecordType.Compressed2) {
      return view.getUint16(at + 6, little);
    }
    const framing = new Compressed2Framing();
    framing.isLast = isEnd;
    return framing.sizeOf({ view, at, left: limit - at, position: base + at, little });
  }

  /** Size of a record and of its payload, which may be more than any window. */
  #sizeWithPayload(window: ForeignWindow, at: number, headKind: HeadKind): number {
    const { view, limit } = window;
    const type = view.getUint32(at, this.#little);
    const size = Math.max(this.#sizeOf(window, at), RECORD_HEADER_SIZE);
    if (limit - at < AUXTRACE_HEAD || headKind === "old" && isOldHeaderType(type)) return size;
    if (type === RecordType.Auxtrace) return size + Number(view.getBigUint64(at + 8, this.#little));
    return type === RecordType.HeaderTracingData && isBeforeTracingData(size)
      ? size + view.getUint32(at + 8, this.#little)
      : size;
  }
}

/**
 * Position of the first recording that starts in bytes `[from, to)` of a source; -1 if none does.
 * Reads them once, in pieces.
 */
export function findRecording(source: ByteSource, from: number, to: number): number {
  const last = Math.min(to, source.size);
  if (last <= from) return -1;
  const bytes = new Uint8Array(Math.min(last - from, PIECE_SIZE) + RECORDING_HEAD);
  const view = new DataView(bytes.buffer);
  for (let base = from; base < last; base += PIECE_SIZE) {
    const limit = fill(source, bytes, base);
    const window = { bytes, view, base, limit, isEnd: true };
    const end = Math.min(limit, last - base, PIECE_SIZE);
    for (
      let at = bytes.indexOf(SECOND_OF_MAGIC, 1);
      at > 0;
      at = bytes.indexOf(SECOND_OF_MAGIC, at + 1)
    ) {
      if (at > end) break;
      if (isRecording(window, at - 1) === "yes") return base + at - 1;
    }
    if (limit < bytes.length) break;
  }
  return -1;
}

/** Whether a recording starts at `at`: a magic, and the size of a header in its byte order. */
function isRecording({ bytes, view, limit, isEnd }: ForeignWindow, at: number): Answer {
  const there = bytes.subarray(at, Math.min(at + 8, limit));
  const magic = MAGICS.find((magic) => there.every((byte, i) => byte === magic[i]));
  if (magic === undefined) return "no";
  if (limit - at < RECORDING_HEAD) return isEnd ? "no" : "not known yet";
  const sizes = [true, false].map((little) => view.getBigUint64(at + 8, little));
  return sizes.some((size) => HEADER_SIZES.has(size)) ? "yes" : "no";
}
