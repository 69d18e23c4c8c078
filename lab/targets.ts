import type { GuestTarget } from "./guest/_target.ts";

/** Packages of Debian: the architecture, and the suites they may come from, the wanted one last. */
export interface PackageSource {
  readonly architecture: "amd64" | "arm64" | "armhf" | "i386";
  readonly suites: readonly string[];
}

/** A machine that the lab emulates, and what runs on it. */
export interface Target {
  /** What `--target` calls it. */
  readonly name: string;
  /** Whether a run without `--all` has it. */
  readonly isDefault: boolean;
  readonly arch: GuestTarget["arch"];
  /** Bytes. */
  readonly pageSize: number;
  /** Where the kernel and its headers come from. */
  readonly kernel: PackageSource;
  /** Beginning of the kernel's version, `6.1.` for example; empty for the newest. */
  readonly version: string;
  /** End of the kernel's release: architecture and variant. */
  readonly flavour: string;
  /** Suites with the compiler that the kernel was built with, if not the host's. */
  readonly toolchain: readonly string[] | null;
  /** Where perf, busybox and the libraries of the guest come from. */
  readonly programs: PackageSource;
  /** Where the 32-bit perf comes from; null where none runs. */
  readonly perf32: PackageSource | null;
  /** Modules of the kernel, in the order of their dependencies; some kernels have them built in. */
  readonly drivers: readonly string[];
  /** Debian packages on the host that only some targets need. */
  readonly tools: readonly string[];
  /** Program and arguments of QEMU, without those that all targets have. */
  readonly qemu: readonly string[];
  /** First serial port, as the kernel calls it; what it shows is the log. */
  readonly console: string;
  /** The serial port for results, and those before it. */
  readonly results: readonly string[];
  /** PMUs that perf knows, whose name the module takes. */
  readonly impostors: readonly string[];
  /** Seconds from the start of the kernel to user land, on a quiet machine. */
  readonly bootSeconds: number;
}

const DISK = [
  "drivers/virtio/virtio_ring",
  "drivers/virtio/virtio",
  "drivers/virtio/virtio_pci_modern_dev",
  "drivers/virtio/virtio_pci_legacy_dev",
  "drivers/virtio/virtio_pci",
  "drivers/block/virtio_blk",
];

const BOOKWORM = ["bookworm", "bookworm-security"];
const TRIXIE_BACKPORTS = ["trixie", "trixie-backports"];

const X86 = {
  arch: "x86_64",
  pageSize: 4096,
  flavour: "amd64",
  toolchain: null,
  drivers: DISK,
  tools: ["qemu-system-x86"],
  // Intel's, which perf wants to see before it records from `intel_bts`; old ones are emulated faster.
  qemu: ["qemu-system-x86_64", "-cpu", "Nehalem"],
  console: "ttyS0",
  results: ["-serial", "chardev:results"],
  impostors: ["intel_bts"],
  bootSeconds: 5,
} as const;

const AARCH64 = {
  arch: "aarch64",
  pageSize: 4096,
  flavour: "arm64",
  toolchain: null,
  drivers: DISK,
  tools: ["qemu-system-arm", "gcc-aarch64-linux-gnu"],
  // The default way to emulate pointer authentication is slow.
  qemu: ["qemu-system-aarch64", "-M", "virt", "-cpu", "max,pauth-impdef=on"],
  console: "ttyAMA0",
  // The second one is ttyS1, as on x86.
  results: ["-device", "pci-serial", "-device", "pci-serial,chardev=results"],
  impostors: ["cs_etm", "arm_spe_0", "hisi_ptt0_0"],
  bootSeconds: 7,
} as const;

/** All machines, the ones of every run first. */
export const TARGETS: readonly Target[] = [
  {
    ...X86,
    name: "x86-6.1",
    isDefault: true,
    version: "6.1.",
    kernel: { architecture: "amd64", suites: BOOKWORM },
    programs: { architecture: "amd64", suites: BOOKWORM },
    perf32: { architecture: "i386", suites: ["bookworm"] },
  },
  {
    ...AARCH64,
    name: "aarch64-6.1",
    isDefault: true,
    version: "6.1.",
    kernel: { architecture: "arm64", suites: BOOKWORM },
    programs: { architecture: "arm64", suites: BOOKWORM },
    perf32: { architecture: "armhf", suites: ["bookworm"] },
  },
  {
    ...X86,
    name: "x86-6.12",
    isDefault: false,
    version: "6.12.",
    kernel: { architecture: "amd64", suites: BOOKWORM },
    programs: { architecture: "amd64", suites: ["trixie"] },
    perf32: { architecture: "i386", suites: ["trixie"] },
  },
  {
    ...X86,
    name: "x86-newest",
    isDefault: false,
    version: "",
    kernel: { architecture: "amd64", suites: TRIXIE_BACKPORTS },
    toolchain: ["trixie"],
    programs: { architecture: "amd64", suites: TRIXIE_BACKPORTS },
    perf32: { architecture: "i386", suites: ["trixie"] },
  },
  {
    ...AARCH64,
    name: "aarch64-newest",
    isDefault: false,
    version: "",
    kernel: { architecture: "arm64", suites: TRIXIE_BACKPORTS },
    toolchain: ["trixie"],
    programs: { architecture: "arm64", suites: TRIXIE_BACKPORTS },
    perf32: { architecture: "armhf", suites: ["trixie"] },
  },
  {
    ...AARCH64,
    name: "aarch64-6.12-16k",
    isDefault: false,
    pageSize: 16384,
    version: "6.12.",
    flavour: "arm64-16k",
    kernel: { architecture: "arm64", suites: BOOKWORM },
    programs: { architecture: "arm64", suites: ["trixie"] },
    perf32: null, // Debian's crashes at start on such pages
  },
];

/** What a run is asked for. */
export interface LabArguments {
  readonly targets: readonly Target[];
  /** Whether the recordings become those of `testdata/`. */
  readonly fixtures: boolean;
}

/**
 * Reads the arguments of `deno task lab`.
 *
 * @throws {RangeError} For an argument that it does not know, or a target without that name.
 */
export function labArguments(args: readonly string[]): LabArguments {
  const named: Target[] = [];
  let all = false;
  let fixtures = false;
  for (let i = 0; i < args.length; i++) {
    if (args[i] === "--all") all = true;
    else if (args[i] === "--fixtures") fixtures = true;
    else if (args[i] === "--target") named.push(targetNamed(args[++i]));
    else throw new RangeError(`Unknown argument ${args[i]}: use --all, --target NAME, --fixtures`);
  }
  if (named.length > 0 && !all) return { targets: named, fixtures };
  return { targets: TARGETS.filter(({ isDefault }) => all || isDefault), fixtures };
}

function targetNamed(name: string | undefined): Target {
  const found = TARGETS.find((target) => target.name === name);
  if (found !== undefined) return found;
  const names = TARGETS.map((target) => target.name).join(", ");
  throw new RangeError(
    `${name === undefined ? "--target wants a name" : `No target ${name}`}: ${names}`,
  );
}

/** What the guest is told about itself. */
export function guestTarget(target: Target, kernel: string): GuestTarget {
  const { name, arch, pageSize, impostors, bootSeconds } = target;
  return { name, arch, pageSize, kernel, impostors, perf32: target.perf32 !== null, bootSeconds };
}

/**
 * Chooses the newest kernel of a target that a mirror has whole: image, headers and their common part.
 *
 * @param names Names of packages.
 * @returns The release, such as `6.1.0-57-amd64`; null if there is none.
 */
export function newestRelease(
  names: Iterable<string>,
  { version, flavour }: Pick<Target, "version" | "flavour">,
): string | null {
  const all = new Set(names);
  const prefix = `linux-headers-${version}`;
  const suffix = `-${flavour}`;
  let newest: string | null = null;
  for (const name of all) {
    if (!name.startsWith(prefix) || !name.endsWith(suffix)) continue;
    const base = name.slice("linux-headers-".length, -suffix.length);
    // With two numbers only it stands for whatever is the newest, with words for a variant.
    if (!/^\d+\.\d+\.\d+(?:-\d+|\+[\w.+]+)?$/.test(base)) continue;
    if (!all.has(`linux-headers-${base}-common`) || !all.has(`linux-image-${base}${suffix}`)) {
      continue;
    }
    if (newest === null || isNewer(base, newest)) newest = base;
  }
  return newest === null ? null : `${newest}${suffix}`;
}

/** Compares number by number. */
function isNewer(version: string, other: string): boolean {
  const [a, b] = [version, other].map((text) => [...text.matchAll(/\d+/g)].map(Number));
  for (const [i, number] of a!.entries()) {
    if (number !== (b![i] ?? -1)) return number > (b![i] ?? -1);
  }
  return false;
}
