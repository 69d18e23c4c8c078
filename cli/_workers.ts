/** Options of {@linkcode WorkerPool}. */
export interface WorkerPoolOptions<Task, Reply> {
  /** How many workers there may be. */
  readonly count: number;
  /** How many tasks a worker may have at a time. With two, the next one waits for it in its queue. */
  readonly tasksEach: number;
  /** How many jobs may be under way, or wait for their reply to be taken. */
  readonly mostJobs: number;
  /**
   * How many bytes of replies may wait to be taken, by what they tell of their size: then no more
   * jobs are begun until the first one is done. Unless given, only jobs are counted.
   */
  readonly mostHeld?: { readonly bytes: number; readonly sizeOf: (reply: Reply) => number };
  /** The first message to each. */
  readonly setup: unknown;
  /** What of a task is handed over to the worker rather than copied; nothing unless given. */
  readonly transfer?: (task: Task) => Transferable[];
  /** Does a task in this thread while all workers are busy; unless given, the task waits for one. */
  readonly here?: (task: Task) => Reply;
  /** Makes the reply to a task whose worker failed; unless given, the run ends with an error. */
  readonly failed?: (task: Task, reason: string) => Reply;
}

/** A task that a worker has. */
interface Sent<Task, Reply> extends PromiseWithResolvers<Reply> {
  readonly task: Task;
}

/** A job whose reply has not been taken. */
interface UnderWay<Job, Reply> {
  readonly job: Job;
  readonly reply: Promise<Reply> | Reply | null;
  /** Whether the reply is known to be there. */
  isDone: boolean;
}

interface Member<Task, Reply> {
  readonly worker: Worker;
  /** Its tasks, in the order of its replies. */
  readonly tasks: Sent<Task, Reply>[];
}

/**
 * Workers that run the same program beside this thread, each on one task at a time.
 *
 * They start when there is something to do for them, from a text, since a file of the program
 * could be read with permission only. A worker that fails takes its tasks with it, and the next
 * task gets a new one. Dispose of the pool to end the workers, whatever they do.
 */
export class WorkerPool<Task, Reply> implements Disposable {
  readonly #options: WorkerPoolOptions<Task, Reply>;
  readonly #url: string;
  readonly #members = new Set<Member<Task, Reply>>();

  /** `source` is a module that posts one message for each message after the first. */
  constructor(source: string, options: WorkerPoolOptions<Task, Reply>) {
    this.#options = options;
    this.#url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  }

  /**
   * Does the tasks of jobs, and yields jobs and replies in the order of the jobs. Jobs without a
   * task have null as the reply. The next job is asked for when there is room for it.
   *
   * @throws {Error} If a worker fails, unless `failed` replies for it.
   */
  async *run<Job>(
    jobs: Iterable<Job>,
    taskOf: (job: Job) => Task | null,
  ): AsyncGenerator<{ job: Job; reply: Reply | null }, void> {
    const { here, mostJobs, mostHeld } = this.#options;
    const underWay: UnderWay<Job, Reply>[] = [];
    let held = 0;
    const takeFirst = async () => {
      const { job, reply: coming } = underWay.shift()!;
      const reply = await coming;
      if (reply !== null) held -= mostHeld?.sizeOf(reply) ?? 0;
      return { job, reply };
    };
    for (const job of jobs) {
      const task = taskOf(job);
      if (task !== null && here === undefined) await this.#room();
      const begun: UnderWay<Job, Reply> = {
        job,
        reply: task === null ? null : this.#begin(task),
        isDone: false,
      };
      underWay.push(begun);
      if (mostHeld !== undefined) {
        Promise.resolve(begun.reply).then((reply) => {
          begun.isDone = true;
          if (reply !== null) held += mostHeld.sizeOf(reply);
        }, () => {}); // it is awaited below
        while (underWay[0]?.isDone || held > mostHeld.bytes) yield await takeFirst();
      }
      if (underWay.length === mostJobs) yield await takeFirst();
    }
    while (underWay.length > 0) yield await takeFirst();
  }

  /** Ends the workers. */
  [Symbol.dispose](): void {
    for (const { worker } of this.#members) worker.terminate();
    URL.revokeObjectURL(this.#url);
  }

  /** Waits until a worker may have one more task. */
  async #room(): Promise<void> {
    const { count, tasksEach } = this.#options;
    const isFull = ({ tasks }: Member<Task, Reply>) => tasks.length === tasksEach;
    while (this.#members.size === count && [...this.#members].every(isFull)) {
      await Promise.race([...this.#members].map(({ tasks }) => tasks[0]!.promise));
    }
  }

  /** Gives a task to a worker, or does it here if all of them have enough to do. */
  #begin(task: Task): Promise<Reply> | Reply {
    const { here, transfer } = this.#options;
    const member = this.#leastBusy();
    if (member === null) return here!(task);
    const sent = { task, ...Promise.withResolvers<Reply>() };
    sent.promise.catch(() => {}); // it is awaited later, if at all
    member.tasks.push(sent);
    member.worker.postMessage(task, transfer?.(task) ?? []);
    return sent.promise;
  }

  #leastBusy(): Member<Task, Reply> | null {
    const { count, tasksEach } = this.#options;
    let least: Member<Task, Reply> | null = null;
    for (const member of this.#members) {
      if (member.tasks.length < (least?.tasks.length ?? tasksEach)) least = member;
    }
    if (least?.tasks.length === 0 || this.#members.size === count) return least;
    return this.#start();
  }

  #start(): Member<Task, Reply> {
    const { setup, failed } = this.#options;
    const worker = new Worker(this.#url, { type: "module" });
    const member: Member<Task, Reply> = { worker, tasks: [] };
    worker.onmessage = ({ data }) => member.tasks.shift()!.resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      worker.terminate();
      this.#members.delete(member);
      for (const { task, resolve, reject } of member.tasks) {
        if (failed !== undefined) resolve(failed(task, event.message));
        else reject(new Error(`A worker failed: ${event.message}`));
      }
    };
    worker.postMessage(setup);
    this.#members.add(member);
    return member;
  }
}
