import { stopSignals } from "./_signals.ts";

/** Numbers of the state that both threads share. */
const STOPPED = 0;
const READY = 1;

/** Hears signals while the thread that started it is busy, or waits. */
const PROGRAM = `self.onmessage = ({ data: { shared, signals } }) => {
  const state = new Int32Array(shared);
  for (const signal of signals) {
    Deno.addSignalListener(signal, () => {
      Atomics.store(state, ${STOPPED}, 1);
      self.postMessage(signal);
    });
  }
  Atomics.store(state, ${READY}, 1);
  Atomics.notify(state, ${READY});
};`;

/** A worker that hears signals. */
interface Ear {
  readonly worker: Worker;
  readonly state: Int32Array;
  /** What removes what is half written. */
  readonly cleanUps: Set<() => void>;
}

let ear: Ear | null = null;

/**
 * Hears Ctrl-C and its like in another thread, until it is disposed of: {@linkcode checkStopped} then
 * throws. Where this thread waits for a promise meanwhile, what is half written is removed, and the
 * process ends with exit code 2.
 *
 * @param cleanUp Removes what is half written.
 */
export function hearStop(cleanUp: () => void): Disposable {
  ear ??= startEar();
  const { cleanUps } = ear;
  cleanUps.add(cleanUp);
  return {
    [Symbol.dispose]() {
      if (!cleanUps.delete(cleanUp) || cleanUps.size > 0) return;
      ear?.worker.terminate();
      ear = null;
    },
  };
}

/**
 * Looks whether a signal was heard, where something listens; cheap.
 *
 * @throws {Deno.errors.Interrupted} If one was.
 */
export function checkStopped(): void {
  if (ear !== null && Atomics.load(ear.state, STOPPED) !== 0) throw stopped();
}

/** Whether something listens, so that this thread must not wait without looking. */
export function isHearing(): boolean {
  return ear !== null;
}

function startEar(): Ear {
  const url = URL.createObjectURL(new Blob([PROGRAM], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  const state = new Int32Array(new SharedArrayBuffer(8));
  const cleanUps = new Set<() => void>();
  worker.onmessage = () => {
    if (cleanUps.size === 0) return;
    for (const cleanUp of [...cleanUps]) cleanUp();
    const line = new TextEncoder().encode(`auxtail: ${stopped().message}\n`);
    Deno.stderr.writeSync(line);
    Deno.exit(2);
  };
  worker.postMessage({ shared: state.buffer, signals: stopSignals() });
  Atomics.wait(state, READY, 0);
  URL.revokeObjectURL(url);
  return { worker, state, cleanUps };
}

function stopped(): Error {
  return new Deno.errors.Interrupted("interrupted: what was half written is removed");
}
