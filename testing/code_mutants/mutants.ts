/**
 * Changes one place of the product code at a time, and looks whether a test fails.
 *
 * Run: `deno task test:mutants [--seed N] [--count N] [--room NAME]… [--jobs N] [--list]`, or
 * `--only FILE:LINE:COLUMN` for all mutants of a place (of a line, of a file). `--only` can be given
 * again, and with `--count N` takes N mutants of each. The tests run in a copy of the tree; types
 * are not checked, so a mutant is not killed by its type.
 *
 * Exit codes: 0 if tests kill 95 % of the mutants that change behaviour, 1 if fewer, 2 if the
 * mutants could not be run.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { randomNumbers } from "../random_numbers.ts";
import { applyEdit, type Edit, findEdits, isParsed, type TypeScript } from "./edits.ts";
import { type Room, roomOf, ROOMS } from "./rooms.ts";
import { Trees } from "./trees.ts";

/** A file with one edit. */
export interface Mutant {
  readonly kind: string;
  readonly path: string;
  /** `path:line:column`, both from 1. */
  readonly place: string;
  /** The lines of the edit, before and after it, with single spaces. */
  readonly before: string;
  readonly after: string;
  /** The whole file after the edit. */
  source(): string;
}

/** A line of `equal.ndjson`: a mutant that behaves like the code, and why. */
export type EqualMutant = Pick<Mutant, "path" | "before" | "after"> & { readonly why: string };

/** How a mutant ended. */
const ENDS = ["killed", "killed by time", "survived", "equal"] as const;

/** What became of a mutant. */
interface Result {
  readonly room: string;
  readonly mutant: Mutant;
  readonly end: typeof ENDS[number];
}

const ROOT = new URL("../../", import.meta.url);
const WANTED = 0.95;

/** The mutant that an edit makes of a file. */
export function mutantOf(path: string, source: string, edit: Edit): Mutant {
  const from = source.lastIndexOf("\n", edit.start - 1) + 1;
  const to = source.indexOf("\n", edit.end);
  const line = source.slice(0, edit.start).split("\n").length;
  const oneLine = (text: string) => text.replace(/\s+/g, " ").trim();
  return {
    kind: edit.kind,
    path,
    place: `${path}:${line}:${edit.start - from + 1}`,
    before: oneLine(source.slice(from, to)),
    after: oneLine(source.slice(from, edit.start) + edit.replacement + source.slice(edit.end, to)),
    source: () => applyEdit(source, edit),
  };
}

/** Reads the list of the mutants that are known to behave like the code. */
export function knownEqual(): EqualMutant[] {
  const text = Deno.readTextFileSync(new URL("equal.ndjson", import.meta.url));
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** Puts mutants into an order of chance, in which their kinds take turns and no place comes twice. */
export function shuffle(mutants: readonly Mutant[], seed: number): Mutant[] {
  const random = randomNumbers(seed);
  const shuffled = mutants.map((mutant) => ({ mutant, key: random() }))
    .sort((a, b) => a.key - b.key).map(({ mutant }) => mutant);
  const places = Map.groupBy(shuffled, ({ place }) => place);
  const kinds = Map.groupBy([...places.values()].map(([first]) => first!), ({ kind }) => kind);
  return [...kinds.values()].flatMap((kind) => kind.map((mutant, turn) => ({ mutant, turn })))
    .sort((a, b) => a.turn - b.turn).map(({ mutant }) => mutant);
}

/** Runs mutants of a room, one at a time in each copy of the tree. */
async function runRoom(room: Room, mutants: readonly Mutant[], trees: Trees): Promise<Result[]> {
  const keyOf = ({ path, before, after }: Omit<EqualMutant, "why">) => `${path} ${before} ${after}`;
  const equal = new Set(knownEqual().map(keyOf));
  const results: Result[] = [];
  const waiting: Mutant[] = [];
  for (const mutant of mutants) {
    if (equal.has(keyOf(mutant))) results.push({ room: room.name, mutant, end: "equal" });
    else waiting.push(mutant);
  }
  if (waiting.length === 0) return results;
  const start = performance.now();
  const outcome = await trees.test(trees.folders[0]!, room, { limitMs: 1_800_000, quiet: false });
  if (outcome !== "green") throw new Error(`Tests of ${room.name} fail without a mutant`);
  const limitMs = 3 * (performance.now() - start) + 20_000;
  await Promise.all(trees.folders.map(async (folder) => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const original = Deno.readTextFileSync(`${folder}/${mutant.path}`);
      Deno.writeTextFileSync(`${folder}/${mutant.path}`, mutant.source());
      const outcome = await trees.test(folder, room, {
        changed: mutant.path,
        limitMs,
        quiet: true,
      });
      Deno.writeTextFileSync(`${folder}/${mutant.path}`, original);
      const end = ({ green: "survived", red: "killed", late: "killed by time" } as const)[outcome];
      results.push({ room: room.name, mutant, end });
      say(`${end}: ${mutant.place}: ${mutant.before} => ${mutant.after}`);
    }
  }));
  return results;
}

/** A table: for each room, how many mutants ended in which way. */
export function tableText(results: readonly Pick<Result, "room" | "end">[]): string {
  const groups = [...Map.groupBy(results, ({ room }) => room), ["all", results] as const];
  const rows = groups.map(([room, of]) => [
    room,
    `${of.length}`,
    ...ENDS.map((wanted) => `${of.filter(({ end }) => end === wanted).length}`),
  ]);
  return [["room", "tried", ...ENDS], ...rows].map(([room, ...cells]) =>
    `${room!.padEnd(20)}${cells.map((cell) => cell.padStart(16)).join("")}`
  ).join("\n");
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

async function main(): Promise<number> {
  const { only, list, room: names, ...options } = parseArgs(Deno.args, {
    string: ["seed", "count", "room", "only", "jobs"],
    boolean: ["list"],
    collect: ["room", "only"],
    default: { seed: "12", jobs: "2" },
    unknown: (option: string) => {
      throw new TypeError(`Cannot read ${option}: see the head of testing/code_mutants/mutants.ts`);
    },
  });
  const isAll = only.length > 0 && options.count === undefined;
  const count = isAll ? Infinity : Number(options.count ?? 160);
  const [seed, jobs] = [options.seed, options.jobs].map(Number);
  const unknown = names.find((name: string) => !ROOMS.some((room) => room.name === name));
  if (unknown !== undefined) throw new TypeError(`Cannot find the room ${unknown}`);
  if (!(seed! > 0 && count > 0 && jobs! > 0)) throw new TypeError("Numbers have to be above 0");

  // The name is no literal, so that the gate does not need the package.
  const name = "typescript";
  const ts: TypeScript = (await import(name)).default;
  using trees = new Trees(ROOT, list ? 0 : jobs!);
  const rooms = ROOMS.filter(({ name }) => names.length === 0 || names.includes(name))
    .map((room) => {
      const mutants = trees.paths.filter((path) => roomOf(path) === room).flatMap((path) => {
        const source = Deno.readTextFileSync(new URL(path, ROOT));
        return findEdits(ts, source).map((edit) => mutantOf(path, source, edit));
      });
      return { room, mutants, weight: Math.sqrt(mutants.length) };
    });
  const weights = rooms.reduce((sum, { weight }) => sum + weight, 0);
  const results: Result[] = [];
  for (const { room, mutants, weight } of rooms) {
    const isUsable = (mutant: Mutant) => isParsed(ts, mutant.source());
    const take = (some: readonly Mutant[], share: number) =>
      shuffle(some, seed!).values().filter(isUsable).take(share).toArray();
    const ofPlaces: Mutant[] = only.flatMap((start: string) => {
      const some = mutants.filter(({ place }) => `${place}:`.startsWith(`${start}:`));
      return isAll ? some.filter(isUsable) : take(some, count);
    });
    const share = Math.ceil(count * weight / weights);
    const chosen = only.length > 0 ? ofPlaces : take(mutants, share);
    if (list) chosen.forEach(({ place, before, after }) => say(`${place}: ${before} => ${after}`));
    else results.push(...await runRoom(room, chosen, trees));
  }
  if (list) return 0;
  if (results.length === 0) throw new TypeError("Cannot find a mutant that the options allow");
  const changing = results.filter(({ end }) => end !== "equal");
  const survivors = changing.filter(({ end }) => end === "survived");
  const share = 1 - survivors.length / Math.max(1, changing.length);
  say(`\n${tableText(results)}\n`);
  for (const { mutant: { place, before, after } } of survivors) {
    say(`${place}\n  - ${before}\n  + ${after}`);
  }
  say(`Seed ${seed}: tests kill ${(100 * share).toFixed(1)} % of those that change behaviour.`);
  return share >= WANTED ? 0 : 1;
}

if (import.meta.main) {
  const code = await main().catch((error) => {
    Deno.stderr.writeSync(new TextEncoder().encode(`${error.message}\n`));
    return 2;
  });
  Deno.exit(code);
}
