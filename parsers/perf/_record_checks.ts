import { RecordType, SampleType } from "./abi.ts";
import { UNKNOWN_LAYOUT_CURE } from "./auxtrace_info.ts";
import { leastSizes } from "./_least_sizes.ts";
import { compressed2Size } from "./compressed.ts";
import type { RecordCheck, ReportFinding } from "./finding.ts";
import type { RecordCursor } from "./record_cursor.ts";
import type { PerfFile } from "./perf_file.ts";
import { quotedText } from "./_quoted.ts";
import { recordTypeName } from "./record_type.ts";
import { timeOrderCheck } from "./_time_order.ts";

/** Where AUXTRACE_ERROR tells its layout. */
const FORMAT_AT = 28;

/**
 * Types whose records need not be multiples of 8 bytes. Of others that perf wrote, old versions
 * have some, which the perf of today refuses.
 */
const unaligned = new Set<number>([
  RecordType.HeaderTracingData,
  RecordType.HeaderBuildId,
  RecordType.HeaderFeature,
  RecordType.Compressed,
  RecordType.Compressed2,
]);

/** The checks of single records, and of their order. */
export function recordChecks(file: PerfFile): RecordCheck[] {
  return [
    structureCheck(file),
    { name: "record-decode", record: checkDecoding },
    { name: "data-whole", record() {}, finish: checkEnd },
    { name: "event-ids", record: checkEvent },
    timeOrderCheck(),
    compressionCheck(),
  ];
}

/** AUXTRACE_ERROR of layout 0, which has no time, may be as much shorter. */
function leastSize(cursor: RecordCursor): number {
  const least = leastSizes.get(cursor.type) ?? 0;
  const hasNoTime = cursor.type === RecordType.AuxtraceError && cursor.size >= FORMAT_AT + 4 &&
    cursor.u32(FORMAT_AT) === 0;
  return hasNoTime ? least - 8 : least;
}

/** Checks each record by itself, and that AUX data does not come without what describes it. */
function structureCheck(file: PerfFile): RecordCheck {
  let firstAux: number | null = null;
  return {
    name: "record-structure",
    record(cursor, report) {
      checkStructure(cursor, report);
      if (firstAux === null && holdsAux(cursor)) firstAux = cursor.fileOffset;
    },
    finish(_cursor, report) {
      if (firstAux === null || file.auxtraceInfo !== null) return;
      const message = "AUX data without a PERF_RECORD_AUXTRACE_INFO that can be read: nothing " +
        "tells what kind of trace it is, and perf does not decode it";
      // Of a PMU that perf does not know, auxtail record writes none.
      if (file.features().values.version?.startsWith("auxtail ")) {
        const cure =
          "auxtail record writes none for a PMU that perf does not know; perf reads the " +
          "file with --no-itrace";
        return report("warning", firstAux, message, cure);
      }
      const cure = "that record is damaged or missing; compare the file with the original, or " +
        "record again";
      report("error", firstAux, message, cure);
    },
  };
}

const SAMPLES_AUX = BigInt(SampleType.Aux);

function holdsAux(cursor: RecordCursor): boolean {
  if (cursor.type !== RecordType.Sample) return cursor.type === RecordType.Auxtrace;
  return ((cursor.event?.attr.sampleType ?? 0n) & SAMPLES_AUX) !== 0n;
}

function checkStructure(cursor: RecordCursor, report: ReportFinding): void {
  const { type, size, fileOffset } = cursor;
  const least = leastSize(cursor);
  if (size < least) {
    const message = `${recordTypeName(type)}: expected at least ${least} bytes, got ${size}`;
    report("error", fileOffset, message, "perf skips such a record; it is damaged");
  } else if (size % 8 !== 0 && !unaligned.has(type)) {
    const message = `${recordTypeName(type)}: expected a multiple of 8 bytes, got ${size}`;
    if (type < RecordType.HeaderAttr) {
      const cure =
        "the kernel writes none like it: the file is damaged there, or another program " +
        "wrote it; compare it with the original";
      report("error", fileOffset, message, cure);
    } else {
      const cure = "old versions of perf, and other recorders, write such records; auxtail reads " +
        "them, the perf of today may refuse the file";
      report("warning", fileOffset, message, cure);
    }
  }
}

function checkDecoding(cursor: RecordCursor, report: ReportFinding): void {
  const { type, size } = cursor;
  if (size < leastSize(cursor) || type === RecordType.HeaderEventType) return;
  const record = cursor.record();
  if (record.type === "auxtrace_info" && "layout" in record.info) {
    return report("warning", record.fileOffset, record.info.reason, UNKNOWN_LAYOUT_CURE);
  }
  if (record.type !== "raw" || record.error === null) return;
  const { fault, message, cure } = record.error;
  // Other checks say why the event is not known, without which samples cannot be decoded.
  if (fault === "unsupported" && type < RecordType.HeaderAttr && cursor.event === null) return;
  report(fault === "unsupported" ? "warning" : "error", record.fileOffset, message, cure);
}

function checkEvent(cursor: RecordCursor, report: ReportFinding): void {
  if (cursor.event !== null || cursor.id === null) return;
  const message = `${recordTypeName(cursor.type)}: its id belongs to no event`;
  const cure =
    "the attributes that name it are missing or damaged, so the record is left undecoded";
  report("warning", cursor.fileOffset, message, cure);
}

function checkEnd(
  { cut, trailingBytes, strayTexts }: RecordCursor,
  report: ReportFinding,
): void {
  if (cut?.fault === "unsupported") throw cut; // without a decoder nobody knows what follows
  if (cut !== null) report("error", cut.detail.offset, cut.message, cut.cure);
  for (const [i, text] of strayTexts.entries()) {
    const { fileOffset, size } = text;
    const bytes = `${size} ${size === 1 ? "byte" : "bytes"}`;
    if (trailingBytes > 0 && i === strayTexts.length - 1) {
      const message = `${bytes} of text follow the last record`;
      const cure = "something else wrote to the same file, as a shell does; all before it is whole";
      report("warning", fileOffset, message, cure);
      continue;
    }
    const message = `${bytes} of text between two records: ${quotedText(text)}`;
    const cure = "perf stops there, auxtail continues after it; record with -o FILE, or send the " +
      "program's output to standard error";
    report("error", fileOffset, message, cure);
  }
}

/** Finds COMPRESSED2 records whose sizes do not tell their bounds, so that perf loses its place. */
function compressionCheck(): RecordCheck {
  let count = 0;
  let wrong = 0;
  let firstWrong = 0;
  return {
    name: "compression",
    record(cursor) {
      if (cursor.type !== RecordType.Compressed2 || cursor.size < 16) return;
      count++;
      const stated = cursor.view.getUint16(cursor.at + 6, cursor.little);
      if (stated === compressed2Size(Number(cursor.u64(8)))) return;
      if (wrong++ === 0) firstWrong = cursor.fileOffset;
    },
    finish(_cursor, report) {
      if (wrong === 0) return;
      const message =
        `${wrong} of ${count} PERF_RECORD_COMPRESSED2 have a size or data_size that ` +
        "does not fit, as perf 6.16 to 7.1 write them with --aio, or for more than 64 KiB at " +
        "once: perf cannot read this file, auxtail can";
      const cure = "for a file that perf reads, record with perf 7.2 or newer, or without -z";
      report("error", firstWrong, message, cure);
    },
  };
}
