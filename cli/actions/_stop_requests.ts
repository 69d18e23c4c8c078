import type { StoppedCommand } from "../../live/mod.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const ENDING_MS = 200;

/** What ends a recording from outside: a signal, or the end of the command. */
export interface StopRequests extends Disposable {
  /** Whether it is to end. */
  readonly requested: boolean;
  /** Ends with a command, too. */
  follow(command: StoppedCommand): void;
  /** How the command ended; null while it runs, or without one. */
  readonly ended: Deno.CommandStatus | null;
  /** Waits a moment for the command, of which the kernel knows first that it has ended. */
  soonEnded(): Promise<void>;
  /** Aborted when somebody who waits has to look again. */
  readonly signal: AbortSignal;
  /** Has somebody who waits look again. */
  wake(): void;
}

/** Listens for Ctrl-C and its like from now on. */
export function stopRequests(): StopRequests {
  let abort = new AbortController();
  let requested = false;
  let followed = false;
  let ended: Deno.CommandStatus | null = null;
  const wake = () => {
    abort.abort();
    if (!requested) abort = new AbortController();
  };
  const request = () => {
    requested = true;
    wake();
  };
  for (const signal of SIGNALS) Deno.addSignalListener(signal, request);
  return {
    get requested() {
      return requested;
    },
    follow(command) {
      followed = true;
      command.status.then((status) => {
        ended = status;
        request();
      });
    },
    get ended() {
      return ended;
    },
    async soonEnded() {
      for (let turn = 0; followed && ended === null && turn < ENDING_MS; turn++) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
    get signal() {
      return abort.signal;
    },
    wake,
    [Symbol.dispose]() {
      for (const signal of SIGNALS) Deno.removeSignalListener(signal, request);
    },
  };
}
