/**
 * The command line, a program: `deno run --allow-read` with this module, then `replay perf.data`.
 * `--help` lists the commands, and `man` prints the manual.
 *
 * @module
 */

import { printable, VERSION } from "../text/mod.ts";
import { Command, ValidationError } from "@cliffy/command";
import { CompletionsCommand } from "@cliffy/command/completions";
import { setColorEnabled } from "@std/fmt/colors";
import { checkCommand } from "./commands/check.ts";
import { convertCommand } from "./commands/convert.ts";
import { dumpCommand } from "./commands/dump.ts";
import { extractCommand } from "./commands/extract.ts";
import { infoCommand } from "./commands/info.ts";
import { manCommand } from "./commands/man.ts";
import { packetsCommand } from "./commands/packets.ts";
import { pmusCommand } from "./commands/pmus.ts";
import { recordCommand } from "./commands/record.ts";
import { replayCommand } from "./commands/replay.ts";
import { reportCommand } from "./commands/report.ts";
import { watchCommand } from "./commands/watch.ts";
import { failure, OutputFailure } from "./_failure.ts";

/**
 * The whole command line, not yet parsed.
 *
 * @internal
 */
export function program(): Command {
  const main = new Command()
    .name("auxtail")
    .version(VERSION)
    .description(
      "Replay recordings of Linux perf's AUX area tracing, and say which AUX tails a 32-bit perf " +
        "could not have written.\n\n" +
        "FILE is a perf.data file, a directory of perf record --threads, or - for standard input, " +
        "a stream of perf record -o - or a file. What is gzip or zstd is unpacked as it is read. " +
        "Several, a folder of them, or a list (--files-from) are read one after the other: one " +
        "without an answer is an error in its place, and the exit code is then 2. One that has " +
        "several paths or links counts once.\n\n" +
        "Exit codes: 0 done and nothing found; 1 done and something found: a refused tail, a failed " +
        "check; 2 not done, or " +
        "not proven: the input was cut, another recording follows, a decoder is missing, or a " +
        "position is beyond 2^64.",
    )
    .example("What happened to this recording?", "auxtail replay perf.data")
    .example("What is in it?", "auxtail info perf.data")
    .throwErrors();
  const commands = {
    replay: replayCommand(),
    report: reportCommand(),
    convert: convertCommand(),
    info: infoCommand(),
    dump: dumpCommand(),
    check: checkCommand(),
    packets: packetsCommand(),
    extract: extractCommand(),
    record: recordCommand(),
    watch: watchCommand(),
    pmus: pmusCommand(),
    completions: new CompletionsCommand(),
    man: manCommand(main),
  };
  for (const [name, command] of Object.entries(commands)) main.command(name, command);
  return main;
}

/**
 * Runs the command line, and leaves its exit code in `Deno.exitCode`.
 *
 * @internal
 * @param words What follows the program's name; a leading `--` is dropped.
 * @returns False if it was given up. What it started may still run, so the process has to end.
 */
export async function main(words: readonly string[]): Promise<boolean> {
  const given = words[0] === "--" ? words.slice(1) : words;
  setColorEnabled(false);
  try {
    const main = program();
    const args = given[0] === "help" ? helpArgs(main, given.slice(1)) : given;
    await main.parse(versionAnywhere(args));
    return true;
  } catch (thrown) {
    const error = thrown instanceof OutputFailure ? thrown.cause : thrown;
    const isReaderGone = error instanceof Deno.errors.BrokenPipe;
    if (!isReaderGone) Deno.stderr.writeSync(new TextEncoder().encode(explain(error, given)));
    Deno.exitCode = isReaderGone ? 0 : 2;
    return false;
  }
}

if (import.meta.main && !await main(Deno.args)) Deno.exit();

/** What asks for the help of a command; an unknown name is refused. */
function helpArgs(main: Command, names: readonly string[]): string[] {
  const [name = "-"] = names;
  const isKnown = name.startsWith("-") ||
    main.getCommands().some((command) => command.getName() === name);
  return isKnown ? [...names, "--help"] : [name];
}

/** `-V` works after every command. */
function versionAnywhere(args: readonly string[]): string[] {
  const options = args.slice(0, args.includes("--") ? args.indexOf("--") : args.length);
  return options.includes("-V") || options.includes("--version") ? ["--version"] : [...args];
}

function explain(error: unknown, given: readonly string[]): string {
  if (!(error instanceof ValidationError)) return failure(error);
  const [usage = ""] = error.cmd?.getHelp().trim().split("\n") ?? [];
  return `${usage}\nauxtail: ${printable(error.message + commandHint(given))}\n`;
}

/** Where the command to observe belongs, for those who gave it as to perf record. */
function commandHint([name = "", ...words]: readonly string[]): string {
  if (!["record", "watch"].includes(name) || words.includes("--")) return "";
  let start = 0;
  for (let word = words[0]; word?.startsWith("-"); word = words[start]) {
    if (/^-[^-aqSz]$/.test(word)) start += 2;
    else if (/^(?:-[^-]+|--[a-z-]+=.*)$/.test(word)) start++;
    else return "";
  }
  const command = words.slice(start).join(" ");
  return command === "" ? "" : `; a command stands after "--": auxtail ${name} … -- ${command}`;
}
