import type { Command } from "@cliffy/command";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { callCli } from "../testing/call_cli.ts";
import { program } from "./main.ts";

function withDescendants(command: Command): Command[] {
  return [command, ...command.getCommands().flatMap(withDescendants)];
}

for (const command of withDescendants(program())) {
  const path = command.getPath();
  // Cliffy has its own words there.
  if (path.includes("completions")) continue;

  Deno.test(`${path} --help has a description and two examples of ${path}`, () => {
    assertMatch(command.getDescription(), /\.$/m);
    const examples = command.getExamples().map(({ description }) => description);
    const own = examples.filter((example) => new RegExp(`\\b${path}\\b`).test(example));
    assertEquals(own.length >= 2, true, `only: ${examples.join("; ")}`);
  });
}

Deno.test("auxtail --help names only commands that exist in its examples", () => {
  const known = new Set(program().getCommands().map((command) => command.getName()));
  const named = withDescendants(program()).flatMap((command) => command.getExamples())
    .flatMap(({ description }) => [...description.matchAll(/\bauxtail ([a-z]+)/g)])
    .map(([, name]) => name);
  assertEquals(named.filter((name) => !known.has(name!)), []);
});

Deno.test("no text of the program names a task, which only a checkout has", async () => {
  const texts = [(await callCli(["man"])).stdout];
  for (const shell of ["bash", "zsh", "fish"]) {
    texts.push((await callCli(["completions", shell])).stdout);
  }
  for (const command of withDescendants(program())) texts.push(command.getHelp());
  for (const folder of ["cli", "live", "report", "convert", "system", "packets", "auxtrace"]) {
    texts.push(...sources(new URL(`../${folder}/`, import.meta.url)));
  }
  assertEquals(texts.length > 200, true);
  assertEquals(texts.filter((text) => text.includes("deno task")), []);
});

/** The modules of a room that are no tests, those in its folders too. */
function* sources(folder: URL): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* sources(new URL(`${name}/`, folder));
    else if (/(?<!_test)\.ts$/.test(name)) yield Deno.readTextFileSync(new URL(name, folder));
  }
}

Deno.test("auxtail help says what --help says", async () => {
  for (const command of [[], ["replay"], ["completions", "zsh"]]) {
    const asked = await callCli(["help", ...command]);
    assertEquals([asked.code, asked.stderr], [0, ""]);
    assertStringIncludes(asked.stdout, ["auxtail", ...command].join(" "));
    for (const words of [[...command, "--help"], [...command, "--nosuch", "-h"]]) {
      const { stdout } = await callCli(words);
      assertEquals([words, stdout], [words, asked.stdout]);
    }
  }
});

Deno.test("auxtail help refuses an unknown command, and suggests one", async () => {
  for (const words of [["nosuch"], ["replya"], ["replya", "--help"]]) {
    const { code, stdout, stderr } = await callCli(["help", ...words]);
    assertEquals([words, code, stdout], [words, 2, ""]);
    assertMatch(stderr, /^Usage: [^\n]*\nauxtail: Unknown command "\w+"[^\n]*\n$/);
  }
});

Deno.test("auxtail refuses an option before the command, not the value of it", async () => {
  const { code, stderr } = await callCli(["--jobs", "2", "replay", "-h"]);
  assertEquals(code, 2);
  assertMatch(stderr, /"--jobs"/);
});

Deno.test("auxtail loads for --help no room that only its commands need", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "cli/main.ts"],
    env: { NO_COLOR: "1" },
  }).output();
  interface Module {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly code?: { readonly specifier: string };
      readonly isDynamic?: boolean;
    }[];
  }
  const { roots, modules } = JSON.parse(new TextDecoder().decode(stdout));
  const byName = new Map((modules as Module[]).map((module) => [module.specifier, module]));
  const loaded = new Set<string>(roots);
  for (const name of loaded) {
    for (const { code, isDynamic } of byName.get(name)?.dependencies ?? []) {
      if (code !== undefined && !isDynamic) loaded.add(code.specifier);
    }
  }
  const found = [...loaded].filter((name) =>
    /\/(?:live|packets|auxtrace|report|perf)\//.test(name)
  );
  assertEquals(found, []);
});

Deno.test("a flag of Deno that was given to auxtail is told from options", async () => {
  const lines = [
    ["--allow-write=x", "report", "f"],
    ["--allow-write=x", "record", "--", "true"],
    ["convert", "--to", "csv", "--deny-read", "f"],
    ["-A", "info", "f"],
  ];
  for (const line of lines) {
    const { code, stderr } = await callCli(line);
    assertEquals([line, code], [line, 2]);
    assertMatch(
      stderr,
      /Unknown option "-[^\n]*flag of Deno: auxtail --help says where it goes\n$/,
    );
  }
});
