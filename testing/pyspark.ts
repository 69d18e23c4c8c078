import { DownloadError } from "./debian_packages.ts";
import { CommandError, run } from "./run_program.ts";

/** What is installed: PySpark, and what its functions on pandas frames need. */
const PACKAGES = ["pyspark==4.1.4", "pandas==2.3.3", "pyarrow==21.0.0", "numpy==2.3.5"];

const FOLDER = decodeURIComponent(new URL(".cache/pyspark-4.1.4", import.meta.url).pathname);

/** Made last. */
const COMPLETE = `${FOLDER}/complete`;

/** The Python that has PySpark. */
export const SPARK_PYTHON = `${FOLDER}/bin/python`;

/** What pip prints where the network or the registry is the cause. */
const UNREACHABLE =
  /Retrying|timed out|connection (?:broken|error)|HTTP error|Could not fetch URL/i;

/**
 * Makes a virtual environment with PySpark in `testing/.cache`, where Python and Java are there for
 * it. What is there is not fetched again.
 *
 * @throws {DownloadError} If the registry is the cause.
 */
export async function providePyspark(): Promise<void> {
  if (hasPyspark() || !hasPython() || !hasJava()) return;
  await run("python3", ["-m", "venv", "--clear", FOLDER]);
  try {
    await run(SPARK_PYTHON, ["-m", "pip", "install", "--quiet", "--no-cache-dir", ...PACKAGES]);
  } catch (error) {
    if (!(error instanceof CommandError) || !UNREACHABLE.test(error.stderr)) throw error;
    throw new DownloadError(error.message);
  }
  await Deno.writeTextFile(COMPLETE, "");
}

/** Whether PySpark is in the cache. */
export function hasPyspark(): boolean {
  try {
    return Deno.statSync(COMPLETE).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Whether there is a Python that can make the environment. */
export function hasPython(): boolean {
  const program = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))";
  return textOf("python3", ["-c", program]) !== null;
}

/** Whether there is a Java that runs Spark 4. */
export function hasJava(): boolean {
  return Number(/version "(\d+)/.exec(textOf("java", ["-version"]) ?? "")?.[1] ?? 0) >= 17;
}

/** What a program prints; null if it fails, or is not there. */
function textOf(program: string, args: readonly string[]): string | null {
  try {
    const { success, stdout, stderr } = new Deno.Command(program, { args: [...args] }).outputSync();
    const text = new TextDecoder();
    return success ? text.decode(stdout) + text.decode(stderr) : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
