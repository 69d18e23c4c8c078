/**
 * What is checked in the guest, with a real kernel. Prints one line of JSON per check.
 *
 * @module
 */

import { type Check, onlyWhere, runCheck } from "./check.ts";
import { FULL_TRACE_CHECKS } from "./full_trace.ts";
import { KILL_CHECKS } from "./killed.ts";
import { loadModule, PMU } from "./_module.ts";
import { RECORDED_CHECKS } from "./recorded.ts";
import { RECORD_CHECKS } from "./recordings.ts";
import { RING_CHECKS } from "./rings.ts";
import { type GuestTarget, thisTarget } from "./_target.ts";
import { UNPRIVILEGED_CHECKS } from "./unprivileged.ts";

const smallPages = ({ pageSize }: GuestTarget) =>
  pageSize === 4096 ? null : "its numbers are for pages of 4 KiB";
const intel = ({ impostors }: GuestTarget) =>
  impostors.includes("intel_bts") ? null : "perf knows intel_bts on x86 only";

/** With the module under its own name, in this order. */
const AUXLAB_CHECKS = [
  ...onlyWhere(smallPages, [
    ...FULL_TRACE_CHECKS,
    ...RING_CHECKS,
    ...KILL_CHECKS,
    ...UNPRIVILEGED_CHECKS,
  ]),
  ...RECORDED_CHECKS,
];
/** With the module under the name of a PMU that perf knows. */
const INTEL_BTS_CHECKS = onlyWhere(intel, RECORD_CHECKS);

/** Names of all checks. */
export const GUEST_CHECKS: readonly string[] = [...AUXLAB_CHECKS, ...INTEL_BTS_CHECKS]
  .map(({ name }) => name);

async function runAll(pmu: string, checks: readonly Check[]): Promise<void> {
  await using _module = await loadModule(pmu);
  const target = thisTarget();
  for (const check of checks) {
    const result = await runCheck(check, target);
    Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(result)}\n`));
  }
}

if (import.meta.main) {
  await runAll(PMU, AUXLAB_CHECKS);
  await runAll("intel_bts", INTEL_BTS_CHECKS);
}
