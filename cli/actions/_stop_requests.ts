import type { CommandEnd, StoppedCommand } from "../../live/mod.ts";
import { onStopSignal } from "../_signals.ts";

const ENDING_MS = 200;

/** What ends a recording from outside: Ctrl-C and its like, or the end of the command. */
export class StopRequests implements Disposable {
  #abort = new AbortController();
  #requested = false;
  #ended: CommandEnd | null = null;
  #hasCommand = false;
  readonly #listening = onStopSignal(() => this.#request());

  /** Whether it is to end. */
  get requested(): boolean {
    return this.#requested;
  }

  /** How the command ended; null while it runs, or without one. */
  get ended(): CommandEnd | null {
    return this.#ended;
  }

  /** Aborted when somebody who waits has to look again. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Ends with a command, too. */
  follow(command: StoppedCommand): void {
    this.#hasCommand = true;
    command.status.then((status) => {
      this.#ended = status;
      this.#request();
    });
  }

  /** Waits a moment for the command, of which the kernel knows first that it has ended. */
  async soonEnded(): Promise<void> {
    for (let turn = 0; this.#hasCommand && this.#ended === null && turn < ENDING_MS; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Has somebody who waits look again. */
  wake(): void {
    this.#abort.abort();
    if (!this.#requested) this.#abort = new AbortController();
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
  }

  #request(): void {
    this.#requested = true;
    this.wake();
  }
}
