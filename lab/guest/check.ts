import { pace } from "./_pace.ts";
import type { GuestTarget } from "./_target.ts";

/** How a check ended. The guest prints one as a line of JSON. */
export interface CheckResult {
  /** A sentence that says what holds. */
  readonly name: string;
  readonly ok: boolean;
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** What was measured, or why it failed. */
  readonly detail: string;
  /** Whether it does not apply to the machine; `detail` says why. */
  readonly skipped?: true;
}

/** A check: returns what it measured, and throws if what its name says does not hold. */
export interface Check {
  readonly name: string;
  readonly run: () => string | Promise<string>;
  /** Says why the check does not apply to a machine; null if it does. */
  readonly skip?: (target: GuestTarget) => string | null;
}

/** Checks that apply only to machines of which `skip` returns null. */
export function onlyWhere(
  skip: (target: GuestTarget) => string | null,
  checks: readonly Check[],
): Check[] {
  return checks.map((check) => ({
    ...check,
    skip: (target) => skip(target) ?? check.skip?.(target) ?? null,
  }));
}

/** Runs a check and takes its time, unless it does not apply to the machine, where one is given. */
export async function runCheck(
  { name, run, skip }: Check,
  target?: GuestTarget,
): Promise<CheckResult> {
  const why = target === undefined ? null : skip?.(target) ?? null;
  if (why !== null) return { name, ok: true, ms: 0, detail: why, skipped: true };
  const start = performance.now();
  const result = (ok: boolean, detail: string) => ({
    name,
    ok,
    ms: Math.round(performance.now() - start),
    detail,
  });
  try {
    return result(true, await run());
  } catch (error) {
    return result(false, error instanceof Error ? `${error.name}: ${error.message}` : `${error}`);
  }
}

/** Ends a check, which fails with `reason`, unless a condition holds. */
export function need(condition: boolean, reason: string): asserts condition {
  if (!condition) throw new Error(reason);
}

/** Calls `step` again and again until it returns true; the seconds are those of a quiet machine. */
export function repeatUntil(step: () => boolean, options: { readonly seconds: number }): void {
  const seconds = Math.ceil(options.seconds * pace());
  const end = performance.now() + 1000 * seconds;
  while (!step()) need(performance.now() < end, `not done after ${seconds} s`);
}
