import { bold, cyan } from "@std/fmt/colors";
import { wrap } from "./output/table.ts";

const COLUMNS = 80;
const WIDEST_LABEL = 28;

/** A value that a command or an option takes, from a definition such as `<file:string>`. */
export interface Argument {
  /** The name between the brackets. */
  readonly name: string;
  /** `string`, `integer`, `number`, or the name given to {@linkcode Command.type}. */
  readonly type: string;
  /** Whether the definition has square brackets. */
  readonly optional?: boolean | undefined;
  /** Whether the name ends in `...`: all that follows belongs to it. */
  readonly variadic?: boolean | undefined;
}

/** A declared option. */
export interface Option {
  /** The long flag without its dashes: `from-arch`, `no-progress`. */
  readonly name: string;
  /** All flags as typed: `["-b", "--bits"]`. */
  readonly flags: readonly string[];
  /** What the option does. */
  readonly description: string;
  /** The value it takes; empty for a flag. */
  readonly args: readonly Argument[];
  /** The value when the option is not given. Help and man page show it. */
  readonly default?: unknown;
  /** Whether leaving the option out is an error. */
  readonly required?: boolean | undefined;
  /** Whether the option may be repeated; its value is then an array. */
  readonly collect?: boolean | undefined;
}

/** What help, man page and parser ask of a command; Cliffy's own command answers it too. */
export interface CommandView {
  getName(): string;
  getPath(): string;
  getVersion(): string | undefined;
  getDescription(): string;
  getArguments(): readonly Argument[];
  getOptions(): readonly Option[];
  getCommands(): readonly CommandView[];
  getExamples(): readonly { readonly name: string; readonly description: string }[];
  getType(name: string): { readonly handler: unknown } | undefined;
}

/** Writes the help of a command, at most 80 columns wide where words and examples allow. */
export function helpText(command: CommandView): string {
  const description = command.getDescription();
  const options = command.getOptions();
  const examples = command.getExamples().flatMap(({ name, description }) => [
    `  ${name}`,
    `    ${description}`,
    "",
  ]);
  const sections = [
    `${bold("Usage:")} ${command.getPath()} ${usage(command)}`,
    section("Description", description ? indented(wrapped(description, COLUMNS - 2)) : []),
    section("Options", labelled(options.map((it) => [optionLabel(it), optionText(command, it)]))),
    section("Commands", labelled(command.getCommands().map((it) => [it.getName(), summary(it)]))),
    section("Examples", examples),
  ];
  return sections.filter(Boolean).map((text) => `${text.trimEnd()}\n`).join("\n");
}

/** Writes an argument as help shows it: `<file>`, `[files...]`. */
export function placeholder({ name, optional, variadic }: Argument): string {
  const text = variadic ? `${name}...` : name;
  return optional ? `[${text}]` : `<${text}>`;
}

/** Writes the long flag of an option with its value, if it takes one. */
export function flagWithValue(option: Option): string {
  return [`--${option.name}`, ...option.args.map(placeholder)].join(" ");
}

/** Writes what follows the path of a command in a usage line. */
export function usage(command: CommandView): string {
  return [
    "[options]",
    ...command.getOptions().filter((option) => option.required).map(flagWithValue),
    ...command.getArguments().map(placeholder),
    ...(command.getCommands().length > 0 ? ["<command>"] : []),
  ].join(" ");
}

/** Picks the first line of the description of a command. */
export function summary(command: CommandView): string {
  return command.getDescription().split("\n", 1)[0] ?? "";
}

/** Lists the values of a type that has a fixed set of them. */
export function typeValues(command: CommandView, type: string): readonly string[] | undefined {
  const handler = command.getType(type)?.handler as { values?(): readonly string[] } | undefined;
  return handler?.values?.();
}

/** Writes the description of an option with what can be told from its declaration. */
export function optionText(command: CommandView, option: Option): string {
  const values = typeValues(command, option.args[0]?.type ?? "");
  const hints = [
    option.required ? "required" : "",
    values ? `one of ${values.join(", ")}` : "",
    option.collect ? "repeatable" : "",
    option.default === undefined ? "" : `default: ${option.default}`,
  ].filter(Boolean).join("; ");
  return hints ? `${option.description} (${hints})` : option.description;
}

function optionLabel({ flags, args }: Option): string {
  const indent = flags[0]?.startsWith("--") ? "    " : "";
  return indent + [flags.join(", "), ...args.map(placeholder)].join(" ");
}

function section(title: string, lines: readonly string[]): string {
  return lines.length > 0 ? `${bold(`${title}:`)}\n\n${lines.join("\n")}` : "";
}

function labelled(rows: readonly (readonly [label: string, text: string])[]): string[] {
  const fitting = rows.map(([label]) => label.length).filter((length) => length <= WIDEST_LABEL);
  const width = Math.max(0, ...fitting);
  const margin = " ".repeat(width + 4);
  return rows.flatMap(([label, text]) => {
    const [first = "", ...rest] = wrapped(text, COLUMNS - margin.length);
    const more = rest.map((line) => margin + line);
    if (label.length > width) return [`  ${cyan(label)}`, margin + first, ...more];
    return [`  ${cyan(label)}${" ".repeat(width - label.length + 2)}${first}`, ...more];
  });
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => line && `  ${line}`);
}

function wrapped(text: string, width: number): string[] {
  return text.split("\n").flatMap((paragraph) => wrap(paragraph, width));
}
