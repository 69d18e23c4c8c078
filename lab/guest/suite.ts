/**
 * What is checked in the guest, with a real kernel. Prints one line of JSON per check.
 *
 * @module
 */

import { type Check, onlyWhere, runCheck } from "./check.ts";
import { FULL_TRACE_CHECKS } from "./full_trace.ts";
import { KILL_CHECKS } from "./killed.ts";
import { LIVE_TEST_CHECKS } from "./live_tests.ts";
import { loadModule, PMU } from "./_module.ts";
import { passingChecks } from "./passing.ts";
import { pauseChecks } from "./pause.ts";
import { RECORDED_CHECKS } from "./recorded.ts";
import { recorderChecks } from "./recorders.ts";
import type { Payload } from "./recordings.ts";
import { RING_CHECKS } from "./rings.ts";
import { type GuestTarget, thisTarget } from "./_target.ts";
import { TRUNCATED_CHECKS } from "./truncated.ts";
import { UNPRIVILEGED_CHECKS } from "./unprivileged.ts";

const smallPages = ({ pageSize }: GuestTarget) =>
  pageSize === 4096 ? null : "its numbers are for pages of 4 KiB";

/** Checks, and the module they are made with. */
interface Group {
  readonly pmu: string;
  readonly payload: Payload;
  readonly checks: readonly Check[];
}

const GROUPS: readonly Group[] = [
  {
    pmu: PMU,
    payload: "words",
    checks: [
      ...onlyWhere(smallPages, [
        ...FULL_TRACE_CHECKS,
        ...RING_CHECKS,
        ...TRUNCATED_CHECKS,
        ...KILL_CHECKS,
        ...UNPRIVILEGED_CHECKS,
      ]),
      ...RECORDED_CHECKS,
      ...onlyWhere(smallPages, [...pauseChecks(PMU), ...LIVE_TEST_CHECKS]),
    ],
  },
  {
    pmu: "intel_bts",
    payload: "words",
    checks: [
      ...recorderChecks("intel_bts"),
      ...passingChecks("intel_bts"),
      ...pauseChecks("intel_bts"),
    ],
  },
  {
    pmu: "cs_etm",
    payload: "etm",
    checks: [...recorderChecks("cs_etm"), ...passingChecks("cs_etm"), ...pauseChecks("cs_etm")],
  },
  { pmu: "arm_spe_0", payload: "spe", checks: recorderChecks("arm_spe_0") },
  { pmu: "hisi_ptt0_0", payload: "words", checks: recorderChecks("hisi_ptt0_0") },
];

/** Groups of the PMUs that a machine has. */
function groupsOf({ impostors }: Pick<GuestTarget, "impostors">): Group[] {
  return GROUPS.filter(({ pmu }) => pmu === PMU || impostors.includes(pmu));
}

/** Names of the checks of a machine. */
export function guestChecks(target: Pick<GuestTarget, "impostors">): string[] {
  return groupsOf(target).flatMap(({ checks }) => checks.map(({ name }) => name));
}

async function runAll({ pmu, payload, checks }: Group, target: GuestTarget): Promise<void> {
  await using _module = await loadModule(pmu, payload);
  for (const check of checks) {
    const result = await runCheck(check, target);
    Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(result)}\n`));
  }
}

if (import.meta.main) {
  const target = thisTarget();
  for (const group of groupsOf(target)) await runAll(group, target);
}
