import type { CheckReport, Finding, ReportFinding } from "./finding.ts";

const MAX_LISTED = 100;

/** Collects findings check by check. */
export class CheckResults {
  readonly #findings = new Map<string, Finding[]>();
  readonly #counts: Record<string, number> = {};
  readonly #totals = { error: 0, warning: 0 };

  /** Begins a check that has found nothing yet. */
  start(check: string): ReportFinding {
    this.#findings.set(check, []);
    this.#counts[check] = 0;
    return (severity, fileOffset, message, cure) =>
      this.add({ check, severity, fileOffset, message, cure });
  }

  /** Counts a finding, and lists it if its check has few. */
  add(finding: Finding): void {
    const { check, severity } = finding;
    this.#counts[check]!++;
    this.#totals[severity]++;
    const list = this.#findings.get(check)!;
    if (list.length < MAX_LISTED) list.push(finding);
  }

  /** What all checks have found. */
  end(): CheckReport {
    const { error: errors, warning: warnings } = this.#totals;
    return {
      checks: [...this.#findings.keys()],
      findings: [...this.#findings.values()].flat(),
      counts: this.#counts,
      errors,
      warnings,
      verdict: errors > 0 ? "damaged" : warnings > 0 ? "warnings" : "ok",
    };
  }
}
