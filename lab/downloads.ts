import {
  Apart,
  aptGet,
  DownloadError,
  fetchPackages,
  unpack,
  update,
} from "../testing/debian_packages.ts";
import { CommandError, exists, run } from "../testing/run_program.ts";
import { newestRelease, type PackageSource, type Target } from "./targets.ts";

/** Debian packages that the lab uses on the host, besides those of a target. */
const TOOLS = ["cpio", "zstd", "xz-utils", "gcc", "make", "binutils", "linux-perf"];
/** What builds modules with a newer compiler than the host's, and what `sh` and `make` run for that. */
const TOOLCHAIN = [
  ...[
    "gcc-14",
    "gcc-14-x86-64-linux-gnu",
    "gcc-14-aarch64-linux-gnu",
    "make",
    "base-files",
    "libelf1t64",
  ],
  ...["dash", "bash", "coreutils", "findutils", "diffutils", "grep", "sed", "mawk"],
];
/** What npm and deno print where the registry is the cause. */
const REGISTRY =
  /error sending request|client error|dns error|timed out|bad response|failed (?:downloading|to fetch)|npm error (?:code E(?:NOTFOUND|CONN|TIMEDOUT|AI_AGAIN|\d)|network)/i;

/** The kernel of a guest. */
export interface Kernel {
  /** For example `6.1.0-50-amd64`. */
  readonly release: string;
  /** Folder with `vmlinuz`, the modules of `drivers/`, and headers in `usr/src/`. */
  readonly folder: string;
}

/** What the downloads of a target left in the cache. */
export interface Provided {
  readonly kernel: Kernel;
  /** Folder that has the programs of the guest and their libraries, like `/`. */
  readonly programs: string;
  /** The same for the 32-bit perf; null where none runs. */
  readonly perf32: string | null;
  /** Deno for the guest. */
  readonly deno: string;
  /** A system with the compiler that the kernel was built with; null where the host's does. */
  readonly toolchain: string | null;
  /** Path of a perf of the kernel's version that runs on the host. */
  readonly hostPerf: string;
}

async function missing(packages: readonly string[]): Promise<string[]> {
  const { stdout } = await run("dpkg-query", ["-W", "-f", "${Package} ${Status}\n", ...packages], {
    accept: [0, 1],
  });
  return packages.filter((name) => !stdout.includes(`${name} install ok installed\n`));
}

/** Installs those of `packages` that are not there; fetches them first, so that the two fail apart. */
async function install(packages: readonly string[]): Promise<void> {
  const wanted = await missing(packages);
  if (wanted.length === 0) return;
  const args = ["install", "--yes", "--no-install-recommends", "--no-remove", ...wanted];
  await fetchPackages(["--download-only", ...args], { updateLog: await update() });
  await aptGet(["--no-download", ...args]);
}

/** Fetches what targets need, each thing once, and keeps it in a folder. */
export class Downloads implements AsyncDisposable {
  readonly #cache: string;
  readonly #aparts = new Map<string, Promise<Apart>>();
  readonly #folders: string[] = [];

  /** @param cache Folder for what is kept between runs. */
  constructor(cache: string) {
    this.#cache = cache;
  }

  /**
   * Provides all that a target needs; what is in the cache is not asked for again.
   *
   * @throws {DownloadError} If something could not be fetched.
   */
  async provide(target: Target): Promise<Provided> {
    await install([...TOOLS, ...target.tools]);
    const kernel = await this.#kernel(target);
    const programs = await this.#programs(target.programs);
    const perf32 = target.perf32 === null ? null : await this.#programs(target.perf32);
    const deno = target.arch === Deno.build.arch ? Deno.execPath() : await this.#deno();
    const toolchain = target.toolchain === null ? null : await this.#toolchain(target.toolchain);
    const forHost = await this.#programs({ ...target.programs, architecture: "amd64" });
    return { kernel, programs, perf32, deno, toolchain, hostPerf: `${forHost}/perf` };
  }

  /** Removes what apt-get knows of other suites and architectures. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const folder of this.#folders) await Deno.remove(folder, { recursive: true });
  }

  #apart({ architecture, suites }: PackageSource): Promise<Apart> {
    const key = [architecture, ...suites].join(" ");
    const known = this.#aparts.get(key);
    if (known !== undefined) return known;
    const open = async () => {
      const folder = await Deno.makeTempDir();
      this.#folders.push(folder);
      return await Apart.open({ folder, architecture, suites });
    };
    const opening = open();
    this.#aparts.set(key, opening);
    return opening;
  }

  async #kernel(target: Target): Promise<Kernel> {
    const parent = `${this.#cache}/kernels/${target.name}`;
    await Deno.mkdir(parent, { recursive: true });
    for await (const { name } of Deno.readDir(parent)) {
      if (!name.endsWith(".partial")) return { release: name, folder: `${parent}/${name}` };
    }
    const apart = await this.#apart(target.kernel);
    const names = new Set(await apart.names("linux-"));
    const release = newestRelease(names, target);
    if (release === null) {
      throw new Error(
        `Cannot choose a kernel for ${target.name}: ${target.kernel.suites} have none`,
      );
    }
    const base = release.slice(0, -target.flavour.length - 1);
    const kbuild = [`linux-kbuild-${base}`, `linux-kbuild-${base.split(".", 2).join(".")}`]
      .find((name) => names.has(name)) ?? "";
    const packages = ["image", "base", "binary", "modules", "headers"]
      .map((part) => `linux-${part}-${release}`).filter((name) => names.has(name));
    packages.push(`linux-headers-${base}-common`);
    const folder = `${parent}/${release}`;
    await unpack(folder, async (folder) => {
      await apart.download(packages, folder);
      // Programs of the build: they run here, whatever the kernel is for.
      const native = await this.#apart({ ...target.kernel, architecture: "amd64" });
      await native.download([kbuild], folder);
    }, (folder) => keepKernel(folder, release, target));
    return { release, folder };
  }

  /** perf, busybox and what they and Deno load, like `/`. */
  async #programs(source: PackageSource): Promise<string> {
    const target = `${this.#cache}/programs/${source.architecture}-${source.suites.at(-1)}`;
    if (await exists(target)) return target;
    await Deno.mkdir(`${this.#cache}/programs`, { recursive: true });
    await unpack(target, async (folder) => {
      const apart = await this.#apart(source);
      await apart.downloadWhole(["linux-perf", "busybox-static", "libc6", "libgcc-s1"], folder);
    }, async (folder) => {
      await linkFolders(folder);
      for (const name of ["etc", "var", "usr/share", "usr/include", "usr/lib/python3"]) {
        await removed(`${folder}/${name}`);
      }
      if (source.architecture === "amd64") {
        await Deno.writeTextFile(`${folder}/perf`, HOST_PERF, { mode: 0o755 });
      }
    });
    return target;
  }

  async #toolchain(suites: readonly string[]): Promise<string> {
    const target = `${this.#cache}/toolchain-${suites.at(-1)}`;
    if (await exists(target)) return target;
    await unpack(target, async (folder) => {
      const apart = await this.#apart({ architecture: "amd64", suites });
      await apart.downloadWhole(TOOLCHAIN, folder);
    }, async (folder) => {
      await linkFolders(folder);
      for (const name of ["dev", "proc", "tmp", "usr/src"]) {
        await Deno.mkdir(`${folder}/${name}`, { recursive: true });
      }
      await run("ln", ["-sf", "mawk", `${folder}/usr/bin/awk`]);
      await run("mknod", ["-m", "666", `${folder}/dev/null`, "c", "1", "3"]);
    });
    return target;
  }

  /** Deno of this version for the other architecture. */
  async #deno(): Promise<string> {
    const target = `${this.#cache}/deno-aarch64-${Deno.version.deno}`;
    const program = `${target}/package/deno`;
    if (await exists(program)) return program;
    const folder = await Deno.makeTempDir({ dir: this.#cache });
    try {
      await run("npm", ["pack", "--silent", `@deno/linux-arm64-glibc@${Deno.version.deno}`], {
        cwd: folder,
      });
      const [archive] = [...Deno.readDirSync(folder)].map(({ name }) => name);
      await run("tar", ["-x", "-f", `${archive}`], { cwd: folder });
      await Deno.remove(`${folder}/${archive}`);
      await Deno.rename(folder, target);
    } catch (error) {
      if (error instanceof CommandError && REGISTRY.test(error.stderr)) {
        throw new DownloadError(error.message);
      }
      throw error;
    } finally {
      if (await exists(folder)) await Deno.remove(folder, { recursive: true });
    }
    return program;
  }
}

/** Runs perf with its own libraries, whatever the caller's folder. */
const HOST_PERF = `#!/bin/sh
at=\${0%/*}
lib=/lib/x86_64-linux-gnu
exec "$at/lib64/ld-linux-x86-64.so.2" --library-path "$at$lib:$at/usr$lib" "$at/usr/bin/perf" "$@"
`;

/** Where a system has all in /usr, links to it are what programs look for. */
async function linkFolders(root: string): Promise<void> {
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    if (!await exists(`${root}/${name}`) && await exists(`${root}/usr/${name}`)) {
      await Deno.symlink(`usr/${name}`, `${root}/${name}`);
    }
  }
}

async function removed(path: string): Promise<void> {
  if (await exists(path)) await Deno.remove(path, { recursive: true });
}

/** Reduces the unpacked packages of a kernel to the image, the drivers, and what modules are built with. */
async function keepKernel(folder: string, release: string, target: Target): Promise<void> {
  const modules = await exists(`${folder}/lib/modules`) ? "lib/modules" : "usr/lib/modules";
  const inBoot = `${folder}/boot/vmlinuz-${release}`;
  const image = await exists(inBoot) ? inBoot : `${folder}/${modules}/${release}/vmlinuz`;
  await Deno.copyFile(image, `${folder}/vmlinuz`);
  await Deno.mkdir(`${folder}/drivers`);
  const builtIn = await Deno.readTextFile(`${folder}/${modules}/${release}/modules.builtin`);
  for (const [index, path] of target.drivers.entries()) {
    if (builtIn.includes(`kernel/${path}.ko`)) continue;
    const source = `${folder}/${modules}/${release}/kernel/${path}.ko`;
    const driver = `${folder}/drivers/${index}.ko`;
    if (await exists(source)) await Deno.copyFile(source, driver);
    else await run("sh", ["-c", 'xz -dc "$1" > "$2"', "sh", `${source}.xz`, driver]);
  }
  for (const name of ["boot", "usr/share", modules]) await removed(`${folder}/${name}`);
}

/**
 * Fills a folder of `cache` with the npm packages that the entry points import, and returns it.
 *
 * @param root The project, whose lock file counts.
 * @param entries Modules that the guest runs, relative to `root`.
 * @throws {DownloadError} If the registry could not be reached.
 */
export async function provideModules(
  cache: string,
  root: string,
  entries: readonly string[],
): Promise<string> {
  const folder = `${cache}/deno`;
  try {
    await run(Deno.execPath(), ["cache", "--frozen", ...entries], {
      cwd: root,
      env: { DENO_DIR: folder, NO_COLOR: "1" },
    });
  } catch (error) {
    if (!(error instanceof CommandError) || !REGISTRY.test(error.stderr)) throw error;
    throw new DownloadError(error.message);
  }
  return folder;
}
