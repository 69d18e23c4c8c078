import { assertEquals } from "@std/assert";
import * as pt from "../../testing/pt_packets.ts";
import { PtKind, ptKindNames } from "./packet_kind.ts";
import { ptPackets } from "./pt_packets.ts";
import { PtScan } from "./pt_scan.ts";
import { type PtVisitor, visitPt } from "./visit_pt.ts";

const STREAM = Uint8Array.from([
  0xff,
  ...pt.ptPsb,
  ...pt.ptTsc(0x11_2233_4455_6677n),
  ...pt.ptTnt("TNT"),
  ...pt.ptIp("TIP", 3, 0xffff_8000_1000n),
  ...pt.ptIp("FUP", 0, 0n),
  ...pt.ptTsc(0x11_2233_4455_9999n),
  ...pt.ptPtwrite(0x1234n, 4, true),
  0x02,
]);

Deno.test("ptPackets() yields values that stay", () => {
  assertEquals([...ptPackets(STREAM)], [
    { kind: "SKIPPED", offset: 0, size: 1 },
    { kind: "PSB", offset: 1, size: 16 },
    { kind: "TSC", offset: 17, size: 8, tsc: 0x11_2233_4455_6677n },
    { kind: "TNT", offset: 25, size: 1, count: 3, taken: "TNT" },
    {
      kind: "TIP",
      offset: 26,
      size: 7,
      ip: 0xffff_ffff_8000_1000n,
      ipBytes: 6,
      payload: 0xffff_8000_1000n,
    },
    { kind: "FUP", offset: 33, size: 1, ip: null, ipBytes: 0, payload: 0n },
    { kind: "TSC", offset: 34, size: 8, tsc: 0x11_2233_4455_9999n },
    { kind: "PTWRITE_IP", offset: 42, size: 6, payload: 0x1234n, bytes: 4, hasIp: true },
    { kind: "CUT", offset: 48, size: 1 },
  ]);
});

Deno.test("visitPt() calls the method for each packet and mark", () => {
  const calls: unknown[] = [];
  const visitor: PtVisitor = {
    branches: (...args) => calls.push(["branches", ...args]),
    ip: (...args) => calls.push(["ip", ...args]),
    tsc: (...args) => calls.push(["tsc", ...args]),
    other: (...args) => calls.push(["other", ...args]),
    mark: (...args) => calls.push(["mark", ...args]),
  };
  visitPt(STREAM, visitor);
  assertEquals(calls, [
    ["mark", 0, 1, 1],
    ["other", 1, PtKind.Psb, 0, 0, 0],
    ["tsc", 17, 0x112233, 0x44556677],
    ["branches", 25, 3, 0xa000_0000, 0],
    ["ip", 26, PtKind.Tip, 0xffff_ffff, 0x8000_1000],
    ["other", 33, PtKind.Fup, 0, 0, 0],
    ["tsc", 34, 0x112233, 0x44559999],
    ["other", 42, PtKind.PtwriteIp, 0, 0, 0x1234],
    ["mark", 48, 2, 1],
  ]);
  visitPt(STREAM, {});
});

Deno.test("PtScan tells the first and last TSC, and counts the same when asked in between", () => {
  const scan = new PtScan();
  assertEquals([scan.firstTicks, scan.lastTicks, scan.syncPoints], [null, null, 0]);
  let rest = 0;
  for (let end = 1; end <= STREAM.length; end++) {
    rest = scan.push(STREAM.subarray(end - 1 - rest, end));
    scan.packets;
  }
  scan.end();
  assertEquals([scan.firstTicks, scan.lastTicks], [0x11_2233_4455_6677n, 0x11_2233_4455_9999n]);
  assertEquals(scan.syncPoints, 1);
  const counted = ptKindNames.filter((_, kind) => scan.packets[kind] === 1);
  assertEquals(counted, ["SKIPPED", "CUT", "TNT", "TIP", "FUP", "PSB", "PTWRITE_IP"]);
  assertEquals([scan.packets[PtKind.Tsc], scan.bytes[PtKind.Tsc]], [2, 16]);
});
