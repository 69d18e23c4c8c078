import { runInGuest } from "./_cli.ts";
import { type Check, need } from "./check.ts";
import { pace } from "./_pace.ts";
import { thisTarget } from "./_target.ts";

/** On a quiet machine. */
const SECONDS = 240;
const PERMISSIONS = ["read", "write", "run", "env", "ffi"].map((name) => `--allow-${name}`);

/** The folder of busybox: without perf, tests that compare with it are skipped. */
const NO_PERF = "/bin";

/**
 * The tests compare with what a perf of Debian 12 does: newer ones open events in other ways, and
 * where Arm is emulated, perf takes longer than there is time.
 */
function hasOraclePerf(): boolean {
  const { arch, kernel } = thisTarget();
  return arch === "x86_64" && kernel.startsWith("6.1.");
}

async function passes(): Promise<string> {
  const limit = ["timeout", String(Math.ceil(SECONDS * pace()))];
  const options = ["--no-prompt", "--cached-only", "--no-check", "--parallel", ...PERMISSIONS];
  const command = [...limit, Deno.execPath(), "test", ...options, "live"];
  const { code, output } = await runInGuest(command, hasOraclePerf() ? {} : { path: NO_PERF });
  await Deno.writeTextFile("/out/live.txt", output);
  const failed = [...output.matchAll(/^(.+) \.\.\. FAILED/gm)].map(([, name]) => name);
  need(code === 0, `${failed.length} failed: ${failed.join("; ")}\n${output.slice(-4000)}`);
  const [, passed, rest = ""] = /^ok \| (\d+) passed[^|]*\| 0 failed(.*)$/m.exec(output) ?? [];
  need(Number(passed) > 0, `exit code ${code}, and no test passed: ${output.slice(-500)}`);
  return `${passed} passed${rest}`;
}

/** The project's own tests of what talks to the kernel. */
export const LIVE_TEST_CHECKS: readonly Check[] = [
  { name: "deno test live: every test passes", run: passes },
];
