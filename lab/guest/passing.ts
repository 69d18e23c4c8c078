import { runInGuest } from "./_cli.ts";
import { type Check, need } from "./check.ts";
import { pace } from "./_pace.ts";
import type { GuestTarget } from "./_target.ts";

/** The command of the recorder keeps its CPU busy until the module says so. */
const DONE = "a trace is written to its end";
const SPINS = 100;
const STOP = 0x1_0400_0000n;
const RING_BYTES = 0x400_0000n;
/** The first unit of each page, 8 MiB per millisecond, through a ring of 64 MiB. */
const EVENT = `chunk=8388608,tick_us=1000,sparse=1,stop=0x${STOP.toString(16)}`;
const LAST_HEAD = /auxlab: an event ends with its head at 0x([0-9a-f]+)/g;

/** What the module wrote in the log about the last event that ended. */
async function lastHead(): Promise<bigint> {
  const { output } = await runInGuest(["dmesg"]);
  const last = [...output.matchAll(LAST_HEAD)].at(-1)?.[1];
  need(last !== undefined, "the module has not logged a head");
  return BigInt(`0x${last}`);
}

async function passes(pmu: string, recorder: readonly string[], limited: boolean): Promise<string> {
  await runInGuest(["dmesg", "-c"]);
  const spins = Math.ceil(SPINS * pace());
  const spin = `n=0; until dmesg | grep -q "${DONE}" || [ $n -ge ${spins} ]; ` +
    "do n=$((n+1)); i=0; while [ $i -lt 10000 ]; do i=$((i+1)); done; done";
  const { code, output } = await runInGuest([
    ...[...recorder, "record", "--no-buildid", "--no-buildid-cache", "-e", `${pmu}/${EVENT}/`],
    ...["--per-thread", "-m", ",64M", "-o", "/dev/null", "--", "sh", "-c", spin],
  ]);
  need(code === (limited ? 255 : 0), `exit code ${code}: ${output}`);
  const head = await lastHead();
  const told = `exit code ${code}, the head ended at 0x${head.toString(16)}`;
  if (limited) {
    need(output === "", `${told}: ${output}`);
    need(head >= 1n << 32n && head < (1n << 32n) + RING_BYTES, told);
  } else need(head === STOP, told);
  return told;
}

const PERF32 = "/usr/bin/perf32";

/** Whether a real perf reads a trace past 4 GiB, every page of it written, by the module's log. */
export function passingChecks(pmu: string): Check[] {
  const isX86 = pmu === "intel_bts";
  const kind = isX86 ? "32-bit x86 perf" : "32-bit Arm perf";
  const skip = ({ perf32, pageSize }: GuestTarget, is32Bit: boolean) => {
    if (pageSize !== 4096) return "its buffers are of pages of 4 KiB";
    return is32Bit && !perf32 ? "Debian's 32-bit perf crashes at start on pages of 16 KiB" : null;
  };
  return [
    {
      name: `${pmu}: 64-bit perf reads 4 GiB and 64 MiB through a ring of 64 MiB`,
      run: () => passes(pmu, ["/usr/bin/perf"], false),
      skip: (target) => skip(target, false),
    },
    {
      name: isX86
        ? `${pmu}: ${kind} ends at the first head past 4 GiB in a ring of 64 MiB`
        : `${pmu}: ${kind} reads 4 GiB and 64 MiB through a ring of 64 MiB`,
      run: () => passes(pmu, [PERF32], isX86),
      skip: (target) => skip(target, true),
    },
    {
      name: `${pmu}: ${kind} under linux32 reads 4 GiB and 64 MiB through a ring of 64 MiB`,
      run: () => passes(pmu, ["linux32", PERF32], false),
      skip: (target) => skip(target, true),
    },
  ];
}
