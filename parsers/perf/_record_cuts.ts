import { FormatError, offsetText, sizeText } from "../internal.ts";
import { RECORD_HEADER_SIZE } from "./abi.ts";
import { lacksLast, MAX_MISSING } from "./_cures.ts";
import { isForeignType, recordTypeName } from "./record_type.ts";
import type { Section } from "./header.ts";
import type { Segment } from "./segment.ts";

/** Why a record can reach beyond the bytes that are there, and the cure. */
export interface EarlyEnd extends Pick<FormatError, "fault" | "cure"> {
  /** Whether nothing tells where the records should end. */
  readonly isOpen?: true;
}

/**
 * Why records can end early where a segment does. Bytes are missing at the end where the file is
 * shorter than its header says, and may be where nothing says how long it is.
 */
export function earlyEnd({ name, source, end }: Segment, isPipe: boolean): EarlyEnd {
  if (end !== Infinity && source.size < end) {
    return { fault: "truncated", cure: lacksLast(end - source.size) };
  }
  if (end === Infinity) {
    const what = isPipe ? "stream" : "file";
    const cure = `copy the whole ${what}, unless its recorder was killed there`;
    return { fault: "truncated", cure, isOpen: true };
  }
  if (name !== null && name !== "data") {
    const cure = "copy the whole directory, unless its recorder was killed there";
    return { fault: "truncated", cure, isOpen: true };
  }
  const cure = "the file continues after its data section, so its size, or data.size in the " +
    "header, is wrong; compare it with the original, or record again";
  return { fault: "corrupt", cure };
}

/** The payload after a record ends after `actual` of its bytes. */
export function payloadCut(
  why: EarlyEnd,
  { type, offset, size, actual }: {
    readonly type: number;
    readonly offset: number;
    readonly size: number;
    readonly actual: number;
  },
): FormatError {
  return cut(why, `payload of ${recordTypeName(type)}`, offset, [
    `${sizeText(size)} bytes`,
    `${actual}`,
  ]);
}

/** A record at the start of `view`, which has `size` bytes if given, ends after `left` bytes. */
export function recordCut(
  why: EarlyEnd,
  { view, little, offset, left, size }: {
    readonly view: DataView;
    readonly little: boolean;
    readonly offset: number;
    readonly left: number;
    readonly size?: number | undefined;
  },
): FormatError {
  if (left < RECORD_HEADER_SIZE) {
    return cut(why, "perf_event_header", offset, [`${RECORD_HEADER_SIZE} bytes`, `${left}`]);
  }
  const type = view.getUint32(0, little);
  const wanted = size ?? view.getUint16(6, little);
  return !isForeignType(type)
    ? cut(why, recordTypeName(type), offset, [`${wanted} bytes`, `${left}`])
    : noRecord(offset, "a record", `type ${type} and size ${wanted}`);
}

/** Nothing follows the header of a stream. */
export function noRecords(why: EarlyEnd, start: number): FormatError {
  return cut(why, "records", start, ["a record", "the end: no record follows the header"]);
}

/** Only text follows the header of a stream. */
export function onlyText(start: number): FormatError {
  const cure = "nothing was recorded; the text may tell why: read it, and record again";
  return cut({ fault: "truncated", cure }, "records", start, ["a record", "text and the end"]);
}

/** Another recording starts at `offset`, where a record of the first one should continue. */
export function secondCut(why: EarlyEnd, offset: number): FormatError {
  return cut(why, "record", offset, ["the rest of it", "the head of a second recording"]);
}

/** The records in compressed pieces end inside one. */
export function compressedCut(why: EarlyEnd, offset: number, left: number): FormatError {
  const found = ["the rest of it", `${left} bytes and the end`] as const;
  return cut(unwritten(why), "record in compressed data", offset, found);
}

/** The compressed pieces end inside a block that began in a record of this type. */
export function blockCut(why: EarlyEnd, type: number, offset: number): FormatError {
  const found = ["whole zstd blocks", "one whose end is in no later record"] as const;
  return cut(unwritten(why), recordTypeName(type), offset, found);
}

/**
 * perf keeps for the next record what zstd does not give out at once, and loses it at the end: where
 * the last push fills whole records. Seen with perf 6.1, 6.12 and 7.3.
 */
function unwritten({ fault, cure, isOpen }: EarlyEnd): EarlyEnd {
  const notWritten = "its recorder did not write the rest; what stands before it is whole";
  if (fault === "corrupt") return { fault: "truncated", cure: notWritten };
  return { fault, cure: isOpen ? `${cure}, or lost the end itself, as perf record -z can` : cure };
}

/** The records end before the position that the header tells. */
export function dataCut(start: number, end: number, size: number): FormatError {
  const expected = end === Infinity || start >= Number.MAX_SAFE_INTEGER
    ? `records from ${offsetText(start)}`
    : `${sizeText(end - start)} bytes`;
  const missing = (end === Infinity ? start : end) - size;
  return new FormatError("truncated", {
    structure: "data section",
    offset: Math.min(size, start),
    expected,
    actual: `${Math.max(size - start, 0)} bytes`,
    cure: lacksLast(missing),
  });
}

/**
 * Whether a section that is not whole was cut off with the end of the file. One that stands before
 * whole records was not, and one far after the end of the file has a damaged position.
 */
export function isCutOff({ offset, size }: Section, data: Section, fileSize: number): boolean {
  const dataEnd = data.offset + data.size;
  const missing = offset + size - fileSize;
  return (offset >= dataEnd || dataEnd > fileSize) && missing > 0 && missing < MAX_MISSING;
}

/** A file of a directory is not there. */
export function partMissing(): FormatError {
  return new FormatError("truncated", {
    structure: "records",
    offset: 0,
    expected: "the file",
    actual: "none of that name",
    cure: "copy the whole directory",
  });
}

/** A record's size cannot be. */
export function badHeader(offset: number, size: number): FormatError {
  return noRecord(offset, `size >= ${RECORD_HEADER_SIZE}`, `size ${size}`);
}

/** Records continue after bytes that are none, and may all be zeros. */
export function foreignCut(
  { start: offset, size, isZero }: {
    readonly start: number;
    readonly size: number;
    readonly isZero: boolean;
  },
): FormatError {
  const zeros = size === 1 ? "1 zero byte" : `${size} zero bytes`;
  return new FormatError("corrupt", {
    structure: "perf_event_header",
    offset,
    expected: "a record",
    actual: isZero ? `${zeros} between two records` : `${size} bytes that are none`,
    cure:
      "the stream is damaged there, or a program wrote into it; the records after these bytes " +
      "are read, what was there before is not known",
  });
}

/** Says in which file of a directory the records ended. */
export function inFile(error: FormatError, name: string | null): FormatError {
  if (name === null) return error;
  const { fault, detail } = error;
  const named = new FormatError(fault, {
    ...detail,
    structure: `${detail.structure} of ${name}`,
    cure: error.cure,
  });
  named.cause = error;
  return named;
}

/** One to seven zero bytes after the last record, where perf or a copy aligned the end. */
export function isPadding(bytes: Uint8Array): boolean {
  return bytes.length < RECORD_HEADER_SIZE && bytes.every((byte) => byte === 0);
}

function noRecord(offset: number, expected: string, actual: string): FormatError {
  return new FormatError("corrupt", {
    structure: "perf_event_header",
    offset,
    expected,
    actual,
    cure: "no record starts there: the file is damaged there, or something else was written into " +
      "it; compare it with the original, or record again",
  });
}

function cut(
  { fault, cure }: EarlyEnd,
  structure: string,
  offset: number,
  [expected, actual]: readonly [string, string],
): FormatError {
  return new FormatError(fault, { structure, offset, expected, actual, cure });
}
