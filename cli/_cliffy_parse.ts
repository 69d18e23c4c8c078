import { parseArgs } from "@std/cli/parse-args";
import { closestString } from "@std/text/closest-string";
import {
  type CommandView,
  flagWithValue,
  type Option,
  placeholder,
  typeValues,
} from "./_cliffy_help.ts";

/** Reports a command line that cannot be carried out as typed. */
export class ValidationError extends Error {
  /** The name of the class, for messages. */
  override readonly name = "ValidationError";
  /** The command that refused. Set by {@linkcode Command.parse}. */
  cmd?: CommandView & { getHelp(): string };
}

/** A command line taken apart. */
interface CommandLine {
  /** The options that were given, with their values. */
  readonly given: ReadonlyMap<Option, unknown>;
  /** What is neither option nor value of an option. */
  readonly words: readonly string[];
  /** What followed `--`. */
  readonly literalArgs: string[];
}

/** Takes the arguments of a command apart. Flags are strings too: a bare one is "", `--all=yes` is not. */
export function splitCommandLine(command: CommandView, args: readonly string[]): CommandLine {
  const options = command.getOptions();
  const names = options.map((option) => option.name);
  const words: string[] = [];
  const found: Record<string, unknown> = parseArgs(unambiguous(command, args), {
    "--": true,
    alias: Object.fromEntries(options.map(({ name, flags }) => [
      name,
      flags.map((flag) => flag.replace(/^--?/, "")).filter((other) => other !== name),
    ])),
    boolean: options.filter((option) => option.args.length === 0).map((option) => option.name),
    string: names,
    collect: names,
    unknown: (word: string, key = "") => key ? findOption(command, `-${key}`) : words.push(word),
  });
  const given = new Map<Option, unknown>();
  for (const option of options) {
    const texts = found[option.name] as unknown[];
    if (texts.length > 0) given.set(option, optionValue(command, option, texts));
  }
  return { given, words, literalArgs: found["--"] as string[] };
}

/** Names the values of options as the action gets them, defaults included. */
export function optionValues(
  command: CommandView,
  given: ReadonlyMap<Option, unknown>,
): Record<string, unknown> {
  const options = command.getOptions();
  const result: Record<string, unknown> = {};
  for (const [option, value] of given) result[keyOf(option)] = value;
  for (const option of options) {
    const key = keyOf(option);
    if (Object.hasOwn(result, key)) continue;
    if (option.required) throw new ValidationError(`Missing option: ${flagWithValue(option)}`);
    const value = option.default ?? (isNegation(option) ? true : undefined);
    if (value !== undefined) result[key] = value;
  }
  return result;
}

/** Converts the words of a command line to the arguments that the command declares. */
export function argumentValues(command: CommandView, words: readonly string[]): unknown[] {
  const declared = command.getArguments();
  const [first] = words;
  if (declared.length === 0 && first !== undefined) {
    const names = command.getCommands().map((child) => child.getName());
    throw new ValidationError(
      names.length > 0
        ? `Unknown command "${first}"${didYouMean(first, names)}`
        : `Command "${command.getPath()}" takes no arguments, got "${words.join(" ")}"`,
    );
  }
  const left = [...words];
  const values = declared.flatMap((argument) => {
    const taken = left.splice(0, argument.variadic ? left.length : 1);
    if (taken.length === 0 && !argument.optional) {
      throw new ValidationError(`Missing argument: ${placeholder(argument)}`);
    }
    const label = `Argument "${argument.name}"`;
    return taken.map((text) => convert(command, argument.type, label, text));
  });
  if (left.length > 0) throw new ValidationError(`Too many arguments: "${left.join(" ")}"`);
  return values;
}

/**
 * Refuses words that `parseArgs()` would misread, and the first unknown option, where it would name a
 * later one. Joins `--output -`, which it would tear apart.
 */
function unambiguous(command: CommandView, args: readonly string[]): string[] {
  const end = [...args, "--"].indexOf("--");
  const result: string[] = [];
  let wantsValue = false;
  for (const word of args.slice(0, end)) {
    const [letter] = word.match(/^-[^-]/u) ?? [];
    if (letter !== undefined && !wantsValue) findOption(command, letter);
    result.push(word === "-" && wantsValue ? `${result.pop()}=-` : word);
    const [flag] = word.match(/^--.[^=]*|^-[^=]{2,}(?==)/s) ?? [];
    wantsValue = flag !== undefined && findOption(command, flag).args.length > 0 && flag === word;
    if (flag?.startsWith("--no-") && flag !== word) {
      throw new ValidationError(`Option "${flag}" takes no value`);
    }
  }
  return [...result, ...args.slice(end)];
}

function findOption(command: CommandView, flag: string): Option {
  const found = command.getOptions().find((option) => option.flags.includes(flag));
  if (found) return found;
  const known = command.getOptions().flatMap((option) => option.flags);
  throw new ValidationError(`Unknown option "${flag}"${didYouMean(flag, known)}`);
}

function optionValue(command: CommandView, option: Option, texts: readonly unknown[]): unknown {
  const { args: [argument], collect } = option;
  const label = `Option "--${option.name}"`;
  if (texts.length > 1 && !collect) throw new ValidationError(`${label} is given more than once`);
  const values = texts.map((text) => {
    if (argument && text !== "") return convert(command, argument.type, label, String(text));
    if (argument) throw new ValidationError(`${label} needs a value: ${flagWithValue(option)}`);
    if (text !== "") throw new ValidationError(`${label} takes no value`);
    return !isNegation(option);
  });
  return collect ? values : values[0];
}

function convert(command: CommandView, type: string, label: string, text: string): unknown {
  if (type === "string") return text;
  if (type === "integer" || type === "number") {
    const number = text.trim() === "" ? NaN : Number(text);
    if (type === "integer" ? Number.isInteger(number) : Number.isFinite(number)) return number;
    const wanted = type === "integer" ? "an integer" : "a number";
    throw new ValidationError(`${label} must be ${wanted}, got "${text}"`);
  }
  const choices = typeValues(command, type);
  if (!choices) throw new TypeError(`Cannot convert "${text}": unknown type "${type}"`);
  if (choices.includes(text)) return text;
  const hint = didYouMean(text, choices);
  throw new ValidationError(`${label} must be one of ${choices.join(", ")}, got "${text}"${hint}`);
}

function isNegation(option: Option): boolean {
  return option.name.startsWith("no-");
}

function keyOf(option: Option): string {
  const name = option.name.replace(/^no-/, "");
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** Suggests the closest word if, apart from one stretch in the middle, at least half of it is the same. */
function didYouMean(word: string, known: readonly string[]): string {
  const closest: string = closestString(word, [...known]);
  const [shorter = "", longer = ""] = [word, closest].map((text) => text.replace(/^-+/, ""))
    .sort((a, b) => a.length - b.length);
  let start = 0;
  while (start < shorter.length && shorter[start] === longer[start]) start++;
  let end = 0;
  while (end < shorter.length - start && shorter.at(-1 - end) === longer.at(-1 - end)) end++;
  return (start + end) * 2 >= longer.length ? `, did you mean "${closest}"?` : "";
}
