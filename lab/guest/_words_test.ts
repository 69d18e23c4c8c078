import { assertEquals, assertThrows } from "@std/assert";
import { auxSpan } from "../../auxtrace/span.ts";
import { verifyDense, verifySparse } from "./_words.ts";

const PAGE = 4096;
const ACROSS = 0xffff_fff0n;

/** A ring of two pages after the module has written up to `end`. */
function ringUpTo(end: bigint): Uint8Array {
  const words = new BigUint64Array(2 * PAGE / 8);
  for (let offset = end - BigInt(2 * PAGE); offset < end; offset += 8n) {
    words[Number(offset / 8n % BigInt(words.length))] = offset;
  }
  return new Uint8Array(words.buffer);
}

Deno.test("verifyDense() accepts a span that wraps and crosses 2^32", () => {
  const end = 0x1_0000_0100n;
  verifyDense(auxSpan(ringUpTo(end), ACROSS, end));
  verifyDense(auxSpan(ringUpTo(end), end - BigInt(2 * PAGE), end));
});

Deno.test("verifyDense() rejects every changed byte", () => {
  const end = 0x1_0000_0010n;
  const ring = ringUpTo(end);
  const span = auxSpan(ring, ACROSS, end);
  assertEquals(span.size, 32);
  for (let at = 0; at < span.size; at++) {
    const place = (Number(ACROSS) + at) % ring.length;
    ring[place]! ^= 0x80;
    assertThrows(() => verifyDense(span), Error, "The word at 0x");
    ring[place]! ^= 0x80;
  }
  verifyDense(span);
});

Deno.test("verifySparse() looks at the first word of every page that starts in the span", () => {
  const end = 0x1_0000_1008n;
  const ring = ringUpTo(end);
  const span = auxSpan(ring, 0xffff_f008n, end);
  assertEquals(verifySparse(span), 2); // at 0x100000000 and 0x100001000
  assertEquals(verifySparse(auxSpan(ring, 0xffff_f008n, 0x1_0000_0000n)), 0);
  ring[4]! ^= 1; // a high half: 0x100000000 is at the start of the ring
  assertThrows(() => verifySparse(span), Error, "The word at 0x100000000");
});
