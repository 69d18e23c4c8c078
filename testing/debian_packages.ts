import { CommandError, exists, type Outcome, run, type RunOptions } from "./run_program.ts";

/** Something could not be fetched: a later run may work. */
export class DownloadError extends Error {
  override readonly name = "DownloadError";
}

/** What apt-get prints where the network or a mirror is the cause. */
const UNREACHABLE = /Failed to fetch|Could not (?:resolve|connect)|Unable to connect|timed out/i;
/** What apt-get prints about a package that its lists do not have, perhaps because they are missing. */
const UNLISTED = /Unable to locate package|has no installation candidate/;
/** What it prints where the lists of two suites or architectures are of different days. */
const OUT_OF_STEP = /have unmet dependencies/;

/** Runs apt-get, waiting for others that hold its lock. */
export function aptGet(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return run("apt-get", ["-o", "DPkg::Lock::Timeout=300", ...args], {
    ...options,
    env: { DEBIAN_FRONTEND: "noninteractive" },
  });
}

/** Updates the lists of packages; returns what that said about mirrors that failed. */
export async function update(settings: readonly string[] = []): Promise<string> {
  const { stderr } = await aptGet([...settings, "update"], { accept: [0, 100] });
  return stderr;
}

/**
 * Fetches packages with apt-get.
 *
 * @throws {DownloadError} If the mirrors are the cause, also by the lists that `updateLog` is about.
 */
export async function fetchPackages(
  args: readonly string[],
  { updateLog, ...options }: RunOptions & { readonly updateLog: string },
): Promise<void> {
  try {
    await aptGet(args, options);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const { stderr, message } = error;
    const listsAreMissing = UNLISTED.test(stderr) && UNREACHABLE.test(updateLog);
    if (!listsAreMissing && !UNREACHABLE.test(stderr) && !OUT_OF_STEP.test(stderr)) throw error;
    throw new DownloadError(listsAreMissing ? `${updateLog}\n${message}` : message);
  }
}

/**
 * Unpacks the packages that `fetch` leaves in a folder into `target`, which is complete or absent;
 * `finish` may change what is there before.
 */
export async function unpack(
  target: string,
  fetch: (folder: string) => Promise<void>,
  finish: (folder: string) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await fetch(folder);
    const partial = `${target}.partial`;
    if (await exists(partial)) await Deno.remove(partial, { recursive: true });
    await Deno.mkdir(partial);
    for await (const { name } of Deno.readDir(folder)) {
      if (name.endsWith(".deb")) await run("dpkg", ["-x", `${folder}/${name}`, partial]);
    }
    await finish(partial);
    await Deno.rename(partial, target);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Where packages come from, if not from what the machine is set up for. */
export interface ApartOptions {
  /** An empty folder, for the packages and for apt-get's own files. */
  readonly folder: string;
  /** Debian's name of an architecture; the machine's by default. */
  readonly architecture?: string;
  /** Debian's suites, the wanted one last; by default what the machine is set up for. */
  readonly suites?: readonly string[];
}

/**
 * An apt-get with a state of its own, so that the host's packages and sources are not touched: for
 * other architectures and other suites.
 */
export class Apart {
  readonly #folder: string;
  readonly #options: readonly string[];
  readonly #updateLog: string;

  private constructor(folder: string, options: readonly string[], updateLog: string) {
    this.#folder = folder;
    this.#options = options;
    this.#updateLog = updateLog;
  }

  /** Sets it up in a folder, and gets the lists of packages; mirrors that fail are met later. */
  static async open({ folder, architecture, suites = [] }: ApartOptions): Promise<Apart> {
    for (const name of ["state/lists", "cache/archives", "parts"]) {
      await Deno.mkdir(`${folder}/${name}/partial`, { recursive: true });
    }
    await Deno.writeTextFile(`${folder}/status`, "");
    const all = [
      `Dir::State=${folder}/state`,
      `Dir::State::status=${folder}/status`,
      `Dir::Cache=${folder}/cache`,
    ];
    if (architecture !== undefined) {
      all.push(`APT::Architecture=${architecture}`, `APT::Architectures::=${architecture}`);
    }
    if (suites.length > 0) {
      await Deno.writeTextFile(`${folder}/sources.list`, await sources(suites));
      all.push(
        `Dir::Etc::sourcelist=${folder}/sources.list`,
        `Dir::Etc::sourceparts=${folder}/parts`,
      );
      all.push("Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false");
      all.push(`APT::Default-Release=${suites.at(-1)}`);
    }
    const options = all.flatMap((setting) => ["-o", setting]);
    return new Apart(folder, options, await update(options));
  }

  /** Names of the packages that begin with a prefix. */
  async names(prefix: string): Promise<string[]> {
    const { stdout } = await run("apt-cache", [...this.#options, "pkgnames", prefix]);
    const names = stdout.split("\n").filter((name) => name !== "");
    if (names.length === 0 && isUnreachable(this.#updateLog)) {
      throw new DownloadError(this.#updateLog);
    }
    return names;
  }

  /**
   * Leaves packages in a folder.
   *
   * @throws {DownloadError} If something could not be fetched.
   */
  async download(packages: readonly string[], folder: string): Promise<void> {
    const args = [...this.#options, "download", ...packages];
    await fetchPackages(args, { updateLog: this.#updateLog, cwd: folder });
  }

  /**
   * Leaves packages, and all that they need, in a folder.
   *
   * @throws {DownloadError} If something could not be fetched.
   */
  async downloadWhole(packages: readonly string[], folder: string): Promise<void> {
    const args = ["install", "--yes", "--no-install-recommends", "--download-only", ...packages];
    await fetchPackages([...this.#options, ...args], { updateLog: this.#updateLog });
    const archives = `${this.#folder}/cache/archives`;
    for await (const { name } of Deno.readDir(archives)) {
      if (!name.endsWith(".deb")) continue;
      await Deno.copyFile(`${archives}/${name}`, `${folder}/${name}`);
      await Deno.remove(`${archives}/${name}`);
    }
  }
}

/**
 * Leaves packages, and all that they need, in a folder.
 *
 * @throws {DownloadError} If something could not be fetched.
 */
export async function fetchApart(
  packages: readonly string[],
  options: ApartOptions,
): Promise<void> {
  await (await Apart.open(options)).downloadWhole(packages, options.folder);
}

/** Lines of a sources.list for other suites of the mirrors that the machine has Debian from. */
async function sources(suites: readonly string[]): Promise<string> {
  const format = "$(ORIGIN)|$(LABEL)|$(REPO_URI)";
  const { stdout } = await aptGet(["indextargets", "--format", format, "Created-By: Packages"]);
  const lines = stdout.split("\n");
  const mirror = (label: string) => {
    const start = `Debian|${label}|`;
    const line = lines.find((line) => line.startsWith(start));
    if (line === undefined) throw new DownloadError(`apt-get has no lists of a mirror of ${label}`);
    return line.slice(start.length);
  };
  const key = "/usr/share/keyrings/debian-archive-keyring.gpg";
  const signed = await exists(key) ? `[signed-by=${key}] ` : "";
  return suites.map((suite) => {
    const label = suite.endsWith("-security") ? "Debian-Security" : "Debian";
    return `deb ${signed}${mirror(label)} ${suite} main\n`;
  }).join("");
}

/** Whether a text of apt-get says that the network or a mirror is the cause. */
export function isUnreachable(text: string): boolean {
  return UNREACHABLE.test(text);
}
