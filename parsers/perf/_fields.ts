import type { Cursor } from "../internal.ts";
import { BUILD_ID_SIZE, Misc } from "./abi.ts";

/** Reads a string of a feature section: its size as `u32`, then text padded with NULs. */
export function decodeString(body: Cursor): string {
  return body.text(body.count32(1));
}

/** Reads a `u32` count, then that many strings. */
export function decodeStrings(body: Cursor): string[] {
  return decodeItems(body.count32(4), () => decodeString(body));
}

/** Decodes `count` items, which the caller has compared with what remains. */
export function decodeItems<T>(count: number, decodeItem: () => T): T[] {
  const items: T[] = [];
  for (let i = 0; i < count; i++) items.push(decodeItem());
  return items;
}

/** Reads `count` words, after comparing their number with what remains. */
export function decodeWords(body: Cursor, count: number): BigUint64Array<ArrayBuffer> {
  if (8 * count > body.remaining) body.fail(8 * count);
  const words = new BigUint64Array(count);
  for (let i = 0; i < count; i++) words[i] = body.u64();
  return words;
}

/** Reads a `u64` that is a position or size in a file: at most 2^53 - 1, which no file reaches. */
export function decodeSize(body: Cursor): number {
  return Math.min(Number(body.u64()), Number.MAX_SAFE_INTEGER);
}

/** Reads the words up to the end. */
export function restWords(body: Cursor): BigUint64Array<ArrayBuffer> {
  return decodeWords(body, Math.floor(body.remaining / 8));
}

/** Reads an `s32` that is -1 where there is no such thing. */
export function decodeOptional(body: Cursor): number | null {
  const value = body.i32();
  return value === -1 ? null : value;
}

/** The value of a `u32` that is -1 where there is no such thing: no CPU, or no thread. */
export function unlessNone(value: number): number | null {
  return value === 0xffffffff ? null : value;
}

/** Reads `size` bytes as lower-case hexadecimal digits. */
export function decodeHex(body: Cursor, size: number): string {
  const at = body.take(size);
  const bytes = body.bytes.subarray(at, at + size);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Reads the 20 bytes of a build id and the size after them, which counts if `misc` says so. */
export function decodeBuildId(body: Cursor, misc: number): string {
  const digits = decodeHex(body, BUILD_ID_SIZE);
  const { at } = body;
  const size = body.u8();
  return cutBuildId(body, digits, misc & Misc.BuildIdSize ? size : BUILD_ID_SIZE, at);
}

/** Cuts the digits of a build id's field down to the `size` bytes that count, as told at `at`. */
export function cutBuildId(body: Cursor, digits: string, size: number, at: number): string {
  if (size > BUILD_ID_SIZE) {
    body.refuse("corrupt", `a build id of at most ${BUILD_ID_SIZE} bytes`, `${size}`, at);
  }
  return digits.slice(0, 2 * size);
}

/** Reads a version field of `size` bytes; fails with fault `unsupported` if it is not 1. */
export function needVersion1(body: Cursor, size: 4 | 8): void {
  const { at } = body;
  const version = size === 4 ? body.u32() : body.u64();
  if (Number(version) !== 1) body.refuse("unsupported", "version 1", `version ${version}`, at);
}

/** Number of the bits that are set. */
export function bitCount(word: bigint): number {
  let count = 0;
  for (let rest = word; rest !== 0n; rest &= rest - 1n) count++;
  return count;
}
