import { auxtail, runInGuest } from "./_cli.ts";
import { type Check, need } from "./check.ts";
import { Child } from "./_child.ts";
import { PMU } from "./_module.ts";
import { auxBytesOf } from "./recorders.ts";
import type { StrangerAnswer } from "./_stranger.ts";

const NOBODY = 65534;
const PARANOID = "/proc/sys/kernel/perf_event_paranoid";

/**
 * The highest level at which each attempt is granted. The kernel's own highest is 2; Debian's 3
 * refuses every event. Source: kernel/events/core.c and include/linux/perf_event.h.
 */
const GRANTED_UP_TO = { userTask: 2, task: 1, cpu: 0 } as const;
/** At this level there is no limit to locked memory. */
const NO_LIMIT = -1;

function needRefusal(message: string | null, parts: readonly string[]): void {
  for (const part of parts) {
    need(message?.includes(part) ?? false, `expected "${part}", got "${message}"`);
  }
}

function checkAnswer(level: number, answer: StrangerAnswer): void {
  for (const attempt of ["userTask", "task", "cpu"] as const) {
    const highest = GRANTED_UP_TO[attempt];
    const message = answer[attempt];
    if (level <= highest) need(message === null, `${attempt} at level ${level}: ${message}`);
    else {
      const cause = `perf_event_paranoid is ${level}, need <= ${highest}`;
      const cure = `sysctl kernel.perf_event_paranoid=${highest}`;
      needRefusal(message, ["perf_event_open: ", "(EACCES)", cause, cure]);
    }
  }
  const { locked } = answer;
  if (level === NO_LIMIT) need(locked === null, `${locked}`);
  else if (level <= GRANTED_UP_TO.userTask) {
    needRefusal(locked, ["mmap: ", "(EPERM)", "perf_event_mlock_kb is 516", "RLIMIT_MEMLOCK"]);
  }
}

async function explains(): Promise<string> {
  const levels = [3, 2, 1, 0, -1];
  await using stranger = new Child("_stranger.ts", { uid: NOBODY });
  for (const level of levels) {
    await Deno.writeTextFile(PARANOID, String(level));
    checkAnswer(level, JSON.parse(await stranger.ask("try")));
  }
  return `levels ${levels.join(", ")}`;
}

const HOME = "/tmp/nobody";
const SPIN = ["--", "sh", "-c", "i=0; while [ $i -lt 40000 ]; do i=$((i+1)); done"];
/** A cure with a value, as messages have it. */
const CURE = /sysctl (kernel\.perf_event_paranoid=-?\d)/;
const EVENT = `${PMU}/chunk=4096,tick_us=1000`;
/** What a user wants; the first is cut to user space by `record` itself. */
const WISHES = [
  { what: "a command", options: ["-e", `${EVENT}/`, "--per-thread"] },
  { what: "all CPUs", options: ["-e", `${EVENT}/`, "-a"] },
];

/** Does what the message says, as root, and tries again. */
async function isCured(): Promise<string> {
  await Deno.mkdir(HOME, { recursive: true });
  await Deno.chown(HOME, NOBODY, NOBODY);
  const told: string[] = [];
  for (const [index, { what, options }] of WISHES.entries()) {
    await Deno.writeTextFile(PARANOID, "3");
    const path = `${HOME}/${index}.data`;
    const record = (size: string) =>
      auxtail(["record", ...options, "-m", `8K,${size}`, "-o", path, ...SPIN], { uid: NOBODY });
    const refused = await record("64K");
    const cure = CURE.exec(refused.output)?.[1];
    need(refused.code !== 0 && cure !== undefined, `exit code ${refused.code}: ${refused.output}`);
    await runInGuest(["sysctl", "-w", cure]);
    const cured = await record("64K");
    need(cured.code === 0, `${what}: exit code ${cured.code} with ${cure}: ${cured.output}`);
    const hasTrace = /[1-9]\S* \S*B of AUX data/.test(cured.output);
    need(hasTrace, `${what}: no AUX data with ${cure}: ${cured.output}`);
    told.push(`${what}: ${cure.replace(/.*=/, "")}, ${auxBytesOf(path)} bytes`);
    if (index === 0) {
      const large = await record("64M");
      const isLocked = large.code !== 0 && /make -m smaller/.test(large.output);
      need(isLocked, `64 MiB: exit code ${large.code}: ${large.output}`);
      const { output } = await auxtail(["pmus", "--format", "json"], { uid: NOBODY });
      const { pmus } = JSON.parse(output) as { pmus: { name: string; aux: boolean }[] };
      need(pmus.some(({ name, aux }) => name === PMU && aux), `pmus with ${cure}: ${output}`);
    }
  }
  await Deno.writeTextFile(PARANOID, "-1");
  return told.join("; ");
}

/** Users without privileges. */
export const UNPRIVILEGED_CHECKS: readonly Check[] = [
  {
    name: "without privileges: the right error and cure at each level of perf_event_paranoid",
    run: explains,
  },
  {
    name: "without privileges at level 3: the sysctl that the message names is what record needs",
    run: isCured,
  },
];
