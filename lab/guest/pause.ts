import { openPerfFile } from "../../mod.ts";
import { auxtailCommand, runInGuest } from "./_cli.ts";
import { type Check, need } from "./check.ts";
import { PMU } from "./_module.ts";
import type { GuestTarget } from "./_target.ts";

const TICK_MS = 5;
const SECONDS = 2;
const STARTED_PAUSED = "aux-action=start-paused";
/** A clock that ticks each 300 ms resumes the trace, so that it lacks at least the ticks before. */
const RESUME = "cpu-clock/aux-action=resume,period=300000000/";
const PAUSE = "cpu-clock/aux-action=pause,period=700000000/";

function auxBytes(path: string): number {
  using file = openPerfFile(path);
  let bytes = 0;
  for (const { size } of file.auxChunks()) bytes += size;
  return bytes;
}

/** Keeps its thread busy. */
const BUSY = `trap "exit 0" USR1; (sleep ${SECONDS}; kill -USR1 $$) & while true; do :; done`;

async function record(recorder: readonly string[], events: string): Promise<number> {
  const path = "/tmp/paused.data";
  // perf records an Intel BTS by threads only
  const where = events.includes("intel_bts") ? ["--per-thread"] : ["-C", "1"];
  const { code, output } = await runInGuest([
    ...[...recorder, ...where, "-m", ",1M", "-e", events, "-o", path],
    ...["--", "sh", "-c", BUSY],
  ]);
  need(code === 0, `exit code ${code}: ${output}`);
  return auxBytes(path);
}

async function pauses(pmu: string, recorder: readonly string[]): Promise<string> {
  const event = (terms: string) => `${pmu}/chunk=1536,tick_us=${TICK_MS * 1000}${terms}/`;
  const whole = await record(recorder, event(""));
  const paused = await record(recorder, event(`,${STARTED_PAUSED}`));
  const group = `{${event(`,${STARTED_PAUSED}`)},${RESUME},${PAUSE}}`;
  const resumed = await record(recorder, group);
  const told = `${whole} bytes, ${paused} paused from the start, ${resumed} resumed and paused`;
  need(whole > 0 && paused === 0 && resumed > 0 && resumed < whole, told);
  return told;
}

function cannotPause({ kernel }: GuestTarget): string | null {
  const [major = 0, minor = 0] = kernel.split(".").map((part) => parseInt(part));
  return major > 6 || major === 6 && minor >= 13
    ? null
    : "kernels before 6.13 cannot pause an AUX trace";
}

/** Pause and resume of a trace by other events; by perf, too, if it knows the PMU. */
export function pauseChecks(pmu: string): Check[] {
  const recorders = [
    { name: "auxtail record", recorder: auxtailCommand(["record"]) },
    {
      name: "64-bit perf record",
      recorder: ["/usr/bin/perf", "record", "--no-buildid", "--no-buildid-cache"],
    },
  ];
  return (pmu === PMU ? recorders.slice(0, 1) : recorders).map(({ name, recorder }) => ({
    name: `${pmu}: ${name}: nothing while paused, less than the whole when resumed and paused`,
    run: () => pauses(pmu, recorder),
    skip: cannotPause,
  }));
}
