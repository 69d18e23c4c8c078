import type { ParquetModule } from "../../convert/mod.ts";
import convertWorkerSource from "../_convert_worker.js" with { type: "text" };
import {
  type ConvertReply,
  type ConvertSetup,
  type ConvertTask,
  type ConvertWork,
  RecordingConverter,
} from "../_convert_work.ts";
import { recordingError } from "../_failure.ts";
import type { Lane } from "./_convert_lane.ts";

/** Bytes of recordings that wait in a worker's queue: a long one keeps no other waiting. */
const MOST_WAITING = 1 << 20;
/** How many are given to it at a time, once there were as many before. */
const LONGEST_RUN = 32;

/** Options of {@linkcode convertRecordings}. */
export interface ConvertRun {
  readonly work: ConvertWork;
  /** How many threads convert. */
  readonly jobs: number;
  readonly parquet: ParquetModule | null;
  /** Begins to write recordings one after the other. */
  readonly lane: () => Lane;
  /** Called now and then. */
  readonly show: () => void;
  /** Program of the workers. */
  readonly source?: string;
}

/**
 * Converts recordings, with more than one job by workers, each to parts of its own.
 *
 * Where rows cannot be encoded, or a worker fails, the parts that are not whole go, and their
 * recordings are converted again, each to parts of its own; one that fails so, too, has the error.
 */
export async function convertRecordings(
  tasks: Iterable<ConvertTask>,
  run: ConvertRun,
): Promise<void> {
  const queue = new TaskQueue(tasks);
  if (run.jobs === 1) return convertHere(queue, run);
  using undo = new DisposableStack();
  const url = URL.createObjectURL(
    new Blob([run.source ?? convertWorkerSource], { type: "text/javascript" }),
  );
  undo.defer(() => URL.revokeObjectURL(url));
  const loop = async () => {
    while (queue.first !== null) {
      const worker = new Worker(url, { type: "module" });
      undo.defer(() => worker.terminate());
      queue.again(await convertBy(worker, queue, run));
      worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: run.jobs }, loop));
}

/** Converts recordings in this thread. */
function convertHere(queue: TaskQueue, { work, parquet, lane: newLane, show }: ConvertRun): void {
  let isOutput = false;
  /** Does what fails by no fault of a recording. */
  const output = <T>(act: () => T): T => {
    isOutput = true;
    const result = act();
    isOutput = false;
    return result;
  };
  while (queue.first !== null) {
    const lane = newLane();
    const converter = new RecordingConverter(work, parquet, {
      append: (table, bytes) => output(() => lane.append(table, bytes)),
      finish: (rows) => output(() => lane.finish(rows)),
    });
    try {
      for (let task = queue.next(); task !== null; task = queue.next()) {
        lane.begin(task);
        const problem = converter.convert(task, () => output(show));
        output(() => lane.done(problem));
      }
      converter.end();
      output(() => lane.end());
    } catch (error) {
      if (isOutput) throw error;
      queue.again(triedAlone(lane.discard(), error));
    }
  }
}

/** Converts recordings by a worker; returns those that have to be tried again, as it failed. */
function convertBy(
  worker: Worker,
  queue: TaskQueue,
  { work, parquet, lane: newLane, show }: ConvertRun,
): Promise<ConvertTask[]> {
  const { promise, resolve, reject } = Promise.withResolvers<ConvertTask[]>();
  const lane = newLane();
  const underWay = new Int32Array(new SharedArrayBuffer(4));
  /** What it has to do, and does. */
  const sent: ConvertTask[] = [];
  let waiting = 0;
  let longest = 1;
  let hasAll = false;
  const send = () => {
    if (hasAll || sent.length > longest || sent[0]?.isSuspect) return;
    const run: ConvertTask[] = [];
    for (let { first } = queue; first !== null && run.length < longest; { first } = queue) {
      const size = sizeOf(first);
      const isMore = sent.length + run.length > 0;
      if (isMore && (waiting + size > MOST_WAITING || first.isSuspect)) break;
      waiting += size;
      run.push(queue.next()!);
      if (first.isSuspect) break;
    }
    hasAll = run.length === 0 && sent.length === 0;
    if (!hasAll && run.length === 0) return;
    longest = Math.min(longest * 2, LONGEST_RUN);
    if (sent.length === 0 && !hasAll) lane.begin(run[0]!);
    sent.push(...run);
    worker.postMessage(run);
  };
  const fail = (reason: string) => {
    hasAll = true;
    const notBegun = sent.slice(1);
    resolve(triedAlone(lane.discard(), new Error(`its worker failed: ${reason}`)).concat(notBegun));
  };
  const take = (reply: ConvertReply) => {
    if (reply.type === "bytes") {
      lane.append(reply.table, reply.bytes);
      Atomics.sub(underWay, 0, reply.bytes.length);
      Atomics.notify(underWay, 0);
    } else if (reply.type === "finish") {
      lane.finish(reply.rows);
    } else if (reply.type === "done") {
      lane.done(reply.problem);
      waiting -= sizeOf(sent.shift()!);
      if (sent.length > 0) lane.begin(sent[0]!);
    } else if (reply.type === "end") {
      lane.end();
      resolve([]);
    } else {
      fail(reply.reason);
    }
  };
  const orReject = (act: () => void) => {
    try {
      act();
    } catch (error) {
      reject(error);
    }
  };
  worker.onmessage = ({ data }: MessageEvent<readonly ConvertReply[]>) =>
    orReject(() => {
      data.forEach(take);
      send();
      show();
    });
  worker.onerror = (event) => {
    event.preventDefault();
    orReject(() => {
      if (sent.length <= 1) return fail(event.message);
      // What it had said of the first ones may be lost.
      hasAll = true;
      const tasks = lane.discard().concat(sent.slice(1));
      resolve(tasks.map((task) => ({ ...task, alone: true, isSuspect: true })));
    });
  };
  const setup: ConvertSetup = { work, hasParquet: parquet !== null, underWay: underWay.buffer };
  worker.postMessage(setup);
  orReject(send);
  return promise;
}

/** Recordings in the order in which they are converted. */
class TaskQueue {
  readonly #tasks: Iterator<ConvertTask>;
  #next: ConvertTask[] = [];

  constructor(tasks: Iterable<ConvertTask>) {
    this.#tasks = tasks[Symbol.iterator]();
  }

  /** The next recording; null at the end. */
  get first(): ConvertTask | null {
    if (this.#next.length === 0) {
      const { done, value } = this.#tasks.next();
      if (!done) this.#next.push(value);
    }
    return this.#next[0] ?? null;
  }

  next(): ConvertTask | null {
    return this.first === null ? null : this.#next.shift()!;
  }

  /** Puts recordings before the others. */
  again(tasks: readonly ConvertTask[]): void {
    this.#next = tasks.concat(this.#next);
  }
}

/** Bytes of a recording; of one that cannot be looked at, enough that no other waits for it. */
function sizeOf({ stamp }: ConvertTask): number {
  return stamp.size ?? MOST_WAITING;
}

/**
 * What is left to be tried after a failure: each recording alone; of one that was alone, a row with
 * the error.
 *
 * @throws {Error} The error, if that was tried, too.
 */
function triedAlone(tasks: readonly ConvertTask[], error: unknown): ConvertTask[] {
  const [first] = tasks;
  if (first === undefined || first.error !== null) throw error;
  if (!first.alone) return tasks.map((task) => ({ ...task, alone: true }));
  return [{ ...first, error: recordingError(error) }];
}
