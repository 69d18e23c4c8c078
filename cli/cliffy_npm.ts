/**
 * The part of Cliffy's command API that this command line uses, on the Deno standard library.
 *
 * `@cliffy/command` is published on JSR only; `deno.json` maps that name to this file,
 * `deno.jsr.json` maps it to the package, and `_tools/check_cliffy.ts` tries the command line on
 * both. Options and arguments that fit are the same to the action; what does not fit is said in
 * other words. It differs from Cliffy 1.2 where Cliffy misleads: an unknown option is an error even
 * where an argument may follow, and help wins over the other options. Words are read as
 * `parseArgs()` of `@std/cli` reads them: of the words that start with `-`, only `-` itself can be
 * the value of the option before it, so a negative number has to be joined (`--bits=-7`), and
 * `-ofile` is not `-o file`. Nothing here ends the process: a wrong command line is always thrown,
 * and `parse()` resolves after printing help or version. The caller of `parse()` decides about exit
 * codes, and about colours by `setColorEnabled()` of `@std/fmt/colors`.
 *
 * Its size is some 800 lines, where the parts of Cliffy that it stands for have 13,000:
 *
 * - `cliffy_npm.ts`, 260: the methods that the commands call, with their documentation, and what
 *   they declare. No environment variables, global options, aliases, hidden or lazy commands.
 * - `_cliffy_parse.ts`, 170: words to values by `parseArgs()`, which would take any option, and one
 *   refusal in a line for each way to be wrong, with what may have been meant.
 * - `_cliffy_help.ts`, 140: help in 80 columns, of what is declared; `man.ts` needs half of
 *   it with Cliffy, too.
 * - `cliffy_completions.ts`, 240: a script for each of three shells, which knows all words itself;
 *   those of Cliffy start the program, which takes some 0.2 s, at each press of the tab key.
 *
 * @module
 */

import { type Argument, type CommandView, helpText, type Option } from "./_cliffy_help.ts";
import {
  argumentValues,
  optionValues,
  splitCommandLine,
  ValidationError,
} from "./_cliffy_parse.ts";
import { printText } from "./output/output.ts";

export { ValidationError };

/** How an option behaves. */
export type OptionOptions = Pick<Option, "default" | "required" | "collect">;

/** A type with a fixed set of values. */
export class EnumType<T extends string> {
  readonly #values: readonly T[];

  /** Takes the allowed values, in the order in which help lists them. */
  constructor(values: readonly T[]) {
    this.#values = values;
  }

  values(): T[] {
    return [...this.#values];
  }
}

const HELP = builtIn("-h", "help", "Show this help.");
const VERSION = builtIn("-V", "version", "Show the version number.");

/** What a command does. Its parameters need explicit types; as in Cliffy, it may return a promise. */
export type ActionHandler = (this: Command, options: never, ...args: never[]) => unknown;

/**
 * A command: what it is called, what it takes, what it does.
 *
 * Options precede or follow arguments in any order. Unlike Cliffy's, the setters that follow
 * {@linkcode Command.command} in a chain still address the parent.
 *
 * @example A command with one option and one argument
 * ```ts
 * import { Command } from "@cliffy/command";
 * import { assertEquals } from "@std/assert";
 *
 * let seen: unknown;
 * const replay = new Command()
 *   .description("Replay the AUX tails of a recording.")
 *   .option("-b, --bits <bits:integer>", "Width of the positions.", { default: 32 })
 *   .arguments("<file:string>")
 *   .action((options: { bits: number }, file: string) => seen = [options.bits, file]);
 *
 * await new Command().name("auxtail").command("replay", replay).parse(["replay", "-", "--bits=40"]);
 * assertEquals(seen, [40, "-"]);
 * ```
 */
export class Command implements CommandView {
  #parent: Command | undefined;
  #name = "COMMAND";
  #version: string | undefined;
  #description = "";
  #arguments: readonly Argument[] = [];
  #action: ActionHandler | undefined;
  #literalArgs: string[] = [];
  readonly #options: Option[] = [];
  readonly #commands: Command[] = [];
  readonly #examples: ReturnType<CommandView["getExamples"]>[number][] = [];
  readonly #types = new Map<string, EnumType<string>>();

  name(name: string): this {
    this.#name = name;
    return this;
  }

  /** Sets the version; adds `-V, --version` to a main command. */
  version(version: string): this {
    this.#version = version;
    return this;
  }

  description(description: string): this {
    this.#description = description;
    return this;
  }

  /** Declares what the command takes: `<file:string>`, `[file:string]`, `<files...:string>`. */
  arguments(definition: string): this {
    this.#arguments = parseArguments(definition);
    return this;
  }

  /**
   * Declares an option: `-b, --bits <bits:integer>`, `--all`.
   *
   * The action finds it under its camelCase name. `--no-x` sets `x` to false; `x` is else true.
   */
  option(flags: string, description: string, options: OptionOptions = {}): this {
    const names = flags.split(/[\s,=]+/).filter((part) => part.startsWith("-"));
    const long = names.find((flag) => flag.startsWith("--"));
    if (long === undefined) throw new TypeError(`Cannot declare option "${flags}": no long flag`);
    const args = parseArguments(flags.match(/[<[].*$/)?.[0] ?? "");
    const option = { ...options, name: long.slice(2), flags: names, description, args };
    this.#options.push(option);
    return this;
  }

  /** Gives a name to a type, for the definitions of this command. */
  type(name: string, type: EnumType<string>): this {
    this.#types.set(name, type);
    return this;
  }

  example(name: string, description: string): this {
    this.#examples.push({ name, description });
    return this;
  }

  /** Sets what the command does, given its options and its arguments; `this` is the command. */
  action(action: ActionHandler): this {
    this.#action = action;
    return this;
  }

  command(name: string, command: Command): this {
    command.#name = name;
    command.#parent = this;
    this.#commands.push(command);
    return this;
  }

  /** Has Cliffy throw, and return after help, where it would end the process; this never ends it. */
  noExit(): this {
    return this;
  }

  getName(): string {
    return this.#name;
  }

  /** Tells the names from the main command down to this one, separated by spaces. */
  getPath(): string {
    return this.#parent ? `${this.#parent.getPath()} ${this.#name}` : this.#name;
  }

  getMainCommand(): Command {
    return this.#parent?.getMainCommand() ?? this;
  }

  /** Tells the version of this command or of the nearest parent that has one. */
  getVersion(): string | undefined {
    return this.#version ?? this.#parent?.getVersion();
  }

  getDescription(): string {
    return this.#description;
  }

  getArguments(): Argument[] {
    return [...this.#arguments];
  }

  /** Lists the options, the built-in ones first. */
  getOptions(): Option[] {
    const builtIn = this.#version !== undefined && !this.#parent ? [HELP, VERSION] : [HELP];
    return [...builtIn, ...this.#options];
  }

  getCommands(): Command[] {
    return [...this.#commands];
  }

  getExamples(): ReturnType<CommandView["getExamples"]> {
    return this.#examples;
  }

  getType(name: string): { readonly handler: EnumType<string> } | undefined {
    const handler = this.#types.get(name);
    return handler && { handler };
  }

  /** Lists what followed `--` in the command line last parsed. */
  getLiteralArgs(): string[] {
    return this.#literalArgs;
  }

  /** Writes the help, at most 80 columns wide. */
  getHelp(): string {
    return helpText(this);
  }

  /**
   * Runs the command that the arguments name, or prints help or version.
   *
   * @param args The words after the program's name.
   * @throws {ValidationError} If the arguments do not fit; its `cmd` is the command that refused.
   */
  async parse(args: readonly string[]): Promise<void> {
    try {
      await this.#run(args);
    } catch (error) {
      if (error instanceof ValidationError) error.cmd ??= this;
      throw error;
    }
  }

  async #run(args: readonly string[]): Promise<void> {
    const child = this.#commands.find((command) => command.#name === args[0]);
    if (child) return await child.parse(args.slice(1));
    if (args.length === 0 && this.#commands.length > 0 && !this.#action) {
      return printText(this.getHelp());
    }

    const line = splitCommandLine(this, args);
    if (line.given.has(HELP)) return printText(this.getHelp());
    if (line.given.has(VERSION)) return printText(`${this.#version}\n`);
    const options = optionValues(this, line.given);
    const values = argumentValues(this, line.words);
    this.#literalArgs = line.literalArgs;
    await this.#action?.(options as never, ...values as never[]);
  }
}

function builtIn(short: string, name: string, description: string): Option {
  return { name, flags: [short, `--${name}`], description, args: [] };
}

function parseArguments(definition: string): Argument[] {
  return definition.split(/\s+/).filter(Boolean).map((part) => {
    const [, bracket, name, dots, type] =
      part.match(/^([<[])([^:.,=<>[\]]+)(\.\.\.)?(?::([\w-]+))?[>\]]$/) ?? [];
    if (!name) throw new TypeError(`Cannot read "${part}": expected <name:type> or [name:type]`);
    return { name, type: type ?? "string", optional: bracket === "[", variadic: Boolean(dots) };
  });
}
