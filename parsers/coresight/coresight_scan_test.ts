import { assertEquals } from "@std/assert";
import { barrierFrame, etmAsync, formatFrames } from "../../testing/etm_packets.ts";
import { traceUnit } from "../../testing/every_etm_packet.ts";
import { CoresightScan, EtmKind, traceUnits } from "./mod.ts";

const registers = { TRCIDR0: 0x28000ea1, TRCIDR1: 0x4100f423, TRCIDR2: 0x20001088 };
const units = traceUnits({ cpus: [traceUnit("etmv4", registers, 0x10)] });

Deno.test("CoresightScan begins anew at a barrier, and adds up what was on both sides", () => {
  const before = [...etmAsync, 0x02, 0x85, 0x86, 0x01, 0xf7, 0x9d, 1];
  const after = [0xf7, ...etmAsync, 0x02, 0x03];
  const scan = new CoresightScan({ units });
  scan.push(
    new Uint8Array([
      ...formatFrames([{ id: 0x10, bytes: before }]),
      ...barrierFrame,
      ...formatFrames([{ id: 0x10, bytes: after }]),
    ]),
  );
  scan.end();
  const counted = (kind: EtmKind) => [scan.packets[kind], scan.bytes[kind]];
  assertEquals(counted(EtmKind.Async), [2, 24]);
  assertEquals(counted(EtmKind.Timestamp), [2, 6]);
  assertEquals(counted(EtmKind.AtomF1), [1, 1]);
  assertEquals(counted(EtmKind.Cut), [1, 2]);
  assertEquals(counted(EtmKind.Skipped), [1, 1]);
  assertEquals(counted(EtmKind.Barrier), [1, 16]);
  assertEquals([scan.firstTicks, scan.lastTicks], [5n + (6n << 7n) + (1n << 14n), 3n]);
});

Deno.test("CoresightScan makes nothing big for a source that has a few bytes", () => {
  const sources = Array.from({ length: 7 }, (_, n) => ({ id: n + 1, bytes: [0] }));
  const frames = formatFrames(sources);
  const part = [...barrierFrame, ...frames];
  const bytes = new Uint8Array(20_000 * part.length);
  for (let at = 0; at < bytes.length; at += part.length) bytes.set(part, at);
  const start = performance.now();
  const scan = new CoresightScan({ units });
  scan.push(bytes);
  scan.end();
  assertEquals(scan.packets[EtmKind.Barrier], 20_000);
  assertEquals(performance.now() - start < 3000, true);
});
