/** Whose rules a snapshot follows; `other` has those of CoreSight. */
export type SnapshotKind = "intel_pt" | "intel_bts" | "arm_spe" | "cs_etm" | "other";

/** What a {@linkcode SnapshotFinder} works on. */
export interface SnapshotOptions {
  /** The AUX memory, mapped read-only in overwrite mode. The finder keeps it. */
  readonly ring: Uint8Array;
  /** Most bytes of one snapshot; by default the whole ring. */
  readonly snapshotSize?: number;
  /** Intel PT: bytes between two PSB packets, as far as the event tells. */
  readonly psbPeriod?: number;
}

/** Which bytes of a ring a snapshot consists of. */
export interface SnapshotExtent {
  /** Position of the first byte, as an AUXTRACE record has it; modulo the ring's size, the place. */
  readonly offset: bigint;
  /** Bytes: 0 if nothing is new. */
  readonly size: number;
  /** The head from which the next snapshot counts: the given one, or that plus the ring's size. */
  readonly head: bigint;
}

/** Finds the extents of successive snapshots of one ring. */
export interface SnapshotFinder {
  /**
   * Finds what a snapshot consists of, and remembers it for the next one.
   *
   * The event must be disabled until the bytes are copied, since there is no tail that holds the
   * writer back.
   *
   * @param head `aux_head`, as read from the control page.
   */
  find(head: bigint): SnapshotExtent;
}

/** Moves the head, and the position that the snapshot counts from, to what a PMU means by them. */
type Rule = (old: bigint, head: bigint) => { readonly old: bigint; readonly head: bigint };

/** Bytes at the end of the ring that tell whether it wrapped: of Intel's PMUs, 512 words of 8. */
const INTEL_WATCHED = 4096;
const SPE_WATCHED = 512;
const KIB = 1024;

/**
 * Makes the rules for the snapshots of one ring, of which the kernel overwrites the oldest bytes.
 *
 * A snapshot is the newest bytes since the last one, at most `snapshotSize`. The head of Intel PT,
 * Intel BTS and Arm SPE is a place in the buffer, so a wrapped ring shows only in its bytes:
 * non-zero ones at the end of the ring, which was zero at first. From then on every snapshot takes
 * the whole ring. Such a wrap is missed while the bytes looked at are zeros. CoreSight's head
 * counts on.
 *
 * Snapshots of Intel PT above 64 KiB take what is new alone: the finder keeps a copy of some bytes
 * before the last head, and sees by it whether the writer has come round. perf leaves its copy's
 * place where the first one was, and compares a copy across the end of the ring wrongly; a ring
 * then counts as wrapped when it is not, so this does neither. Of a counting head that went round
 * more than once perf takes only the remainder; this takes the whole ring. Source: perf's
 * `__auxtrace_mmap__read()`, and `find_snapshot` of its intel-pt.c, intel-bts.c and arm-spe.c.
 *
 * @example The second snapshot of a counting head
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { snapshotFinder } from "@auxtail/auxtail/auxtrace";
 *
 * const finder = snapshotFinder("cs_etm", { ring: new Uint8Array(4096) });
 * assertEquals(finder.find(3000n), { offset: 0n, size: 3000, head: 3000n });
 * assertEquals(finder.find(5000n), { offset: 3000n, size: 2000, head: 5000n });
 * ```
 *
 * @param kind The PMU family.
 * @throws {RangeError} If the ring is empty or a size is not a positive integer.
 */
export function snapshotFinder(kind: SnapshotKind, options: SnapshotOptions): SnapshotFinder {
  const { ring, snapshotSize = ring.length, psbPeriod } = options;
  for (const size of [ring.length, snapshotSize, psbPeriod ?? 1]) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new RangeError(`Cannot take snapshots: expected sizes above 0, got ${size}`);
    }
  }
  const rule = ruleOf(kind, ring, referenceSize(ring.length, snapshotSize, psbPeriod));
  let prev = 0n;
  return {
    find(newHead) {
      const { old, head } = rule(prev, newHead);
      prev = head;
      const size = Math.min(sizeBetween(old, head, ring.length), snapshotSize);
      return { offset: before(head, size, ring.length), size, head };
    },
  };
}

function ruleOf(kind: SnapshotKind, ring: Uint8Array, referenceBytes: number): Rule {
  switch (kind) {
    case "intel_pt":
      return intelRule(
        ring,
        referenceBytes > 0 ? referenceTest(ring, referenceBytes) : endTest(ring),
      );
    case "intel_bts":
      return intelRule(ring, endTest(ring));
    case "arm_spe":
      return speRule(ring);
    case "cs_etm":
    case "other":
      return (old, head) => ({ old, head });
  }
}

/** Size of the copy that tells whether an Intel PT ring wrapped; 0 if its end has to tell. */
function referenceSize(ringSize: number, snapshotSize: number, psbPeriod?: number): number {
  if (snapshotSize <= 64 * KIB) return 0;
  const size = Math.min(psbPeriod === undefined ? Infinity : 2 * psbPeriod, 256 * KIB);
  return size >= ringSize || size >= snapshotSize / 2 ? 0 : size;
}

function intelRule(ring: Uint8Array, hasWrapped: (head: number) => boolean): Rule {
  const length = BigInt(ring.length);
  return (prev, newHead) => {
    const head = newHead % length;
    if (hasWrapped(Number(head))) return { old: head, head: head + length };
    const old = prev % length;
    return { old, head: old > head ? head + length : head };
  };
}

function speRule(ring: Uint8Array): Rule {
  const length = BigInt(ring.length);
  let wrapped = false;
  return (old, head) => {
    wrapped ||= head >= length ||
      hasBytes(ring, Math.max(Number(head), ring.length - SPE_WATCHED));
    if (!wrapped) return { old, head };
    const raised = head < length ? head + length : head;
    return { old: raised - length, head: raised };
  };
}

/** True from the first time on that the end of the ring is not zero. */
function endTest(ring: Uint8Array): () => boolean {
  let wrapped = false;
  return () => wrapped ||= hasBytes(ring, Math.max(0, ring.length - INTEL_WATCHED));
}

/**
 * True if the writer has reached the bytes before the last head, of which it keeps a copy.
 *
 * Before the first snapshot those are the zeros at the end of the ring.
 */
function referenceTest(ring: Uint8Array, size: number): (head: number) => boolean {
  const reference = new Uint8Array(size);
  let start = ring.length - size;
  return (head) => {
    const into = (head - start + ring.length) % ring.length;
    const wrapped = (into > 0 && into < size) ||
      reference.some((byte, at) => byte !== ring[(start + at) % ring.length]);
    start = (head - size + ring.length) % ring.length;
    const first = ring.subarray(start, start + size);
    reference.set(first);
    reference.set(ring.subarray(0, size - first.length), first.length);
    return wrapped;
  };
}

function hasBytes(ring: Uint8Array, from: number): boolean {
  for (let at = from; at < ring.length; at++) {
    if (ring[at] !== 0) return true;
  }
  return false;
}

/** Bytes from `old` to `head`, at most a ring; a head that went back is a place in the buffer. */
function sizeBetween(old: bigint, head: bigint, ringSize: number): number {
  if (head >= old) return Math.min(Number(head - old), ringSize);
  return ringSize - Number((old - head) % BigInt(ringSize));
}

/** The position `size` bytes before `head`; below 0 it is a `u64` at the same place in the ring. */
function before(head: bigint, size: number, ringSize: number): bigint {
  const offset = head - BigInt(size);
  return offset >= 0n ? offset : offset + 2n ** 64n - 2n ** 64n % BigInt(ringSize);
}
