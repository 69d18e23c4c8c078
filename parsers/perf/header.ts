import { type ByteSource, Cursor, FormatError, sizeText } from "../internal.ts";
import { decodeSize } from "./_fields.ts";
import { Feature, FileHeaderSize, FileMagic } from "./abi.ts";
import { PACKED_START, packedKind, type Packing } from "./packing.ts";
import { fill } from "./perf_bytes.ts";
import { isText, lacksLast } from "./_cures.ts";

/** A run of bytes in a file. */
export interface Section {
  /** Position of the first byte. */
  readonly offset: number;
  /** Size in bytes. */
  readonly size: number;
}

/** `struct perf_file_header`, or the 16 bytes that start a pipe stream. */
export interface PerfHeader {
  /** Whether the recording is a pipe stream: no sections, everything comes as records. */
  readonly pipe: boolean;
  /** Byte order of the recording machine. */
  readonly byteOrder: "little" | "big";
  /** 2 for PERFILE2, 1 for the old PERFFILE. */
  readonly version: 1 | 2;
  /** Size of the header: 104, 72 without the feature bitmap, 16 in a pipe stream. */
  readonly size: number;
  /** Size of one entry of {@linkcode attrs}, in bytes. */
  readonly attrSize: number;
  /** The array of `struct perf_file_attr`. */
  readonly attrs: Section;
  /** The records; size 0 where the recorder did not finish. */
  readonly data: Section;
  /** Ids of the feature sections, rising. */
  readonly features: readonly number[];
}

const { Pipe: PIPE_SIZE, Old: OLD_SIZE, Full: FULL_SIZE } = FileHeaderSize;
const STRUCTURE = "perf_file_header";
const text = new TextDecoder();
const MAGICS: readonly string[] = Object.values(FileMagic);
const ABI_SIZES = [64, 72, 80, 96, 104];

/**
 * Decodes the header of a regular file or of a pipe stream.
 *
 * @param packed What the bytes were unpacked from.
 * @throws {FormatError} If the magic is unknown, the header is cut, or its sizes contradict.
 */
export function readHeader(source: ByteSource, packed: Packing | null = null): PerfHeader {
  const bytes = new Uint8Array(FULL_SIZE);
  let length = fill(source, bytes.subarray(0, PIPE_SIZE), 0);
  const magic = magicOf(bytes);
  if (!MAGICS.includes(magic)) {
    const start = new Uint8Array(PACKED_START);
    start.set(bytes.subarray(0, length));
    if (length === PIPE_SIZE) length += fill(source, start.subarray(length), length);
    throw source.failure ?? noRecording(start.subarray(0, length), packed);
  }
  if (length < PIPE_SIZE) throw source.failure ?? headerCut(PIPE_SIZE, length);
  const view = new DataView(bytes.buffer);
  const version = magic === FileMagic.Old ? 1 : 2;
  const bigSize = view.getBigUint64(8, false);
  const littleSize = view.getBigUint64(8, true);
  if (version === 1 && (littleSize === 16n || bigSize === 16n)) {
    return pipeHeader(littleSize === 16n, version);
  }
  if (version === 2 && (magic === FileMagic.Little ? littleSize : bigSize) === 16n) {
    return pipeHeader(magic === FileMagic.Little, version);
  }
  length += fill(source, bytes.subarray(PIPE_SIZE), PIPE_SIZE);
  const little = version === 2 ? magic === FileMagic.Little : legacyOrder(view);
  const body = new Cursor(bytes.subarray(0, length), 0, little, STRUCTURE);
  body.at = 8;
  const size = decodeSize(body);
  if (size !== OLD_SIZE && size !== FULL_SIZE) {
    throw corrupt(8, `size ${PIPE_SIZE}, ${OLD_SIZE} or ${FULL_SIZE}`, sizeText(size));
  }
  if (length < size) throw source.failure ?? headerCut(size, length);
  const attrSize = decodeSize(body);
  const attrs = section(body);
  const data = section(body);
  if (data.offset < size) throw corrupt(40, `data.offset >= ${size}`, sizeText(data.offset));
  return {
    pipe: false,
    byteOrder: little ? "little" : "big",
    version,
    size,
    attrSize,
    attrs,
    data,
    features: size === OLD_SIZE ? [] : featureIds(view, little),
  };
}

/** Whether bytes start as a recording does, of any version and byte order. */
export function hasPerfMagic(start: Uint8Array): boolean {
  return MAGICS.includes(magicOf(start));
}

function magicOf(start: Uint8Array): string {
  return text.decode(start.subarray(0, 8));
}

function pipeHeader(little: boolean, version: 1 | 2): PerfHeader {
  const none = { offset: 0, size: 0 };
  return {
    pipe: true,
    byteOrder: little ? "little" : "big",
    version,
    size: PIPE_SIZE,
    attrSize: 0,
    attrs: none,
    data: { offset: PIPE_SIZE, size: 0 },
    features: [],
  };
}

/** The old magic does not tell the byte order; `attr_size` does. */
function legacyOrder(view: DataView): boolean {
  for (const little of [true, false]) {
    const attrSize = view.getBigUint64(16, little);
    if (ABI_SIZES.some((size) => BigInt(size + 16) === attrSize)) return little;
  }
  const expected = `one of ${ABI_SIZES.map((size) => size + 16).join(", ")}`;
  throw corrupt(16, `attr_size ${expected}`, `${view.getBigUint64(16, true)}`);
}

/**
 * Bits of `adds_features`: an array of the writer's `unsigned long`, whose size is not recorded.
 * perf always sets HOSTNAME, which tells the right reading.
 */
function featureIds(view: DataView, little: boolean): number[] {
  const wordSizes = little ? [1] : [8, 4];
  for (const wordSize of wordSizes) {
    const ids = [];
    for (let id = 0; id < 256; id++) {
      const byte = Math.floor(id / 8);
      const at = little ? byte : byte - byte % wordSize + wordSize - 1 - byte % wordSize;
      if (view.getUint8(OLD_SIZE + at) >> id % 8 & 1) ids.push(id);
    }
    if (little || ids.includes(Feature.hostname)) return ids;
  }
  const any = new Uint8Array(view.buffer, OLD_SIZE).some((byte) => byte !== 0);
  return any ? [Feature.buildId] : [];
}

function section(body: Cursor): Section {
  return { offset: decodeSize(body), size: decodeSize(body) };
}

/** Of what does not start as a recording does. */
function noRecording(first: Uint8Array, packed: Packing | null): FormatError {
  const kind = packedKind(first);
  const start = first.subarray(0, 8);
  const bytes = start.length < 8 ? `${start.length} bytes` : [...start].map(hex).join(" ");
  return new FormatError("bad-magic", {
    structure: STRUCTURE,
    offset: 0,
    expected: `the magic "${FileMagic.Little}"`,
    actual: (kind === null ? bytes : `${kind.name} data`) + (packed ? `, packed as ${packed}` : ""),
    cure: kind === null
      ? `${whatStarts(start)}give a file that perf record wrote`
      : packed === null || kind.name === "tar"
      ? `unpack it first: ${kind.command} FILE`
      : "it is packed more than once: unpack it by hand",
  });
}

/** What bytes are that do not start a recording, as far as they tell, and a separator. */
function whatStarts(start: Uint8Array): string {
  if (start.length === 0) return "the file is empty: ";
  if (start.length < 8) return "";
  if (start.every((byte) => byte === 0)) {
    return "it may be bare trace, or its recorder was killed before it wrote the header: ";
  }
  return isText(start) ? "it is text: " : "";
}

function headerCut(expected: number, actual: number): FormatError {
  return new FormatError("truncated", {
    structure: STRUCTURE,
    offset: 0,
    expected: `${expected} bytes`,
    actual: `${actual}`,
    cure: lacksLast(expected - actual),
  });
}

function corrupt(offset: number, expected: string, actual: string): FormatError {
  return new FormatError("corrupt", { structure: STRUCTURE, offset, expected, actual });
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
