/** Scans Intel BTS records in memory and prints how fast that was as JSON. */

import { BTS_RECORD_SIZE, BtsScan } from "../parsers/intel_bts/mod.ts";
import { btsBytes } from "../testing/bts_records.ts";

/** What this program prints. */
export interface BtsFigures {
  readonly scannedBytes: number;
  readonly bytesPerSecond: number;
}

const RECORDS_PER_PIECE = Math.floor(64 * 1024 / BTS_RECORD_SIZE);
const PIECES = 10_000;
const ROUNDS = 5;

const piece = btsBytes(Array.from({ length: RECORDS_PER_PIECE }, (_, n) => {
  const isFiller = n % 64 === 63;
  const from = isFiller ? 0n : 0x40_0000n + BigInt(n * 8);
  return { from, to: isFiller ? 0n : from + 64n, misc: isFiller ? 0n : 16n };
}));
let best = Infinity;
for (let round = 0; round < ROUNDS; round++) {
  const scan = new BtsScan();
  const start = performance.now();
  for (let n = 0; n < PIECES; n++) scan.push(piece);
  scan.end();
  best = Math.min(best, performance.now() - start);
}
const scannedBytes = PIECES * piece.length;
const figures: BtsFigures = { scannedBytes, bytesPerSecond: scannedBytes / (best / 1000) };
Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(figures)}\n`));
