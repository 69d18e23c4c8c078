/**
 * Compares whole processes of auxtail with perf and other peers: see README.md beside this file.
 *
 * Run from the project's root. With `--smoke` the inputs have 1/64 of their size.
 */

import { convertRows } from "./convert.ts";
import { writeAuxStream, writeSamples, writeSparseAux } from "./inputs.ts";
import { liveRows } from "./live.ts";
import { manyRows } from "./many.ts";
import {
  type BenchRow,
  compare,
  type Cost,
  firstLine,
  type Invocation,
  maxPeak,
  ratioText,
} from "./measure.ts";
import { packetRows } from "./packets.ts";
import { startRows } from "./start.ts";

/** A comparison, and the largest quotients of our cost by the peer's that meet its target. */
interface Question {
  readonly what: string;
  readonly ours: Invocation;
  readonly peer: Invocation;
  readonly maxTime: number;
  readonly maxMemory?: number;
}

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const DATA = "bench/.data";
const DENO: Invocation = [Deno.execPath(), "run", "--no-prompt", "--allow-read"];
const CLI: Invocation = [...DENO, "cli/main.ts"];
const MAX_PEAK_MIB = 80;

const smoke = Deno.args.includes("--smoke");
const perfVersion = await firstLine(["perf", "--version"]);

Deno.addSignalListener("SIGINT", () => {
  Deno.removeSync(DATA, { recursive: true });
  Deno.exit(130);
});
await Deno.mkdir(DATA, { recursive: true });
try {
  await printMachine();
  const rows = await measureAll();
  printTable(rows);
  for (const { what, met } of rows) if (met === false && !smoke) print(`Missed: ${what}`);
} finally {
  await Deno.remove(DATA, { recursive: true });
}

async function measureAll(): Promise<BenchRow[]> {
  const rows = [
    ...await onFile({ name: "samples.data", write: writeSamples, fullSize: GIB }, (path, size) => [
      {
        what: `walk of all records, ${size} of samples`,
        ours: [...CLI, "dump", path, "--count"],
        peer: perfStats(path),
        maxTime: 1 / 4,
      },
      {
        what: `one object per record, ${size} of samples`,
        ours: [...DENO, "bench/decoded_records.ts", path],
        peer: perfStats(path),
        maxTime: 1 / 2.5,
      },
    ]),
    ...await onFile(
      { name: "aux.data", write: writeSparseAux, fullSize: 8 * GIB },
      (path, size) => [{
        what: `replay, ${size} of AUX data`,
        ours: [...CLI, "replay", path, "--exit-zero"],
        peer: perfStats(path),
        maxTime: 1 / 1.2,
        maxMemory: 1 / 5,
      }],
    ),
    ...await startRows({ smoke, folder: DATA }),
    ...await onFile(
      { name: "stream.data", write: writeAuxStream, fullSize: GIB },
      (path, size) => [{
        what: `replay of a pipe, ${size} of AUX data`,
        ours: ["sh", "-c", 'cat "$0" | "$@"', path, ...CLI, "replay", "-", "--exit-zero"],
        peer: ["sh", "-c", 'cat "$0" | cat > /dev/null', path],
        maxTime: 1.1,
      }],
    ),
    ...await packetRows({ smoke, folder: DATA }),
  ];
  return [
    ...rows,
    peakRow(rows),
    ...await convertRows({ smoke, folder: DATA }),
    ...await manyRows({ smoke, folder: DATA }),
    ...await liveRows({ smoke, folder: DATA }),
  ];
}

/** A file to be generated; `write` is given the size that it has in this run. */
interface Input {
  readonly name: string;
  readonly write: (path: string, size: number) => unknown;
  readonly fullSize: number;
}

/** Answers questions about a generated file, which exists only meanwhile. */
async function onFile(
  { name, write, fullSize }: Input,
  questions: (path: string, size: string) => Question[],
): Promise<BenchRow[]> {
  const path = `${DATA}/${name}`;
  const size = smoke ? fullSize / 64 : fullSize;
  const sizeText = size < GIB ? `${size / MIB} MiB` : `${size / GIB} GiB`;
  write(path, size);
  const rows: BenchRow[] = [];
  for (const question of questions(path, sizeText)) rows.push(await answer(question));
  await Deno.remove(path);
  return rows;
}

function perfStats(path: string): Invocation {
  return ["perf", "report", "--stats", "-i", path];
}

async function answer(question: Question): Promise<BenchRow> {
  const { what, maxTime, maxMemory } = question;
  const toReach = ratioText(maxTime, maxMemory);
  if (question.peer[0] === "perf" && perfVersion === undefined) {
    return { what, ratio: "SKIPPED: perf is not installed", toReach, met: undefined };
  }
  const { ours, peer } = await compare({ ours: question.ours, peer: question.peer }, smoke ? 3 : 7);
  const time = ours.seconds / peer.seconds;
  if (maxMemory === undefined) {
    return { what, ours, peer, ratio: ratioText(time), toReach, met: time <= maxTime };
  }
  const memory = ours.peakMiB !== undefined && peer.peakMiB !== undefined
    ? ours.peakMiB / peer.peakMiB
    : undefined;
  const met = memory === undefined ? undefined : time <= maxTime && memory <= maxMemory;
  return { what, ours, peer, ratio: ratioText(time, memory), toReach, met };
}

function peakRow(rows: readonly BenchRow[]): BenchRow {
  const peakMiB = maxPeak(rows.flatMap(({ ours }) => ours ?? []));
  return {
    what: "peak memory of ours, all of the above",
    ratio: peakMiB === undefined ? "-" : `${peakMiB.toFixed(0)} MiB`,
    toReach: `${MAX_PEAK_MIB} MiB`,
    met: peakMiB === undefined ? undefined : peakMiB <= MAX_PEAK_MIB,
  };
}

async function printMachine(): Promise<void> {
  const cpu = await firstLine(["grep", "-m1", "model name", "/proc/cpuinfo"]);
  const model = cpu?.split(":")[1]?.trim() ?? "unknown CPU";
  const kernel = await firstLine(["uname", "-srm"]) ?? "unknown kernel";
  print(`${new Date().toISOString().slice(0, 10)}: ${navigator.hardwareConcurrency} x ${model}`);
  print(`${kernel}, Deno ${Deno.version.deno}, ${perfVersion ?? "perf is not installed"}`);
  if (smoke) print("Smoke run: inputs of 1/64 of their size, too small to judge the targets by");
  print("");
}

function printTable(rows: readonly BenchRow[]): void {
  const cells = [
    ["what", "ours", "peer", "ratio", "to reach", "met"],
    ...rows.map(({ what, ours, peer, ratio, toReach, met }) => [
      what,
      costText(ours),
      costText(peer),
      ratio,
      toReach,
      met === undefined ? "-" : met ? "yes" : "no",
    ]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const line = (row: string[], pad: string): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!, pad)).join(" | ")} |`;
  cells.splice(1, 0, widths.map(() => ""));
  cells.forEach((row, index) => print(line(row, index === 1 ? "-" : " ")));
}

function costText(cost: Cost | undefined): string {
  if (cost === undefined) return "-";
  const memory = cost.peakMiB === undefined ? "-" : `${cost.peakMiB.toFixed(0)} MiB`;
  return `${cost.seconds.toFixed(3)} s, ${memory}`;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
