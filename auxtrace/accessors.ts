import { checkArgument } from "./arguments.ts";
import { ControlPage } from "./control_page.ts";

// The halves of aux_head and aux_tail, as words from aux_head on.
const HEAD_LOW = 0;
const HEAD_HIGH = 1;
const TAIL_LOW = 2;
const TAIL_HIGH = 3;

/** A position, while its halves are put together or taken apart. */
const whole = new DataView(new ArrayBuffer(8));

/**
 * The two positions that a reader of an AUX ring shares with the kernel.
 *
 * Positions are `u64` counts of bytes; a bigint outside that range is taken modulo 2^64.
 */
export interface AuxPointers {
  /** Reads `aux_head`. What the kernel wrote before it is then visible. */
  readHead(): bigint;
  /**
   * Stores `aux_tail`, which hands the bytes before it back to the kernel.
   *
   * @returns `false` if the accessor refuses the tail. Nothing is stored then, and the caller must
   * stop reading.
   */
  writeTail(tail: bigint): boolean;
}

/** Options of the compat accessors. */
export interface CompatOptions {
  /**
   * Tails of more bits than this are refused: 8 to 52, by default 32 as in perf. With more than 32
   * the kernel can see half of a tail's update, so larger limits are for replays only.
   */
  readonly bits?: number;
}

/**
 * Reads and writes the positions by one 64-bit atomic access each, and never refuses a tail.
 *
 * Keeps a view of the page, which may be a live mapping. Source: perf's
 * `auxtrace_mmap__read_head()` and `auxtrace_mmap__write_tail()` in a 64-bit build.
 *
 * @example A tail above 4 GiB
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { CONTROL_PAGE_SIZE, nativeAuxPointers } from "@auxtail/auxtail/auxtrace";
 *
 * const pointers = nativeAuxPointers(new ArrayBuffer(CONTROL_PAGE_SIZE));
 * assertEquals(pointers.writeTail(0x1_0000_0000n), true);
 * ```
 *
 * @param page The control page.
 * @throws {TypeError} If the page is not an `ArrayBuffer`.
 * @throws {RangeError} If it is too short to hold the positions.
 */
export function nativeAuxPointers(page: ArrayBuffer): AuxPointers {
  checkPage(page);
  const positions = new BigUint64Array(page, ControlPage.auxHead, 2);
  return {
    readHead: () => Atomics.load(positions, 0),
    writeTail(tail) {
      Atomics.store(positions, 1, tail);
      return true;
    },
  };
}

/**
 * Reads and writes the positions by 32-bit halves, as a 32-bit perf on a 64-bit kernel does.
 *
 * The head is read three times, and the second reading counts if the high halves of the first and
 * the last agree. A high half that changed in between comes back only after almost 2^64 bytes, so
 * no torn head is returned. A tail with a bit at or above `bits` is refused; up to 32 bits the high
 * half stays 0, so the kernel sees no torn tail.
 *
 * Keeps a view of the page, which may be a live mapping, and takes the byte order to be little
 * endian. Source: perf's `compat_auxtrace_mmap__read_head()` and
 * `compat_auxtrace_mmap__write_tail()`.
 *
 * @example A tail above 4 GiB
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { compatAuxPointers, CONTROL_PAGE_SIZE } from "@auxtail/auxtail/auxtrace";
 *
 * const pointers = compatAuxPointers(new ArrayBuffer(CONTROL_PAGE_SIZE));
 * assertEquals(pointers.writeTail(0xffff_ffffn), true);
 * assertEquals(pointers.writeTail(0x1_0000_0000n), false);
 * ```
 *
 * @param page The control page.
 * @throws {TypeError} If the page is not an `ArrayBuffer`.
 * @throws {RangeError} If `bits` is not an integer from 8 to 52, or the page is too short to hold
 * the positions.
 */
export function compatAuxPointers(page: ArrayBuffer, options: CompatOptions = {}): AuxPointers {
  const { bits = 32 } = options;
  checkBits(bits);
  checkPage(page);
  const limit = 2 ** bits;
  const halves = new Uint32Array(page, ControlPage.auxHead, 4);
  return {
    readHead() {
      for (;;) {
        Atomics.load(halves, HEAD_LOW);
        const firstHigh = Atomics.load(halves, HEAD_HIGH);
        whole.setUint32(0, Atomics.load(halves, HEAD_LOW), true);
        whole.setUint32(4, Atomics.load(halves, HEAD_HIGH), true);
        Atomics.load(halves, HEAD_LOW);
        const lastHigh = Atomics.load(halves, HEAD_HIGH);
        if (firstHigh === lastHigh) return whole.getBigUint64(0, true);
      }
    },
    writeTail(tail) {
      whole.setBigUint64(0, tail, true);
      const low = whole.getUint32(0, true);
      const high = whole.getUint32(4, true);
      if (high * 2 ** 32 + low >= limit) return false;
      Atomics.store(halves, TAIL_LOW, low);
      Atomics.store(halves, TAIL_HIGH, high);
      return true;
    },
  };
}

/**
 * Reads and writes the positions by 32-bit halves, unchecked, as a 32-bit perf does that does not
 * take the kernel for a 64-bit one.
 *
 * Never refuses a tail. If both halves of a position change, the other side can see one of each.
 * Keeps a view of the page, and takes the byte order to be little endian. Source: perf's
 * `auxtrace_mmap__read_head()` and `auxtrace_mmap__write_tail()` in a 32-bit build.
 */
export function plainAuxPointers(page: ArrayBuffer): AuxPointers {
  checkPage(page);
  const halves = new Uint32Array(page, ControlPage.auxHead, 4);
  return {
    readHead() {
      const low = Atomics.load(halves, HEAD_LOW);
      const high = Atomics.load(halves, HEAD_HIGH);
      return BigInt(high) << 32n | BigInt(low);
    },
    writeTail(tail) {
      Atomics.store(halves, TAIL_LOW, Number(BigInt.asUintN(32, tail)));
      Atomics.store(halves, TAIL_HIGH, Number(BigInt.asUintN(32, tail >> 32n)));
      return true;
    },
  };
}

function checkPage(page: ArrayBuffer): void {
  const isMemory = typeof page?.byteLength === "number" && !ArrayBuffer.isView(page);
  checkArgument(isMemory, "an ArrayBuffer with a control page", page);
}

/**
 * Checks how many bits a tail may have.
 *
 * @throws {RangeError} If it is not an integer from 8 to 52.
 */
export function checkBits(bits: number): void {
  if (!Number.isInteger(bits) || bits < 8 || bits > 52) {
    throw new RangeError(`Cannot limit tails to ${bits} bits: expected an integer from 8 to 52`);
  }
}

/** How a 32-bit perf reaches the 64-bit positions. */
export type Accessor32 =
  /** In two halves, with checks: the only accessor that refuses tails. */
  | "compat"
  /** By LDRD and STRD, each of which reaches 64 bits in one access. */
  | "arm"
  /** In two halves, unchecked: under a 64-bit kernel they can be torn above 4 GiB. */
  | "plain";

/** Which accessors a reader uses. */
export interface AuxPointersChoice {
  /** `native` for a 64-bit process. */
  readonly kind: "native" | Accessor32;
  /** Makes the accessors for a control page; the options matter to `compat` alone. */
  readonly pointersOf: (page: ArrayBuffer, options?: CompatOptions) => AuxPointers;
}

const POINTERS_OF: Record<AuxPointersChoice["kind"], AuxPointersChoice["pointersOf"]> = {
  native: nativeAuxPointers,
  compat: compatAuxPointers,
  arm: nativeAuxPointers,
  plain: plainAuxPointers,
};

/**
 * Chooses the accessors that perf 5.15 and later uses in a process of `processBits` bits.
 *
 * LDRD and STRD reach 64 bits in one access, as {@linkcode nativeAuxPointers} does. The guide
 * docs/accessors.md says what each accessor guarantees. Source: perf's auxtrace.h, and
 * arch/arm/util/auxtrace.c.
 *
 * @example A 32-bit perf on four machines
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { auxPointersFor } from "@auxtail/auxtail/auxtrace";
 *
 * const machines = ["x86_64", "aarch64", "armv8l", "ppc64"];
 * const kinds = machines.map((machine) => auxPointersFor(32, machine).kind);
 * assertEquals(kinds, ["compat", "arm", "plain", "plain"]);
 * ```
 *
 * @param processBits Size of a pointer in the reading process.
 * @param machine The machine as `uname -m` or a recording's ARCH feature names it.
 */
export function auxPointersFor(processBits: 32 | 64, machine: string): AuxPointersChoice {
  const kind = processBits === 64 ? "native" : accessor32(machine);
  return { kind, pointersOf: POINTERS_OF[kind] };
}

/**
 * Tells how a 32-bit perf, 5.15 or later, reaches the positions on a machine.
 *
 * Every 32-bit build for Arm has LDRD and STRD in place of the compat accessors, but uses either
 * only where {@linkcode kernelIs64Bit}. Under armv7l and armv8l its accesses are plain ones.
 */
export function accessor32(machine: string): Accessor32 {
  if (!kernelIs64Bit(machine)) return "plain";
  return /^(aarch64|arm64)/.test(machine) ? "arm" : "compat";
}

const MACHINES_64_BIT = [
  "x86_64",
  "aarch64",
  "arm64",
  "mips64",
  "parisc64",
  "riscv64",
  "s390x",
  "sparc64",
];

/**
 * Tells whether perf takes the kernel of a machine to be 64-bit, by the start of the machine's name.
 *
 * The list is perf's, and not complete: ppc64 and loongarch64 are not on it, nor are the names
 * that a 64-bit kernel shows under a 32-bit personality, such as armv8l and i686. Source: perf's
 * env.c, `perf_env__init_kernel_mode()`.
 *
 * @example A machine on the list and one that is missing
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { kernelIs64Bit } from "@auxtail/auxtail/auxtrace";
 *
 * assertEquals(kernelIs64Bit("riscv64"), true);
 * assertEquals(kernelIs64Bit("loongarch64"), false);
 * ```
 *
 * @param machine The machine as `uname -m` names it.
 */
export function kernelIs64Bit(machine: string): boolean {
  return MACHINES_64_BIT.some((name) => machine.startsWith(name));
}
