import type { RecordCursor } from "./record_cursor.ts";

/** Damage, or something to know about that does not make the file unreadable. */
export type Severity = "error" | "warning";

/** Something that a check found. */
export interface Finding {
  /** Name of the check. */
  readonly check: string;
  /** Whether it is damage. */
  readonly severity: Severity;
  /** Absolute position of what is wrong, in bytes. */
  readonly fileOffset: number;
  /** What is wrong there. */
  readonly message: string;
  /** The cause, where the message does not say it, and what to do. */
  readonly cure: string;
}

/** Takes what a check finds. */
export type ReportFinding = (
  severity: Severity,
  fileOffset: number,
  message: string,
  cure: string,
) => void;

/** A check that looks at every record. */
export interface RecordCheck {
  /** Name of the check, for its findings. */
  readonly name: string;
  /** Looks at the record under the cursor. */
  record(cursor: RecordCursor, report: ReportFinding): void;
  /** Draws the conclusions, when the cursor has reached the end. */
  finish?(cursor: RecordCursor, report: ReportFinding): void;
}

/** What is wrong with a recording. `auxtail check --format json` prints it. */
export interface CheckReport {
  /** Names of the checks that were done. */
  readonly checks: readonly string[];
  /** The first hundred findings of each check, check by check. */
  readonly findings: readonly Finding[];
  /** Number of findings by check, those included that are not listed. */
  readonly counts: Readonly<Record<string, number>>;
  /** Number of findings that are errors. */
  readonly errors: number;
  /** Number of findings that are warnings. */
  readonly warnings: number;
  /** The worst of them: `damaged` with an error, `warnings` with warnings only, `ok` without both. */
  readonly verdict: "ok" | "warnings" | "damaged";
}
