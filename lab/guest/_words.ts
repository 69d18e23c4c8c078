import type { AuxSpan } from "../../auxtrace/mod.ts";

const PAGE_SIZE = 4096;

/**
 * Compares every byte of a span of a dense trace with what the module wrote there: the word at
 * offset N has the value N.
 *
 * @throws {Error} At the first word that differs.
 */
export function verifyDense(span: AuxSpan): void {
  verifyRun(span.first, span.offset);
  verifyRun(span.second, span.offset + BigInt(span.first.length));
}

function verifyRun(bytes: Uint8Array, offset: bigint): void {
  const halves = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  let low = Number(offset & 0xffff_ffffn) | 0;
  let high = Number(offset >> 32n) | 0;
  for (let i = 0; i < halves.length; i += 2) {
    if (halves[i] !== low || halves[i + 1] !== high) {
      throw wrongWord(offset + BigInt(4 * i), bytes, 4 * i);
    }
    low = low + 8 | 0;
    if (low === 0) high++;
  }
}

/**
 * Compares the first word of every page in a span of a sparse trace, and returns how many they are.
 *
 * @throws {Error} At the first word that differs.
 */
export function verifySparse(span: AuxSpan): number {
  const end = span.offset + BigInt(span.first.length);
  return verifyPages(span.first, span.offset) + verifyPages(span.second, end);
}

function verifyPages(bytes: Uint8Array, offset: bigint): number {
  const halves = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const intoPage = Number(offset % BigInt(PAGE_SIZE));
  const start = (PAGE_SIZE - intoPage) % PAGE_SIZE;
  const first = offset + BigInt(start);
  let low = Number(first & 0xffff_ffffn) | 0;
  let high = Number(first >> 32n) | 0;
  let words = 0;
  for (let i = start / 4; i < halves.length; i += PAGE_SIZE / 4) {
    if (halves[i] !== low || halves[i + 1] !== high) {
      throw wrongWord(offset + BigInt(4 * i), bytes, 4 * i);
    }
    low = low + PAGE_SIZE | 0;
    if (low === 0) high++;
    words++;
  }
  return words;
}

function wordAt(bytes: Uint8Array, at: number): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getBigUint64(at, true);
}

function wrongWord(offset: bigint, bytes: Uint8Array, at: number): Error {
  const hex = (value: bigint) => `0x${value.toString(16)}`;
  return new Error(`The word at ${hex(offset)} is ${hex(wordAt(bytes, at))}`);
}
