import { type BenchRow, type CpuCost, cpuCost, type Invocation } from "./measure.ts";

const MAX_TIME = 2;
const MAX_PEAK_MIB = 100;
/** Sampled at 100 kHz, which slows it down, it takes about 10 s. */
const LOOP_TURNS = 600_000;
/** Waits until the recorder is there. */
const LOOP = "sleep 1; i=0; while [ $i -lt $0 ]; do i=$((i+1)); done";
/** Runs of each, in turn, of a whole machine sampled as often as the kernel allows. */
const BURST_RUNS = 10;
const DENO: Invocation = [Deno.execPath(), "run", "--no-prompt"];
const AUXTAIL: Invocation = [
  ...DENO,
  "--allow-ffi",
  "--allow-read",
  "--allow-write",
  "--allow-run=sh",
  "cli/main.ts",
];

/** A recording of the loop: what it cost, and how many records were lost. */
interface RecordCost extends CpuCost {
  readonly lost: number;
}

/**
 * Records a busy loop with auxtail and with perf, in turn, and watches one.
 *
 * @param folder Where the recordings go.
 */
export async function recordRows(
  { smoke, folder }: { smoke: boolean; folder: string },
): Promise<BenchRow[]> {
  const turns = smoke ? LOOP_TURNS / 6 : LOOP_TURNS;
  const path = `${folder}/live.data`;
  const events = ["-e", "cpu-clock", "-F", "max"];
  const ours: RecordCost[] = [];
  const peer: RecordCost[] = [];
  for (let run = 0; run < (smoke ? 1 : 3); run++) {
    ours.push(await recording([...AUXTAIL, "record", ...events, "-q", "-o", path], path, turns));
    peer.push(await recording(["perf", "record", ...events, "-q", "-o", path], path, turns));
  }
  const ticks = smoke ? "10" : "100";
  const watched = await cpuCost([...AUXTAIL, "watch", "-a", "--interval", "0.1", "--ticks", ticks]);
  const [ourMedian, peerMedian] = [median(ours), median(peer)];
  const time = ourMedian.cpuSeconds / peerMedian.cpuSeconds;
  const lost = [ours, peer].map((all) => all.reduce((sum, { lost }) => sum + lost, 0));
  const peakMiB = Math.max(...[...ours, watched].map(({ peakMiB }) => peakMiB));
  return [
    {
      what: "CPU time of record -e cpu-clock -F max, a busy loop",
      ours: { seconds: ourMedian.cpuSeconds, peakMiB: ourMedian.peakMiB },
      peer: { seconds: peerMedian.cpuSeconds, peakMiB: peerMedian.peakMiB },
      ratio: time < 1 ? `${(1 / time).toFixed(2)}x less` : `${time.toFixed(2)}x its time`,
      toReach: `${MAX_TIME.toFixed(2)}x its time`,
      met: time <= MAX_TIME,
    },
    {
      what: "records lost meanwhile",
      ratio: `${lost[0]}, perf ${lost[1]}`,
      toReach: "no more than perf",
      met: lost[0]! <= lost[1]!,
    },
    await burstRow({ path, runs: smoke ? 1 : BURST_RUNS }),
    {
      what: "peak memory of record and watch",
      ratio: `${peakMiB.toFixed(0)} MiB`,
      toReach: `${MAX_PEAK_MIB} MiB`,
      met: peakMiB <= MAX_PEAK_MIB,
    },
  ];
}

/** Compares what is lost of all CPUs' samples, two seconds at a time, in pairs. */
async function burstRow({ path, runs }: { path: string; runs: number }): Promise<BenchRow> {
  const args = ["-e", "cpu-clock", "-F", "max", "-a", "-q", "-o", path, "--", "sleep", "2"];
  const pairs: { ours: number; perf: number }[] = [];
  for (let run = 0; run < runs; run++) {
    await cpuCost(["perf", "record", ...args]);
    const perf = await lostRecords(path);
    await cpuCost([...AUXTAIL, "record", ...args]);
    pairs.push({ ours: await lostRecords(path), perf });
  }
  const ours = middle(pairs.map(({ ours }) => ours));
  const perf = middle(pairs.map(({ perf }) => perf));
  const all = pairs.map(({ ours, perf }) => `${ours}/${perf}`).join(" ");
  return {
    what: "records lost of record -e cpu-clock -F max -a -- sleep 2, pairs of ours/perf",
    ratio: `${all}, median ${ours}/${perf}`,
    toReach: "no more than perf, never twice",
    met: ours <= perf && pairs.every(({ ours, perf }) => ours <= 2 * perf),
  };
}

/** The median of any number of figures. */
function middle(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
}

async function recording(recorder: Invocation, path: string, turns: number): Promise<RecordCost> {
  const loop = new Deno.Command("sh", { args: ["-c", LOOP, `${turns}`] }).spawn();
  try {
    const cost = await cpuCost([...recorder, "-p", `${loop.pid}`]);
    return { ...cost, lost: await lostRecords(path) };
  } finally {
    await loop.status;
  }
}

/** Sums the records that those of the kind LOST say were lost. */
async function lostRecords(path: string): Promise<number> {
  const args = ["dump", path, "--type", "PERF_RECORD_LOST", "--format", "ndjson"];
  const { success, stdout } = await new Deno.Command(DENO[0], {
    args: [...DENO.slice(1), "--allow-read", "cli/main.ts", ...args],
  }).output();
  if (!success) throw new Error(`Cannot read ${path}`);
  const lines = new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
  return lines.reduce((sum, line) => sum + JSON.parse(line).lost, 0);
}

function median(recordings: readonly RecordCost[]): RecordCost {
  const sorted = recordings.toSorted((a, b) => a.cpuSeconds - b.cpuSeconds);
  return sorted[(sorted.length - 1) / 2]!;
}
