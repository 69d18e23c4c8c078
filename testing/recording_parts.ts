/** A recording cut at the borders of its records, to be changed and put together again. */
export interface RecordingParts {
  /** Whether multi-byte fields are little endian. */
  readonly little: boolean;
  /** Whether it is a pipe stream, in which records follow a header of 16 bytes. */
  readonly pipe: boolean;
  /** The bytes before the first record: header, ids, attributes. */
  head: Uint8Array;
  /** The records, each with its payload. */
  records: Uint8Array[];
  /** The bytes after the last whole record: feature table and sections. */
  tail: Uint8Array;
  /** Size of the data section as the header tells it, in bytes. */
  readonly dataSize: number;
  /** Number of entries of the feature table, which `tail` starts with. */
  readonly features: number;
}

/** Size of `struct perf_event_header`, in bytes. */
export const RECORD_HEADER = 8;
/** Size of PERF_RECORD_AUXTRACE without its payload, in bytes. */
export const AUXTRACE_RECORD = 48;

const AUXTRACE = 71;
const TRACING_DATA = 66;
const PIPE_HEADER = 16;
const DATA_OFFSET = 40;
const DATA_SIZE = 48;
const FEATURE_BITS = 72;
const FILE_HEADER = 104;
const TABLE_ENTRY = 16;

/**
 * Cuts a sound recording into parts. Source: tools/perf/Documentation/perf.data-file-format.txt.
 *
 * Written for the tests: nothing of the library under test is used.
 *
 * @param borders Ends of pieces that do not tell their sizes as records do, by where they start.
 */
export function recordingParts(
  bytes: Uint8Array,
  borders: ReadonlyMap<number, number> = new Map(),
): RecordingParts {
  const view = viewOf(bytes);
  const little = bytes[0] === 0x50;
  const pipe = Number(view.getBigUint64(8, little)) === PIPE_HEADER;
  const start = pipe ? PIPE_HEADER : Number(view.getBigUint64(DATA_OFFSET, little));
  const size = pipe ? 0 : Number(view.getBigUint64(DATA_SIZE, little));
  const end = size === 0 ? bytes.length : Math.min(start + size, bytes.length);
  const records: Uint8Array[] = [];
  let at = start;
  while (at + RECORD_HEADER <= end) {
    const next = borders.get(at) ?? at + wholeSize(view, at, little);
    if (next - at < RECORD_HEADER || next > end) break;
    records.push(bytes.slice(at, next));
    at = next;
  }
  const bits = pipe || start < FILE_HEADER ? [] : [...bytes.subarray(FEATURE_BITS, FILE_HEADER)];
  const features = at < end || size === 0 ? 0 : bits.reduce((so, byte) => so + bitCount(byte), 0);
  const parts = { records, tail: bytes.slice(at), dataSize: size, features };
  return { little, pipe, head: bytes.slice(0, start), ...parts };
}

/**
 * Puts parts together. The header and the feature table tell where the parts are now, unless the
 * header was changed.
 */
export function joinParts(parts: RecordingParts): Uint8Array<ArrayBuffer> {
  const { head, records, tail, little, dataSize, features } = parts;
  const size = records.reduce((so, record) => so + record.length, 0);
  const bytes = new Uint8Array(head.length + size + tail.length);
  let at = head.length;
  bytes.set(head);
  for (const record of records) {
    bytes.set(record, at);
    at += record.length;
  }
  bytes.set(tail, at);
  const view = viewOf(bytes);
  if (features === 0 || head.length < FILE_HEADER) return bytes;
  if (view.getBigUint64(DATA_SIZE, little) !== BigInt(dataSize)) return bytes;
  const moved = BigInt(size - dataSize);
  view.setBigUint64(DATA_SIZE, BigInt(size), little);
  for (let entry = 0; entry < features && at + 8 <= bytes.length; entry++, at += TABLE_ENTRY) {
    view.setBigUint64(at, view.getBigUint64(at, little) + moved, little);
  }
  return bytes;
}

/** A view of the same bytes. */
export function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** Size of the record at `at` and of the payload that belongs to it, in bytes. */
function wholeSize(view: DataView, at: number, little: boolean): number {
  const type = view.getUint32(at, little);
  const size = view.getUint16(at + 6, little);
  if (at + Math.max(size, 16) > view.byteLength) return size;
  if (type === AUXTRACE) return size + Number(view.getBigUint64(at + 8, little));
  return type === TRACING_DATA ? size + view.getUint32(at + 8, little) : size;
}

function bitCount(byte: number): number {
  return byte.toString(2).replaceAll("0", "").length;
}
