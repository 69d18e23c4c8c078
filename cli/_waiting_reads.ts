import type { ReadOn } from "../system/mod.ts";
import { checkStopped, isHearing } from "./_stop_signals.ts";

const PIECE_SIZE = 1 << 18;
/** Numbers of the state that both threads share. */
const ANSWERED = 0;
const COUNT = 1;
const EVERY_MS = 100;

/** Opens a file, and reads on whenever it is asked to. A failure is an answer below 0. */
const PROGRAM = `let file, state, bytes;
self.onmessage = async ({ data }) => {
  if (data.path !== undefined) {
    state = new Int32Array(data.state);
    bytes = new Uint8Array(data.bytes);
    file = data.path === "-" ? Promise.resolve(Deno.stdin) : Deno.open(data.path);
    return file.catch(() => {});
  }
  let count;
  try {
    const piece = new Uint8Array(data);
    count = await (await file).read(piece) ?? 0;
    bytes.set(piece.subarray(0, count));
  } catch ({ name, message }) {
    const text = new TextEncoder().encode(JSON.stringify({ name, message })).subarray(0, bytes.length);
    bytes.set(text);
    count = -text.length;
  }
  Atomics.store(state, ${COUNT}, count);
  Atomics.store(state, ${ANSWERED}, 1);
  Atomics.notify(state, ${ANSWERED});
};`;

/** Reads of what comes only once. */
export interface ReadsOnce {
  readonly readOn: ReadOn;
  readonly close: () => void;
}

/**
 * Reads what comes only once; `-` is standard input. While signals are heard, they end a read that
 * waits.
 */
export function readsOnce(path: string): ReadsOnce {
  if (isHearing()) return waitingReads(path);
  if (path === "-") return { readOn: (into) => Deno.stdin.readSync(into), close() {} };
  const file = Deno.openSync(path);
  return { readOn: (into) => file.readSync(into), close: () => file.close() };
}

/** Whether the bytes of a file come only once; false for one that cannot be looked at. */
export function comesOnce(path: string): boolean {
  if (path === "-") return true;
  try {
    const { isFile, isDirectory } = Deno.statSync(path);
    return !isFile && !isDirectory;
  } catch {
    return false;
  }
}

/** Reads in another thread, while this one looks for signals. */
function waitingReads(path: string): ReadsOnce {
  const url = URL.createObjectURL(new Blob([PROGRAM], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  const state = new Int32Array(new SharedArrayBuffer(8));
  const bytes = new Uint8Array(new SharedArrayBuffer(PIECE_SIZE));
  worker.postMessage({ path, state: state.buffer, bytes: bytes.buffer });
  const readOn: ReadOn = (into) => {
    Atomics.store(state, ANSWERED, 0);
    worker.postMessage(Math.min(into.length, PIECE_SIZE));
    while (Atomics.wait(state, ANSWERED, 0, EVERY_MS) === "timed-out") checkStopped();
    const count = Atomics.load(state, COUNT);
    if (count < 0) throw failureOf(bytes.slice(0, -count));
    into.set(bytes.subarray(0, count));
    return count === 0 ? null : count;
  };
  const close = () => {
    worker.terminate();
    URL.revokeObjectURL(url);
  };
  return { readOn, close };
}

/** The error that the other thread met. */
function failureOf(text: Uint8Array): Error {
  const { name, message } = JSON.parse(new TextDecoder().decode(text));
  const { [name as "NotFound"]: SystemError = Error } = Deno.errors;
  return new SystemError(message);
}
