import { FormatError } from "../internal.ts";
import { RECORD_HEADER_SIZE } from "./abi.ts";
import { recordTypeName } from "./record_type.ts";

/** The payload after a record ends after `actual` of its bytes. */
export function payloadCut(
  type: number,
  offset: number,
  size: number,
  actual: number,
): FormatError {
  return cut(`payload of ${recordTypeName(type)}`, offset, `${size} bytes`, `${actual}`);
}

/** The header of a record ends after `left` bytes. */
export function headerCut(offset: number, left: number): FormatError {
  return cut("perf_event_header", offset, `${RECORD_HEADER_SIZE} bytes`, `${left}`);
}

/** A record of `size` bytes ends after `left` bytes. */
export function recordCut(type: number, offset: number, size: number, left: number): FormatError {
  return cut(recordTypeName(type), offset, `${size} bytes`, `${left}`);
}

/** The records in compressed pieces end inside one. */
export function compressedCut(offset: number, left: number): FormatError {
  return cut("record in compressed data", offset, "the rest of it", `${left} bytes and the end`);
}

/** The records end before the position that the header tells. */
export function dataCut(start: number, end: number, size: number): FormatError {
  const expected = end === Infinity
    ? `records from 0x${start.toString(16)}`
    : `${end - start} bytes`;
  return cut("data section", Math.min(size, start), expected, `${Math.max(size - start, 0)} bytes`);
}

/** A record's size cannot be. */
export function badHeader(offset: number, size: number): FormatError {
  return new FormatError("corrupt", {
    structure: "perf_event_header",
    offset,
    expected: `size >= ${RECORD_HEADER_SIZE}`,
    actual: `size ${size}`,
  });
}

/** Says in which file of a directory the records ended. */
export function inFile(error: FormatError, name: string | null): FormatError {
  const { structure } = error.detail;
  return name === null
    ? error
    : new FormatError(error.fault, { ...error.detail, structure: `${structure} of ${name}` });
}

/** Printable ASCII and white space: what a shell appends, and hardly what a record starts with. */
export function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) =>
    (byte >= 0x20 && byte < 0x7f) || (byte >= 0x08 && byte <= 0x0d) || byte === 0x1b
  );
}

function cut(structure: string, offset: number, expected: string, actual: string): FormatError {
  return new FormatError("truncated", { structure, offset, expected, actual });
}
