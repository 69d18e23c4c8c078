import { assertEquals, assertGreater } from "@std/assert";
import type { WritingCommand } from "./writing_commands.ts";

const driver = new URL("output_faults_driver.ts", import.meta.url).pathname;
/** Least faults that each command is run into without file systems of its own. */
const LEAST_RUNS = 10;

/** Declares a test for each command, which runs it into every fault that needs no signal. */
export function testOutputFaults(commands: readonly WritingCommand[]): void {
  const mayMount = canMount();
  if (!mayMount) {
    const line = "Skipped: outputs on full and read-only disks: cannot mount file systems\n";
    Deno.stdout.writeSync(new TextEncoder().encode(line));
  }
  for (const { name } of commands) {
    Deno.test(`${name}: an output is whole or not there, whatever is in the way`, async () => {
      const words = ["run", "--no-prompt", "--allow-all", driver, name];
      const [program, ...args] = mayMount
        ? ["unshare", "--mount", Deno.execPath(), ...words, "mount"]
        : [Deno.execPath(), ...words];
      const { stdout, stderr } = await new Deno.Command(program!, { args, stdin: "null" }).output();
      const text = new TextDecoder();
      const last = text.decode(stdout).trimEnd().split("\n").at(-1)!;
      if (!last.startsWith("{")) throw new Error(text.decode(stderr));
      const { runs, failures } = JSON.parse(last);
      assertEquals(failures, []);
      assertGreater(runs, LEAST_RUNS);
    });
  }
}

/** Whether a file system can be mounted where no other process sees it. */
function canMount(): boolean {
  const args = ["--mount", "mount", "-t", "tmpfs", "none", "/mnt"];
  try {
    return new Deno.Command("unshare", { args, stdout: "null", stderr: "null" })
      .outputSync().success;
  } catch {
    return false;
  }
}
