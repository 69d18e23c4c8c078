import type { PerfFile } from "../parsers/perf/mod.ts";
import type { ReplayReport } from "./report.ts";

/**
 * Returns an open recording.
 *
 * @throws {TypeError} If it is something else, such as the path of one.
 */
export function expectPerfFile(file: PerfFile, what: string): PerfFile {
  if (typeof file?.recordCursor === "function") return file;
  throw new TypeError(
    `Cannot ${what}: expected a PerfFile, as openPerfFile() returns, got ${typeName(file)}`,
  );
}

/**
 * Returns memory that holds a control page.
 *
 * @throws {TypeError} If it is something else, such as a view of it.
 */
export function expectPage(page: ArrayBuffer): ArrayBuffer {
  const tag = Object.prototype.toString.call(page);
  if (/ (?:Shared)?ArrayBuffer\]$/.test(tag)) return page;
  throw new TypeError(
    `Cannot reach head and tail: expected the control page as an ArrayBuffer, got ${
      typeName(page)
    }`,
  );
}

/**
 * Returns a report.
 *
 * @throws {TypeError} If it is something else, such as a recording.
 */
export function expectReport(report: ReplayReport): ReplayReport {
  if (typeof report?.verdict === "string") return report;
  throw new TypeError(
    `Cannot make JSON: expected a report of replayReport(), got ${typeName(report)}`,
  );
}

function typeName(value: unknown): string {
  return typeof value === "object" && value !== null
    ? value.constructor?.name ?? "object"
    : value === null
    ? "null"
    : typeof value;
}
