import { run } from "../testing/run_program.ts";

/** A program and its arguments. */
export type Invocation = readonly [program: string, ...args: string[]];

/** What one run of a process cost, or several runs of it. */
export interface Cost {
  /** Wall time from start to exit; the median of several runs. */
  readonly seconds: number;
  /** Largest resident set of the process or a child, in any run; unknown without GNU time. */
  readonly peakMiB: number | undefined;
}

/** A row of the table. */
export interface BenchRow {
  readonly what: string;
  readonly ours?: Cost;
  readonly peer?: Cost;
  readonly ratio: string;
  readonly toReach: string;
  /** Unknown where it could not be measured. */
  readonly met: boolean | undefined;
}

const GNU_TIME = "/usr/bin/time";
/** Whether memory and CPU time can be measured. */
export const hasGnuTime: boolean = await firstLine([GNU_TIME, "--version"]) !== undefined;

/** First line that a program prints, undefined where it is missing or fails. */
export async function firstLine([program, ...args]: Invocation): Promise<string | undefined> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
    const text = new TextDecoder().decode(stdout.length > 0 ? stdout : stderr);
    return success ? text.split("\n")[0] : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * All that a program prints.
 *
 * @throws {Error} If it exits with another code than 0.
 */
export async function outputOf([program, ...args]: Invocation): Promise<string> {
  return (await run(program, args)).stdout;
}

/**
 * Runs all commands once unmeasured, then in turn `runs` times each, an odd number.
 *
 * @returns The cost of each command.
 * @throws {Error} If a command cannot be run or exits with another code than 0.
 */
export async function compare<Name extends string>(
  commands: Readonly<Record<Name, Invocation>>,
  runs: number,
): Promise<Record<Name, Cost>> {
  const names = Object.keys(commands) as Name[];
  for (const name of names) await measure(commands[name]);
  const costs = names.map((): Cost[] => []);
  for (let run = 0; run < runs; run++) {
    for (const [index, name] of names.entries()) costs[index]!.push(await measure(commands[name]));
  }
  const summaries = names.map((name, index) => [name, summary(costs[index]!)]);
  return Object.fromEntries(summaries) as Record<Name, Cost>;
}

/** What one run of a process cost besides time on the wall. */
export interface CpuCost {
  /** CPU time, of user and system. */
  readonly cpuSeconds: number;
  /** Largest resident set of the process or a child. */
  readonly peakMiB: number;
}

/**
 * Runs a command once and measures its CPU time.
 *
 * @throws {Error} If it cannot be run, by GNU time or at all, or exits with another code than 0.
 */
export async function cpuCost(command: Invocation): Promise<CpuCost> {
  const { success, code, stderr } = await new Deno.Command(GNU_TIME, {
    args: ["-f", "%M %U %S", ...command],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  const text = new TextDecoder().decode(stderr).trimEnd();
  if (!success) throw new Error(`Exit code ${code} from ${command.join(" ")}: ${text}`);
  const [peakKiB = NaN, user = NaN, system = NaN] = text.split("\n").at(-1)!.split(" ").map(Number);
  return { cpuSeconds: user + system, peakMiB: peakKiB / 1024 };
}

async function measure(command: Invocation): Promise<Cost> {
  const [program, ...args] = hasGnuTime ? [GNU_TIME, "-f", "%M", ...command] as const : command;
  const start = performance.now();
  const { success, code, stderr } = await new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  const seconds = (performance.now() - start) / 1000;
  const text = new TextDecoder().decode(stderr).trimEnd();
  if (!success) throw new Error(`Exit code ${code} from ${command.join(" ")}: ${text}`);
  const peakKiB = Number(text.split("\n").at(-1));
  return { seconds, peakMiB: hasGnuTime ? peakKiB / 1024 : undefined };
}

/** The cost of an odd number of runs. */
function summary(costs: readonly Cost[]): Cost {
  const seconds = costs.map((cost) => cost.seconds).sort((a, b) => a - b);
  return {
    seconds: seconds[(seconds.length - 1) / 2]!,
    peakMiB: maxPeak(costs),
  };
}

/** Largest peak of several processes, undefined where none is known. */
export function maxPeak(costs: readonly Cost[]): number | undefined {
  const peaks = costs.map(({ peakMiB }) => peakMiB).filter((peak) => peak !== undefined);
  return peaks.length > 0 ? Math.max(...peaks) : undefined;
}

/** A quotient of our cost by that of the peer, in words. */
export function ratioText(time: number, memory?: number): string {
  const times = time < 1 ? `${(1 / time).toFixed(2)}x faster` : `${time.toFixed(2)}x its time`;
  return memory === undefined ? times : `${times}, ${memory.toFixed(2)}x its memory`;
}
