/**
 * Reads mutants of fixtures by all of the library's ways, in a process of its own: it takes a list
 * of {@linkcode MutantName} from standard input and answers in lines of JSON.
 *
 * By hand: `deno run --allow-all --v8-flags=--expose-gc testing/mutation_sweep.ts NAME SEED [FILE]`
 * says what a mutant is, writes it, and reads it.
 */
import process from "node:process";
import { FormatError, openPerfBytes, RecordType } from "../mod.ts";
import { corpusNames, corpusPath, fixtureNames, fixturePath } from "./corpus.ts";
import { dialectFixtures } from "./dialect_fixtures.ts";
import { type Fixture, type Mutant, mutantOf } from "./mutants.ts";
import { packetFixtures } from "./packet_fixtures.ts";
import { recordingParts, viewOf } from "./recording_parts.ts";
import { WAYS } from "./reading_ways.ts";

/** What a mutant is made of: the name of a fixture, and a seed. */
export type MutantName = readonly [fixture: string, seed: number];

/** A mutant that did something it must not. */
export interface Finding {
  /** Which. */
  readonly mutant: MutantName;
  /** What it did. */
  readonly what: string;
}

/** What a sweep did. */
export interface MutationResult {
  /** Number of mutants that could be opened. */
  readonly opened: number;
  /** Those that did something they must not. */
  readonly findings: readonly Finding[];
}

/** What became of a mutant; `exceeds` where the process stopped because of a limit. */
interface Outcome {
  readonly opens: boolean;
  readonly what: string | null;
  readonly exceeds: boolean;
}

/** Most CPU time that a way of reading a mutant may take, in seconds. */
const CPU = 2;
/** Most memory of a process that reads a mutant, in bytes. */
const MEMORY = 200e6;
/** Keep the garbage of mutants below the limit: of many, and of one. */
const SMALL_HEAP = "--max-old-space-size=64,--max-semi-space-size=4";
const HEAP = "--max-old-space-size=128,--max-semi-space-size=4,--expose-gc";
/** A process that is silent for so long does not end by itself, in ms. */
const SILENCE = 120_000;
/** Corpus files that are larger make slow mutants. */
const LARGEST = 60_000;
const CORPUS = ["edge", "lab2", "quipper", "simpleperf"];

/**
 * Lists the mutants with the seeds from `first` on, one of each fixture in turn. Of four, one is of
 * the dialects, and one of the corpus, where that is present.
 */
export async function mutantNames(first: number, count: number): Promise<MutantName[]> {
  const dialects = await dialectFixtures();
  const [ours, corpus] = [ourFixtures(), corpusFixtures()];
  return Array.from({ length: count }, (_, i) => {
    const seed = first + i;
    const list = seed % 4 === 1 ? dialects : seed % 4 > 0 || corpus.length === 0 ? ours : corpus;
    return [list[(seed >> 2) % list.length]!.name, seed];
  });
}

/** Lists mutants of the dialects alone, `count` of each. */
export async function dialectMutants(count: number): Promise<MutantName[]> {
  const seeds = Array.from({ length: count }, (_, seed) => seed);
  return (await dialectFixtures()).flatMap(({ name }) =>
    seeds.map((seed) => [name, seed] as const)
  );
}

/**
 * Reads mutants one after the other.
 *
 * The limits are on CPU time, which other processes do not lengthen, and on the resident memory of
 * the whole process at its peak. Garbage of other mutants counts into both. So a mutant that exceeds
 * a limit with the sum of all ways, or ends the process, is read again in a process of its own, which
 * collects garbage before each way and measures each. It is a finding if it exceeds a limit there.
 */
export async function sweepMutants(mutants: readonly MutantName[]): Promise<MutationResult> {
  let opened = 0;
  const findings: Finding[] = [];
  for (let rest = mutants; rest.length > 0;) {
    const outcomes = await runProcess(rest);
    for (const [n, { opens, what, exceeds }] of outcomes.entries()) {
      const mutant = rest[n]!;
      if (exceeds && mutants.length > 1) {
        const alone = await sweepMutants([mutant]);
        opened += alone.opened;
        findings.push(...alone.findings);
      } else {
        if (opens) opened++;
        if (what !== null) findings.push({ mutant, what });
      }
    }
    rest = rest.slice(outcomes.length);
  }
  return { opened, findings };
}

/** Reads mutants in a process, up to the first that exceeds a limit or ends it. */
async function runProcess(mutants: readonly MutantName[]): Promise<Outcome[]> {
  const config = new URL("../deno.json", import.meta.url);
  const flags = mutants.length === 1 ? HEAP : SMALL_HEAP;
  await using child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--allow-all"],
      ...[`--v8-flags=${flags}`, `--config=${config.pathname}`, import.meta.url],
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(JSON.stringify(mutants)));
  await input.close();
  const errors = new Response(child.stderr).text();
  const kill = () => child.kill("SIGKILL");
  let timer = setTimeout(kill, SILENCE);
  let output = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    clearTimeout(timer);
    timer = setTimeout(kill, SILENCE);
    output += part;
  }
  clearTimeout(timer);
  const { code, signal } = await child.status;
  const outcomes: Outcome[] = output.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  if (code === 0) return outcomes;
  const what = `the process ended with ${signal ?? code}: ${(await errors).slice(-2000)}`;
  return [...outcomes, { opens: false, what, exceeds: true }].slice(0, mutants.length);
}

/** Reads mutants in this process, up to the first that exceeds a limit. */
async function readMutants(mutants: readonly MutantName[], say: (outcome: Outcome) => void) {
  const { gc } = globalThis as { gc?: () => void };
  for (const mutant of mutants) {
    const { bytes } = await makeMutant(mutant);
    const reading = new Reading(mutants.length === 1 ? gc : undefined);
    const what = await reading.read(bytes, mutant[1]);
    const opens = succeeds(() => openPerfBytes(bytes));
    const exceeds = what === null ? reading.exceeds() : null;
    say({ opens, what: what ?? exceeds, exceeds: exceeds !== null });
    if (exceeds !== null) return;
  }
}

/** Reads a mutant by all ways, and measures it: the sum of them or, with `gc`, the longest. */
class Reading {
  readonly #gc: (() => void) | undefined;
  #seconds = 0;
  #slowest = "";

  constructor(gc: (() => void) | undefined) {
    this.#gc = gc;
  }

  /** Returns what was thrown but a FormatError, and by which way; null if nothing was. */
  async read(bytes: Uint8Array<ArrayBuffer>, n: number): Promise<string | null> {
    for (const [name, way] of Object.entries(WAYS)) {
      this.#gc?.();
      const before = process.cpuUsage();
      try {
        await way(bytes, n);
      } catch (error) {
        if (!(error instanceof FormatError)) {
          return `${name}: ${error instanceof Error ? error.stack : error}`;
        }
      }
      const { user, system } = process.cpuUsage(before);
      const seconds = (user + system) / 1e6;
      if (this.#gc === undefined) this.#seconds += seconds;
      else if (seconds > this.#seconds) [this.#seconds, this.#slowest] = [seconds, name];
    }
    return null;
  }

  /** Says which limit was exceeded; null if none was. */
  exceeds(): string | null {
    const memory = peakMemory();
    if (this.#seconds <= CPU && memory <= MEMORY) return null;
    const megabytes = `${Math.round(memory / 1e6)} MB`;
    return `${this.#slowest}: ${this.#seconds.toFixed(1)} s of CPU time; ${megabytes}`;
  }
}

/**
 * Most memory that was resident, in bytes, where Linux tells; else what is resident now. The
 * `maxRSS` of Node's API starts with that of the process that started this one.
 */
function peakMemory(): number {
  if (Deno.build.os !== "linux") return Deno.memoryUsage().rss;
  const status = Deno.readTextFileSync("/proc/self/status");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

function succeeds(action: () => unknown): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}

let made: { readonly byName: ReadonlyMap<string, Fixture>; readonly donors: Fixture[] } | undefined;

async function makeMutant([name, seed]: MutantName): Promise<Mutant> {
  made ??= await fixturesByName();
  const fixture = made.byName.get(name);
  if (fixture === undefined) throw new Error(`There is no fixture "${name}"`);
  return mutantOf(fixture, made.donors, seed);
}

async function fixturesByName() {
  const donors = ourFixtures();
  const all = [...donors, ...await dialectFixtures(), ...corpusFixtures()];
  return { byName: new Map(all.map((fixture) => [fixture.name, fixture])), donors };
}

/** Recordings that are always there. */
function ourFixtures(): Fixture[] {
  const names = fixtureNames(".perf.data");
  const files = names.map((name) => ({ name, bytes: Deno.readFileSync(fixturePath(name)) }));
  return [...files, ...packetFixtures()];
}

/** Recordings of the corpus with AUX data; none without the corpus. */
function corpusFixtures(): Fixture[] {
  if (!succeeds(() => corpusNames("edge"))) return [];
  return CORPUS.flatMap(corpusNames).flatMap((name) => {
    if (Deno.statSync(corpusPath(name)).size > LARGEST) return [];
    const bytes = Deno.readFileSync(corpusPath(name));
    return hasAux(bytes) ? [{ name, bytes }] : [];
  });
}

function hasAux(bytes: Uint8Array): boolean {
  if (!/^(?:PERFILE2|2ELIFREP)/.test(new TextDecoder().decode(bytes.subarray(0, 8)))) return false;
  const { little, records } = recordingParts(bytes);
  return records.some((record) => {
    const type = viewOf(record).getUint32(0, little);
    return type === RecordType.Aux || type === RecordType.Auxtrace;
  });
}

if (import.meta.main) {
  const print = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
  const [name, seed, path] = Deno.args;
  if (name === undefined) {
    const mutants: MutantName[] = await new Response(Deno.stdin.readable).json();
    await readMutants(mutants, (outcome) => print(JSON.stringify(outcome)));
  } else {
    const mutant = [name, Number(seed)] as const;
    const { bytes, steps } = await makeMutant(mutant);
    for (const step of steps) print(step);
    if (path !== undefined) Deno.writeFileSync(path, bytes);
    await readMutants([mutant], ({ what }) => print(what ?? "Nothing is wrong"));
  }
}
