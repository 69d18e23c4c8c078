import { assertEquals } from "@std/assert";
import * as pt from "../../testing/pt_packets.ts";
import { PtKind, ptKindNames } from "./packet_kind.ts";
import { ptPackets } from "./pt_packets.ts";
import { PtScan } from "./pt_scan.ts";

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

Deno.test("PtScan tells the first and last TSC, and counts the same when asked in between", () => {
  const scan = new PtScan();
  assertEquals([scan.firstTicks, scan.lastTicks], [null, null]);
  let rest = 0;
  for (let end = 1; end <= STREAM.length; end++) {
    rest = scan.push(STREAM.subarray(end - 1 - rest, end));
    scan.packets;
  }
  scan.end();
  assertEquals([scan.firstTicks, scan.lastTicks], [0x11_2233_4455_6677n, 0x11_2233_4455_9999n]);
  const counted = ptKindNames.filter((_, kind) => scan.packets[kind] === 1);
  assertEquals(counted, ["SKIPPED", "CUT", "TNT", "TIP", "FUP", "PSB", "PTWRITE_IP"]);
  assertEquals([scan.packets[PtKind.Tsc], scan.bytes[PtKind.Tsc]], [2, 16]);
});
