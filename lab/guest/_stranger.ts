/**
 * What a user without privileges is allowed: answers each line with what became of four attempts.
 *
 * @module
 */

import { openAuxRing, openDataRing, SyscallError } from "../../live/mod.ts";
import { lines } from "./lines.ts";
import { openEvent } from "./_trace.ts";

/** For each attempt the message of the error, which begins with the system call; null if none. */
export interface StrangerAnswer {
  /** This thread, the kernel included. */
  readonly task: string | null;
  /** This thread, without the kernel. */
  readonly userTask: string | null;
  /** All of a CPU. */
  readonly cpu: string | null;
  /** This thread without the kernel, with a large AUX area. */
  readonly locked: string | null;
}

const SMALL = { chunk: 4096, tickUs: 1000 };
/** More than perf_event_mlock_kb and RLIMIT_MEMLOCK of any distribution allow. */
const LOCKED_BYTES = 1 << 28;

function refusal(attempt: () => Disposable): string | null {
  try {
    using _granted = attempt();
    return null;
  } catch (error) {
    if (error instanceof SyscallError) return error.message;
    throw error;
  }
}

function openMuch(): Disposable {
  using undo = new DisposableStack();
  const data = undo.use(openDataRing(undo.use(openEvent({ ...SMALL, cpu: -1, userOnly: true }))));
  undo.use(openAuxRing(data, { size: LOCKED_BYTES }));
  return undo.move();
}

if (import.meta.main) {
  for await (const _ of lines(Deno.stdin.readable)) {
    const answer: StrangerAnswer = {
      task: refusal(() => openEvent({ ...SMALL, cpu: -1 })),
      userTask: refusal(() => openEvent({ ...SMALL, cpu: -1, userOnly: true })),
      cpu: refusal(() => openEvent({ ...SMALL, cpu: 1 })),
      locked: refusal(openMuch),
    };
    Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(answer)}\n`));
  }
}
