import { type Cursor, FormatError } from "../../internal.ts";

const BUILD_ID_SIZE = 20;

/** Reads `count` words, after comparing their number with what remains. */
export function decodeWords(body: Cursor, count: number): BigUint64Array<ArrayBuffer> {
  if (8 * count > body.remaining) body.fail(8 * count);
  const words = new BigUint64Array(count);
  for (let i = 0; i < count; i++) words[i] = body.u64();
  return words;
}

/** Reads an `s32` that is -1 where there is no such thing. */
export function decodeOptional(body: Cursor): number | null {
  const value = body.i32();
  return value === -1 ? null : value;
}

/** Cuts the hexadecimal digits of a build id's field down to the `size` bytes that count. */
export function cutBuildId(body: Cursor, digits: string, size: number): string {
  if (size > BUILD_ID_SIZE) {
    corrupt(body, `a build id of at most ${BUILD_ID_SIZE} bytes`, `${size}`);
  }
  return digits.slice(0, 2 * size);
}

/** Throws the `FormatError` of a structure that contradicts itself before the next read. */
export function corrupt(body: Cursor, expected: string, actual: string): never {
  const { structure, fileOffset } = body;
  throw new FormatError("corrupt", { structure, offset: fileOffset, expected, actual });
}

/** Throws the `FormatError` of a structure that this parser cannot read from the next read on. */
export function unsupported(body: Cursor, expected: string, actual: string): never {
  const { structure, fileOffset } = body;
  throw new FormatError("unsupported", { structure, offset: fileOffset, expected, actual });
}
