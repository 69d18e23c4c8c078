import { assertEquals } from "@std/assert";
import { type CliRun, runCli } from "../testing/run_cli.ts";

/** Runs `auxtail packets` with read permission for its input only. */
export async function packets(bytes: Uint8Array, ...args: readonly string[]): Promise<CliRun> {
  const path = Deno.makeTempFileSync({ suffix: ".perf.data" });
  try {
    Deno.writeFileSync(path, bytes);
    return await runCli(["packets", ...args, path], { permissions: [`--allow-read=${path}`] });
  } finally {
    Deno.removeSync(path);
  }
}

/** What is printed, in lines. */
export async function linesOf(bytes: Uint8Array, ...args: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await packets(bytes, ...args);
  assertEquals([code, stderr], [0, ""]);
  return stdout.split("\n").slice(0, -1);
}
