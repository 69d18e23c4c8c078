import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { findObstacles } from "../live/obstacles.ts";
import { listPmus } from "../live/pmu.ts";
import { fakeFiles } from "../testing/fake_files.ts";
import { ARM_SPE, CPU, CS_ETM, INTEL_PT } from "../testing/fake_pmus.ts";
import { runCli } from "../testing/run_cli.ts";
import { tableLines } from "./actions/pmus.ts";
import { style } from "./output/style.ts";

const FFI = ["--allow-ffi"];

/** PMUs of this machine by another way: names and types as a shell sees them. */
async function shellPmus(): Promise<Record<string, number>> {
  const command = "cd /sys/bus/event_source/devices && for d in *; do echo $d $(cat $d/type); done";
  const { stdout } = await new Deno.Command("sh", { args: ["-c", command] }).output();
  const lines = new TextDecoder().decode(stdout).trim().split("\n").map((line) => line.split(" "));
  return Object.fromEntries(lines.map(([name, type]) => [name, Number(type)]));
}

Deno.test("auxtail pmus lists what sysfs has, with --allow-ffi alone", async () => {
  const { code, stdout, stderr } = await runCli(["pmus", "--format", "json"], { permissions: FFI });
  assertEquals([code, stderr], [0, ""]);
  const { schema, pmus, obstacles } = JSON.parse(stdout);
  assertEquals(schema, "auxtail.pmus/1");
  const listed = pmus.map(({ name, type }: { name: string; type: number }) => [name, type]);
  assertEquals(Object.fromEntries(listed), await shellPmus());
  for (const { what, cure } of obstacles) assert(what !== "" && cure !== "");
});

Deno.test("auxtail pmus writes a line for each PMU, then one for the obstacles", async () => {
  const { code, stdout } = await runCli(["pmus", "--format", "ndjson"], { permissions: FFI });
  assertEquals(code, 0);
  const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.slice(0, -1).map(({ name }) => name), Object.keys(await shellPmus()).sort());
  assert(Array.isArray(lines.at(-1).obstacles));
});

Deno.test("auxtail pmus says in one line that it needs --allow-ffi", async () => {
  const { code, stdout, stderr } = await runCli(["pmus"], { permissions: [] });
  assertEquals([code, stdout], [2, ""]);
  assertMatch(stderr, /^auxtail: no permission: run with --allow-ffi[^\n]*\n$/);
  const help = await runCli(["pmus", "--help"], { permissions: [] });
  assertStringIncludes(help.stdout, "--allow-ffi");
});

Deno.test("auxtail pmus prints a table of at most 80 columns", () => {
  const files = fakeFiles({
    ...INTEL_PT,
    ...ARM_SPE,
    ...CS_ETM,
    ...CPU,
    "/proc/sys/kernel/perf_event_paranoid": "3\n",
    "/proc/sys/kernel/perf_event_mlock_kb": "516\n",
  });
  const pmus = listPmus(files);
  const lines = [...tableLines(pmus, findObstacles(files, pmus), style({ color: "never" }))];
  assertEquals(lines.filter((line) => line.length > 80), []);
  const [heading, spe, cpu, etm, pt] = lines.map((line) => line.split(/\s+/).slice(0, 5));
  assertEquals(heading, ["name", "type", "AUX", "cpus", "formats"]);
  assertEquals(spe, ["arm_spe_0", "9", "yes", "0-3,8", "branch_filter"]);
  assertEquals(cpu, ["cpu", "4", "no", "any", "event"]);
  assertEquals([etm![2], pt![2]], ["yes", "yes"]);
  assertStringIncludes(lines.join("\n"), "- perf_event_paranoid is 3: ");
  assertStringIncludes(lines.join("\n"), "  cure: ");
});
