import { assertEquals } from "@std/assert";
import { MESSAGE_INPUTS, type Told } from "./message_inputs.ts";
import { messageSites } from "./message_sites.ts";
import { MESSAGE_TEXTS } from "./message_texts.ts";

/** Places that no input can reach in a test, by their line. */
const UNREACHED = new Set([
  'throw tooMuch("AUX record", fileOffset, {', // from 2^26 AUX records on: gigabytes
]);

/** Inputs that lack bytes at their end, or may lack some: a copy may be what cut them off. */
const MAY_BE_CUT = [
  /^a header that ends after /,
  /^a feature section that was cut off$/,
  /^a section that was cut off, checked$/,
  /^a file that lacks /,
  /^an unfinished file that ends /,
  /^a stream (?:that (?:ends|was cut)|without a record)/,
  /^a payload that is read and was cut off$/,
  /^a stream whose compressed records end inside a record$/,
  /^a file of a directory that ends inside a record$/,
  /^a directory that lacks a file$/,
];

/** What readers say of all inputs; read once, as stacks are long. */
async function tellAll(): Promise<Map<string, Told>> {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 60;
  try {
    const all = new Map<string, Told>();
    for (const [name, input] of Object.entries(MESSAGE_INPUTS)) all.set(name, await input());
    return all;
  } finally {
    Error.stackTraceLimit = limit;
  }
}

const all = tellAll();

Deno.test("every message says what is wrong where, why, and what to do", async () => {
  for (const [name, { texts }] of await all) {
    assertEquals([name, texts], [name, MESSAGE_TEXTS[name]]);
  }
  assertEquals(Object.keys(MESSAGE_TEXTS), Object.keys(MESSAGE_INPUTS));
});

Deno.test("every place of the code that makes a message is reached by an input", async () => {
  const reached = new Set([...(await all).values()].flatMap(({ places }) => places));
  const sites = messageSites();
  assertEquals(sites.size > 90, true);
  const missing = [...sites].filter((site) => !reached.has(site)).map((site) => {
    const [path, line] = site.split(":");
    return [site, sourceLine(path!, Number(line))] as const;
  });
  assertEquals(missing.filter(([, line]) => !UNREACHED.has(line)), []);
});

Deno.test("only of an input that may lack bytes at its end the cure is to copy the whole of it", async () => {
  for (const [name, { texts }] of await all) {
    const mayBeCut = MAY_BE_CUT.some((pattern) => pattern.test(name));
    assertEquals([name, texts.some((text) => text.includes("copy the whole"))], [name, mayBeCut]);
  }
});

function sourceLine(path: string, line: number): string {
  const text = Deno.readTextFileSync(new URL(`../${path}`, import.meta.url));
  return text.split("\n")[line - 1]!.trim();
}
