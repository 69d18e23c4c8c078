import { assert, assertEquals } from "@std/assert";
import {
  BLOCK_ENDS,
  BLOCK_STAYS,
  ptBytes,
  type PtCase,
  ptCases,
  randomPtCases,
} from "../../testing/pt_cases.ts";
import * as pt from "../../testing/pt_packets.ts";
import { randomNumbers, type Seen } from "../../testing/packet_pieces.ts";
import { assertSameByAll, seenByCursor } from "../../testing/pt_readings.ts";
import { PtKind, ptKindNames } from "./packet_kind.ts";
import { PtCursor } from "./pt_cursor.ts";
import { ptFields } from "./pt_fields.ts";

Deno.test("ptFields() gives back what was encoded, for packets of every kind", () => {
  const random = randomNumbers(1);
  const names = new Set<string>(["BAD", "SKIPPED", "CUT"]);
  for (let round = 0; round < 200; round++) {
    for (const packets of ptCases(random)) {
      packets.forEach(({ name }) => names.add(name));
      assertDecodes([{ name: "PSB", bytes: pt.ptPsb, fields: {} }, ...packets]);
    }
  }
  assertEquals(ptKindNames.filter((name) => !names.has(name)), []);
});

Deno.test("ptFields() follows the last IP through a stream", () => {
  assertDecodes(randomPtCases(randomNumbers(2), 5000));
});

Deno.test("PtCursor keeps IPs back whose upper bits no packet has told", () => {
  const bytes = [
    pt.ptIp("TIP", 1, 0x1234n),
    pt.ptIp("FUP", 2, 0x5678_9abcn),
    pt.ptIp("TIP", 0, 0n),
    pt.ptIp("TIP", 3, 0x8000_0000_0000n),
    pt.ptIp("TIP", 1, 0x1234n),
    pt.ptIp("TIP", 0, 0n),
  ];
  const cursor = new PtCursor(Uint8Array.from(bytes.flat()), { synced: true });
  const ips: unknown[] = [];
  while (cursor.next()) ips.push(ptFields(cursor)["ip"]);
  const whole = 0xffff_8000_0000_0000n;
  assertEquals(ips, [null, null, null, whole, whole | 0x1234n, null]);
});

Deno.test("PtCursor passes over what is in front of the first PSB packet", () => {
  const bytes = Uint8Array.from([0xff, 0x82, 0x02, 0x82, ...pt.ptPsb, ...pt.ptPad]);
  const expected = [["SKIPPED", 0, 2], ["PSB", 2, 16], ["CUT", 18, 3]];
  assertEquals(named(seenByCursor(bytes)), expected);
  assertEquals(named(seenByCursor(Uint8Array.from(pt.ptPsb))), [["PSB", 0, 16]]);
  assertEquals(named(seenByCursor(new Uint8Array(3))), [["SKIPPED", 0, 3]]);
  assertEquals(named(seenByCursor(new Uint8Array(0))), []);
});

Deno.test("PtCursor marks a byte where no packet starts, and goes on at the next PSB packet", () => {
  const bad = [
    [0x05], // no such opcode
    [0x02, 0x00], // nor such an extended one
    [0xad], // IPBytes 5
    [0xed], // and 7 are reserved
    [0x99, 0x03], // neither 16, 32 nor 64 bits
    [0x99, 0x23], // in a transaction, and aborted
    [0x99, 0x40], // no such mode
    [0x02, 0x52, ...Array(16).fill(0)], // size of PTWRITE
    [0x02, 0xa3, ...Array(6).fill(0)], // TNT without the bit that ends it
    [0x02, 0xa3, 0x01, ...Array(5).fill(0)], // nor a branch before it
    [0x02, 0x73, 1, 1, 0x01, 1, 0], // TMA with a reserved bit between CTC and fast counter
    [0x02, 0x73, 1, 1, 0x80, 1, 0],
    [0x02, 0x73, 1, 1, 0, 1, 0x02], // and after the fast counter
    [0x02, 0x73, 1, 1, 0, 1, 0x81],
    [0x02, 0xc3, 0x00, ...Array(8).fill(0)], // not MNT
    [0x02, 0x82, 0x02, 0x82, ...Array(12).fill(0)], // not PSB
    Array(10).fill(0xff), // CYC of more than 10 bytes
  ];
  for (const bytes of bad) {
    const all = Uint8Array.from([...pt.ptPsb, ...bytes, 0, 0, ...pt.ptPsb, ...pt.ptPad]);
    const skipped = bytes.length + 1;
    const seen = seenByCursor(all);
    assertSameByAll(seen, all);
    assertEquals(named(seen), [
      ["PSB", 0, 16],
      ["BAD", 16, 1],
      ["SKIPPED", 17, skipped],
      ["PSB", 17 + skipped, 16],
      ["PAD", 33 + skipped, 1],
    ]);
  }
});

Deno.test("PtCursor makes one mark of the bytes that it skips, however long they are", () => {
  const bytes = new Uint8Array(300_000).fill(0x05);
  bytes.set(pt.ptPsb, 299_984);
  const expected = [["SKIPPED", 0, 299_984], ["PSB", 299_984, 16]];
  for (const size of [7, 64, 65536]) assertEquals(named(seenByCursor(bytes, [size])), expected);
});

Deno.test("PtCursor reads CYC of up to 10 bytes, as perf does, without the bits above 63", () => {
  // The SDM allows 15 bytes. perf stops after 10, libipt 2.0.5 where more than 64 bits would come.
  for (const cycles of [0n, 31n, 32n, 1n << 33n, 2n ** 61n - 1n, 2n ** 64n - 1n]) {
    const cursor = new PtCursor(Uint8Array.from(pt.ptCyc(cycles)), { synced: true });
    assert(cursor.next());
    assertEquals(ptFields(cursor), { cycles });
  }
  const overlong = new PtCursor(Uint8Array.from([...Array(9).fill(0xff), 0xfe]), { synced: true });
  assert(overlong.next());
  assertEquals(ptFields(overlong), { cycles: 2n ** 64n - 1n });
});

Deno.test("PtCursor reads a packet that only looks like PSB as the bytes say", () => {
  const bytes = [...pt.ptPsb, ...pt.ptIp("TIP", 6, 0x8202_8202_8202_8202n), ...pt.ptPsb];
  const seen = named(seenByCursor(Uint8Array.from(bytes)));
  assertEquals(seen, [["PSB", 0, 16], ["TIP", 16, 9], ["PSB", 25, 16]]);
  const block = [...pt.ptPsb, 0x02, 0x63, 0x00, ...pt.ptTnt("T"), 0x04, ...pt.ptPsb];
  const inBlock = named(seenByCursor(Uint8Array.from(block)));
  assertEquals(inBlock.slice(2), [["TNT", 19, 1], ["TNT", 20, 1], ["PSB", 21, 16]]);
});

Deno.test("PtCursor, PtColumns and PtScan see the same wherever a stream is cut", () => {
  const random = randomNumbers(3);
  const bytes = ptBytes(randomPtCases(random, 150));
  bytes[bytes.length >> 1] = 0x05;
  const whole = seenByCursor(bytes);
  for (let cut = 1; cut < bytes.length; cut++) assertSameByAll(whole, bytes, [cut, bytes.length]);
  for (let size = 1; size < 40; size++) assertSameByAll(whole, bytes, [size]);
});

function assertDecodes(packets: readonly PtCase[]): void {
  const cursor = new PtCursor(ptBytes(packets));
  cursor.end();
  let offset = 0;
  let lastIp = 0n;
  for (const { name, bytes, fields } of packets) {
    assert(cursor.next());
    const found = [ptKindNames[cursor.kind], cursor.offset, cursor.size];
    assertEquals(found, [name, offset, bytes.length]);
    offset += bytes.length;
    if (name === "PSB") lastIp = 0n;
    if (!("ipBytes" in fields)) {
      assertEquals({ name, ...ptFields(cursor) }, { name, ...fields });
      continue;
    }
    lastIp = nextIp(lastIp, bytes[0]! >> 5, fields["payload"] as bigint);
    const ip = fields["ipBytes"] === 0 ? null : lastIp;
    assertEquals({ name, ...ptFields(cursor) }, { name, ip, ...fields });
  }
  assertEquals([cursor.next(), cursor.rest], [false, 0]);
}

/** The table "IP Compression" of the SDM. */
function nextIp(last: bigint, code: number, payload: bigint): bigint {
  switch (code) {
    case 1:
      return last >> 16n << 16n | payload;
    case 2:
      return last >> 32n << 32n | payload;
    case 3:
      return BigInt.asUintN(64, BigInt.asIntN(48, payload));
    case 4:
      return last >> 48n << 48n | payload;
    case 6:
      return payload;
    default:
      return last;
  }
}

function named(seen: readonly Seen[]): unknown[] {
  return seen.map(([kind, offset, size]) => [ptKindNames[kind], offset, size]);
}

// Source: perf's intel_pt_get_packet(): packets with a target address, TNT, modes, PIP, PSB and others
// end the block; FUP, timing packets and those of blocks do not. A byte xxxxx100 is BIP only in a block.
Deno.test("PtCursor keeps a block open over FUP and timing packets, and closes it at others", () => {
  const item = pt.ptBip(1, 0x0807060504030201n, 8); // its first byte, 0c, is a TNT outside of blocks
  const after = (packet: readonly number[]) => {
    const bytes = Uint8Array.from([...pt.ptBbp(2, 8), ...packet, ...item]);
    const cursor = new PtCursor(bytes, { synced: true });
    const kinds = [];
    while (kinds.length < 3 && cursor.next()) kinds.push(cursor.kind);
    return [kinds[2], cursor.blockItemSize];
  };
  for (const packet of BLOCK_STAYS) assertEquals(after(packet), [PtKind.Bip, 8], `${packet}`);
  for (const packet of BLOCK_ENDS) assertEquals(after(packet), [PtKind.Tnt, 0], `${packet}`);
});
