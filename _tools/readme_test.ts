import { assertEquals } from "@std/assert";
import { oracleTest } from "../testing/corpus.ts";

const root = new URL("..", import.meta.url);
const readme = Deno.readTextFileSync(new URL("README.md", root));
const blocks = [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, text]) => ({
  language,
  text: text!,
}));

Deno.test("README.md has only blocks that are executed", () => {
  assertEquals(new Set(blocks.map(({ language }) => language)), new Set(["sh", "console", "ts"]));
});

for (const { language, text } of blocks) {
  if (language !== "sh") continue;
  for (const command of text.trim().split("\n")) {
    if (command.endsWith(" task test")) continue;
    testOn(command, `README.md: ${command}`, async () => {
      const { code } = await run(command);
      assertEquals(
        code,
        command.includes("--from-arch") || !command.includes("exceeds") ||
          command.includes("--exit-zero")
          ? 0
          : 1,
      );
    });
  }
}

for (const { language, text } of blocks) {
  if (language !== "console") continue;
  const [first = "", ...expected] = text.split("\n");
  Deno.test(`README.md shows what ${first.slice(2)} prints`, async () => {
    const { output } = await run(first.slice(2));
    assertEquals(output.split("\n"), expected);
  });
}

for (const { language, text } of blocks) {
  if (language !== "ts") continue;
  testOn(text, `README.md: the library: ${text.split("\n")[0]}`, async () => {
    const { code, output } = await deno(["eval", "--config", "deno.json", text]);
    assertEquals(code, 0, output);
  });
}

Deno.test("README.md: what its commands wrote is removed", async () => {
  for (const name of ["perf.data", "perf.data.old", "trace"]) {
    await Deno.remove(new URL(name, root), { recursive: true }).catch(() => {});
  }
});

/** Declares a test; one that observes the machine, or needs what that left, where the kernel lets it. */
function testOn(command: string, name: string, run: () => Promise<void>): void {
  const isLive = /auxtail:live|auxtail\/live| perf\.data/.test(command);
  oracleTest(name, isLive ? ["perf events"] : [], run);
}

/** Runs a command of the README with the Deno that runs the test. */
function run(command: string): Promise<{ code: number; output: string }> {
  const words = command.replace(/^npx -y deno@[\d.]+|^deno/, "").trim().split(" ");
  return deno(words);
}

async function deno(args: string[]): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  return { code, output: text.decode(code === 2 ? stderr : stdout) };
}
