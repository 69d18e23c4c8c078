import { assertEquals, assertThrows } from "@std/assert";
import { snapshotFinder, type SnapshotKind, type SnapshotOptions } from "./snapshot.ts";
import { auxSpan } from "./span.ts";

/** A trace unit that fills a ring with words of 8 bytes whose value is their number, from 1. */
class TraceUnit {
  readonly ring: Uint8Array<ArrayBuffer>;
  readonly #words: Uint32Array;
  readonly #counts: boolean;
  produced = 0;

  constructor(ringSize: number, kind: SnapshotKind) {
    this.ring = new Uint8Array(ringSize);
    this.#words = new Uint32Array(this.ring.buffer);
    this.#counts = kind === "cs_etm";
  }

  get head(): bigint {
    return BigInt(this.#counts ? this.produced : this.produced % this.ring.length);
  }

  produce(size: number): void {
    for (const end = this.produced + size; this.produced < end; this.produced += 8) {
      this.#words[this.produced % this.ring.length / 4] = this.produced / 8 + 1;
    }
  }

  /** Words of a run that are not the newest ones: zeros where the ring was never written. */
  wrongWords(offset: bigint, size: number): number {
    const { first, second } = auxSpan(this.ring, offset, offset + BigInt(size));
    const bytes = new Uint8Array(size);
    bytes.set(first);
    bytes.set(second, first.length);
    const words = new Uint32Array(bytes.buffer);
    const before = (this.produced - size) / 8;
    let wrong = 0;
    for (let n = 0; n < size / 8; n++) {
      if (words[2 * n] !== Math.max(before + n + 1, 0) || words[2 * n + 1] !== 0) wrong++;
    }
    return wrong;
  }
}

interface Case {
  readonly kind: SnapshotKind;
  readonly ringSize: number;
  readonly snapshotSize?: number;
  readonly psbPeriod?: number;
  /** Bytes that the rules of the kind take, from the bytes written since the last snapshot and in all. */
  readonly taken: (since: number, produced: number) => number;
}

/** Takes a snapshot after each run of bytes, and compares it with what was written last. */
function snapshots({ kind, ringSize, snapshotSize, psbPeriod, taken }: Case, runs: number[]): void {
  const unit = new TraceUnit(ringSize, kind);
  const options: SnapshotOptions = {
    ring: unit.ring,
    ...(snapshotSize === undefined ? {} : { snapshotSize }),
    ...(psbPeriod === undefined ? {} : { psbPeriod }),
  };
  const finder = snapshotFinder(kind, options);
  for (const run of runs) {
    unit.produce(run);
    const { offset, size, head } = finder.find(unit.head);
    const wanted = Math.min(taken(run, unit.produced), ringSize, snapshotSize ?? ringSize);
    // Comparing a few numbers costs less than assertEquals() of all.
    if (size !== wanted || head !== offset + BigInt(size)) {
      assertEquals([kind, ringSize, runs, size, head], [
        kind,
        ringSize,
        runs,
        wanted,
        offset + BigInt(size),
      ]);
    }
    assertEquals(unit.wrongWords(offset, size), 0);
  }
}

const newAlone = (since: number): number => since;

/** A head in the buffer: all of the ring from the time on that its watched end is written. */
function untilWritten(ringSize: number, watchedFrom: number): Case["taken"] {
  return (since, produced) => produced > watchedFrom ? ringSize : since;
}

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

function randomRuns(next: (below: number) => number, most: number): number[] {
  return Array.from({ length: 12 }, () => 8 * next(next(4) === 0 ? most / 8 : most / 64));
}

Deno.test("snapshotFinder() takes what a counting head added, from every position of small rings", () => {
  for (const ringSize of [8, 16, 24, 32, 40, 56, 64]) {
    for (let start = 0; start <= 2 * ringSize; start += 8) {
      for (let run = 0; run <= 3 * ringSize; run += 8) {
        for (const snapshotSize of [8, ringSize, 64]) {
          snapshots({ kind: "cs_etm", ringSize, snapshotSize, taken: newAlone }, [start, run, 8]);
        }
      }
    }
  }
});

Deno.test("snapshotFinder() takes all of a small Arm SPE ring once its end is written", () => {
  for (const ringSize of [8, 16, 24, 64]) {
    const taken = untilWritten(ringSize, ringSize - 8);
    for (let start = 0; start <= 2 * ringSize; start += 8) {
      for (let run = 0; run <= 3 * ringSize; run += 8) {
        snapshots({ kind: "arm_spe", ringSize, taken }, [start, run, 0, 8]);
      }
    }
  }
});

const WATCHED = [
  { kind: "intel_pt", ringSize: 8192, watchedFrom: 4096 },
  { kind: "intel_bts", ringSize: 8192, watchedFrom: 4096 },
  { kind: "intel_bts", ringSize: 12288, watchedFrom: 8192 },
  // Words from the head to the end tell, so a ring counts as wrapped exactly when it is full.
  { kind: "arm_spe", ringSize: 8192, watchedFrom: 8184 },
  { kind: "arm_spe", ringSize: 12288, watchedFrom: 12280 },
] as const;

for (const { kind, ringSize, watchedFrom } of WATCHED) {
  const taken = untilWritten(ringSize, watchedFrom);

  Deno.test(`snapshotFinder() takes the rules of ${kind} around the end of ${ringSize} bytes`, () => {
    for (const laps of [0, 1, 2, 5]) {
      for (const around of [watchedFrom, ringSize - 512, ringSize]) {
        for (const aside of [-16, -8, 0, 8, 16]) {
          const start = Math.max(0, (laps - 1) * ringSize + around + aside);
          snapshots({ kind, ringSize, taken }, [
            start,
            0,
            8,
            ringSize - 8,
            8,
            ringSize,
            3 * ringSize,
          ]);
        }
      }
    }
  });

  Deno.test(`snapshotFinder() takes the rules of ${kind} on random runs in ${ringSize} bytes`, () => {
    const next = random(ringSize);
    for (let round = 0; round < 60; round++) {
      const snapshotSize = [ringSize, 4096, 1000 * 8, 64][round % 4]!;
      snapshots({ kind, ringSize, snapshotSize, taken }, randomRuns(next, ringSize));
    }
  });
}

Deno.test("snapshotFinder() tells by its copy whether a large Intel PT ring wrapped", () => {
  const ringSize = 128 * 1024;
  const psbPeriod = 2048;
  // Up to the copy of two periods before the last head, the new bytes alone.
  const clear = ringSize - 2 * psbPeriod;
  const taken = (since: number): number => since <= clear ? since : ringSize;
  const options = { kind: "intel_pt", ringSize, psbPeriod, taken } as const;
  for (const start of [0, 8, 2048, 4096, clear, ringSize - 8, ringSize, ringSize + 2048]) {
    for (
      const run of [0, 8, 4096, clear - 8, clear, clear + 8, ringSize - 8, ringSize, ringSize + 8]
    ) {
      snapshots(options, [start, run, 0, 8]);
    }
  }
  const next = random(7);
  for (let round = 0; round < 20; round++) {
    snapshots({ ...options, snapshotSize: 72 * 1024 }, randomRuns(next, 3 * ringSize));
  }
});

Deno.test("snapshotFinder() copies only for Intel PT snapshots above 64 KiB that are large against the copy", () => {
  const ringSize = 128 * 1024;
  const runs = [8, ringSize - 4096, 8];
  const sticky = untilWritten(ringSize, ringSize - 4096);
  const copied: Case["taken"] = (since) => since <= ringSize - 32768 ? since : ringSize;
  const cases: [number, number | undefined, Case["taken"]][] = [
    [64 * 1024, 16384, sticky],
    [64 * 1024 + 8, 16384, copied], // two periods: just below half the snapshot
    [65536, 16384, sticky],
    [128 * 1024, undefined, sticky], // 256 KiB would be more than the ring
    [128 * 1024, 32768, sticky], // 64 KiB is half the snapshot
    [512 * 1024, 65536, sticky], // as large as the ring
  ];
  for (const [snapshotSize, psbPeriod, taken] of cases) {
    const options = { kind: "intel_pt", ringSize, snapshotSize, taken } as const;
    snapshots(psbPeriod === undefined ? options : { ...options, psbPeriod }, runs);
  }
});

Deno.test("snapshotFinder() misses a wrap while the end of the ring holds zeros", () => {
  for (const kind of ["intel_pt", "intel_bts", "arm_spe"] as const) {
    const ring = new Uint8Array(8192);
    const finder = snapshotFinder(kind, { ring });
    ring.fill(1, 0, 4096);
    assertEquals(finder.find(4096n), { offset: 0n, size: 4096, head: 4096n });
    // A lap and 64 bytes later: 4096 zeros, then 64 bytes over the oldest ones.
    const { offset, size } = finder.find(64n);
    assertEquals([offset % 8192n, size], [4096n, 4160]);
    // And a whole lap is nothing at all.
    assertEquals(finder.find(64n).size, 0);
    ring[8191] = 1;
    assertEquals(finder.find(64n).size, 8192);
    // What is known stays known.
    ring[8191] = 0;
    assertEquals(finder.find(72n).size, 8192);
  }
});

Deno.test("snapshotFinder() tells by a head inside its copy that a ring of zeros wrapped", () => {
  const ringSize = 128 * 1024;
  const clear = BigInt(ringSize - 4096);
  const sizes = [0n, 8n, clear + 8n, clear + 16n, clear].map((head) => {
    const finder = snapshotFinder("intel_pt", { ring: new Uint8Array(ringSize), psbPeriod: 2048 });
    return finder.find(head).size;
  });
  assertEquals(sizes, [0, 8, ringSize, ringSize, ringSize - 4096]);
});

Deno.test("snapshotFinder() takes a counting Arm SPE head, which perf allows for", () => {
  const finder = snapshotFinder("arm_spe", { ring: new Uint8Array(4096) });
  assertEquals(finder.find(1000n), { offset: 0n, size: 1000, head: 1000n });
  assertEquals(finder.find(4096n), { offset: 0n, size: 4096, head: 4096n });
  assertEquals(finder.find(10000n), { offset: 5904n, size: 4096, head: 10000n });
});

Deno.test("snapshotFinder() counts on where a head went back in the ring", () => {
  for (const [ringSize, from, to] of [[64, 50n, 10n], [24, 20n, 4n], [40, 32n, 0n]] as const) {
    const finder = snapshotFinder("other", { ring: new Uint8Array(ringSize) });
    finder.find(from);
    const { offset, size, head } = finder.find(to);
    assertEquals([size, head], [ringSize - Number(from - to), to]);
    assertEquals([offset % BigInt(ringSize), offset < 2n ** 64n], [from, true]);
  }
});

Deno.test("snapshotFinder() rejects rings and sizes of nothing", () => {
  const ring = new Uint8Array(64);
  const bad: SnapshotOptions[] = [
    { ring: new Uint8Array(0) },
    { ring, snapshotSize: 0 },
    { ring, snapshotSize: 1.5 },
    { ring, psbPeriod: -1 },
  ];
  for (const options of bad) {
    assertThrows(() => snapshotFinder("intel_pt", options), RangeError, "Cannot take snapshots");
  }
});

Deno.test("snapshotFinder() watches all of an Intel ring that is smaller than what it watches", () => {
  for (const kind of ["intel_pt", "intel_bts"] as const) {
    const ring = new Uint8Array(64);
    const finder = snapshotFinder(kind, { ring });
    assertEquals(finder.find(8n).size, 8);
    ring[0] = 1;
    assertEquals([kind, finder.find(16n).size], [kind, 64]);
  }
});
