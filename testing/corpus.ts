import { openPerfFile } from "../mod.ts";
import { perfEventOpen, SyscallError } from "../live/mod.ts";
import { newerPerfs } from "./perf_programs.ts";
import { hasJava, hasPyspark, hasPython } from "./pyspark.ts";

/** What the comparisons with the outside world need. */
export type Oracle =
  | "corpus"
  | "perf"
  | "newer perfs"
  | "perf events"
  | "libipt"
  | "trc_pkt_lister"
  | "gcc"
  | "jq"
  | "script"
  | "python3"
  | "python 3.11"
  | "java 17"
  | "pyspark";

const folder = new URL("../../shared/corpus/", import.meta.url);

/** Folders of recordings that are not malformed. */
const KINDS = ["lab", "linux-perf-data", "quipper", "simpleperf"];

/** Says why an oracle is missing; null if it is there. */
const missing: Readonly<Record<Oracle, () => string | null>> = {
  corpus: () => exists(folder) ? null : "no ../shared/corpus beside the project",
  perf: () => runs("perf") ? null : "perf is not installed",
  "newer perfs": () => newerPerfs().length > 0 ? null : "no newer perfs: run deno task perfs",
  "perf events": refusal,
  gcc: () => runs("gcc") ? null : "gcc is not installed",
  jq: () => runs("jq") ? null : "jq is not installed",
  python3: () => runs("python3") ? null : "python3 is not installed",
  "python 3.11": () => hasPython() ? null : "no Python 3.11 or later with venv",
  "java 17": () => hasJava() ? null : "no Java 17 or later",
  pyspark: () => hasPyspark() ? null : "PySpark could not be downloaded",
  script: () => runs("script") ? null : "script, of util-linux, is not installed",
  libipt: () => missingHeader("intel-pt.h"),
  "trc_pkt_lister": () => {
    return runs("trc_pkt_lister", ["-ss_dir", "", "-logfilename", "/dev/null"])
      ? null
      : "OpenCSD is not installed";
  },
};

/** What a machine may lack in CI, too. */
const MAY_LACK: readonly Oracle[] = ["newer perfs", "perf events", "pyspark"];

/**
 * Declares a test that needs something from outside. Where that is missing the test is skipped,
 * with a line that says so; in CI it fails, unless it is the kernel that refuses or a download that
 * failed, or the tests were started without permission to ask, as those of
 * `deno task test:unit` are.
 *
 * @param lacks What could not be downloaded for it, if anything.
 */
export function oracleTest(
  name: string,
  needs: readonly Oracle[],
  run: (t: Deno.TestContext) => void | Promise<void>,
  lacks: string | null = null,
): void {
  const isPure = needs.every((need) => need === "corpus");
  const mayAsk = isPure || isGranted("run") && isGranted("ffi");
  const reasonOf = (need: Oracle) =>
    mayAsk ? missing[need]() : "no permission to run programs and ask the kernel";
  const reason = lacks ?? needs.map(reasonOf).find((reason) => reason !== null);
  const mayLack = lacks !== null ||
    needs.some((need) => MAY_LACK.includes(need) && reasonOf(need) !== null);
  const ignore = reason !== undefined && (!mayAsk || mayLack || Deno.env.get("CI") !== "true");
  if (ignore) Deno.stdout.writeSync(new TextEncoder().encode(`Skipped: ${name}: ${reason}\n`));
  Deno.test({
    name,
    ignore,
    fn: (t) => {
      if (reason !== undefined) throw new Error(`Cannot compare: ${reason}`);
      return run(t);
    },
  });
}

/** Path of a corpus file, given as `folder/name`. */
export function corpusPath(name: string): string {
  return decodeURIComponent(new URL(name, folder).pathname);
}

/** Bytes of the AUXTRACE records of a recording. */
export function chunkBytes(path: string): Uint8Array[] {
  using file = openPerfFile(path);
  return [...file.auxChunks()].map((chunk) => chunk.read());
}

/** Names of the files in one of the corpus' folders, as `folder/name`. */
export function corpusNames(kind: string): string[] {
  return [...Deno.readDirSync(corpusPath(kind))].map(({ name }) => `${kind}/${name}`).sort();
}

/** Names of all recordings of the corpus that are not malformed on purpose. */
export function recordingNames(): string[] {
  return KINDS.flatMap(corpusNames);
}

/** Names in `testdata/` that end in `suffix`. */
export function fixtureNames(suffix: string): string[] {
  return [...Deno.readDirSync(fixturePath(""))].map(({ name }) => name)
    .filter((name) => name.endsWith(suffix)).sort();
}

/** Path of a file in `testdata/`. */
export function fixturePath(name: string): string {
  return decodeURIComponent(new URL(`../testdata/${name}`, import.meta.url).pathname);
}

/** Runs `use` on all items, at most two at a time. */
export async function twoAtATime<T>(
  items: readonly T[],
  use: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const worker = async () => {
    for (const item of rest) await use(item);
  };
  await Promise.all([worker(), worker()]);
}

function isGranted(name: "run" | "ffi"): boolean {
  return Deno.permissions.querySync({ name }).state === "granted";
}

function exists(url: URL): boolean {
  try {
    return Deno.statSync(url).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function runs(program: string, args: readonly string[] = ["--version"]): boolean {
  try {
    return new Deno.Command(program, { args: [...args] }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Why C programs cannot include a header; null if they can. */
function missingHeader(name: string): string | null {
  if (!runs("gcc")) return "gcc is not installed";
  const args = ["-fsyntax-only", "-include", name, "-x", "c", "/dev/null"];
  const { success } = new Deno.Command("gcc", { args, stderr: "null" }).outputSync();
  return success ? null : `${name} is not installed`;
}

/** Why the kernel does not let this process observe all that runs; null if it does. */
function refusal(): string | null {
  try {
    using _event = perfEventOpen({ type: 1, flags: ["disabled"] }, { pid: -1, cpu: 0 });
    return null;
  } catch (error) {
    if (error instanceof SyscallError || error instanceof Deno.errors.NotSupported) {
      return error.message;
    }
    throw error;
  }
}
