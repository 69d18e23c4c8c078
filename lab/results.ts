import type { CheckResult } from "./guest/check.ts";

/** Reads a line that the guest printed; null if it is not a result. */
export function parseResult(line: string): CheckResult | null {
  if (!line.startsWith("{")) return null;
  const { name, ok, ms, detail, skipped }: Partial<CheckResult> = JSON.parse(line);
  if (name === undefined || ok === undefined || ms === undefined || detail === undefined) {
    return null;
  }
  return { name, ok, ms, detail, ...(skipped && { skipped }) };
}

/** Names of checks that have no result. */
export function missingNames(
  results: readonly CheckResult[],
  wanted: readonly string[],
): string[] {
  const done = new Set(results.map(({ name }) => name));
  return wanted.filter((name) => !done.has(name));
}

/** Adds a failure for each check that has no result, because the guest ended before it. */
export function withMissing(
  results: readonly CheckResult[],
  wanted: readonly string[],
): CheckResult[] {
  const missing = missingNames(results, wanted)
    .map((name) => ({ name, ok: false, ms: 0, detail: "the guest did not get there" }));
  return [...results, ...missing];
}

/** Formats a result as a row of the table, with the seconds it took. */
export function tableRow({ name, ok, ms, detail, skipped }: CheckResult): string {
  const seconds = (ms / 1000).toFixed(1).padStart(5);
  const word = skipped ? "skip  " : ok ? "ok    " : "FAILED";
  return `${word} ${seconds}  ${name}\n${" ".repeat(14)}${detail}`;
}
