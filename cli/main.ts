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
import type { AnyCommand } from "./commands/_options.ts";
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
        "position is beyond 2^64.\n\n" +
        "Permissions are those of Deno: to read is enough, unless a command writes a file (-o) or " +
        "observes this machine. What is not allowed, Deno asks for on a terminal; elsewhere the exit " +
        "code is 2, and a line names the flag, as --allow-write=report.html. Flags go where " +
        "--allow-read stands: after deno run, or after deno install --force. The auxtail of npm " +
        "takes them before the command: auxtail --allow-write=report.html report ….",
    )
    .example("What happened to this recording?", "auxtail replay perf.data")
    .example("What is in it?", "auxtail info perf.data")
    .noExit();
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
    requireDeno(Deno.version.deno);
    const main = program();
    await main.parse(commandLine(main, given));
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

/**
 * Refuses versions of Deno that miscount what they unpack: whole recordings would be called damaged.
 *
 * @internal
 * @throws {Deno.errors.NotSupported} If this is one.
 */
export function requireDeno(version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 2 || major === 2 && minor >= 9) return;
  throw new Deno.errors.NotSupported(
    `Deno ${version} is too old: auxtail needs 2.9 or later; run: deno upgrade`,
  );
}

/**
 * Takes what Cliffy would refuse or overlook out of the words: help and version are asked for among
 * others, too, and nothing is empty.
 */
function commandLine(main: Command, words: readonly string[]): string[] {
  const end = words.indexOf("--");
  const before = end < 0 ? words : words.slice(0, end);
  const asks = (...flags: string[]) => flags.some((flag) => before.includes(flag));
  if (asks("-V", "--version")) return ["-V"];
  const asksHelp = before[0] === "help";
  const names = before.slice(asksHelp ? 1 : 0).filter((word) => !word.startsWith("-"));
  const named = namedCommands(main, names);
  if (asksHelp || asks("-h", "--help")) {
    if (named.length === 0 && names.length > 0) {
      // After an option, which is refused then, the first name may be its value.
      return /^-(?!h$|-help$)/.test(before[0] ?? "") ? [...words] : names.slice(0, 1);
    }
    return [...named.map((command) => command.getName()), "--help"];
  }
  const [empty] = before.filter((word) => /^(?:-[^=]*=)?$/s.test(word));
  if (empty === undefined) return [...words];
  const error = new ValidationError(
    empty === ""
      ? "An argument is empty; a variable of the shell may be unset"
      : `Option "${empty.slice(0, -1)}" needs a value`,
  );
  // Without it Cliffy's commands have no help yet.
  main.getHelp();
  error.cmd = named.at(-1) ?? main;
  throw error;
}

/** Finds the commands that words name, each in the one before it. */
function namedCommands(parent: AnyCommand, names: readonly string[]): AnyCommand[] {
  const child = parent.getCommands().find((command) => command.getName() === names[0]);
  return child === undefined ? [] : [child, ...namedCommands(child, names.slice(1))];
}

function explain(error: unknown, given: readonly string[]): string {
  if (!(error instanceof ValidationError)) return failure(error);
  const [usage = ""] = error.cmd?.getHelp().trim().split("\n") ?? [];
  const message = error.message.replace(/\.$/, "");
  return `${usage}\nauxtail: ${printable(message + flagHint(message) + commandHint(given))}\n`;
}

/** Where a flag of Deno belongs, for those who gave it to auxtail. */
function flagHint(message: string): string {
  return /^Unknown option "(?:--(?:allow|deny)-[\w-]+|--no-prompt|-[ARW])"/.test(message)
    ? "; that is a flag of Deno: auxtail --help says where it goes"
    : "";
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
