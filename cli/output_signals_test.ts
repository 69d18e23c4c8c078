import { assertEquals } from "@std/assert";
import { testOutputSignals } from "../testing/output_signals.ts";
import { WRITING_COMMANDS } from "../testing/writing_commands.ts";

testOutputSignals(WRITING_COMMANDS.filter(({ isWeb }) => !isWeb));

Deno.test("a signal ends the opening of a FIFO that nobody writes, and a read of one", async () => {
  const main = new URL("main.ts", import.meta.url).pathname;
  const commands = [["info"], ["packets", "--raw", "intel_pt"]];
  for (const args of commands) {
    for (const isWritten of [false, true]) {
      const cwd = Deno.makeTempDirSync();
      await new Deno.Command("mkfifo", { args: ["fifo"], cwd }).output();
      const permissions = ["--no-prompt", "--allow-read", "--allow-write"];
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", ...permissions, main, ...args, "fifo", "-o", "out"],
        cwd,
        stdin: "null",
        stderr: "piped",
      }).spawn();
      const names = () => [...Deno.readDirSync(cwd)].map(({ name }) => name).sort();
      while (names().length === 1) await new Promise((resolve) => setTimeout(resolve, 5));
      assertEquals(names(), ["fifo", "out.part"]);
      using _writer = isWritten ? Deno.openSync(`${cwd}/fifo`, { append: true }) : null;
      child.kill("SIGINT");
      const { code, stderr } = await child.output();
      const said = "auxtail: interrupted: what was half written is removed\n";
      assertEquals([code, new TextDecoder().decode(stderr), names()], [2, said, ["fifo"]]);
      Deno.removeSync(cwd, { recursive: true });
    }
  }
});
