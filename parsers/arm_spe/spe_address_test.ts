import { assertEquals } from "@std/assert";
import { decodeSpeInstruction, decodeSpePhysical, decodeSpeVirtual } from "./spe_address.ts";

function halves(value: bigint): [high: number, low: number] {
  return [Number(value >> 32n), Number(value & 0xffff_ffffn)];
}

// perf's arm_spe_calc_ip(): "if detects the bits [55:52] is 0xf, should fill 0xff into the top byte".
Deno.test("decodeSpeVirtual() fills the top byte where bits 55:52 are all ones", () => {
  for (let top = 0; top < 16; top++) {
    const below = BigInt(top) << 52n | 0x000f_8000_0812_3456n;
    const { address, tag } = decodeSpeVirtual(...halves(0xa5n << 56n | below));
    assertEquals(address, top === 15 ? 0xffn << 56n | below : below, `${top}`);
    assertEquals(tag, 0xa5);
  }
  assertEquals(decodeSpeVirtual(...halves(0xff00_0000_0000_0001n)), { address: 1n, tag: 0xff });
});

// Source: Arm ARM, "Address packet": NS bit 63, EL bits 62:61, NSE bit 60; the address in bits 55:0.
Deno.test("decodeSpeInstruction() fills the top byte for EL1 and EL2 of the non-secure state", () => {
  const low = 0x00ff_8000_0812_3456n;
  for (const el of [0, 1, 2, 3]) {
    for (const ns of [0n, 1n]) {
      for (const nse of [0n, 1n]) {
        const payload = ns << 63n | BigInt(el) << 61n | nse << 60n | 0x0fn << 56n | low;
        const isKernel = ns === 1n && (el === 1 || el === 2);
        assertEquals(decodeSpeInstruction(...halves(payload)), {
          address: isKernel ? 0xffn << 56n | low : low,
          el,
          nonSecure: ns === 1n,
          nse: nse === 1n,
        });
      }
    }
  }
});

Deno.test("decodeSpePhysical() takes 56 bits of address, NS, NSE, CH and the tag apart", () => {
  const low = 0x00fe_dcba_9876_5432n;
  const decoded = (top: bigint) => decodeSpePhysical(...halves(top << 56n | low));
  const plain = { address: low, nonSecure: false, nse: false, checked: false, pat: 0 };
  assertEquals(decoded(0n), plain);
  assertEquals(decoded(0x80n), { ...plain, nonSecure: true });
  assertEquals(decoded(0x40n), { ...plain, checked: true });
  assertEquals(decoded(0x0fn), { ...plain, pat: 15 });
  assertEquals(decoded(0x10n), { ...plain, nse: true });
  assertEquals(decoded(0x20n), plain); // bit 61 has no meaning here
});
