import { onStopSignal } from "./_signals.ts";

const EVERY_MS = 100;

/** Lets Ctrl-C end long work by an error, so that what is half written goes. */
export class Interruption implements Disposable {
  #requested = false;
  #last = performance.now();
  readonly #listening: Disposable | null;

  /** Listens while these inputs are read; not with a stream, for which this thread may wait forever. */
  constructor(paths: readonly string[]) {
    this.#listening = paths.includes("-") ? null : onStopSignal(() => this.#requested = true);
  }

  /**
   * Looks for a signal, ten times a second however often it is called.
   *
   * @throws {Deno.errors.Interrupted} If there was one.
   */
  async check(): Promise<void> {
    if (this.#listening === null || performance.now() - this.#last < EVERY_MS) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#last = performance.now();
    if (this.#requested) {
      throw new Deno.errors.Interrupted("interrupted: what was half written is removed");
    }
  }

  [Symbol.dispose](): void {
    this.#listening?.[Symbol.dispose]();
  }
}
