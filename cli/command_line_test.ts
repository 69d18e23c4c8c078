// What the command line relies on, in Cliffy as in the adapter.

import { Command, EnumType, ValidationError } from "@cliffy/command";
import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { requireDeno } from "./main.ts";

type Call = [options: unknown, args: string[]];

/** Runs a program with a command, and returns what its action was given, and what followed `--`. */
async function parsed(line: string): Promise<[...Call, literal: string[]]> {
  const calls: Call[] = [];
  const replay = new Command()
    .type("format", new EnumType(["table", "json"]))
    .option("-b, --bits <bits:integer>", "Width of the positions.", { default: 32 })
    .option("-f, --format <format:format>", "Output format.")
    .option("-o, --output <file:string>", "Write to this file.")
    .option("--rate <rate:number>", "Bytes per second.")
    .option("--from-arch <name:string>", "Machine.")
    .option("--queue <idx:integer>", "Only this queue.", { collect: true })
    .option("-a, --all", "Show all tails.")
    .option("-0, --null", "Paths end with a NUL byte.")
    .option("-q, --quiet", "Say little.")
    .option("--no-progress", "Show no progress.")
    .arguments("[file...:string]")
    .action((options: unknown, ...args: string[]) => calls.push([options, args]));
  const main = new Command().name("auxtail").version("1.2.3").noExit();
  main.command("replay", replay);
  await main.parse(["replay", ...line.split(" ").filter(Boolean)]);
  return [...calls[0]!, replay.getLiteralArgs()];
}

Deno.test("parse() hands typed options under camelCase keys and arguments to the action", async () => {
  const defaults = { bits: 32, progress: true };
  const cases: [line: string, options: Record<string, unknown>, args: string[]][] = [
    ["", {}, []],
    ["f", {}, ["f"]],
    ["f g h", {}, ["f", "g", "h"]],
    ["-", {}, ["-"]],
    ["f,g a=b", {}, ["f,g", "a=b"]],
    ["f --bits 40 g", { bits: 40 }, ["f", "g"]],
    ["--bits=40 f", { bits: 40 }, ["f"]],
    ["-b 40 f", { bits: 40 }, ["f"]],
    ["-b40 f", { bits: 40 }, ["f"]],
    ["-b=40 f", { bits: 40 }, ["f"]],
    ["--bits=-7 f", { bits: -7 }, ["f"]],
    ["--bits 0x10 f", { bits: 16 }, ["f"]],
    ["--rate=-1.5 f", { rate: -1.5 }, ["f"]],
    ["007 1e3", {}, ["007", "1e3"]],
    ["-a f g", { all: true }, ["f", "g"]],
    ["-a - f", { all: true }, ["-", "f"]],
    ["-0 f", { null: true }, ["f"]],
    ["-o - f", { output: "-" }, ["f"]],
    ["--output - -", { output: "-" }, ["-"]],
    ["--output=- f", { output: "-" }, ["f"]],
    ["-o true f", { output: "true" }, ["f"]],
    ["-o a,b f", { output: "a,b" }, ["f"]],
    ["-o=--all f", { output: "--all" }, ["f"]],
    ["--output=a=b f", { output: "a=b" }, ["f"]],
    ["--from-arch i686 f", { fromArch: "i686" }, ["f"]],
    ["-f json f", { format: "json" }, ["f"]],
    ["-aq f", { all: true, quiet: true }, ["f"]],
    ["-aqo out f", { all: true, quiet: true, output: "out" }, ["f"]],
    ["--no-progress f", { progress: false }, ["f"]],
    ["--queue 1 f --queue 3", { queue: [1, 3] }, ["f"]],
    ["--queue 1 f", { queue: [1] }, ["f"]],
  ];
  for (const [line, options, args] of cases) {
    assertEquals(await parsed(line), [{ ...defaults, ...options }, args, []], line);
  }
});

Deno.test("parse() keeps what follows -- apart, as literal arguments", async () => {
  assertEquals(await parsed("f -- --bits -x --"), [
    { bits: 32, progress: true },
    ["f"],
    ["--bits", "-x", "--"],
  ]);
});

Deno.test("parse() refuses what does not fit, and names the command", async () => {
  const lines = [
    "-f jsn",
    "--bits",
    "--bits 8.5",
    "--rate fast",
    "--rate Infinity",
    "--queue 1,2",
    "--all=yes",
    "--no-progress=true",
    "-o f -o g",
    "-b 8 --bits 9",
    "-a --all",
  ];
  for (const line of lines) {
    const error: ValidationError = await assertRejects(() => parsed(line), ValidationError);
    assertEquals(error.cmd?.getPath(), "auxtail replay", line);
    assertMatch(error.message, /--?\w/);
  }
});

Deno.test("parse() gives the command to a ValidationError of the action and leaves others alone", async () => {
  const refusal = new ValidationError("Not today");
  const refusing = new Command().action(() => {
    throw refusal;
  });
  const failing = new Command().action(() => Promise.reject(new RangeError("Too far")));
  const main = new Command().name("p").noExit().command("refuse", refusing).command(
    "fail",
    failing,
  );
  await assertRejects(() => main.parse(["refuse"]), ValidationError, "Not today");
  assertEquals(refusal.cmd === refusing, true);
  await assertRejects(() => main.parse(["fail"]), RangeError, "Too far");
});

Deno.test("parse() waits for an action and calls it with the command as this", async () => {
  const seen: unknown[] = [];
  const command = new Command().action(async function () {
    await Promise.resolve();
    seen.push(this);
  });
  await command.parse([]);
  assertEquals(seen.length, 1);
  assertEquals(seen[0] === command, true);
});

Deno.test("a Deno that unpacks wrongly is refused, with what to do", () => {
  for (const version of ["1.46.3", "2.0.0", "2.8.3"]) {
    const error = assertThrows(() => requireDeno(version), Deno.errors.NotSupported);
    assertMatch(error.message, /^Deno [\d.]+ is too old: .* deno upgrade$/);
  }
  for (const version of ["2.9.0", "2.10.1", "3.0.0-rc.1"]) requireDeno(version);
});
