import { assertEquals } from "@std/assert";
import { joinU64 } from "../u64.ts";
import { ptKindNames } from "./packet_kind.ts";
import { PtCursor } from "./pt_cursor.ts";
import { PtScan } from "./pt_scan.ts";

type ItemSize = 0 | 4 | 8;

/**
 * Facts of the packet test of perf (`arch/x86/tests/intel-pt-test.c`): bytes, item size of the open
 * block before, kind, count, payload, item size after. Of a TNT payload only the branches count.
 */
const VECTORS: readonly [string, ItemSize, string, number, bigint, ItemSize][] = [
  ["00", 0, "PAD", 0, 0x0n, 0],
  ["04", 0, "TNT", 1, 0x0n, 0],
  ["06", 0, "TNT", 1, 0x8000000000000000n, 0],
  ["80", 0, "TNT", 6, 0x0n, 0],
  ["fe", 0, "TNT", 6, 0xfc00000000000000n, 0],
  ["02 a3 02 00 00 00 00 00", 0, "TNT", 1, 0x5181000000000000n, 0],
  ["02 a3 03 00 00 00 00 00", 0, "TNT", 1, 0xd181000000000000n, 0],
  ["02 a3 00 00 00 00 00 80", 0, "TNT", 47, 0x14604n, 0],
  ["02 a3 ff ff ff ff ff ff", 0, "TNT", 47, 0xffffffffffff4604n, 0],
  ["0d", 0, "TIP", 0, 0x0n, 0],
  ["2d 01 02", 0, "TIP", 1, 0x201n, 0],
  ["4d 01 02 03 04", 0, "TIP", 2, 0x4030201n, 0],
  ["6d 01 02 03 04 05 06", 0, "TIP", 3, 0x60504030201n, 0],
  ["8d 01 02 03 04 05 06", 0, "TIP", 4, 0x60504030201n, 0],
  ["cd 01 02 03 04 05 06 07 08", 0, "TIP", 6, 0x807060504030201n, 0],
  ["11", 0, "TIP.PGE", 0, 0x0n, 0],
  ["31 01 02", 0, "TIP.PGE", 1, 0x201n, 0],
  ["51 01 02 03 04", 0, "TIP.PGE", 2, 0x4030201n, 0],
  ["71 01 02 03 04 05 06", 0, "TIP.PGE", 3, 0x60504030201n, 0],
  ["91 01 02 03 04 05 06", 0, "TIP.PGE", 4, 0x60504030201n, 0],
  ["d1 01 02 03 04 05 06 07 08", 0, "TIP.PGE", 6, 0x807060504030201n, 0],
  ["01", 0, "TIP.PGD", 0, 0x0n, 0],
  ["21 01 02", 0, "TIP.PGD", 1, 0x201n, 0],
  ["41 01 02 03 04", 0, "TIP.PGD", 2, 0x4030201n, 0],
  ["61 01 02 03 04 05 06", 0, "TIP.PGD", 3, 0x60504030201n, 0],
  ["81 01 02 03 04 05 06", 0, "TIP.PGD", 4, 0x60504030201n, 0],
  ["c1 01 02 03 04 05 06 07 08", 0, "TIP.PGD", 6, 0x807060504030201n, 0],
  ["1d", 0, "FUP", 0, 0x0n, 0],
  ["3d 01 02", 0, "FUP", 1, 0x201n, 0],
  ["5d 01 02 03 04", 0, "FUP", 2, 0x4030201n, 0],
  ["7d 01 02 03 04 05 06", 0, "FUP", 3, 0x60504030201n, 0],
  ["9d 01 02 03 04 05 06", 0, "FUP", 4, 0x60504030201n, 0],
  ["dd 01 02 03 04 05 06 07 08", 0, "FUP", 6, 0x807060504030201n, 0],
  ["02 43 02 04 06 08 0a 0c", 0, "PIP", 0, 0xc0a08060402n, 0],
  ["02 43 03 04 06 08 0a 0c", 0, "PIP", 0, 0xc0a08060403n, 0],
  ["99 00", 0, "MODE.Exec", 0, 0x10n, 0],
  ["99 01", 0, "MODE.Exec", 1, 0x40n, 0],
  ["99 02", 0, "MODE.Exec", 2, 0x20n, 0],
  ["99 04", 0, "MODE.Exec", 4, 0x10n, 0],
  ["99 05", 0, "MODE.Exec", 5, 0x40n, 0],
  ["99 06", 0, "MODE.Exec", 6, 0x20n, 0],
  ["99 20", 0, "MODE.TSX", 0, 0x0n, 0],
  ["99 21", 0, "MODE.TSX", 0, 0x1n, 0],
  ["99 22", 0, "MODE.TSX", 0, 0x2n, 0],
  ["02 83", 0, "TraceStop", 0, 0x0n, 0],
  ["02 03 12 00", 0, "CBR", 0, 0x12n, 0],
  ["19 01 02 03 04 05 06 07", 0, "TSC", 0, 0x7060504030201n, 0],
  ["59 12", 0, "MTC", 0, 0x12n, 0],
  ["02 73 00 00 00 00 00", 0, "TMA", 0, 0x0n, 0],
  ["02 73 01 02 00 00 00", 0, "TMA", 0, 0x201n, 0],
  ["02 73 00 00 00 ff 01", 0, "TMA", 511, 0x0n, 0],
  ["02 73 80 c0 00 ff 01", 0, "TMA", 511, 0xc080n, 0],
  ["03", 0, "CYC", 0, 0x0n, 0],
  ["0b", 0, "CYC", 0, 0x1n, 0],
  ["fb", 0, "CYC", 0, 0x1fn, 0],
  ["07 02", 0, "CYC", 0, 0x20n, 0],
  ["ff fe", 0, "CYC", 0, 0xfffn, 0],
  ["07 01 02", 0, "CYC", 0, 0x1000n, 0],
  ["ff ff fe", 0, "CYC", 0, 0x7ffffn, 0],
  ["07 01 01 02", 0, "CYC", 0, 0x80000n, 0],
  ["ff ff ff fe", 0, "CYC", 0, 0x3ffffffn, 0],
  ["07 01 01 01 02", 0, "CYC", 0, 0x4000000n, 0],
  ["ff ff ff ff fe", 0, "CYC", 0, 0x1ffffffffn, 0],
  ["07 01 01 01 01 02", 0, "CYC", 0, 0x200000000n, 0],
  ["ff ff ff ff ff fe", 0, "CYC", 0, 0xffffffffffn, 0],
  ["07 01 01 01 01 01 02", 0, "CYC", 0, 0x10000000000n, 0],
  ["ff ff ff ff ff ff fe", 0, "CYC", 0, 0x7fffffffffffn, 0],
  ["07 01 01 01 01 01 01 02", 0, "CYC", 0, 0x800000000000n, 0],
  ["ff ff ff ff ff ff ff fe", 0, "CYC", 0, 0x3fffffffffffffn, 0],
  ["07 01 01 01 01 01 01 01 02", 0, "CYC", 0, 0x40000000000000n, 0],
  ["ff ff ff ff ff ff ff ff fe", 0, "CYC", 0, 0x1fffffffffffffffn, 0],
  ["07 01 01 01 01 01 01 01 01 02", 0, "CYC", 0, 0x2000000000000000n, 0],
  ["ff ff ff ff ff ff ff ff ff 0e", 0, "CYC", 0, 0xffffffffffffffffn, 0],
  ["02 c8 01 02 03 04 05", 0, "VMCS", 5, 0x504030201n, 0],
  ["02 f3", 0, "OVF", 0, 0x0n, 0],
  ["02 f3", 4, "OVF", 0, 0x0n, 0],
  ["02 f3", 8, "OVF", 0, 0x0n, 0],
  ["02 82 02 82 02 82 02 82 02 82 02 82 02 82 02 82", 0, "PSB", 0, 0x0n, 0],
  ["02 82 02 82 02 82 02 82 02 82 02 82 02 82 02 82", 4, "PSB", 0, 0x0n, 0],
  ["02 82 02 82 02 82 02 82 02 82 02 82 02 82 02 82", 8, "PSB", 0, 0x0n, 0],
  ["02 23", 0, "PSBEND", 0, 0x0n, 0],
  ["02 c3 88 01 02 03 04 05 06 07 00", 0, "MNT", 0, 0x7060504030201n, 0],
  ["02 12 01 02 03 04", 0, "PTWRITE", 0, 0x4030201n, 0],
  ["02 32 01 02 03 04 05 06 07 08", 0, "PTWRITE", 1, 0x807060504030201n, 0],
  ["02 92 01 02 03 04", 0, "PTWRITE_IP", 0, 0x4030201n, 0],
  ["02 b2 01 02 03 04 05 06 07 08", 0, "PTWRITE_IP", 1, 0x807060504030201n, 0],
  ["02 62", 0, "EXSTOP", 0, 0x0n, 0],
  ["02 e2", 0, "EXSTOP_IP", 0, 0x0n, 0],
  ["02 c2 00 00 00 00 00 00 00 00", 0, "MWAIT", 0, 0x0n, 0],
  ["02 c2 01 02 03 04 05 06 07 08", 0, "MWAIT", 0, 0x807060504030201n, 0],
  ["02 c2 ff 02 03 04 07 06 07 08", 0, "MWAIT", 0, 0x8070607040302ffn, 0],
  ["02 22 00 00", 0, "PWRE", 0, 0x0n, 0],
  ["02 22 01 02", 0, "PWRE", 0, 0x201n, 0],
  ["02 22 80 34", 0, "PWRE", 0, 0x3480n, 0],
  ["02 22 00 56", 0, "PWRE", 0, 0x5600n, 0],
  ["02 a2 00 00 00 00 00", 0, "PWRX", 0, 0x0n, 0],
  ["02 a2 01 02 03 04 05", 0, "PWRX", 0, 0x504030201n, 0],
  ["02 a2 ff ff ff ff ff", 0, "PWRX", 0, 0xffffffffffn, 0],
  ["02 63 00", 0, "BBP", 0, 0x0n, 8],
  ["02 63 80", 0, "BBP", 1, 0x0n, 4],
  ["02 63 1f", 0, "BBP", 0, 0x1fn, 8],
  ["02 63 9f", 0, "BBP", 1, 0x1fn, 4],
  ["04 00 00 00 00", 4, "BIP", 0, 0x0n, 4],
  ["fc 00 00 00 00", 4, "BIP", 31, 0x0n, 4],
  ["04 01 02 03 04", 4, "BIP", 0, 0x4030201n, 4],
  ["fc 01 02 03 04", 4, "BIP", 31, 0x4030201n, 4],
  ["04 00 00 00 00 00 00 00 00", 8, "BIP", 0, 0x0n, 8],
  ["fc 00 00 00 00 00 00 00 00", 8, "BIP", 31, 0x0n, 8],
  ["04 01 02 03 04 05 06 07 08", 8, "BIP", 0, 0x807060504030201n, 8],
  ["fc 01 02 03 04 05 06 07 08", 8, "BIP", 31, 0x807060504030201n, 8],
  ["02 33", 4, "BEP", 0, 0x0n, 0],
  ["02 b3", 4, "BEP_IP", 0, 0x0n, 0],
  ["02 33", 8, "BEP", 0, 0x0n, 0],
  ["02 b3", 8, "BEP_IP", 0, 0x0n, 0],
  ["02 13 01 03", 0, "CFE", 1, 0x3n, 0],
  ["02 13 81 03", 0, "CFE_IP", 1, 0x3n, 0],
  ["02 13 1f 00", 0, "CFE", 31, 0x0n, 0],
  ["02 13 9f ff", 0, "CFE_IP", 31, 0xffn, 0],
  ["02 53 09 01 02 03 04 05 06 07 00", 0, "EVD", 9, 0x7060504030201n, 0],
  ["02 53 3f 02 03 04 05 06 07 08 00", 0, "EVD", 63, 0x8070605040302n, 0],
];

Deno.test("PtCursor reads the 120 vectors", () => {
  assertEquals(VECTORS.length, 120);
  for (const [hex, blockItemSize, name, count, payload, after] of VECTORS) {
    const bytes = fromHex(hex);
    const cursor = new PtCursor(bytes, { synced: true, blockItemSize });
    cursor.end();
    assertEquals(cursor.next(), true);
    const { kind, offset, start, size, low, high } = cursor;
    assertEquals([hex, ptKindNames[kind], offset, start, size], [hex, name, 0, 0, bytes.length]);
    const bits = name === "TNT" ? 64 - count : 0;
    assertEquals([hex, cursor.count], [hex, count]);
    assertEquals([hex, joinU64(high, low) >> BigInt(bits)], [hex, payload >> BigInt(bits)]);
    assertEquals([hex, cursor.blockItemSize], [hex, after]);
    assertEquals([cursor.next(), cursor.rest], [false, 0]);
  }
});

Deno.test("PtCursor waits for the rest of each vector, and says at the end that it is cut", () => {
  for (const [hex, blockItemSize] of VECTORS) {
    const bytes = fromHex(hex);
    for (let size = 1; size < bytes.length; size++) {
      const cursor = new PtCursor(bytes.subarray(0, size), { synced: true, blockItemSize });
      assertEquals([hex, cursor.next(), cursor.rest], [hex, false, size]);
      cursor.end();
      assertEquals([cursor.next(), ptKindNames[cursor.kind], cursor.size], [true, "CUT", size]);
      assertEquals([cursor.next(), cursor.rest], [false, 0]);
    }
  }
});

Deno.test("PtScan counts each vector", () => {
  for (const [hex, blockItemSize, name] of VECTORS) {
    const bytes = fromHex(hex);
    const padded = new Uint8Array(bytes.length + 32);
    padded.set(bytes);
    for (const piece of [bytes, padded]) {
      const scan = new PtScan({ synced: true, blockItemSize });
      assertEquals(scan.push(piece), 0);
      scan.end();
      const kind = ptKindNames.indexOf(name);
      const pads = piece.length - bytes.length + (name === "PAD" ? 1 : 0);
      const found = [hex, scan.packets[kind], scan.bytes[kind], scan.packets[3]];
      const expected = name === "PAD" ? [pads, pads] : [1, bytes.length];
      assertEquals(found, [hex, ...expected, pads]);
    }
  }
});

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.split(" "), (byte) => Number.parseInt(byte, 16));
}
