/** A perf that can be run. */
export interface PerfProgram {
  /** Version as it tells it, such as `7.3.4`. */
  readonly version: string;
  /** What to run: `perf`, which the machine has, or the path of one in the cache. */
  readonly path: string;
}

/** Where `deno task perfs` unpacks newer perfs: a folder for each suite of Debian. */
export const PERF_CACHE = decodeURIComponent(new URL(".cache/perf", import.meta.url).pathname);

/** The perf of the machine, and those in the cache that are newer; the oldest first. */
export function perfPrograms(): PerfProgram[] {
  const paths = suites().map((suite) => `${PERF_CACHE}/${suite}/perf`);
  const [installed, ...cached] = ["perf", ...paths].map(programAt);
  const newer = cached.filter((perf) => perf && !(installed && isAtLeast(installed, perf.version)));
  return [installed ?? null, ...newer].filter((perf) => perf !== null)
    .sort((a, b) => versionNumber(a.version) - versionNumber(b.version));
}

/** The perfs in the cache that are newer than the one of the machine, the oldest first. */
export function newerPerfs(): PerfProgram[] {
  return perfPrograms().filter(({ path }) => path !== "perf");
}

/** Whether a perf is of a version such as `6.12`, or a newer one. */
export function isAtLeast(perf: PerfProgram, version: string): boolean {
  return versionNumber(perf.version) >= versionNumber(version);
}

/** Major and minor as one number; what follows fixes bugs only. */
function versionNumber(version: string): number {
  const [major, minor] = version.split(".").map((part) => parseInt(part));
  return major! * 1000 + minor!;
}

function suites(): string[] {
  try {
    return [...Deno.readDirSync(PERF_CACHE)].map(({ name }) => name)
      .filter((name) => !name.endsWith(".partial"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function programAt(path: string): PerfProgram | null {
  try {
    const { stdout } = new Deno.Command(path, { args: ["--version"] }).outputSync();
    const [, version] = /^perf version (\S+)/.exec(new TextDecoder().decode(stdout)) ?? [];
    return version === undefined ? null : { version, path };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
