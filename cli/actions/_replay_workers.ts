import { failedReplay, type FileReplay, replayFile, type ReplayWork } from "../_replay_work.ts";
import replayWorkerSource from "../_replay_worker.js" with { type: "text" };
import { WorkerPool } from "../_workers.ts";

/** Most recordings in a message to a worker, and most bytes of them: a longer one goes alone. */
const MOST_FILES = 32;
const MOST_BYTES = 1 << 20;
/** Messages that each worker gets at least of what is left, so that all end at the same time. */
const LEAST_SHARES = 4;
/** Answers that wait for those of recordings before them, in bytes of JSON and by the answer. */
const MOST_HELD = 1 << 26;
const ANSWER_SIZE = 1000;

/**
 * Replays recordings, and yields the answers in the order of the paths.
 *
 * With more than one job each is a worker that has one run of small recordings, or a long one, at a
 * time, so that a long one holds up no other. Where a worker fails, its recordings are replayed one
 * by one, each by a new one if need be.
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
  using pool = new WorkerPool<readonly string[], Answers>(source, {
    count: jobs,
    tasksEach: 1,
    mostJobs: Infinity,
    mostHeld: { bytes: MOST_HELD, sizeOf: sizeOfAnswers },
    setup: work,
    failed: (_, reason) => ({ reason }),
  });
  const replay = async function* (runs: Iterable<readonly string[]>): AsyncGenerator<FileReplay> {
    for await (const { job: run, reply } of pool.run(runs, (run) => run)) {
      if (!("reason" in reply!)) yield* reply!;
      else if (run.length > 1) yield* replay(run.map((path) => [path]));
      else yield failedReplay(run[0]!, `its worker failed: ${reply.reason}`, work);
    }
  };
  yield* replay(runsOf(paths, jobs));
}

/** What came of a run of recordings, or why its worker failed. */
type Answers = readonly FileReplay[] | { readonly reason: string };

/** Cuts paths into runs that a worker gets at a time. */
function* runsOf(paths: readonly string[], jobs: number): Generator<readonly string[]> {
  for (let from = 0, to = 0; from < paths.length; from = to) {
    const share = Math.ceil((paths.length - from) / (LEAST_SHARES * jobs));
    const last = from + Math.min(share, MOST_FILES);
    let bytes = sizeOf(paths[to++]!);
    while (to < last && (bytes += sizeOf(paths[to]!)) <= MOST_BYTES) to++;
    yield paths.slice(from, to);
  }
}

/** Size of a file; a directory, or what comes as a stream, is taken to be long. */
function sizeOf(path: string): number {
  try {
    const { isFile, size } = Deno.statSync(path);
    return isFile ? size : Infinity;
  } catch {
    return path === "-" ? Infinity : 0;
  }
}

function sizeOfAnswers(answers: Answers): number {
  return "reason" in answers
    ? 0
    : answers.reduce((sum, { json }) => sum + ANSWER_SIZE + (json?.length ?? 0), 0);
}
