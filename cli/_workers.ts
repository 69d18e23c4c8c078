/** Tasks that a worker has at a time: while one is done, the next one waits. */
const TASKS_AHEAD = 2;
/** Replies made here that may wait for those of workers before them. */
const MADE_AHEAD = 2;

/** Options of {@linkcode WorkerPool}. */
export interface WorkerPoolOptions<Task, Reply> {
  /** How many workers there may be. */
  readonly count: number;
  /** The first message to each. */
  readonly setup: unknown;
  /** What of a task is handed over to the worker rather than copied; nothing unless given. */
  readonly transfer?: (task: Task) => Transferable[];
  /** Does a task in this thread, while the workers have enough to do. */
  readonly here: (task: Task) => Reply;
}

interface Member {
  readonly worker: Worker;
  /** Those who wait for its replies, in the order of their tasks. */
  readonly waiting: PromiseWithResolvers<unknown>[];
  /** Why it does nothing any more. */
  failure: Error | null;
}

/**
 * Workers that run the same program beside this thread, each on one task at a time.
 *
 * They start when there is something to do for them, from a text, since a file of the program
 * could be read with permission only. Dispose of the pool to end them, whatever they do.
 */
export class WorkerPool<Task, Reply> implements Disposable {
  readonly #options: WorkerPoolOptions<Task, Reply>;
  readonly #url: string;
  readonly #members: Member[] = [];

  /** `source` is a module that posts one message for each message after the first. */
  constructor(source: string, options: WorkerPoolOptions<Task, Reply>) {
    this.#options = options;
    this.#url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  }

  /**
   * Does the tasks of jobs, and yields jobs and replies in the order of the jobs. Jobs without a
   * task have null as the reply.
   *
   * Jobs are asked for as there is room: at most two for each worker, and two more, are under way
   * or wait to be taken.
   *
   * @throws {Error} If a worker fails without a reply.
   */
  async *run<Job>(
    jobs: Iterable<Job>,
    taskOf: (job: Job) => Task | null,
  ): AsyncGenerator<{ job: Job; reply: Reply | null }, void> {
    const { count, here } = this.#options;
    const most = count * TASKS_AHEAD + MADE_AHEAD;
    const underWay: { job: Job; reply: Promise<Reply> | Reply | null }[] = [];
    const takeFirst = async () => {
      const { job, reply } = underWay.shift()!;
      return { job, reply: await reply };
    };
    for (const job of jobs) {
      const task = taskOf(job);
      underWay.push({ job, reply: task && (this.#send(task) ?? here(task)) });
      if (underWay.length === most) yield await takeFirst();
    }
    while (underWay.length > 0) yield await takeFirst();
  }

  /** Ends the workers. */
  [Symbol.dispose](): void {
    for (const { worker } of this.#members) worker.terminate();
    URL.revokeObjectURL(this.#url);
  }

  /** Gives a task to a worker; null if all of them have enough to do. */
  #send(task: Task): Promise<Reply> | null {
    const member = this.#leastBusy();
    if (member === null) return null;
    const { worker, waiting, failure } = member;
    if (failure !== null) throw failure;
    const reply = Promise.withResolvers<unknown>();
    reply.promise.catch(() => {}); // it is awaited later, if at all
    waiting.push(reply);
    worker.postMessage(task, this.#options.transfer?.(task) ?? []);
    return reply.promise as Promise<Reply>;
  }

  #leastBusy(): Member | null {
    let least: Member | null = null;
    for (const member of this.#members) {
      if (member.waiting.length < (least?.waiting.length ?? TASKS_AHEAD)) least = member;
    }
    if (least?.waiting.length === 0 || this.#members.length === this.#options.count) return least;
    return this.#start();
  }

  #start(): Member {
    const worker = new Worker(this.#url, { type: "module" });
    const member: Member = { worker, waiting: [], failure: null };
    worker.onmessage = ({ data }) => member.waiting.shift()!.resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      member.failure = new Error(`A worker failed: ${event.message}`);
      for (const reply of member.waiting) reply.reject(member.failure);
    };
    worker.postMessage(this.#options.setup);
    this.#members.push(member);
    return member;
  }
}
