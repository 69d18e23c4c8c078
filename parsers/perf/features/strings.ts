import type { Cursor } from "../../internal.ts";

/** Reads a string of a feature section: its size as `u32`, then text padded with NULs. */
export function decodeString(body: Cursor): string {
  return body.text(body.count32(1));
}

/** Reads a `u32` count, then as many strings. */
export function decodeStrings(body: Cursor): string[] {
  const count = body.count32(4);
  return Array.from({ length: count }, () => decodeString(body));
}

/** Reads `size` bytes as lower-case hexadecimal digits. */
export function decodeHex(body: Cursor, size: number): string {
  const at = body.take(size);
  const bytes = body.bytes.subarray(at, at + size);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
