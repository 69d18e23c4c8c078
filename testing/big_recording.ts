/**
 * Writes recordings that are too large to be built in memory.
 *
 * @module
 */

import { syntheticPt } from "../bench/_synthetic.ts";
import { AuxRecording, cpuRings, step, TID } from "./aux_recording.ts";
import { aux, auxtrace, finishedRound } from "./perf_builder.ts";

/** Positions in `struct perf_file_header`: `data.offset`, `data.size`, `adds_features`. */
const DATA_AT = 40;
const DATA_SIZE_AT = 48;
const FEATURES_AT = 72;
const HEADER_SIZE = 104;

/** What a big recording is like. */
export interface BigRecordingOptions {
  /** Bytes of AUX payload of all rings together; about the size of the file. */
  readonly size: number;
  /** Bytes of a chunk, a multiple of 8; 64 KiB unless given. */
  readonly chunkSize?: number;
  /** Number of rings, those of CPU 0 on; 4 unless given. */
  readonly rings?: number;
}

/**
 * Writes a recording of Intel PT: every ring in chunks of the same size with an AUX record before
 * each, FINISHED_ROUND after each pass over the rings. The ring of CPU 0 starts half its bytes below
 * 4 GiB, so that half of its tails do not fit 32 bits; the others start at 0.
 *
 * The payload is a run of PT packets that starts with PSB, again and again: whatever the chunk size,
 * the packets go on from chunk to chunk.
 *
 * @returns Number of chunks of a ring, and of the tails of CPU 0 that need more than 32 bits.
 */
export function writeBigRecording(
  path: string,
  { size, chunkSize = 1 << 16, rings = 4 }: BigRecordingOptions,
): { chunks: number; flaggedTails: number } {
  const chunks = Math.ceil(size / rings / chunkSize);
  const below = Math.floor(chunks / 2) * chunkSize;
  const { file } = new AuxRecording({ rings: cpuRings(rings) });
  const small = file.bytes();
  using out = Deno.openSync(path, { write: true, create: true, truncate: true });
  const write = (bytes: Uint8Array) => {
    while (bytes.length > 0) bytes = bytes.subarray(out.writeSync(bytes));
  };
  const payload = repeatedUnit(chunkSize);
  let written = file.position;
  write(small.subarray(0, written));
  for (let n = 0; n < chunks; n++) {
    for (let idx = 0; idx < rings; idx++) {
      const offset = BigInt((idx === 0 ? 2 ** 32 - below : 0) + n * chunkSize);
      const id = { id: BigInt(idx + 1), tid: TID, cpu: idx, timeNs: step(n) };
      const bytes = payload(n * chunkSize);
      const record = file.encode(aux({ offset, size: BigInt(chunkSize) }), id);
      const chunk = file.encode(auxtrace({ idx, cpu: idx, tid: TID, offset, payload: bytes }));
      for (const part of [record, chunk, bytes]) write(part);
      written += record.length + chunk.length + bytes.length;
    }
    const round = file.encode(finishedRound);
    write(round);
    written += round.length;
  }
  write(movedFeatures(small, file.position, written - file.position));
  const dataSize = new DataView(new ArrayBuffer(8));
  const dataOffset = new DataView(small.buffer).getBigUint64(DATA_AT, true);
  dataSize.setBigUint64(0, BigInt(written) - dataOffset, true);
  out.seekSync(DATA_SIZE_AT, Deno.SeekMode.Start);
  write(new Uint8Array(dataSize.buffer));
  return { chunks, flaggedTails: chunks - below / chunkSize + 1 };
}

/** The feature sections of a file, which begin at `at`, as they are `by` bytes further on. */
function movedFeatures(file: Uint8Array, at: number, by: number): Uint8Array {
  const moved = file.slice(at);
  const table = new DataView(moved.buffer);
  let entry = 0;
  for (const byte of file.subarray(FEATURES_AT, HEADER_SIZE)) {
    for (let bits = byte; bits > 0; bits &= bits - 1) {
      table.setBigUint64(entry, table.getBigUint64(entry, true) + BigInt(by), true);
      entry += 16;
    }
  }
  return moved;
}

/** Returns a function that lends `size` bytes of the endless payload from a position on. */
function repeatedUnit(size: number): (from: number) => Uint8Array {
  const unit = syntheticPt();
  const bytes = new Uint8Array(unit.length + size);
  for (let at = 0; at < bytes.length; at += unit.length) {
    bytes.set(unit.subarray(0, bytes.length - at), at);
  }
  return (from) => bytes.subarray(from % unit.length, from % unit.length + size);
}
