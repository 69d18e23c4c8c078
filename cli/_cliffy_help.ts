import { EnumType } from "@cliffy/command";
import { bold, cyan } from "@std/fmt/colors";

const COLUMNS = 80;
const WIDEST_LABEL = 28;

/** What help and man page show of an argument. */
interface ArgumentView {
  readonly name: string;
  readonly type: string;
  readonly optional?: boolean | undefined;
  readonly variadic?: boolean | undefined;
}

/** What help and man page show of an option. */
export interface OptionView {
  readonly name: string;
  readonly flags: readonly string[];
  readonly description: string;
  readonly args: readonly ArgumentView[];
  readonly default?: unknown;
  readonly required?: boolean | undefined;
  readonly collect?: boolean | undefined;
}

/** What help and man page ask of a command; Cliffy's own command answers it too. */
export interface CommandView {
  getName(): string;
  getPath(): string;
  getVersion(): string | undefined;
  getDescription(): string;
  getArguments(): readonly ArgumentView[];
  getOptions(): readonly OptionView[];
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
    section("Description", description ? indented(wrap(description, COLUMNS - 2)) : []),
    section("Options", table(options.map((it) => [optionLabel(it), optionText(command, it)]))),
    section("Commands", table(command.getCommands().map((it) => [it.getName(), summary(it)]))),
    section("Examples", examples),
  ];
  return sections.filter(Boolean).map((text) => `${text.trimEnd()}\n`).join("\n");
}

/** Writes an argument as help shows it: `<file>`, `[files...]`. */
export function placeholder({ name, optional, variadic }: ArgumentView): string {
  const text = variadic ? `${name}...` : name;
  return optional ? `[${text}]` : `<${text}>`;
}

/** Writes the long flag of an option with its value, if it takes one. */
export function flagWithValue(option: OptionView): string {
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

/** Writes the description of an option with what can be told from its declaration. */
export function optionText(command: CommandView, option: OptionView): string {
  const type = command.getType(option.args[0]?.type ?? "")?.handler;
  const hints = [
    option.required ? "required" : "",
    type instanceof EnumType ? `one of ${type.values().join(", ")}` : "",
    option.collect ? "repeatable" : "",
    option.default === undefined ? "" : `default: ${option.default}`,
  ].filter(Boolean).join("; ");
  return hints ? `${option.description} (${hints})` : option.description;
}

function optionLabel({ flags, args }: OptionView): string {
  const indent = flags[0]?.startsWith("--") ? "    " : "";
  return indent + [flags.join(", "), ...args.map(placeholder)].join(" ");
}

function section(title: string, lines: readonly string[]): string {
  return lines.length > 0 ? `${bold(`${title}:`)}\n\n${lines.join("\n")}` : "";
}

function table(rows: readonly (readonly [label: string, text: string])[]): string[] {
  const fitting = rows.map(([label]) => label.length).filter((length) => length <= WIDEST_LABEL);
  const width = Math.max(0, ...fitting);
  const margin = " ".repeat(width + 4);
  return rows.flatMap(([label, text]) => {
    const [first = "", ...rest] = wrap(text, COLUMNS - margin.length);
    const more = rest.map((line) => margin + line);
    if (label.length > width) return [`  ${cyan(label)}`, margin + first, ...more];
    return [`  ${cyan(label)}${" ".repeat(width - label.length + 2)}${first}`, ...more];
  });
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => line && `  ${line}`);
}

function wrap(text: string, width: number): string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lines: string[] = [];
    let line = "";
    for (const word of paragraph.split(" ")) {
      const longer = line ? `${line} ${word}` : word;
      if (line && longer.length > width) lines.push(line);
      line = line && longer.length > width ? word : longer;
    }
    return [...lines, line];
  });
}
