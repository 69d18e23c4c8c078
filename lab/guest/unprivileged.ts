import { type Check, need } from "./check.ts";
import { Child } from "./_child.ts";
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

/** Users without privileges. */
export const UNPRIVILEGED_CHECKS: readonly Check[] = [
  {
    name: "without privileges: the right error and cure at each level of perf_event_paranoid",
    run: explains,
  },
];
