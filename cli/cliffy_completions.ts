/**
 * Shell completions, as `@cliffy/command/completions` has them: a command that prints a script. The
 * script is complete in itself; it never runs the program.
 *
 * @module
 */

import { type Option, summary, typeValues } from "./_cliffy_help.ts";
import { Command } from "./cliffy_npm.ts";
import { printText } from "./output/output.ts";

/**
 * Prints a completion script for bash, zsh or fish: commands, options, the values of enumerated types, file
 * names for everything else.
 *
 * @example Offering it
 * ```ts
 * import { Command } from "@cliffy/command";
 * import { CompletionsCommand } from "@cliffy/command/completions";
 * import { assertEquals } from "@std/assert";
 *
 * const completions = new CompletionsCommand();
 * new Command().name("auxtail").command("completions", completions);
 * assertEquals(completions.getCommands().map((it) => it.getPath()), [
 *   "auxtail completions bash",
 *   "auxtail completions zsh",
 *   "auxtail completions fish",
 * ]);
 * ```
 */
export class CompletionsCommand extends Command {
  /** Adds one command for each shell. */
  constructor() {
    super();
    this.description(
      "Print a completion script for a shell.\n" +
        "It completes commands, options, and the values of options that have a fixed set of them.\n\n" +
        "Written to a file as below, it is read when it is needed: in bash by the package " +
        "bash-completion; in zsh if its folder is in fpath before compinit, as by " +
        "fpath+=(~/.zfunc) in ~/.zshrc. Folders that are missing have to be made.",
    )
      .example("In every bash", `auxtail completions bash > ${INSTALLED.bash}`)
      .example("In every zsh", `auxtail completions zsh > ${INSTALLED.zsh}`)
      .example("In every fish", `auxtail completions fish > ${INSTALLED.fish}`)
      .command("bash", shell("bash", bash))
      .command("zsh", shell("zsh", zsh))
      .command("fish", shell("fish", fish));
  }
}

/** Where each shell looks for the script. */
const INSTALLED = {
  bash: "~/.local/share/bash-completion/completions/auxtail",
  zsh: "~/.zfunc/_auxtail",
  fish: "~/.config/fish/completions/auxtail.fish",
} as const;

/** How each script is used once. */
const NOW = {
  bash: "source <(auxtail completions bash)",
  zsh: "source <(auxtail completions zsh)",
  fish: "auxtail completions fish | source",
} as const;

function shell(
  name: keyof typeof NOW,
  script: (main: Command) => string,
): Command {
  return new Command()
    .description(`Print the completion script for ${name}.`)
    .example("In this shell", NOW[name])
    .example("In every shell", `auxtail completions ${name} > ${INSTALLED[name]}`)
    .action(function (): void {
      printText(script(this.getMainCommand()));
    });
}

/** Writes a line of `case` for each option that takes a value, as bash and zsh read it. */
function valueCases(
  commands: readonly Command[],
  action: (values: readonly string[]) => string,
): string {
  return commands.flatMap((command) =>
    command.getOptions().flatMap((option) => {
      const values = valuesOf(command, option);
      if (!values) return [];
      const pattern = option.flags.map((flag) => quote(`${command.getPath()} ${flag}`)).join("|");
      return `    ${pattern}) ${action(values)} ;;`;
    })
  ).join("\n");
}

function bash(main: Command): string {
  const commands = withDescendants(main);
  const name = main.getName();
  const choices = valueCases(
    commands,
    (values) => values.length > 0 ? `words=${quote(values.join(" "))}` : "compopt -o default",
  );
  const words = commands.map((command) => {
    const options = command.getOptions().flatMap((option) => option.flags).join(" ");
    const names = command.getCommands().map((child) => child.getName()).join(" ");
    const others = command.getArguments().length > 0 ? "compopt -o default" : "";
    const action = others || `words=${quote(names)}`;
    return `    ${quote(command.getPath())})
      if [[ $current == -* ]]; then words=${quote(options)}; else ${action}; fi ;;`;
  });
  return `# bash completion for ${name}
${functionName(main)}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  local at=${quote(name)} words="" i
  if [[ $current == "=" ]]; then
    current=""
  elif [[ $previous == "=" ]]; then
    previous=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
      ${pathPattern(commands, "|")}) at="$at \${COMP_WORDS[i]}" ;;
    esac
  done
  COMPREPLY=()
  case "$at $previous" in
${choices}
    *) case "$at" in
${words.join("\n")}
    esac ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F ${functionName(main)} ${quote(name)}
`;
}

function zsh(main: Command): string {
  const commands = withDescendants(main);
  const name = main.getName();
  const choices = valueCases(
    commands,
    (values) =>
      `${values.length > 0 ? `compadd -- ${values.map(quote).join(" ")}` : "_files"}; return`,
  );
  const words = commands.map((command) => {
    const options = command.getOptions().flatMap(({ flags, description }) =>
      flags.map((flag) => described(flag, description))
    );
    const names = command.getCommands().map((child) => described(child.getName(), summary(child)));
    const others = command.getArguments().length > 0 ? "; _files" : "";
    return `    ${quote(command.getPath())})
      options=(${options.join(" ")})
      commands=(${names.join(" ")})
      if [[ $current == -* ]]; then _describe -o option options
      else _describe command commands${others}; fi ;;`;
  });
  return `#compdef ${name}
${functionName(main)}() {
  local current=\${words[CURRENT]} previous=\${words[CURRENT - 1]} at=${quote(name)} i
  local -a options commands
  if [[ $current == --*=* ]]; then
    previous=\${current%%=*}
    compset -P 1 '*='
  fi
  for ((i = 2; i < CURRENT; i++)); do
    case "$at \${words[i]}" in
      ${pathPattern(commands, "|")}) at="$at \${words[i]}" ;;
    esac
  done
  case "$at $previous" in
${choices}
  esac
  case "$at" in
${words.join("\n")}
  esac
}
if [[ \${funcstack[1]} == _${name} ]]; then ${functionName(main)}
else compdef ${functionName(main)} ${quote(name)}; fi
`;
}

function fish(main: Command): string {
  const commands = withDescendants(main);
  const name = quote(main.getName());
  const lines = commands.flatMap((command) => {
    const start = `complete -c ${name} -n ${
      quote(`${functionName(main)} ${quote(command.getPath())}`)
    }`;
    const options = command.getOptions().map((option) => {
      const flags = option.flags.map((flag) =>
        flag.startsWith("--") ? `-l ${quote(flag.slice(2))}` : `-s ${quote(flag.slice(1))}`
      );
      const values = valuesOf(command, option);
      const value = values && (values.length > 0 ? `-xa ${quote(values.join(" "))}` : "-rF");
      return [start, ...flags, value, "-d", quote(option.description)].filter(Boolean).join(" ");
    });
    const names = command.getCommands().map((child) =>
      `${start} -a ${quote(child.getName())} -d ${quote(summary(child))}`
    );
    return [...options, ...names, ...(command.getArguments().length > 0 ? [`${start} -F`] : [])];
  });
  return `# fish completion for ${main.getName()}
function ${functionName(main)}
    set -l at ${name}
    for word in (commandline -opc)
        switch "$at $word"
            case ${pathPattern(commands, " ")}
                set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end
complete -c ${name} -f
${lines.join("\n")}
`;
}

function withDescendants(command: Command): Command[] {
  return [command, ...command.getCommands().flatMap(withDescendants)];
}

/** Lists the values of an enumerated option; none for a free value, undefined for a flag. */
function valuesOf(command: Command, option: Option): readonly string[] | undefined {
  const [argument] = option.args;
  return argument && (typeValues(command, argument.type) ?? []);
}

function pathPattern(commands: readonly Command[], separator: string): string {
  return commands.slice(1).map((command) => quote(command.getPath())).join(separator);
}

function functionName(main: Command): string {
  return `_${main.getName().replace(/\W/g, "_")}_completion`;
}

function described(word: string, description: string): string {
  return quote(`${word.replaceAll(":", "\\:")}:${description.replaceAll("\n", " ")}`);
}

/** Quotes for bash, zsh and fish alike. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}
