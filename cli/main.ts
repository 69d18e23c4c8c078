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
import { failure } from "./_failure.ts";
import { printable } from "./output/table.ts";

const VERSION = "0.1.0";

/** The whole command line, not yet parsed. */
export function program(): Command {
  const main = new Command()
    .name("auxtail")
    .version(VERSION)
    .description(
      "Replay recordings of Linux perf's AUX area tracing, and say which AUX tails a 32-bit perf " +
        "could not have written.\n\n" +
        "FILE is a perf.data file, a directory of perf record --threads, or - for a stream of " +
        "perf record -o - on standard input.\n\n" +
        "Exit codes: 0 done and nothing found; 1 done and something found: a refused tail, a failed " +
        "check; 2 not done, or not proven because the input was cut.",
    )
    .example("What happened to this recording?", "auxtail replay perf.data")
    .example("What is in it?", "auxtail info perf.data")
    .throwErrors();
  main.command("replay", replayCommand());
  main.command("report", reportCommand());
  main.command("convert", convertCommand());
  main.command("info", infoCommand());
  main.command("dump", dumpCommand());
  main.command("check", checkCommand());
  main.command("packets", packetsCommand());
  main.command("extract", extractCommand());
  main.command("record", recordCommand());
  main.command("watch", watchCommand());
  main.command("pmus", pmusCommand());
  main.command("completions", new CompletionsCommand());
  main.command("man", manCommand(main));
  return main;
}

if (import.meta.main) {
  const given = Deno.args[0] === "--" ? Deno.args.slice(1) : Deno.args;
  const args = given[0] === "help" ? [...given.slice(1), "--help"] : given;
  setColorEnabled(false);
  try {
    await program().parse(versionAnywhere(args));
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(0);
    if (error instanceof ValidationError) {
      const [usage = ""] = error.cmd?.getHelp().trim().split("\n") ?? [];
      write(`${usage}\nauxtail: ${printable(error.message)}\n`);
    } else {
      write(failure(error));
    }
    Deno.exit(2);
  }
}

/** `-V` works behind every command. */
function versionAnywhere(args: readonly string[]): string[] {
  const options = args.slice(0, args.includes("--") ? args.indexOf("--") : args.length);
  return options.includes("-V") || options.includes("--version") ? ["--version"] : [...args];
}

function write(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}
