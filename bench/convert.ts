import { writeCallchains, writeSamples } from "./inputs.ts";
import {
  type BenchRow,
  compare,
  type Cost,
  firstLine,
  type Invocation,
  ratioText,
} from "./measure.ts";

const MIB = 2 ** 20;
const MIN_SPEED = 2;
const MAX_PEAK_MIB = 200;

/** Records of a kind, and what `perf script` is asked for. */
interface Input {
  readonly what: string;
  readonly fields: string;
  readonly size: number;
  /** Writes a file of about `size` bytes, and returns how many samples it has. */
  readonly write: (path: string, size: number) => number;
}

const INPUTS: readonly Input[] = [
  {
    what: "samples",
    fields: "pid,tid,time,event,ip,period",
    size: 128 * MIB,
    write: writeSamples,
  },
  {
    what: "samples with 30 callers",
    fields: "pid,tid,time,event,ip,period",
    size: 128 * MIB,
    write: writeCallchains,
  },
];

/**
 * Compares `convert --to parquet` of records with `perf script` of the same fields.
 *
 * With `smoke` the inputs have 1/64 of their size.
 *
 * @param folder Where the inputs and the tables go.
 */
export async function convertRows(
  { smoke, folder }: { smoke: boolean; folder: string },
): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  let peakMiB: number | undefined;
  for (const { what, fields, size: fullSize, write } of INPUTS) {
    const path = `${folder}/records.data`;
    const size = smoke ? fullSize / 64 : fullSize;
    const samples = write(path, size);
    const title = `convert --to parquet, records of ${size / MIB} MiB of ${what}`;
    const ours = convertOf(path, `${folder}/tables`);
    const peer: Invocation = ["perf", "script", "-i", path, "-F", fields];
    const toReach = `${MIN_SPEED.toFixed(2)}x faster`;
    if (await firstLine(["perf", "--version"]) === undefined) {
      rows.push({ what: title, ratio: "SKIPPED: perf is not installed", toReach, met: undefined });
    } else {
      const costs = await compare({ ours, peer }, smoke ? 3 : 7);
      const speed = `${rate(samples, costs.ours)}, perf ${rate(samples, costs.peer)}`;
      const time = costs.ours.seconds / costs.peer.seconds;
      const met = time <= 1 / MIN_SPEED;
      rows.push({ what: title, ...costs, ratio: `${ratioText(time)}: ${speed}`, toReach, met });
      peakMiB = Math.max(peakMiB ?? 0, costs.ours.peakMiB ?? NaN);
    }
    await Deno.remove(path);
  }
  await Deno.remove(`${folder}/tables`, { recursive: true }).catch(() => {});
  return [...rows, {
    what: "peak memory of convert --to parquet",
    ratio: peakMiB ? `${peakMiB.toFixed(0)} MiB` : "-",
    toReach: `${MAX_PEAK_MIB} MiB`,
    met: peakMiB ? peakMiB <= MAX_PEAK_MIB : undefined,
  }];
}

function convertOf(path: string, tables: string): Invocation {
  const deno = [Deno.execPath(), "run", "--no-prompt", "--allow-read", "--allow-write"] as const;
  const cli = ["cli/main.ts", "convert", path] as const;
  return [...deno, ...cli, ..."--to parquet --table records --quiet --force -o".split(" "), tables];
}

function rate(rows: number, { seconds }: Cost): string {
  return `${(rows / seconds / 1e6).toFixed(2)} million rows/s`;
}
