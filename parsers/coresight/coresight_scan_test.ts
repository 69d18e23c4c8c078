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

Deno.test("CoresightScan starts synced frames with the first byte of each source, not after a barrier", () => {
  const scan = new CoresightScan({ units, synced: true });
  const bytes = new Uint8Array([
    ...formatFrames([{ id: 0x6f, bytes: [0xf7] }]),
    ...barrierFrame,
    ...formatFrames([{ id: 0x10, bytes: [0xf7, ...etmAsync] }]),
  ]);
  scan.push(bytes);
  scan.end();
  assertEquals([scan.packets[EtmKind.Skipped], scan.bytes[EtmKind.Skipped]], [2, 2]);
  assertEquals([scan.packets[EtmKind.AtomF1], scan.packets[EtmKind.Async]], [0, 1]);
  const first = new CoresightScan({ units, synced: true });
  first.push(Uint8Array.from(formatFrames([{ id: 0x10, bytes: [0xf7, 0x9d] }])));
  first.end();
  assertEquals([first.packets[EtmKind.AtomF1], first.bytes[EtmKind.Cut]], [1, 1]);
});

Deno.test("CoresightScan makes nothing big for a source that has a few bytes", () => {
  const sources = Array.from({ length: 7 }, (_, n) => ({ id: n + 1, bytes: [0] }));
  const part = [...barrierFrame, ...formatFrames(sources)];
  const scan = new CoresightScan({ units });
  const parts = new Uint8Array(200 * part.length);
  for (let at = 0; at < parts.length; at += part.length) parts.set(part, at);
  scan.push(parts.subarray(0, part.length));
  const allocated = allocatedBy(() => scan.push(parts.subarray(part.length)));
  scan.end();
  assertEquals(scan.packets[EtmKind.Barrier], 200);
  // The seven sources and the one without an id start again at each barrier.
  assertEquals(allocated / (199 * 8) < 1024, true, `${allocated}`);
});

/** Number of bytes of the arrays of numbers that are made while `work` is done. */
function allocatedBy(work: () => void): number {
  const originals = { Uint8Array, Uint16Array, Uint32Array, Float64Array };
  let bytes = 0;
  const construct = (of: typeof Uint8Array, args: unknown[]) => {
    const made = Reflect.construct(of, args);
    if (typeof args[0] === "number") bytes += made.byteLength;
    return made;
  };
  try {
    for (const [name, of] of Object.entries(originals)) {
      Object.assign(globalThis, { [name]: new Proxy(of, { construct }) });
    }
    work();
  } finally {
    Object.assign(globalThis, originals);
  }
  return bytes;
}
