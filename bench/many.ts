import { writeShortChunks, writeSmall, writeSparseAux } from "./inputs.ts";
import { type BenchRow, compare, type Invocation, ratioText } from "./measure.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const DENO: Invocation = [Deno.execPath(), "run", "--no-prompt", "--allow-read"];
const REPLAY: Invocation = [...DENO, "cli/main.ts", "replay", "--exit-zero"];
const SMALL = 2000;
const LARGE = 12;
const LARGE_SIZE = 32 * MIB;
const RUNS = 7;
const MOST_OF_BARE_LOOP = 4;
const LEAST_BY_TWO_JOBS = 1.6;

/**
 * Replays many recordings in one process: beside a program that only reads them, and by two jobs.
 *
 * With `smoke`, 1/64 of them, or of their size.
 */
export async function manyRows(
  { smoke, folder }: { smoke: boolean; folder: string },
): Promise<BenchRow[]> {
  const part = smoke ? 64 : 1;
  const count = Math.ceil(SMALL / part);
  const runs = smoke ? 3 : RUNS;
  const small = `${folder}/small`;
  const rows: BenchRow[] = [];
  await withFolder(small, async () => {
    writeSmall(small, count);
    rows.push(await besideBareLoop(small, { count, runs, one: `${folder}/one` }));
    rows.push(await byTwoJobs(`${count} recordings of 4 KB`, small, runs));
  });
  const large = `${folder}/large`;
  await withFolder(large, async () => {
    Deno.mkdirSync(large);
    for (let n = 0; n < LARGE; n++) writeShortChunks(`${large}/${n}.data`, LARGE_SIZE / part);
    const what = `${LARGE} recordings with ${LARGE_SIZE / part / MIB} MiB of AUX data`;
    rows.push(await byTwoJobs(what, large, runs));
  });
  await withFolder(small, async () => {
    writeSmall(small, count);
    writeSparseAux(`${small}/0.data`, 8 * GIB / part);
    const what = `one with ${8 / part} GiB of AUX data, and ${count} of 4 KB`;
    rows.push(await byTwoJobs(what, small, runs));
  });
  return rows;
}

/** Compares what is left of both times without the start of the program, and its work on one file. */
async function besideBareLoop(
  folder: string,
  { count, runs, one }: { count: number; runs: number; one: string },
): Promise<BenchRow> {
  const commands = (folder: string) => ({
    ours: [...REPLAY, folder] as const,
    peer: [...DENO, "bench/bare_loop.ts", folder] as const,
  });
  const all = await compare(commands(folder), runs);
  const start = { ours: 0, peer: 0 };
  await withFolder(one, async () => {
    writeSmall(one, 1);
    const { ours, peer } = await compare(commands(one), runs);
    Object.assign(start, { ours: ours.seconds, peer: peer.seconds });
  });
  const ours = all.ours.seconds - start.ours;
  const peer = all.peer.seconds - start.peer;
  return {
    what: `replay of ${count} recordings of 4 KB, against a loop that only reads them`,
    ...all,
    ratio: `${ours.toFixed(3)} s and ${peer.toFixed(3)} s after the start, ${
      ratioText(ours / peer)
    }`,
    toReach: `${ratioText(MOST_OF_BARE_LOOP)} after the start`,
    met: ours <= MOST_OF_BARE_LOOP * peer,
  };
}

async function byTwoJobs(what: string, folder: string, runs: number): Promise<BenchRow> {
  const costs = await compare({
    ours: [...REPLAY, "--jobs", "2", folder],
    peer: [...REPLAY, folder],
  }, runs);
  const time = costs.ours.seconds / costs.peer.seconds;
  return {
    what: `replay by two jobs against one, ${what}`,
    ...costs,
    ratio: ratioText(time),
    toReach: ratioText(1 / LEAST_BY_TWO_JOBS),
    met: time <= 1 / LEAST_BY_TWO_JOBS,
  };
}

async function withFolder(path: string, use: () => Promise<void>): Promise<void> {
  await use();
  await Deno.remove(path, { recursive: true });
}
