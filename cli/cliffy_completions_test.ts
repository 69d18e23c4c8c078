import { assertEquals } from "@std/assert";
import { CompletionsCommand } from "./cliffy_completions.ts";
import { Command, EnumType } from "./cliffy_npm.ts";

function program(): Command {
  const replay = new Command()
    .description("Replay: the tails, it's quick.")
    .type("format", new EnumType(["table", "json"]))
    .option("-f, --format <format:format>", "Output format, 'table' if in doubt.")
    .option("-o, --output <file:string>", "Write to this file.")
    .option("--all", "Show all tails.")
    .arguments("<file:string>")
    .action(() => {});
  return new Command().name("aux-tail")
    .command("replay", replay)
    .command("pmus", new Command().description("List PMUs.").action(() => {}))
    .command("completions", new CompletionsCommand());
}

async function script(shell: string): Promise<string> {
  const chunks: string[] = [];
  const { writeSync } = Deno.stdout;
  Deno.stdout.writeSync = (bytes) => {
    chunks.push(new TextDecoder().decode(bytes));
    return bytes.length;
  };
  try {
    await program().parse(["completions", shell]);
  } finally {
    Deno.stdout.writeSync = writeSync;
  }
  return chunks.join("");
}

/** Whether tests may run bash, and bash is there. */
async function hasBash(): Promise<boolean> {
  const { state } = await Deno.permissions.query({ name: "run", command: "bash" });
  if (state !== "granted") return false;
  try {
    return (await new Deno.Command("bash", { args: ["-c", ":"] }).output()).success;
  } catch {
    return false;
  }
}

Deno.test({
  name: "CompletionsCommand prints a bash script that completes in bash",
  ignore: !await hasBash(),
  fn: async () => {
    const cases: [words: string[], completions: string][] = [
      [["aux-tail", ""], "replay pmus completions"],
      [["aux-tail", "re"], "replay"],
      [["aux-tail", "-"], "-h --help"],
      [["aux-tail", "completions", ""], "bash zsh fish"],
      [["aux-tail", "replay", "--"], "--help --format --output --all"],
      [["aux-tail", "replay", "--format", ""], "table json"],
      [["aux-tail", "replay", "-f", "j"], "json"],
      [["aux-tail", "replay", "--format", "="], "table json"],
      [["aux-tail", "replay", "--format", "=", "t"], "table"],
      [["aux-tail", "replay", "pmus", "--f"], "--format"],
      [["aux-tail", "replay", "--output", "x"], "FILES"],
      [["aux-tail", "replay", "x"], "FILES"],
      [["aux-tail", "pmus", ""], ""],
    ];
    const trials = cases.map(([words]) =>
      `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}
      files=; _aux_tail_completion; echo "\${COMPREPLY[*]}$files"`
    );
    const lines = [await script("bash"), 'compopt() { files="FILES"; }', ...trials];
    const { stdout, stderr } = await new Deno.Command("bash", {
      args: ["--norc", "-c", lines.join("\n")],
    }).output();
    assertEquals(new TextDecoder().decode(stderr), "");
    assertEquals(
      new TextDecoder().decode(stdout).trimEnd().split("\n"),
      cases.map(([, completions]) => completions).join("\n").trimEnd().split("\n"),
    );
  },
});

Deno.test("CompletionsCommand prints a zsh script with quoted descriptions and values", async () => {
  const text = await script("zsh");
  assertEquals(text.split("\n")[0], "#compdef aux-tail");
  const expected = [
    `'replay:Replay: the tails, it'"'"'s quick.'`,
    `'--format:Output format, '"'"'table'"'"' if in doubt.'`,
    `'aux-tail replay -f'|'aux-tail replay --format') compadd -- 'table' 'json'; return ;;`,
    `'aux-tail replay -o'|'aux-tail replay --output') _files; return ;;`,
  ];
  assertEquals(expected.filter((part) => !text.includes(part)), []);
});

Deno.test("CompletionsCommand prints a fish script with a line for each option and command", async () => {
  const text = await script("fish");
  const at = (path: string): string =>
    `complete -c 'aux-tail' -n '_aux_tail_completion '"'"'${path}'"'"''`;
  const expected = [
    `${at("aux-tail")} -a 'pmus' -d 'List PMUs.'`,
    `${at("aux-tail replay")} -l 'all' -d 'Show all tails.'`,
    `${at("aux-tail replay")} -s 'o' -l 'output' -rF -d 'Write to this file.'`,
    `${at("aux-tail replay")} -F`,
    `${at("aux-tail completions")} -a 'zsh' -d 'Print the completion script for zsh.'`,
  ];
  const lines = text.split("\n");
  assertEquals(expected.filter((line) => !lines.includes(line)), []);
  assertEquals(lines.some((line) => line.includes("-xa 'table json'")), true);
  assertEquals(lines.includes(`${at("aux-tail pmus")} -F`), false);
});

Deno.test("CompletionsCommand has two examples for each shell", () => {
  const [completions] = program().getCommands().filter((it) => it.getName() === "completions");
  for (const command of completions!.getCommands()) {
    const examples = command.getExamples().map(({ description }) => description);
    assertEquals(examples.length, 2);
    for (const it of examples) assertEquals(it.includes(`completions ${command.getName()}`), true);
  }
});
