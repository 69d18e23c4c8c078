import {
  aptGet,
  DownloadError,
  fetchApart,
  fetchPackages,
  isUnreachable,
  unpack,
  update,
} from "../testing/debian_packages.ts";
import { CommandError, exists, run } from "../testing/run_program.ts";

/** Debian packages that the lab uses on the host, besides the headers of the guest's kernel. */
const TOOLS = [
  "qemu-system-x86",
  "busybox-static",
  "cpio",
  "zstd",
  "gcc",
  "make",
  "binutils",
  "linux-perf",
];
const HEADERS = /^linux-headers-(6\.1\.0-(\d+)-amd64)$/;
/** What deno prints where the registry is the cause. */
const REGISTRY =
  /error sending request|client error|dns error|timed out|bad response|failed (?:downloading|to fetch)/i;

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
  const args = ["install", "--yes", "--no-install-recommends", ...wanted];
  await fetchPackages(["--download-only", ...args], { updateLog: await update() });
  await aptGet(["--no-download", ...args]);
}

/** The newest 6.1 kernel of which apt knows both the headers and the image. */
async function newestRelease(): Promise<string> {
  const { stdout } = await run("apt-cache", ["pkgnames", "linux-"]);
  const names = new Set(stdout.split("\n"));
  let newest = { release: "", number: -1 };
  for (const name of names) {
    const [, release = "", number = ""] = HEADERS.exec(name) ?? [];
    if (Number(number) > newest.number && names.has(`linux-image-${release}`)) {
      newest = { release, number: Number(number) };
    }
  }
  return newest.release;
}

/** The guest's kernel: its release, and where its headers, image and modules are. */
export interface Kernel {
  /** For example `6.1.0-50-amd64`. */
  readonly release: string;
  /** Folder of the headers, in which modules are built. */
  readonly headers: string;
  /** Folder of the unpacked image package. */
  readonly folder: string;
}

/**
 * Installs the tools and the kernel headers where they are missing, and unpacks the kernel in `cache`.
 *
 * A kernel that is in the cache and has its headers installed is used again, without asking for a
 * newer one.
 *
 * @throws {DownloadError} If something could not be fetched.
 */
export async function provideKernel(cache: string): Promise<Kernel> {
  await install(TOOLS);
  await Deno.mkdir(`${cache}/kernel`, { recursive: true });
  for await (const { name } of Deno.readDir(`${cache}/kernel`)) {
    const kernel = kernelOf(cache, name);
    if (await exists(`${kernel.folder}/boot`) && await exists(kernel.headers)) return kernel;
  }
  const updateLog = await update();
  const release = await newestRelease();
  if (release === "") {
    const reason = "no linux-headers-6.1.0-*-amd64 with a linux-image in apt's lists";
    if (isUnreachable(updateLog)) throw new DownloadError(`${reason}\n${updateLog}`);
    throw new Error(`Cannot choose a kernel: ${reason}`);
  }
  await install([`linux-headers-${release}`]);
  const kernel = kernelOf(cache, release);
  await unpack(kernel.folder, async (folder) => {
    await fetchPackages(["download", `linux-image-${release}`], { updateLog, cwd: folder });
  });
  return kernel;
}

function kernelOf(cache: string, release: string): Kernel {
  return {
    release,
    headers: `/usr/src/linux-headers-${release}`,
    folder: `${cache}/kernel/${release}`,
  };
}

/**
 * Unpacks Debian's 32-bit perf and the libraries it needs into a folder of `cache`, and returns it.
 *
 * @throws {DownloadError} If something could not be fetched.
 */
export async function providePerf32(cache: string): Promise<string> {
  const target = `${cache}/perf32`;
  if (await exists(target)) return target;
  await unpack(target, async (folder) => {
    await fetchApart(["linux-perf"], {
      folder,
      settings: ["APT::Architecture=i386", "APT::Architectures::=i386"],
    });
  });
  return target;
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
  const cached = (args: readonly string[]) =>
    run(Deno.execPath(), ["cache", ...args, "--frozen", ...entries], {
      cwd: root,
      env: { DENO_DIR: folder, NO_COLOR: "1" },
    });
  try {
    await cached(["--cached-only"]);
  } catch {
    try {
      await cached([]);
    } catch (error) {
      if (!(error instanceof CommandError) || !REGISTRY.test(error.stderr)) throw error;
      throw new DownloadError(error.message);
    }
  }
  return folder;
}
