/**
 * Measures the reading of AUX rings in memory of the system, and prints the results as JSON.
 *
 * Needs `--allow-ffi`. With `--smoke` it moves 1/64 of the bytes.
 */

import { compatAuxPointers, nativeAuxPointers } from "../auxtrace/mod.ts";
import { AuxRing } from "../live/internal.ts";
import { checkWords, pause, SimulatedRing } from "../testing/simulated_ring.ts";

/** What the program prints. */
export interface RingFigures {
  /** Copied by drain() out of the mapping, in pieces of 64 KiB. */
  readonly drainedBytesPerSecond: number;
  /** Copied by `Uint8Array.set` between the same places. */
  readonly copiedBytesPerSecond: number;
  /** One drain() of an empty ring. */
  readonly emptyDrainNs: number;
  /** Bytes that went through a ring of 1 MiB in each of the runs below. */
  readonly streamedBytes: number;
  /** Written by one thread and checked by another, a word at a time. */
  readonly nativeBytesPerSecond: number;
  readonly compatBytesPerSecond: number;
}

const MIB = 2 ** 20;
const PIECE = 2 ** 16;
/** Ring of the copies: the size that openAuxRing() maps unless it is told. */
const COPIED_RING = 4 * MIB;
/** What is read of it at a time: the kernel wakes its reader at half a buffer. */
const READ = COPIED_RING / 2;
/** Less than what a compat accessor reads of one ring. */
const MAX_STREAM = 4e9;
const ROUNDS = 7;

const scale = Deno.args.includes("--smoke") ? 64 : 1;

if (import.meta.main) {
  const streamedBytes = 1e10 / scale;
  const figures: RingFigures = {
    ...copying(2 ** 31 / scale),
    emptyDrainNs: emptyDrainNs(1e7 / scale),
    streamedBytes,
    nativeBytesPerSecond: await streaming(nativeAuxPointers, streamedBytes),
    compatBytesPerSecond: await streaming(compatAuxPointers, streamedBytes),
  };
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(figures)}\n`));
}

/** The best of several rounds each, in turn: both ways share the caches and the machine. */
function copying(
  size: number,
): Pick<RingFigures, "drainedBytesPerSecond" | "copiedBytesPerSecond"> {
  using simulated = new SimulatedRing(COPIED_RING);
  using ring = new AuxRing(simulated.auxMemory(nativeAuxPointers));
  const positions = simulated.memory.positions();
  const mapping = simulated.memory.ring;
  const into = new Uint8Array(PIECE);
  const drained = () => {
    for (let moved = 0; moved < size; moved += READ) {
      Atomics.add(positions, 0, BigInt(READ));
      ring.drain(({ first }) => {
        for (let at = 0; at < first.length; at += PIECE) into.set(first.subarray(at, at + PIECE));
      });
    }
  };
  const copied = () => {
    for (let moved = 0; moved < size; moved += PIECE) {
      const at = moved % COPIED_RING;
      into.set(mapping.subarray(at, at + PIECE));
    }
  };
  let drainSeconds = Infinity;
  let copySeconds = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    drainSeconds = Math.min(drainSeconds, seconds(drained));
    copySeconds = Math.min(copySeconds, seconds(copied));
  }
  return {
    drainedBytesPerSecond: size / drainSeconds,
    copiedBytesPerSecond: size / copySeconds,
  };
}

function emptyDrainNs(turns: number): number {
  using simulated = new SimulatedRing(MIB);
  using ring = new AuxRing(simulated.auxMemory(nativeAuxPointers));
  const drain = () => {
    for (let turn = 0; turn < turns; turn++) ring.drain(checkWords);
  };
  drain();
  return seconds(drain) / turns * 1e9;
}

/** Bytes per second of a writer and a reader at full speed. */
async function streaming(
  pointersOf: typeof nativeAuxPointers,
  size: number,
): Promise<number> {
  let time = 0;
  for (let left = size; left > 0; left -= MAX_STREAM) {
    using simulated = new SimulatedRing(MIB);
    using ring = new AuxRing(simulated.auxMemory(pointersOf));
    const part = Math.min(left, MAX_STREAM);
    const { report } = await simulated.start({ kind: "words", size: part });
    time += seconds(() => {
      while (ring.bytesRead < part) {
        if (ring.drain(checkWords) === 0) pause();
      }
    });
    await report;
  }
  return size / time;
}

function seconds(work: () => void): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}
