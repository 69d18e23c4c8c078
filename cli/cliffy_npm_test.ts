import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { getColorEnabled, setColorEnabled, stripAnsiCode } from "@std/fmt/colors";
import { Command, EnumType, ValidationError } from "./cliffy_npm.ts";

interface Call {
  options: unknown;
  args: string[];
}

/** A program with commands that note how they were called. */
function program(calls: Call[]): Command {
  const note = (options: unknown, ...args: string[]): void => {
    calls.push({ options, args });
  };
  const replay = new Command()
    .description("Replay the tails.\nThe whole story.")
    .type("format", new EnumType(["table", "json"]))
    .option("-b, --bits <bits:integer>", "Width of the positions.", { default: 32 })
    .option("-f, --format <format:format>", "Output format.")
    .option("-o, --output <file:string>", "Write to this file.")
    .option("--rate <rate:number>", "Bytes per second.")
    .option("--queue <idx:integer>", "Only this queue.", { collect: true })
    .option("-a, --all", "Show all tails.")
    .option("-q, --quiet", "Say little.")
    .option("--no-progress", "Show no progress.")
    .arguments("<file:string> [other:string]")
    .example("A plain replay", "auxtail replay perf.data")
    .action(note);
  const join = new Command()
    .description("Join recordings.")
    .option("--from-arch <name:string>", "Machine.", { required: true })
    .arguments("<files...:string>")
    .action(note);
  return new Command().name("auxtail").version("1.2.3").description("Read recordings.")
    .noExit()
    .command("replay", replay)
    .command("join", join)
    .command("pmus", new Command().action(note));
}

async function parsed(line: string): Promise<Call[]> {
  const calls: Call[] = [];
  await program(calls).parse(line.split(" ").filter(Boolean));
  return calls;
}

/** Runs a function and returns what it wrote on standard output. */
async function printed(run: () => Promise<void> | undefined): Promise<string> {
  const chunks: string[] = [];
  const { writeSync } = Deno.stdout;
  const hadColor: boolean = getColorEnabled();
  setColorEnabled(false);
  Deno.stdout.writeSync = (bytes) => {
    const taken = bytes.subarray(0, 100);
    chunks.push(new TextDecoder().decode(taken));
    return taken.length;
  };
  try {
    await run();
  } finally {
    Deno.stdout.writeSync = writeSync;
    setColorEnabled(hadColor);
  }
  return chunks.join("");
}

Deno.test("parse() refuses what does not fit, in words, and names the command", async () => {
  const cases: [line: string, message: string, path?: string][] = [
    ["rplay f", 'Unknown command "rplay", did you mean "replay"?', "auxtail"],
    ["perf.data", 'Unknown command "perf.data"', "auxtail"],
    ["--bits 8 replay f", 'Unknown option "--bits"', "auxtail"],
    ["replay f --bitz 8", 'Unknown option "--bitz", did you mean "--bits"?'],
    ["replay --zzz f", 'Unknown option "--zzz"'],
    ["replay -V", 'Unknown option "-V"'],
    ["replay f -x", 'Unknown option "-x"'],
    ["-x replay f --bits 8", 'Unknown option "-x"', "auxtail"],
    ["replay -x --zzz f", 'Unknown option "-x"'],
    ["replay f -qx", 'Unknown option "-x"'],
    ["replay f --b 8", 'Unknown option "--b", did you mean "-b"?'],
    ["replay f --progress", 'Unknown option "--progress", did you mean "--no-progress"?'],
    ["replay f --no-output=x", 'Unknown option "--no-output", did you mean "--output"?'],
    ["replay f -ofile=x", 'Unknown option "-ofile"'],
    ["replay -_ f", 'Unknown option "-_"'],
    ["replay f --__proto__ x", 'Unknown option "--__proto__"'],
    ["replay f --=8", 'Unknown option "--=8"'],
    ["replay f --bits", 'Option "--bits" needs a value: --bits <bits>'],
    ["replay f --bits=", 'Option "--bits" needs a value: --bits <bits>'],
    ["replay f --output --all", 'Option "--output" needs a value: --output <file>'],
    ["replay f -o --bits=8", 'Option "--output" needs a value: --output <file>'],
    ["replay f -o --", 'Option "--output" needs a value: --output <file>'],
    ["replay f -o f.json -o g.json", 'Option "--output" is given more than once'],
    ["replay f -q --quiet", 'Option "--quiet" is given more than once'],
    ["replay f --bits -7", 'Unknown option "-7"'],
    ["replay f --all=yes", 'Option "--all" takes no value'],
    ["replay f --all=true", 'Option "--all" takes no value'],
    ["replay f --no-progress=true", 'Option "--no-progress" takes no value'],
    ["replay f -q true", 'Option "--quiet" takes no value'],
    ["replay f -q-", 'Option "--quiet" takes no value'],
    ["replay f -a=yes", 'Option "--all" takes no value'],
    ["replay f -b 8 --bits 9", 'Option "--bits" is given more than once'],
    ["replay f --bits 8.5", 'Option "--bits" must be an integer, got "8.5"'],
    ["replay f --bits many", 'Option "--bits" must be an integer, got "many"'],
    ["replay f --rate fast", 'Option "--rate" must be a number, got "fast"'],
    ["replay f --rate Infinity", 'Option "--rate" must be a number, got "Infinity"'],
    [
      "replay f -f jsn",
      'Option "--format" must be one of table, json, got "jsn", did you mean "json"?',
    ],
    ["replay", "Missing argument: <file>"],
    ["replay f g h i", 'Too many arguments: "h i"'],
    ["join a", "Missing option: --from-arch <name>", "auxtail join"],
    ["join --from-arch i686", "Missing argument: <files...>", "auxtail join"],
    ["pmus x y", 'Command "auxtail pmus" takes no arguments, got "x y"', "auxtail pmus"],
  ];
  for (const [line, message, path = "auxtail replay"] of cases) {
    const error: ValidationError = await assertRejects(() => parsed(line), ValidationError);
    assertEquals([error.message, error.cmd?.getPath()], [message, path], line);
  }
});

Deno.test("command() gives the child its name and place, and the chain stays with the parent", () => {
  const child = new Command();
  const main = new Command().name("p").command("c", child).description("Main.");
  assertEquals([main.getDescription(), child.getDescription()], ["Main.", ""]);
  assertEquals([child.getPath(), child.getMainCommand() === main], ["p c", true]);
});

Deno.test("option() and arguments() refuse definitions they cannot read", () => {
  const command = new Command();
  assertThrows(() => command.option("-x", "Short only."), TypeError, "no long flag");
  for (const definition of ["file", "<file", "<file:>", "<>", "<a>>", "<a:b:c>", "<a,b>"]) {
    assertThrows(() => command.arguments(definition), TypeError, definition);
  }
  assertThrows(() => command.option("--x <a,b:string>", "X."), TypeError, "<a,b:string>");
});

Deno.test("parse() reports a type that nobody declared as the program's own mistake", async () => {
  const command = new Command().option("--x <x:colour>", "X.").action(() => {});
  await assertRejects(() => command.parse(["--x", "red"]), TypeError, 'unknown type "colour"');
});

Deno.test("getOptions() starts with help, then version on the main command only", () => {
  const main = program([]);
  assertEquals(main.getOptions().map((it) => it.flags), [["-h", "--help"], ["-V", "--version"]]);
  const [replay] = main.getCommands();
  assertEquals(replay?.getOptions()[0]?.name, "help");
  assertEquals(replay?.getVersion(), "1.2.3");
});

Deno.test("parse() prints the version and runs nothing", async () => {
  for (const flag of ["-V", "--version"]) {
    const calls: Call[] = [];
    assertEquals(await printed(() => program(calls).parse([flag])), "1.2.3\n");
    assertEquals(calls, []);
  }
});

Deno.test("parse() prints the help of the command that is named, and runs nothing", async () => {
  const calls: Call[] = [];
  const helps = ["replay -h", "replay --help", "replay f --bits 8 -h"].map((line) =>
    line.split(" ")
  );
  for (const args of helps) {
    const text = await printed(() => program(calls).parse(args));
    assertEquals(text.split("\n")[0], "Usage: auxtail replay [options] <file> [other]");
  }
  const main = await printed(() => program(calls).parse([]));
  assertEquals(main, await printed(() => program(calls).parse(["--help"])));
  assertEquals(calls, []);
});

Deno.test("parse() prints usage, description, options, commands and examples", async () => {
  const main = program([]);
  assertEquals(
    await printed(() => main.parse(["--help"])),
    `Usage: auxtail [options] <command>

Description:

  Read recordings.

Options:

  -h, --help     Show this help.
  -V, --version  Show the version number.

Commands:

  replay  Replay the tails.
  join    Join recordings.
  pmus
`,
  );
  const [replay, join] = main.getCommands();
  const text = await printed(() => replay?.parse(["-h"]));
  assertEquals(
    text.split("\n").filter((line) => /--(bits|format|queue|no-progress)/.test(line)),
    [
      "  -b, --bits <bits>      Width of the positions. (default: 32)",
      "  -f, --format <format>  Output format. (one of table, json)",
      "      --queue <idx>      Only this queue. (repeatable)",
      "      --no-progress      Show no progress.",
    ],
  );
  assertEquals(text.slice(text.indexOf("Examples:")).split("\n"), [
    "Examples:",
    "",
    "  A plain replay",
    "    auxtail replay perf.data",
    "",
  ]);
  const usage = (await printed(() => join?.parse(["-h"]))).split("\n")[0];
  assertEquals(usage, "Usage: auxtail join [options] --from-arch <name> <files...>");
});

Deno.test("getHelp() stays within 80 columns and keeps every word", () => {
  const words = Array.from({ length: 60 }, (_, index) => `word${"x".repeat(index % 9)}`).join(" ");
  const help = new Command().name("p").description(words)
    .option("--a-flag-with-a-rather-long-name <and-value:string>", words)
    .option("-s, --short", words)
    .getHelp();
  const lengths = stripAnsiCode(help).split("\n").map((line: string) => line.length);
  assertEquals(Math.max(...lengths) <= 80, true);
  assertEquals(help.split(/\s+/).filter((word) => word.startsWith("word")).length, 180);
});

Deno.test("getHelp() uses colours only while they are enabled", () => {
  const hadColor: boolean = getColorEnabled();
  const help = (enabled: boolean): string => {
    setColorEnabled(enabled);
    return program([]).getHelp();
  };
  const [plain, coloured] = [help(false), help(true)];
  setColorEnabled(hadColor);
  assertEquals(plain.includes("\x1b"), false);
  assertEquals(coloured.includes("\x1b"), !Deno.noColor);
  assertEquals(stripAnsiCode(coloured), plain);
});

Deno.test("the head of cliffy_npm.ts says how long the parts of the adapter are", () => {
  const read = (name: string) => Deno.readTextFileSync(new URL(name, import.meta.url));
  const parts = [...read("cliffy_npm.ts").matchAll(/^ \* - `(\w+\.ts)`, (\d+):/gm)];
  assertEquals(parts.length, 4);
  for (const [, name, lines] of parts) {
    const actual = read(name!).split("\n").length;
    assertEquals(Math.abs(actual - Number(lines)) < 20, true, `${name} has ${actual} lines`);
  }
});
