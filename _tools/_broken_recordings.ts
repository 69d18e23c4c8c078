/** Where the whole records of a perf.data file end, found by following the record sizes alone. */
export interface BrokenRecording {
  /** A copy that perf accepts: ends after the last whole record, has its data size set and no feature bits. */
  readonly bytes: Uint8Array;
  /** File offset of the end of the last whole record. */
  readonly wholeRecordsEnd: number;
  /** Bytes of the file after that. */
  readonly rest: number;
}

const DATA_OFFSET = 40;
const DATA_SIZE = 48;
const FEATURE_BITS = 72;
const FILE_HEADER_SIZE = 104;
const RECORD_HEADER_SIZE = 8;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function dataOffset(bytes: Uint8Array): number {
  return Number(viewOf(bytes).getBigUint64(DATA_OFFSET, true));
}

/** Yields the file offset after each whole record between the start of the data and `limit`. */
function* recordEnds(bytes: Uint8Array, limit: number): Generator<number> {
  const view = viewOf(bytes);
  let at = dataOffset(bytes);
  while (at + RECORD_HEADER_SIZE <= limit) {
    const size = view.getUint16(at + 6, true);
    if (size < RECORD_HEADER_SIZE || at + size > limit) return;
    at += size;
    yield at;
  }
}

/** Makes the copy of an unfinalised or cut little-endian recording that perf reads to the last whole record. */
export function repair(broken: Uint8Array): BrokenRecording {
  const start = dataOffset(broken);
  const wholeRecordsEnd = [...recordEnds(broken, broken.length)].at(-1) ?? start;
  const bytes = broken.slice(0, wholeRecordsEnd);
  bytes.fill(0, FEATURE_BITS, FILE_HEADER_SIZE);
  viewOf(bytes).setBigUint64(DATA_SIZE, BigInt(wholeRecordsEnd - start), true);
  return { bytes, wholeRecordsEnd, rest: broken.length - wholeRecordsEnd };
}

/** Returns the first bytes of a recording, up to 12 bytes into a record, past two thirds of its data. */
export function cutInsideRecord(whole: Uint8Array): Uint8Array {
  const start = dataOffset(whole);
  const size = Number(viewOf(whole).getBigUint64(DATA_SIZE, true));
  for (const end of recordEnds(whole, start + size)) {
    if (end >= start + size * 2 / 3) return whole.slice(0, end + 12);
  }
  throw new Error(`Cannot cut a recording of ${whole.length} bytes: no record in the last third`);
}
