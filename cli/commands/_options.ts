import { type Command, EnumType } from "@cliffy/command";

/** A command, whatever it takes: Cliffy's own type of one tells its options and arguments, too. */
export type AnyCommand = ReturnType<Command["getMainCommand"]>;

/** Adds what every command has that prints an answer: its format, where it goes, its colours. */
export function answerOptions(
  command: AnyCommand,
  {
    formats,
    format = "How to write the answer.",
    output =
      "Write the answer to a file. It is PATH.part until it is whole, which has to be allowed, too.",
  }: {
    readonly formats: readonly string[];
    /** What help says of `--format`. */
    readonly format?: string;
    /** What help says of `--output`; null where the command declares that option itself. */
    readonly output?: string | null;
  },
): AnyCommand {
  command.type("answer-format", new EnumType(formats))
    .option("-f, --format <format:answer-format>", format, { default: "table" });
  if (output !== null) command.option("-o, --output <path:string>", output);
  return quietOptions(colorOption(command), "Print nothing but the answer.");
}

/** Adds which recordings are read: the same for all commands that read several. */
export function inputOptions(command: AnyCommand): AnyCommand {
  return command.arguments("[file...:string]")
    .option(
      "--files-from <list:string>",
      "Read the recordings that this file lists, one path a line; - is standard input.",
    )
    .option(
      "-0, --null",
      "The paths of that list end with a NUL byte, as find -print0 writes them.",
    )
    .option("--recursive", "Enter the folders in folders, too, but not by links.");
}

/** Adds `--color`. */
export function colorOption(command: AnyCommand): AnyCommand {
  return command.type("when", new EnumType(["auto", "always", "never"]))
    .option("--color <when:when>", "When to use colour.", { default: "auto" });
}

/** Adds what keeps standard error quiet. */
export function quietOptions(command: AnyCommand, quiet: string): AnyCommand {
  return command.option("--no-progress", "Show no progress bar.")
    .option("-q, --quiet", quiet);
}

/** Adds which tails a 32-bit perf is taken to refuse. */
export function judgeOptions(command: AnyCommand): AnyCommand {
  return command.type("perf", new EnumType(["generic", "released"]))
    .option("-b, --bits <bits:integer>", "Bits that a tail may have, 8 to 52.", { default: 32 })
    .option(
      "--from-arch <name:string>",
      "Judge as a 32-bit perf on this machine would behave; a name of uname -m, as aarch64. " +
        "Implies --perf released.",
    )
    .option(
      "--perf <perf:perf>",
      "Which perf the verdict and the exit code are about: generic, the v4 patch on any machine, " +
        "or released, version 5.15 or later on the recording's machine. Default: generic.",
    );
}
