/** How a check ended. The guest prints one as a line of JSON. */
export interface CheckResult {
  /** A sentence that says what holds. */
  readonly name: string;
  readonly ok: boolean;
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** What was measured, or why it failed. */
  readonly detail: string;
}

/** A check: returns what it measured, and throws if what its name says does not hold. */
export interface Check {
  readonly name: string;
  readonly run: () => string | Promise<string>;
}

/** Runs a check and takes its time. */
export async function runCheck({ name, run }: Check): Promise<CheckResult> {
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

/** Calls `step` again and again until it returns true. */
export function repeatUntil(step: () => boolean, options: { readonly seconds: number }): void {
  const end = performance.now() + 1000 * options.seconds;
  while (!step()) need(performance.now() < end, `not done after ${options.seconds} s`);
}
