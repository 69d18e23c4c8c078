/** Milliseconds of work after which others get their turn. */
const SLICE = 10;

/**
 * Runs a generator to its end in slices of about 10 ms; messages are handled between them.
 *
 * @param use Takes what the generator yields, as it comes.
 * @param isStopped Asked, and waited for, before each slice; the generator is closed where it says so.
 * @returns What the generator returned; null if it was stopped.
 */
export async function inSlices<T, R>(
  steps: Generator<T, R>,
  use: (step: T) => void = () => {},
  isStopped: () => boolean | Promise<boolean> = () => false,
): Promise<R | null> {
  using turns = new Turns();
  while (!(await isStopped())) {
    const end = performance.now() + SLICE;
    do {
      const { done, value } = steps.next();
      if (done === true) return value;
      use(value);
    } while (performance.now() < end);
    await turns.next();
  }
  steps.return(undefined as R);
  return null;
}

/** Waits until the messages that have come are handled; a timer would wait 4 ms at least. */
class Turns implements Disposable {
  readonly #channel = new MessageChannel();

  next(): Promise<void> {
    const { port1, port2 } = this.#channel;
    return new Promise((resolve) => {
      port1.onmessage = () => resolve();
      port2.postMessage(null);
    });
  }

  [Symbol.dispose](): void {
    this.#channel.port1.close();
  }
}
