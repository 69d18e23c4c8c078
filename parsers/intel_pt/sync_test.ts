import { assertEquals } from "@std/assert";
import { randomNumbers } from "../../testing/packet_pieces.ts";
import { ptPsb } from "../../testing/pt_packets.ts";
import { findPsb, psbBeginning } from "./sync.ts";

Deno.test("findPsb() finds a PSB packet wherever it is", () => {
  for (let at = 0; at < 64; at++) {
    for (const fill of [0x00, 0x02, 0x82]) {
      const bytes = new Uint8Array(96).fill(fill);
      bytes.set(ptPsb, at);
      for (let from = 0; from <= at; from++) assertEquals(findPsb(bytes, from), at);
      assertEquals(findPsb(bytes, at + 3), -1);
      assertEquals(findPsb(bytes.subarray(0, at + 15)), -1);
    }
  }
});

Deno.test("findPsb() finds what a search for the text finds, among many beginnings of PSB", () => {
  const random = randomNumbers(31);
  const psb = text(ptPsb);
  for (let round = 0; round < 20_000; round++) {
    const chunks = Array.from({ length: 8 }, () => ptPsb.slice(random(2), random(17)));
    const bytes = Uint8Array.from(chunks.flat());
    const from = random(8);
    assertEquals(findPsb(bytes, from), text(bytes).indexOf(psb, from));
    if (findPsb(bytes) >= 0) continue;
    const lengths = [...ptPsb.keys()].filter((size) => text(bytes).endsWith(psb.slice(0, size)));
    assertEquals(psbBeginning(bytes, 0), Math.max(...lengths));
  }
});

function text(bytes: Iterable<number>): string {
  return String.fromCharCode(...bytes);
}
