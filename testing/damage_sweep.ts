/**
 * Damages fixtures in every way of one kind, and reads each result by all of the library's ways.
 * Run by `mutation_long.ts` in a process of its own, whose memory it measures.
 *
 * Arguments: `truncations`, `flips` or `mutations`; for the last a count, a limit in seconds, and a
 * seed.
 */
import { constants, zstdDecompressSync } from "node:zlib";
import {
  bytesSource,
  FormatError,
  parsePerfFile,
  type PerfFile,
  replayReport,
  type Zstd,
} from "../mod.ts";
import { fixtureNames, fixturePath } from "./corpus.ts";
import { randomNumbers } from "./random_numbers.ts";
import { concat } from "./zstd_ring.ts";

const LARGEST = 8192;
const HEADER_SIZE = 104;
const RECORD_HEADER_SIZE = 8;
/** Garbage of so many runs counts, and not when the collector comes to it on a busy machine. */
const RUNS_PER_SAMPLE = 32;
const MAX_DECOMPRESSED_SIZE = 1 << 18;

/** What a sweep did. */
export interface SweepResult {
  /** Damaged inputs that were read. */
  readonly runs: number;
  /** Of those, inputs that somewhere ended in a FormatError. */
  readonly refused: number;
  /** Largest resident memory of the process, in bytes. */
  readonly peakMemory: number;
}

/** Reads a recording in every way; returns whether one of them ended in a FormatError. */
export function readAll(bytes: Uint8Array, zstd: Zstd): boolean {
  const opened: PerfFile[] = [];
  const options = { zstd, maxDecompressedSize: MAX_DECOMPRESSED_SIZE };
  const ways = [
    () => opened.push(parsePerfFile(bytesSource(bytes), options)),
    () => opened.map((file) => replayReport(file)),
    () => opened.map((file) => file.records().forEach(() => {})),
    () => opened.map((file) => file.auxChunks().forEach((chunk) => chunk.read())),
  ];
  const refused = ways.filter((way) => !succeeds(way)).length;
  return refused + opened.filter((file) => file.features().errors.length > 0).length > 0;
}

/**
 * Decodes all pieces again for each new one: slow, but it frees its memory at once, where streams
 * wait for the garbage collector, which does not see how large they are.
 */
function wholeZstd(): ReturnType<Zstd> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  let decoded: Uint8Array | null = null;
  const decode = () => {
    const finishFlush = constants.ZSTD_e_flush;
    const maxOutputLength = size + MAX_DECOMPRESSED_SIZE;
    const all = zstdDecompressSync(concat(pieces), { finishFlush, maxOutputLength });
    const news = all.subarray(size);
    size = all.length;
    return news;
  };
  return {
    push(piece) {
      pieces.push(piece.slice());
      decoded = null;
    },
    read(into) {
      decoded ??= decode();
      const part = decoded.subarray(0, into.length);
      into.set(part);
      decoded = decoded.subarray(part.length);
      return part.length;
    },
  };
}

function succeeds(way: () => unknown): boolean {
  try {
    way();
    return true;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

function* truncations(): Generator<Uint8Array> {
  for (const bytes of fixtures()) {
    for (let length = 0; length < bytes.length; length++) yield bytes.subarray(0, length);
  }
}

/** Sets bytes of the header, and of two records of each type, to 0xff, and flips each bit of them. */
function* flips(): Generator<Uint8Array> {
  for (const bytes of fixtures()) {
    for (const at of headerBytes(bytes)) {
      const before = bytes[at]!;
      for (const value of [0xff, ...Array.from({ length: 8 }, (_, bit) => before ^ 1 << bit)]) {
        bytes[at] = value;
        yield bytes;
      }
      bytes[at] = before;
    }
  }
}

/** Changes one to eight places of a random fixture at a time. */
function* mutations(count: number, seconds: number, seed: number): Generator<Uint8Array> {
  const files = [...fixtures()];
  const random = randomNumbers(seed);
  const start = performance.now();
  for (let run = 0; run < count && performance.now() - start < seconds * 1000; run++) {
    const bytes = files[random() % files.length]!.slice();
    for (let left = 1 + random() % 8; left > 0; left--) mutate(bytes, random);
    yield bytes;
  }
}

function mutate(bytes: Uint8Array, random: () => number): void {
  const at = random() % bytes.length;
  const count = 1 + random() % 8;
  switch (random() % 4) {
    case 0:
      bytes[at]! ^= 1 << random() % 8;
      break;
    case 1:
      bytes.fill(random() % 2 === 0 ? 0xff : 0, at, at + count);
      break;
    case 2:
      for (let i = at; i < Math.min(at + count, bytes.length); i++) bytes[i] = random();
      break;
    case 3:
      bytes.copyWithin(at, random() % bytes.length, random() % bytes.length);
      break;
  }
}

function* fixtures(): Generator<Uint8Array> {
  for (const name of fixtureNames(".perf.data")) {
    const bytes = Deno.readFileSync(fixturePath(name));
    if (bytes.length <= LARGEST) yield bytes;
  }
}

function headerBytes(bytes: Uint8Array): number[] {
  const cursor = parsePerfFile(bytesSource(bytes)).recordCursor();
  const positions = Array.from({ length: HEADER_SIZE }, (_, at) => at);
  const seen = new Map<number, number>();
  while (cursor.next()) {
    const count = seen.get(cursor.type) ?? 0;
    seen.set(cursor.type, count + 1);
    if (count >= 2 || cursor.compressed) continue;
    for (let i = 0; i < RECORD_HEADER_SIZE; i++) positions.push(cursor.fileOffset + i);
  }
  return positions;
}

if (import.meta.main) {
  const [kind, count, seconds, seed] = Deno.args;
  const inputs = kind === "truncations"
    ? truncations()
    : kind === "flips"
    ? flips()
    : mutations(Number(count), Number(seconds), Number(seed));
  const { gc } = globalThis as { gc?: () => void };
  let runs = 0;
  let refused = 0;
  let peakMemory = 0;
  for (const bytes of inputs) {
    if (runs++ % RUNS_PER_SAMPLE === 0) {
      peakMemory = Math.max(peakMemory, Deno.memoryUsage().rss);
      gc?.();
    }
    if (readAll(bytes, wholeZstd)) refused++;
  }
  const result: SweepResult = { runs, refused, peakMemory };
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(result)));
}
