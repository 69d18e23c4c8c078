/**
 * Changes one place of the product code at a time, and looks whether a test fails.
 *
 * Run: `deno task test:mutants [--seed N] [--count N] [--room NAME]… [--jobs N] [--list]`, or
 * `--only FILE:LINE:COLUMN` for all mutants of one place (of a line, of a file). It works in a copy
 * of the tree, takes an hour for the default, and needs the package `typescript`.
 *
 * Exit codes: 0 if 95 % of the mutants that change behaviour fail a test, 1 if fewer do, 2 if the
 * mutants could not be run.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { randomNumbers } from "../testing/random_numbers.ts";
import { applyEdit, type Edit, findEdits, isParsed, type TypeScript } from "./_mutants_edits.ts";
import { type Room, roomOf, ROOMS, testsOf } from "./_mutants_rooms.ts";
import { Trees } from "./_mutants_trees.ts";

/** A file with one edit. */
export interface Mutant extends Edit {
  readonly path: string;
  /** `path:line:column`, both from 1. */
  readonly place: string;
  /** The lines of the edit before and after it, with single spaces. */
  readonly before: string;
  readonly after: string;
  /** The whole file before the edit. */
  readonly source: string;
}

/** A mutant that behaves like the code: a line of `mutants_equal.ndjson`. */
export interface EqualMutant {
  readonly path: string;
  readonly before: string;
  readonly after: string;
  readonly why: string;
}

const ROOT = new URL("../", import.meta.url);
const WANTED = 0.95;

/** Lists the mutants of a file, in its order. */
export function mutantsOf(ts: TypeScript, path: string, source: string): Mutant[] {
  return findEdits(ts, source).map((edit) => {
    const from = source.lastIndexOf("\n", edit.start - 1) + 1;
    const newline = source.indexOf("\n", edit.end);
    const to = newline === -1 ? source.length : newline;
    const line = source.slice(0, edit.start).split("\n").length;
    const changed = applyEdit(source, edit);
    return {
      ...edit,
      path,
      place: `${path}:${line}:${edit.start - from + 1}`,
      before: oneLine(source.slice(from, to)),
      after: oneLine(changed.slice(from, changed.length - (source.length - to))),
      source,
    };
  });
}

/**
 * Chooses by chance, as many of each kind as there are, and no place twice. The first N of a seed
 * are the same whatever the count.
 */
export function chooseMutants(
  mutants: readonly Mutant[],
  { seed, count, usable }: {
    readonly seed: number;
    readonly count: number;
    readonly usable: (mutant: Mutant) => boolean;
  },
): Mutant[] {
  const random = randomNumbers(seed);
  const order = mutants.map((mutant) => ({ mutant, key: random() }));
  const sorted = order.sort((a, b) => a.key - b.key).map(({ mutant }) => mutant);
  const kinds = [...Map.groupBy(sorted, ({ kind }) => kind).values()];
  const places = new Set<string>();
  const chosen: Mutant[] = [];
  for (let turn = 0; chosen.length < count && kinds.some((kind) => turn < kind.length); turn++) {
    for (const mutant of kinds.map((kind) => kind[turn]).filter((mutant) => mutant !== undefined)) {
      if (chosen.length === count) break;
      if (places.has(mutant.place) || !usable(mutant)) continue;
      places.add(mutant.place);
      chosen.push(mutant);
    }
  }
  return chosen;
}

/** Reads the list of the mutants that are known to behave like the code. */
export function knownEqual(): EqualMutant[] {
  const text = Deno.readTextFileSync(new URL("mutants_equal.ndjson", import.meta.url));
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** Divides a count over rooms by the square root of what there is in each; one at least. */
export function shares(sizes: readonly number[], count: number): number[] {
  const roots = sizes.map(Math.sqrt);
  const sum = roots.reduce((a, b) => a + b, 0);
  return roots.map((root) => Math.max(1, Math.round(count * root / sum)));
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** What became of the mutants of a room. */
interface Tally {
  readonly room: string;
  killed: number;
  /** Of the killed: those that ran until their time was up. */
  late: number;
  equal: number;
  readonly survivors: Mutant[];
}

function tableText(tallies: readonly Tally[]): string {
  const rows = tallies.map(({ room, killed, late, equal, survivors }) => [
    room,
    ...[killed + survivors.length + equal, killed, late, survivors.length, equal],
  ]);
  const total = [1, 2, 3, 4, 5].map((i) => rows.reduce((sum, row) => sum + Number(row[i]), 0));
  return [
    ["room", "tried", "killed", "(by time)", "survived", "equal"],
    ...rows,
    ["all", ...total],
  ].map(([name, ...cells]) =>
    `${String(name).padEnd(20)}${cells.map((cell) => String(cell).padStart(10)).join("")}\n`
  ).join("");
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

/** Runs the mutants of a room; `jobs` at a time. */
async function tryRoom(room: Room, mutants: readonly Mutant[], trees: Trees): Promise<Tally> {
  const tally: Tally = { room: room.name, killed: 0, late: 0, equal: 0, survivors: [] };
  const equal = new Set(
    knownEqual().map(({ path, before, after }) => `${path} ${before} ${after}`),
  );
  const isEqual = (mutant: Mutant) => equal.has(`${mutant.path} ${mutant.before} ${mutant.after}`);
  const waiting = mutants.filter((mutant) => !isEqual(mutant));
  tally.equal = mutants.length - waiting.length;
  if (waiting.length === 0) return tally;
  const tests = testsOf(room, trees.paths);
  const limit = 3 * await trees.measure(room, tests) + 20_000;
  await Promise.all(trees.folders.map(async (folder) => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const end = await trees.try(folder, {
        room,
        tests,
        limit,
        path: mutant.path,
        source: applyEdit(mutant.source, mutant),
      });
      if (end === "green") tally.survivors.push(mutant);
      else tally.killed++;
      if (end === "late") tally.late++;
      const word = end === "green" ? "survived" : end === "late" ? "killed by time" : "killed";
      say(`${word}: ${mutant.place}: ${mutant.before} => ${mutant.after}\n`);
    }
  }));
  return tally;
}

async function main(): Promise<number> {
  const options = parseArgs(Deno.args, {
    string: ["seed", "count", "room", "only", "jobs"],
    boolean: ["list"],
    collect: ["room"],
    default: { seed: "12", count: "160", jobs: "2" },
    unknown: (option: string) => {
      throw new TypeError(`Cannot read "${option}": see the head of _tools/mutants.ts`);
    },
  });
  const [seed, count, jobs] = [options.seed, options.count, options.jobs].map(Number);
  if (!(seed! > 0 && count! > 0 && jobs! > 0)) {
    throw new TypeError("Cannot read --seed, --count or --jobs: expected a number above 0");
  }
  const unknown = options.room.find((name: string) => !ROOMS.some((room) => room.name === name));
  if (unknown !== undefined) throw new TypeError(`Cannot find the room "${unknown}"`);

  // The name is no literal, so that the other checks do not need the package.
  const name = "typescript";
  const ts: TypeScript = (await import(name)).default;
  using trees = await Trees.make(ROOT, options.list ? 0 : jobs!);
  const rooms = ROOMS.filter(({ name }) => options.room.length === 0 || options.room.includes(name))
    .map((room) => {
      const paths = trees.paths.filter((path) => roomOf(path) === room);
      const read = (path: string) => Deno.readTextFileSync(new URL(path, ROOT));
      return { room, mutants: paths.flatMap((path) => mutantsOf(ts, path, read(path))) };
    });
  const counts = shares(rooms.map(({ mutants }) => mutants.length), count!);
  const tallies: Tally[] = [];
  for (const [i, { room, mutants }] of rooms.entries()) {
    const usable = (mutant: Mutant) => isParsed(ts, applyEdit(mutant.source, mutant));
    const { only } = options;
    const chosen = only === undefined
      ? chooseMutants(mutants, { seed: seed!, count: counts[i]!, usable })
      : mutants.filter((mutant) => `${mutant.place}:`.startsWith(`${only}:`) && usable(mutant));
    if (options.list) {
      for (const { place, before, after } of chosen) say(`${place}: ${before} => ${after}\n`);
    } else if (chosen.length > 0) {
      tallies.push(await tryRoom(room, chosen, trees));
    }
  }
  if (options.list) return 0;
  if (tallies.length === 0) {
    throw new TypeError("Cannot find a mutant: nothing matches the options");
  }

  const survivors = tallies.flatMap((tally) => tally.survivors);
  const killed = tallies.reduce((sum, tally) => sum + tally.killed, 0);
  const share = killed / Math.max(1, killed + survivors.length);
  say(`\n${tableText(tallies)}\n`);
  for (const { place, before, after } of survivors) say(`${place}\n  - ${before}\n  + ${after}\n`);
  say(`Seed ${seed}: tests kill ${(100 * share).toFixed(1)} % of those that change behaviour\n`);
  return survivors.length === 0 || share >= WANTED ? 0 : 1;
}

if (import.meta.main) {
  const code = await main().catch((error) => {
    Deno.stderr.writeSync(new TextEncoder().encode(`${error.message}\n`));
    return 2;
  });
  Deno.exit(code);
}
