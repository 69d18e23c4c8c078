import { type FileReplay, replayFile, type ReplayWork } from "../_replay_work.ts";
import replayWorkerSource from "../_replay_worker.js" with { type: "text" };

/** Answers that may wait for those of slower files before them, for each worker. */
const ANSWERS_AHEAD = 8;

/**
 * Replays recordings, and yields the answers in the order of the paths.
 *
 * With more than one job each is a worker that has one file at a time, so that a long one holds up
 * no other. A worker that fails takes its file with it; the next file gets a new one.
 *
 * @param source Program of the workers.
 */
export async function* replayFiles(
  paths: readonly string[],
  { work, jobs, source = replayWorkerSource }: {
    readonly work: ReplayWork;
    readonly jobs: number;
    readonly source?: string;
  },
): AsyncGenerator<FileReplay, void> {
  if (jobs === 1) {
    for (const path of paths) yield replayFile(path, work);
    return;
  }
  using undo = new DisposableStack();
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  undo.defer(() => URL.revokeObjectURL(url));
  const workers = Array.from(
    { length: Math.min(jobs, paths.length) },
    () => undo.use(new FileWorker(url, work)),
  );
  const underWay: Promise<FileReplay>[] = [];
  for (const path of paths) {
    if (underWay.length === workers.length * ANSWERS_AHEAD) yield await underWay.shift()!;
    const free = await Promise.race(workers.map(({ free }) => free));
    underWay.push(free.replay(path));
  }
  for (const answer of underWay) yield await answer;
}

/** A worker that replays one file at a time. */
class FileWorker implements Disposable {
  /** Resolved when there is nothing to do. */
  free: Promise<FileWorker> = Promise.resolve(this);
  readonly #url: string;
  readonly #work: ReplayWork;
  #worker: Worker | null = null;

  constructor(url: string, work: ReplayWork) {
    this.#url = url;
    this.#work = work;
  }

  replay(path: string): Promise<FileReplay> {
    const { promise, resolve } = Promise.withResolvers<FileReplay>();
    const worker = this.#worker ??= this.#start();
    worker.onmessage = ({ data }: MessageEvent<FileReplay>) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this[Symbol.dispose]();
      resolve({ path, error: `its worker failed: ${event.message}` });
    };
    worker.postMessage(path);
    this.free = promise.then(() => this);
    return promise;
  }

  [Symbol.dispose](): void {
    this.#worker?.terminate();
    this.#worker = null;
  }

  #start(): Worker {
    const worker = new Worker(this.#url, { type: "module" });
    worker.postMessage(this.#work);
    return worker;
  }
}
