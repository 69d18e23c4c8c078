import { type Compressed2Layout, compressed2Push } from "./compressed_pushes.ts";
import { concat } from "./zstd_ring.ts";

/** Makes a copy of a little-endian recording that perf 6.1 reads whole, with the same records. */
export type Repair = (file: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;

const PIPE_HEADER_SIZE = 16;
const AUXTRACE = 71;
const HEADER_FEATURE = 80;
const FINISHED_INIT = 82;
const COMPRESSED2 = 83;
/** From here on types are those of simpleperf. */
const FOREIGN = 0x8000;

/** Sets the data size to what follows the header up to `end`, and drops the feature sections. */
export function finalise(
  file: Uint8Array<ArrayBuffer>,
  end: number = dataSection(new DataView(file.buffer)).end,
): Uint8Array<ArrayBuffer> {
  const copy = file.slice();
  const view = new DataView(copy.buffer);
  const { start } = dataSection(view);
  copy.fill(0, 72, 104);
  view.setBigUint64(48, BigInt(end - start), true);
  return copy;
}

/** Turns the features of a pipe stream, of any byte order, into records without contents. */
export function barePipe(file: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const copy = file.slice();
  const view = new DataView(copy.buffer);
  const isLittle = copy[0] === "P".charCodeAt(0);
  for (const { type, bytes } of walk(copy, PIPE_HEADER_SIZE, copy.length, isLittle)) {
    if (type === HEADER_FEATURE) view.setUint32(bytes.byteOffset, FINISHED_INIT, isLittle);
  }
  return copy;
}

/** Wraps the records whose types perf knows in a file of one event without fields or ids. */
export function wrapRecords(file: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(184);
  const view = new DataView(head.buffer);
  const { start, end } = dataSection(new DataView(file.buffer));
  const known = walk(file, start, end).filter(({ type }) => type < FOREIGN).map(({ bytes }) =>
    bytes
  );
  const size = known.reduce((sum, { length }) => sum + length, 0);
  head.set(new TextEncoder().encode("PERFILE2"));
  for (const [at, value] of [[8, 104], [16, 80], [24, 104], [32, 80], [40, 184], [48, size]]) {
    view.setBigUint64(at!, BigInt(value!), true);
  }
  view.setUint32(104, 1, true);
  view.setUint32(108, 64, true);
  return concat([head, ...known]);
}

/** Lays out the compressed records of a pipe stream as another perf had: those in a row as one push. */
export function relayCompressed2(
  file: Uint8Array<ArrayBuffer>,
  writer: Compressed2Layout["writer"],
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [file.subarray(0, PIPE_HEADER_SIZE)];
  let push: Uint8Array[] = [];
  for (const { type, bytes } of walk(file, PIPE_HEADER_SIZE, file.length)) {
    if (type === COMPRESSED2) {
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      push.push(bytes.subarray(16, 16 + Number(view.getBigUint64(8, true))));
      continue;
    }
    if (push.length > 0) parts.push(compressed2Push(concat(push), { little: true, writer }));
    parts.push(bytes);
    push = [];
  }
  if (push.length > 0) parts.push(compressed2Push(concat(push), { little: true, writer }));
  return concat(parts);
}

/** A copy of a file that ends after its last whole record, as perf accepts it. */
export interface WholeRecords {
  /** With its data size set, and no feature bits. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** File offset of the end of the last whole record. */
  readonly wholeRecordsEnd: number;
  /** Bytes of the file after that. */
  readonly rest: number;
}

/** Cuts an unfinished file after its last whole record. */
export function wholeRecords(file: Uint8Array<ArrayBuffer>): WholeRecords {
  const { start } = dataSection(new DataView(file.buffer));
  const wholeRecordsEnd = recordEnds(file, start, file.length).at(-1) ?? start;
  const bytes = finalise(file.slice(0, wholeRecordsEnd), wholeRecordsEnd);
  return { bytes, wholeRecordsEnd, rest: file.length - wholeRecordsEnd };
}

/** The first bytes of a recording, up to 12 bytes into a record, past two thirds of its data. */
export function cutInsideRecord(file: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const { start, end } = dataSection(new DataView(file.buffer));
  const cut = recordEnds(file, start, end).find((at) => at >= start + (end - start) * 2 / 3);
  if (cut !== undefined) return file.slice(0, cut + 12);
  throw new Error(`Cannot cut a recording of ${file.length} bytes: no record in the last third`);
}

function recordEnds(file: Uint8Array, start: number, end: number): number[] {
  return walk(file, start, end).map(({ bytes }) =>
    bytes.byteOffset - file.byteOffset + bytes.length
  );
}

function dataSection(view: DataView): { start: number; end: number } {
  const start = Number(view.getBigUint64(40, true));
  const size = Number(view.getBigUint64(48, true));
  return { start, end: size === 0 ? view.byteLength : start + size };
}

/** Follows the sizes of records up to `end`, or to where they stop making sense. */
function walk(file: Uint8Array, start: number, end: number, isLittle = true) {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const records: { type: number; bytes: Uint8Array }[] = [];
  for (let at = start; at + 8 <= end;) {
    const type = view.getUint32(at, isLittle);
    let size = view.getUint16(at + 6, isLittle);
    if (size < 8) break;
    if (type === AUXTRACE) size += Number(view.getBigUint64(at + 8, isLittle));
    if (at + size > end) break;
    records.push({ type, bytes: file.subarray(at, at + size) });
    at += size;
  }
  return records;
}
