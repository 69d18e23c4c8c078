import { type FileReplay, replayFile, type ReplayWork } from "../_replay_work.ts";
import replayWorkerSource from "../_replay_worker.js" with { type: "text" };
import { WorkerPool } from "../_workers.ts";

/** Files per worker that are under way, or whose answers wait for those of slower files before them. */
const FILES_AHEAD = 8;

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
  using pool = new WorkerPool<string, FileReplay>(source, {
    count: jobs,
    tasksEach: 1,
    mostJobs: jobs * FILES_AHEAD,
    setup: work,
    failed: (path, reason) => ({ path, error: `its worker failed: ${reason}` }),
  });
  for await (const { reply } of pool.run(paths, (path) => path)) yield reply!;
}
