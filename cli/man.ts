import {
  type CommandView,
  type Option,
  optionText,
  placeholder,
  summary,
  usage,
} from "./_cliffy_help.ts";

/**
 * Writes the man page of a program: one page for the main command and everything below it, in the `man`
 * macros of roff.
 *
 * @example The first line
 * ```ts
 * import { Command } from "@cliffy/command";
 * import { assertEquals } from "@std/assert";
 * import { manPage } from "./man.ts";
 *
 * const page = manPage(new Command().name("auxtail").version("0.1.0"));
 * assertEquals(page.split("\n", 1), ['.TH "AUXTAIL" 1 "" "auxtail 0.1.0" "User Commands"']);
 * ```
 *
 * @param command The main command, of this command line's adapter or of Cliffy itself.
 */
export function manPage(command: CommandView): string {
  const name = command.getName();
  const version = [name, command.getVersion()].filter(Boolean).join(" ");
  const commands = descendants(command);
  const examples = [command, ...commands].flatMap((it) => it.getExamples());
  const lines = [
    `.TH "${escape(name.toUpperCase())}" 1 "" "${escape(version)}" "User Commands"`,
    ".SH NAME",
    `${escape(name)} \\- ${escape(summary(command).replace(/\.$/, ""))}`,
    ".SH SYNOPSIS",
    synopsis(command),
    ".SH DESCRIPTION",
    ...paragraphs(command.getDescription()),
    ".SH OPTIONS",
    ...command.getOptions().flatMap((option) => optionEntry(command, option)),
    ...(commands.length > 0 ? [".SH COMMANDS"] : []),
    ...commands.flatMap((child) => [
      `.SS ${escape(child.getPath())}`,
      synopsis(child),
      ".PP",
      ...paragraphs(child.getDescription()),
      ...child.getOptions().flatMap((option) => optionEntry(child, option)),
    ]),
    ...(examples.length > 0 ? [".SH EXAMPLES"] : []),
    ...examples.flatMap((example, index) => [
      ...(index > 0 ? [".PP"] : []),
      escape(example.name),
      ".PP",
      ".RS 4",
      ".nf",
      ...example.description.split("\n").map(escape),
      ".fi",
      ".RE",
    ]),
  ];
  return `${lines.join("\n")}\n`;
}

function descendants(command: CommandView): CommandView[] {
  return command.getCommands().flatMap((child) => [child, ...descendants(child)]);
}

function synopsis(command: CommandView): string {
  return `\\fB${escape(command.getPath())}\\fR ${escape(usage(command))}`;
}

function optionEntry(command: CommandView, option: Option): string[] {
  const flags = option.flags.map((flag) => `\\fB${escape(flag)}\\fR`).join(", ");
  const values = option.args.map((argument) => ` ${escape(placeholder(argument))}`).join("");
  return [".TP", flags + values, ...paragraphs(optionText(command, option), ".IP")];
}

function paragraphs(text: string, separator = ".PP"): string[] {
  return text.split(/\n{2,}/).flatMap((paragraph, index) => [
    ...(index > 0 ? [separator] : []),
    ...paragraph.split("\n").map((line) => escape(line.trim())).filter(Boolean),
  ]);
}

/** Keeps text from being read as requests, escapes or typographic dashes and quotes. */
function escape(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("'", "\\(aq")
    .replaceAll('"', "\\(dq")
    .replace(/^\./, "\\&.");
}
