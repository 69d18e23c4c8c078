import { RecordType } from "./abi.ts";
import { leastSizes } from "./_least_sizes.ts";
import type { RecordCheck, ReportFinding } from "./finding.ts";
import type { RecordCursor } from "./record_cursor.ts";
import { recordTypeName } from "./record_type.ts";

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
export function recordChecks(): RecordCheck[] {
  return [
    { name: "record-structure", record: checkStructure },
    { name: "record-decode", record: checkDecoding },
    { name: "data-whole", record() {}, finish: checkEnd },
    { name: "event-ids", record: checkEvent },
    timeOrderCheck(),
  ];
}

function checkStructure(cursor: RecordCursor, report: ReportFinding): void {
  const { type, size, fileOffset } = cursor;
  const least = leastSizes.get(type) ?? 0;
  if (size < least) {
    const message = `${recordTypeName(type)}: expected at least ${least} bytes, got ${size}`;
    report("error", fileOffset, message);
  } else if (size % 8 !== 0 && !unaligned.has(type)) {
    const message = `${recordTypeName(type)}: expected a multiple of 8 bytes, got ${size}`;
    report(type < RecordType.HeaderAttr ? "error" : "warning", fileOffset, message);
  }
}

function checkDecoding(cursor: RecordCursor, report: ReportFinding): void {
  const { type, size } = cursor;
  if (size < (leastSizes.get(type) ?? 0) || type === RecordType.HeaderEventType) return;
  const record = cursor.record();
  if (record.type === "auxtrace_info" && "layout" in record.info) {
    return report("warning", record.fileOffset, record.info.reason);
  }
  if (record.type !== "raw" || record.error === null) return;
  const { fault, message } = record.error;
  // Other checks say why the event is not known, without which samples cannot be decoded.
  if (fault === "unsupported" && type < RecordType.HeaderAttr && cursor.event === null) return;
  report(fault === "unsupported" ? "warning" : "error", record.fileOffset, message);
}

function checkEvent(cursor: RecordCursor, report: ReportFinding): void {
  if (cursor.event !== null || cursor.id === null) return;
  const message = `${recordTypeName(cursor.type)}: its id belongs to no event`;
  report("warning", cursor.fileOffset, message);
}

function checkEnd(
  { cut, trailingBytes, strayTexts }: RecordCursor,
  report: ReportFinding,
): void {
  if (cut?.fault === "unsupported") throw cut; // without a decoder nobody knows what follows
  if (cut !== null) report("error", cut.detail.offset, cut.message);
  for (const [i, { fileOffset, size, excerpt }] of strayTexts.entries()) {
    if (trailingBytes > 0 && i === strayTexts.length - 1) {
      report("warning", fileOffset, `${size} bytes of text follow the last record`);
      continue;
    }
    const message = `${size} bytes of text between two records: ${JSON.stringify(excerpt)}; perf ` +
      "stops there, auxtail continues after it. Record with -o FILE, or send the program's output " +
      "to standard error";
    report("error", fileOffset, message);
  }
}

/**
 * Records may be older than those of the round before, but not older than the rounds before that:
 * by then those have been delivered. Source: tools/perf/util/ordered-events.c.
 */
function timeOrderCheck(): RecordCheck {
  let newest = 0n;
  let lastRound = 0n;
  let delivered = 0n;
  return {
    name: "time-order",
    record(cursor, report) {
      if (cursor.type === RecordType.FinishedRound) {
        delivered = lastRound;
        lastRound = newest;
      }
      const time = cursor.type < RecordType.HeaderAttr ? cursor.timeNs : null;
      if (time === null) return;
      if (time > newest) newest = time;
      if (time >= delivered) return;
      const name = recordTypeName(cursor.type);
      const message = `${name}: time ${time} ns is before ${delivered} ns, the end of a past round`;
      report("warning", cursor.fileOffset, message);
    },
  };
}
