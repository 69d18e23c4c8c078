import { FormatError } from "../parsers/internal.ts";

/**
 * Decodes every shorter form of `bytes`, and every form with one byte set to 0xff.
 * Errors other than `FormatError` pass through.
 *
 * @returns The shorter lengths that `decode` accepted.
 */
export function sweepDamage(bytes: Uint8Array, decode: (bytes: Uint8Array) => unknown): number[] {
  for (let at = 0; at < bytes.length; at++) isDecodable(bytes.with(at, 0xff), decode);
  const lengths = Array.from(bytes, (_, length) => length);
  return lengths.filter((length) => isDecodable(bytes.subarray(0, length), decode));
}

function isDecodable(bytes: Uint8Array, decode: (bytes: Uint8Array) => unknown): boolean {
  try {
    decode(bytes);
    return true;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}
