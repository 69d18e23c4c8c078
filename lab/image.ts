import type { Provided } from "./downloads.ts";
import { librariesOf } from "./_libraries.ts";
import { guestTarget, type Target } from "./targets.ts";
import { exists, run } from "../testing/run_program.ts";

/** What the guest needs of the project besides what is published. */
const PROJECT = ["deno.json", "deno.lock", "lab/guest", "testing"];
/** Name of the compressed archive of what rarely changes. */
const BASE = /^base-.*\.cpio\.zst$/;
/** Folder of libraries, which is also how Debian names compilers. */
const TRIPLETS = {
  amd64: "x86_64-linux-gnu",
  arm64: "aarch64-linux-gnu",
  i386: "i386-linux-gnu",
  armhf: "arm-linux-gnueabihf",
};

/** Where the parts of an image come from. */
export interface ImageParts {
  /** Root of the project, as an absolute path like the others. */
  readonly project: string;
  readonly target: Target;
  /** Folder for what is kept of the target between runs. */
  readonly cache: string;
  readonly provided: Provided;
  /** Folder that the guest's Deno uses as its cache. */
  readonly modules: string;
}

/** Builds `auxlab.ko` for the kernel of the guest, if its source changed, and returns its path. */
async function buildModule({ project, target, cache, provided }: ImageParts): Promise<string> {
  const { kernel: { release, folder: tree }, toolchain } = provided;
  const sources = ["Makefile", "auxlab.c"].map((name) => `${project}/lab/module/${name}`);
  const folder = `${cache}/module-${release}-${await digest(sources)}`;
  const built = `${folder}/auxlab.ko`;
  if (await exists(built)) return built;
  await Deno.mkdir(folder, { recursive: true });
  await run("cp", [...sources, folder]);
  const triplet = TRIPLETS[target.kernel.architecture];
  const settings = [
    ...["DEB_BUILD_ARCH=amd64", `DEB_HOST_ARCH=${target.kernel.architecture}`],
    ...[`DEB_HOST_GNU_TYPE=${triplet}`, "CONFIG_DEBUG_INFO_BTF_MODULES="],
  ];
  if (toolchain === null) {
    const headers = `${tree}/usr/src/linux-headers-${release}`;
    // Its path is that of an installed package, or of where this folder was before.
    const script = `s|^include .*/usr/src/|include ${tree}/usr/src/|`;
    await run("sed", ["--in-place", script, `${headers}/Makefile`]);
    await run("make", ["-s", `KDIR=${headers}`, ...settings], { cwd: folder });
  } else {
    const inside = `${toolchain}/${target.name}`;
    await run("rm", ["--recursive", "--force", inside]);
    await run("cp", ["--recursive", folder, inside]);
    await run("cp", ["--archive", "--link", "--force", `${tree}/usr`, toolchain]);
    const kernel = `KDIR=/usr/src/linux-headers-${release}`;
    const make = ["make", "-s", "-C", `/${target.name}`, kernel, ...settings];
    // The kernel's objtool looks at the limits of its process.
    const script = 'mount --rbind /proc "$0/proc" && exec chroot "$0" "$@"';
    await run("unshare", ["--mount", "sh", "-c", script, toolchain, ...make]);
    await Deno.copyFile(`${inside}/auxlab.ko`, built);
  }
  await run(`${triplet}-strip`, ["--strip-debug", built]);
  return built;
}

/**
 * Builds the root file system of the guest and returns the path of its archive.
 *
 * It is two cpio archives in one file, which the kernel unpacks one after the other: what rarely
 * changes, kept compressed, and the project as it is now.
 */
export async function buildImage(parts: ImageParts): Promise<string> {
  const { cache } = parts;
  const base = await buildBase(parts);
  const project = `${cache}/project.cpio`;
  await archive(project, (folder) => collectProject(parts, folder));
  const image = `${cache}/image.cpio`;
  await Deno.copyFile(base, image);
  const file = await Deno.open(image, { append: true });
  const { size } = await file.stat();
  // The kernel looks for a further archive at multiples of 4 only.
  await file.write(new Uint8Array(-size & 3));
  await (await Deno.open(project)).readable.pipeTo(file.writable);
  return image;
}

/** Programs, libraries and drivers. */
async function buildBase({ target, cache, provided }: ImageParts): Promise<string> {
  const { kernel, programs: root, perf32, deno } = provided;
  const programs = [deno, `${root}/usr/bin/perf`, `${root}/bin/busybox`];
  if (perf32 !== null) programs.push(`${perf32}/usr/bin/perf`);
  const versions = (await Promise.all(programs.map((path) => Deno.stat(path))))
    .map(({ size, mtime }) => `${size} ${mtime?.getTime()}`);
  const base = `${cache}/base-${kernel.release}-${await hash(versions.join())}.cpio.zst`;
  if (await exists(base)) return base;
  await archive(`${cache}/base.cpio`, async (folder) => {
    for (const name of ["bin", "dev", "proc", "sys", "tmp", "usr/bin"]) {
      await Deno.mkdir(`${folder}/${name}`, { recursive: true });
    }
    await Deno.copyFile(`${root}/bin/busybox`, `${folder}/bin/busybox`);
    await Deno.symlink("busybox", `${folder}/bin/sh`);
    const triplet = TRIPLETS[target.programs.architecture];
    await addProgram(folder, deno, "deno", root, triplet);
    await addProgram(folder, `${root}/usr/bin/perf`, "perf", root, triplet);
    if (perf32 !== null) {
      const triplet32 = TRIPLETS[target.perf32!.architecture];
      await addProgram(folder, `${perf32}/usr/bin/perf`, "perf32", perf32, triplet32);
    }
    await run("cp", ["--recursive", `${kernel.folder}/drivers`, folder]);
  });
  for await (const { name } of Deno.readDir(cache)) {
    if (BASE.test(name)) await Deno.remove(`${cache}/${name}`);
  }
  await run("zstd", ["-q", "-3", "--rm", "-f", `${cache}/base.cpio`]);
  await Deno.rename(`${cache}/base.cpio.zst`, base);
  return base;
}

async function addProgram(
  folder: string,
  path: string,
  name: string,
  root: string,
  triplet: string,
): Promise<void> {
  await run("install", ["-m", "755", path, `${folder}/usr/bin/${name}`]);
  for (const library of await librariesOf(path, root, triplet)) {
    await run("install", ["-D", "-m", "755", root + library, folder + library]);
  }
}

/** The published part of the working tree, the module, and the npm packages. */
async function collectProject(parts: ImageParts, folder: string): Promise<void> {
  const { project, modules } = parts;
  // Deno's cache has the modules under their paths.
  const target = folder + project;
  await Deno.mkdir(target, { recursive: true });
  await Deno.symlink(project, `${folder}/project`);
  const { publish } = JSON.parse(await Deno.readTextFile(`${project}/deno.json`));
  const wanted = [...PROJECT, ...publish.include];
  // What tests downloaded is larger than the guest's memory.
  const script = 'tar --create --exclude=.cache "$@" | tar --extract --directory="$0"';
  await run("sh", ["-c", script, target, ...wanted], { cwd: project });
  await run("install", ["-m", "755", `${project}/lab/guest/init`, `${folder}/init`]);
  await Deno.copyFile(await buildModule(parts), `${folder}/auxlab.ko`);
  const told = guestTarget(parts.target, parts.provided.kernel.release);
  await Deno.writeTextFile(`${folder}/target.json`, JSON.stringify(told));
  await run("cp", ["--recursive", modules, `${folder}/deno-dir`]);
}

/** Writes what `fill` puts into a folder as a cpio archive in the format that the kernel reads. */
async function archive(path: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await fill(folder);
    await Deno.chmod(folder, 0o755);
    const script = 'cd "$1" && find . | cpio --quiet -o -H newc --owner 0:0 > "$2"';
    await run("sh", ["-c", script, "sh", folder, path]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function digest(paths: readonly string[]): Promise<string> {
  return await hash((await Promise.all(paths.map((path) => Deno.readTextFile(path)))).join());
}

async function hash(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(bytes).toHex().slice(0, 16);
}
