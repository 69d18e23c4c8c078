import type { Kernel } from "./downloads.ts";
import { librariesOf } from "./_libraries.ts";
import { guestTarget, TARGETS } from "./targets.ts";
import { exists, run } from "../testing/run_program.ts";

/** What the guest needs of the project besides what is published. */
const PROJECT = ["deno.json", "deno.lock", "lab/guest"];
/** Name of the compressed archive of what rarely changes. */
const BASE = /^base-.*\.cpio\.zst$/;
/** Modules of the kernel that drive the disk, in the order of their dependencies. */
const DISK_DRIVERS = [
  "virtio/virtio_ring.ko",
  "virtio/virtio.ko",
  "virtio/virtio_pci_modern_dev.ko",
  "virtio/virtio_pci_legacy_dev.ko",
  "virtio/virtio_pci.ko",
  "block/virtio_blk.ko",
];

/** Where the parts of an image come from. */
export interface ImageParts {
  /** Root of the project, as an absolute path like the others. */
  readonly project: string;
  /** Folder for what is kept between runs. */
  readonly cache: string;
  /** The guest's kernel. */
  readonly kernel: Kernel;
  /** Folder with the unpacked 32-bit perf and its libraries. */
  readonly perf32: string;
  /** Folder that the guest's Deno uses as its cache. */
  readonly modules: string;
}

/** Builds `auxlab.ko` for the kernel of the guest, if its source changed, and returns its path. */
export async function buildModule({ project, cache, kernel }: ImageParts): Promise<string> {
  const sources = ["Makefile", "auxlab.c"].map((name) => `${project}/lab/module/${name}`);
  const folder = `${cache}/module-${kernel.release}-${await digest(sources)}`;
  const built = `${folder}/auxlab.ko`;
  if (await exists(built)) return built;
  await Deno.mkdir(folder, { recursive: true });
  await run("cp", [...sources, folder]);
  await run("make", ["-s", `KDIR=${kernel.headers}`], { cwd: folder });
  await run("strip", ["--strip-debug", built]);
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
async function buildBase({ cache, kernel, perf32 }: ImageParts): Promise<string> {
  const programs = [Deno.execPath(), "/usr/bin/perf", "/bin/busybox", `${perf32}/usr/bin/perf`];
  const versions = (await Promise.all(programs.map((path) => Deno.stat(path))))
    .map(({ size, mtime }) => `${size} ${mtime?.getTime()}`);
  const base = `${cache}/base-${kernel.release}-${await hash(
    [...versions, ...DISK_DRIVERS].join(),
  )}.cpio.zst`;
  if (await exists(base)) return base;
  await archive(`${cache}/base.cpio`, async (folder) => {
    for (const name of ["bin", "dev", "drivers", "proc", "sys", "tmp", "usr/bin"]) {
      await Deno.mkdir(`${folder}/${name}`, { recursive: true });
    }
    await Deno.copyFile("/bin/busybox", `${folder}/bin/busybox`);
    await Deno.symlink("busybox", `${folder}/bin/sh`);
    await addProgram(folder, Deno.execPath(), "deno", "", "x86_64-linux-gnu");
    await addProgram(folder, "/usr/bin/perf", "perf", "", "x86_64-linux-gnu");
    await addProgram(folder, `${perf32}/usr/bin/perf`, "perf32", perf32, "i386-linux-gnu");
    const drivers = `${kernel.folder}/lib/modules/${kernel.release}/kernel/drivers`;
    for (const [index, path] of DISK_DRIVERS.entries()) {
      await Deno.copyFile(`${drivers}/${path}`, `${folder}/drivers/${index}.ko`);
    }
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
  await run("cp", ["--recursive", "--parents", ...wanted, target], { cwd: project });
  await run("install", ["-m", "755", `${project}/lab/guest/init`, `${folder}/init`]);
  await Deno.copyFile(await buildModule(parts), `${folder}/auxlab.ko`);
  const told = guestTarget(TARGETS[0]!, parts.kernel.release);
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
