import { joinU64 } from "../parsers/internal.ts";
import type { AnnouncedSummary, AuxChunkHeader } from "./aux_events.ts";
import { PADDING } from "./aux_queue.ts";

const U64_END = 1n << 64n;

/** The tail after the last chunk of a queue, as far as the recording tells. */
export interface LastTail {
  /** The tail: the end of the chunk where nothing proves another. */
  readonly tail: bigint;
  /** Lowest and highest possible tail; null where an AUX record proves the tail. */
  readonly window: readonly [lowest: bigint, highest: bigint] | null;
}

/**
 * Places the tail after the last chunk of a queue. It lies up to 7 bytes before the end of the
 * chunk, which perf pads, and up to `slack` after it; the only AUX record that ends there proves it.
 * Null where the chunk ends beyond 2^64.
 */
export function lastTailOf(
  { high, low, size }: Pick<AuxChunkHeader, "high" | "low" | "size">,
  announced: AnnouncedSummary,
  { slack, wraps }: { readonly slack: number; readonly wraps: boolean },
): LastTail | null {
  const whole = joinU64(high, low) + BigInt(size);
  if (whole >= U64_END) return null;
  const place = (position: bigint) => wraps ? BigInt.asUintN(32, position) : position;
  const lowest = whole < PADDING ? 0n : whole - PADDING;
  const window = [place(lowest), place(whole + BigInt(slack))] as const;
  const proven = announced.onlyEndWithin(...window);
  return proven === null ? { tail: place(whole), window } : { tail: proven, window: null };
}
