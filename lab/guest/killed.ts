import { type Check, need, repeatUntil } from "./check.ts";
import { Child } from "./_child.ts";
import { moduleUsers } from "./_module.ts";
import { thisTarget } from "./_target.ts";
import { openTrace } from "./_trace.ts";
import { verifyDense } from "./_words.ts";

const KILLS = 10;
/** The start of a reader takes five seconds where Arm is emulated. */
const KILLS_ON_ARM = 4;
const ENOUGH = 1 << 20;

/** The next reader starts while the last one is killed: that takes the longest. */
async function survivesKills(): Promise<string> {
  const kills = thisTarget().arch === "aarch64" ? KILLS_ON_ARM : KILLS;
  let next = new Child("_reader.ts");
  try {
    for (let i = 0; i < kills; i++) {
      {
        await using reader = next;
        next = new Child("_reader.ts");
        const answer = await reader.ask("read");
        need(answer === "reading" && moduleUsers() > 0, "the reader does not read");
      }
      repeatUntil(() => moduleUsers() === 0, { seconds: 5 });
      readOn();
    }
  } finally {
    await next[Symbol.asyncDispose]();
  }
  return `${kills} readers killed, the module had no users after each`;
}

function readOn(): void {
  using trace = openTrace({ cpu: 1, size: ENOUGH, chunk: 1 << 16, tickUs: 100 });
  const { event, aux } = trace;
  event.enable();
  repeatUntil(() => {
    trace.aux.drain(verifyDense);
    return aux.bytesRead > ENOUGH;
  }, { seconds: 10 });
}

/** Readers that die. */
export const KILL_CHECKS: readonly Check[] = [
  {
    name:
      "a reader killed with SIGKILL, again and again: nothing of it is left, the next one reads",
    run: survivesKills,
  },
];
