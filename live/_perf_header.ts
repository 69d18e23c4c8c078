import {
  attrSize,
  ByteWriter,
  type EventSpec,
  type FeatureSpec,
  writeAttr,
} from "../encoders/internal.ts";

/** "PERFILE2" as a little-endian word. */
const MAGIC = 0x32454c4946524550n;
const FILE_HEADER_SIZE = 104;
const PIPE_HEADER_SIZE = 16;
/** Size of an offset and a size. */
const SECTION_SIZE = 16;
const BITMAP_WORDS = 4;

/** Size in bytes of everything before the records of a file. */
export function preambleSize(events: readonly EventSpec[]): number {
  return events.reduce(
    (size, event) => size + 8 * (event.ids?.length ?? 0) + attrSize(event) + SECTION_SIZE,
    FILE_HEADER_SIZE,
  );
}

/** Encodes the start of a file up to its records: header, ids and attributes. */
export function filePreamble(events: readonly EventSpec[]): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(true);
  out.bytes(fileHeader(events, 0, []));
  const idOffsets = events.map((event) => {
    const at = out.size;
    for (const id of event.ids ?? []) out.u64(id);
    return at;
  });
  for (const [index, event] of events.entries()) {
    writeAttr(out, event);
    out.u64(BigInt(idOffsets[index]!));
    out.u64(BigInt(8 * (event.ids?.length ?? 0)));
  }
  return out.toBytes();
}

/**
 * Encodes the header of a file. Source: perf's `struct perf_file_header`.
 *
 * @param dataSize Size of the records in bytes; 0 as long as the recording runs.
 * @param features Sections that stand after the records.
 */
export function fileHeader(
  events: readonly EventSpec[],
  dataSize: number,
  features: readonly FeatureSpec[],
): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(true);
  const [first] = events;
  const entrySize = (first ? attrSize(first) : 0) + SECTION_SIZE;
  const attrsSize = entrySize * events.length;
  const dataOffset = preambleSize(events);
  const sections = [dataOffset - attrsSize, attrsSize, dataOffset, dataSize, 0, 0];
  out.u64(MAGIC);
  for (const value of [FILE_HEADER_SIZE, entrySize, ...sections]) out.u64(BigInt(value));
  const bits = features.reduce((sum, { bit }) => sum | 1n << BigInt(bit), 0n);
  for (let word = 0; word < BITMAP_WORDS; word++) out.u64(bits >> BigInt(64 * word));
  return out.toBytes();
}

/**
 * Encodes the table of the feature sections and the sections.
 *
 * @param features In the order of their bits.
 * @param fileOffset Where the table stands: right after the records.
 */
export function featureSections(
  features: readonly FeatureSpec[],
  fileOffset: number,
): Uint8Array<ArrayBuffer> {
  const table = new ByteWriter(true);
  const sections = new ByteWriter(true);
  for (const feature of features) {
    const at = sections.size;
    feature.write(sections);
    table.u64(BigInt(fileOffset + SECTION_SIZE * features.length + at));
    table.u64(BigInt(sections.size - at));
  }
  table.bytes(sections.toBytes());
  return table.toBytes();
}

/** Encodes the header of a pipe. */
export function pipeHeader(): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(true);
  out.u64(MAGIC);
  out.u64(BigInt(PIPE_HEADER_SIZE));
  return out.toBytes();
}
