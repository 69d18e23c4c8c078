import { assertEquals } from "@std/assert";
import * as etm from "../../testing/etm_packets.ts";
import { etmVariants, traceUnit } from "../../testing/every_etm_packet.ts";
import {
  CoresightCursor,
  CoresightScan,
  type CoresightSources,
  EtmKind,
  etmKindNames,
  etmText,
  traceUnits,
} from "./mod.ts";
import { unitsOfSink } from "./trace_unit.ts";

const { barrierFrame, etmAsync, etmTraceOn, formatFrames } = etm;
const registers = { TRCIDR0: 0x28000ea1, TRCIDR1: 0x4100f423, TRCIDR2: 0x20001088 };
const cpus = [0x10, 0x12].map((id) => traceUnit("etmv4", registers, id));
const units = traceUnits({ cpus });

Deno.test("CoresightCursor follows ids that change at once, late, and at the end of a frame", () => {
  // Every second byte of a frame can be an id; bit k of the last byte belongs to byte 2k.
  const frame = (bytes: readonly number[]) => [...bytes, ...new Array(16 - bytes.length).fill(0)];
  const first = frame([0x21, 0xf7, 0x25, 0xf7, 0x21, 0xf6, 0x01, 9, 9, 9, 8, 9, 8, 9, 0x21]);
  const second = frame([0xf6, 0xf7, 0x25, 0xf6, 0xf6, 0xf7, 0x01]);
  second[15] = 0b0010; // the id in byte 2 is late: byte 3 belongs to the source before
  const sync = formatFrames([{ id: 0x10, bytes: etmAsync }, { id: 0x12, bytes: etmAsync }]);
  const bytes = new Uint8Array([...sync, ...first, ...second]);
  const at = sync.length;
  assertEquals(listed(bytes).filter(([, , , size]) => size === 1), [
    [0x10, "I_ATOM_F1", at + 1, 1],
    [0x12, "I_ATOM_F1", at + 3, 1],
    [0x10, "I_ATOM_F1", at + 5, 1],
    [0x10, "I_ATOM_F1", at + 16, 1],
    [0x10, "I_ATOM_F1", at + 17, 1],
    [0x10, "I_ATOM_F1", at + 19, 1],
    [0x12, "I_ATOM_F1", at + 20, 1],
    [0x12, "I_ATOM_F1", at + 21, 1],
  ]);
});

Deno.test("CoresightCursor puts the packets of sources in the order of their last bytes", () => {
  const address = etm.etmLong64(0x1234n);
  const bytes = formatFrames([
    { id: 0x10, bytes: etmAsync },
    { id: 0x12, bytes: etmAsync },
    { id: 0x10, bytes: address.slice(0, 5) },
    { id: 0x12, bytes: [0xf7, 0xd5] },
    { id: 0x10, bytes: [...address.slice(5), ...etmTraceOn] },
  ]);
  assertEquals(listed(bytes).map(([id, kind]) => [id, kind]), [
    [0x10, "I_ASYNC"],
    [0x12, "I_ASYNC"],
    [0x12, "I_ATOM_F1"],
    [0x12, "I_ATOM_F5"],
    [0x10, "I_ADDR_L_64IS0"],
    [0x10, "I_TRACE_ON"],
  ]);
});

Deno.test("CoresightCursor begins anew at a barrier", () => {
  const before = formatFrames([
    { id: 0x10, bytes: [...etmAsync, 0x9d, 1, 2] },
    { id: 0x12, bytes: [1, 2] },
  ]);
  const after = formatFrames([{ id: 0x10, bytes: [...etmAsync, 0x95, 1] }]);
  const bytes = new Uint8Array([...before, ...barrierFrame, ...after]);
  assertEquals(listed(bytes).map(([id, kind, , size]) => [id, kind, size]), [
    [0x10, "I_ASYNC", 12],
    [0x10, "CUT", 3],
    [0x12, "SKIPPED", 2],
    [0, "BARRIER", 16],
    [0x10, "I_ASYNC", 12],
    [0x10, "I_ADDR_S_IS0", 2],
  ]);
  const barrier = listed(bytes).find(([, kind]) => kind === "BARRIER");
  assertEquals(barrier?.[2], before.length);
});

Deno.test("CoresightCursor starts synced frames with the first byte of each source, not after a barrier", () => {
  const long = etm.etmLong64(0xffff_8000_0000_1000n);
  const before = formatFrames([
    { id: 0x10, bytes: [0xf7, ...long.slice(0, 4)] },
    { id: 0x6f, bytes: [0xf7] },
    { id: 0x12, bytes: [0x95, 1, 0xf6] },
    { id: 0x10, bytes: [...long.slice(4), ...etmTraceOn] },
  ]);
  const after = formatFrames([
    { id: 0x10, bytes: [0xf7, ...etmAsync] },
    { id: 0x14, bytes: [0xf7, ...etmAsync] },
  ]);
  const bytes = new Uint8Array([...before, ...barrierFrame, ...after]);
  const units = traceUnits({
    cpus: [0x10, 0x12, 0x14].map((id) => traceUnit("etmv4", registers, id)),
  });
  assertEquals(
    listed(bytes, { units, synced: true }).map(([id, kind, , size]) => [id, kind, size]),
    [
      [0x10, "I_ATOM_F1", 1],
      [0x12, "I_ADDR_S_IS0", 2],
      [0x12, "I_ATOM_F1", 1],
      [0x10, "I_ADDR_L_64IS0", 9],
      [0x10, "I_TRACE_ON", 1],
      [0x6f, "SKIPPED", 1],
      [0, "BARRIER", 16],
      [0x10, "SKIPPED", 1],
      [0x10, "I_ASYNC", 12],
      [0x14, "SKIPPED", 1],
      [0x14, "I_ASYNC", 12],
    ],
  );
});

Deno.test("CoresightCursor skips what it cannot assign: one mark for each id", () => {
  const etm3 = {
    cpu: 2,
    kind: "etmv3",
    magic: 0x3030303030303030n,
    traceId: 0x14,
    params: [],
  } as const;
  const frames = formatFrames([
    { id: 0x14, bytes: [1, 2, 3] },
    { id: 0x6f, bytes: [4] },
    { id: 0x7d, bytes: [5, 6] },
    { id: 0x14, bytes: [7, 8] },
    { id: 0, bytes: [1, 2, 3] },
    { id: 0x10, bytes: etmAsync },
  ]);
  const unknown = new Uint8Array(16).fill(2); // fifteen bytes in front of the first id
  const bytes = new Uint8Array([...unknown, ...frames, 1, 2, 3]);
  const found = listed(bytes, { units: traceUnits({ cpus: [...cpus, etm3] }) });
  assertEquals(found.map(([id, kind, , size]) => [id, kind, size]), [
    [0x10, "I_ASYNC", 12],
    [0, "SKIPPED", 15],
    [0x14, "SKIPPED", 5],
    [0x6f, "SKIPPED", 1],
    [0x7d, "SKIPPED", 2],
    [0, "SKIPPED", 3],
  ]);
  assertEquals(found.at(-1), [0, "SKIPPED", bytes.length - 3, 3]);
  assertEquals(found[2]?.[2], 17);
});

Deno.test("CoresightCursor reads a raw fragment with the first unit", () => {
  const bytes = new Uint8Array([0xf7, ...etmAsync, 0xf7]);
  assertEquals(listed(bytes, { units, isRaw: true }), [
    [0, "SKIPPED", 0, 1],
    [0, "I_ASYNC", 1, 12],
    [0, "I_ATOM_F1", 13, 1],
  ]);
  assertEquals(listed(bytes, { units: [], isRaw: true }), [[0, "SKIPPED", 0, 14]]);
});

Deno.test("CoresightCursor finds the same wherever a fragment is cut into pieces", () => {
  const bytes = mixedFragment();
  const whole = listed(bytes);
  for (let size = 1; size < 50; size++) {
    assertEquals(listed(bytes, { units }, size), whole);
    assertEquals(counted(bytes, { units }, size), countsOf(whole));
  }
});

Deno.test("CoresightCursor gives the bytes of its packets, frames taken away", () => {
  const packets = etmVariants()[0]!.packets;
  const bytes = formatFrames(
    packets.map(({ bytes }, i) => [
      { id: 0x10, bytes },
      ...(i % 3 === 0 ? [{ id: 0x33, bytes: [i & 0x7f] }] : []),
    ]).flat(),
  );
  const cursor = new CoresightCursor(
    { units: traceUnits({ cpus: [etmVariants()[0]!.cpu] }) },
    bytes,
  );
  for (const { bytes, kind } of packets) {
    assertEquals(cursor.next(), true);
    assertEquals(etmKindNames[cursor.kind], kind);
    assertEquals([...cursor.bytes.subarray(cursor.start, cursor.start + cursor.size)], [...bytes]);
  }
});

Deno.test("CoresightCursor survives any frames, and CoresightScan counts what it finds", () => {
  let state = 7;
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  const sound = mixedFragment();
  for (let round = 0; round < 1500; round++) {
    const from = random(sound.length) & ~15;
    const bytes = round % 4 === 3
      ? Uint8Array.from({ length: 100 }, () => random(256))
      : sound.slice(from, from + random(300));
    for (let flips = random(5); flips > 0; flips--) bytes[random(bytes.length)] = random(256);
    if (bytes.length > 80 && round % 8 === 0) bytes.set(barrierFrame, 64);
    const found = listed(bytes);
    assertEquals(listed(bytes, { units }, 33), found);
    assertEquals(counted(bytes, { units }, 1000), countsOf(found));
  }
});

Deno.test("CoresightScan tells the first and the last timestamp of all sources", () => {
  const bytes = formatFrames([
    { id: 0x12, bytes: [...etmAsync, ...etm.etmTimestamp(100n)] },
    { id: 0x10, bytes: [...etmAsync, ...etm.etmTimestamp(50n), ...etm.etmTimestamp(300n)] },
    { id: 0x12, bytes: etm.etmTimestamp(200n) },
  ]);
  const scan = new CoresightScan({ units });
  scan.push(bytes);
  scan.end();
  assertEquals([scan.firstTicks, scan.lastTicks], [100n, 200n]);
});

Deno.test("traceUnits() lets HW_ID records override the trace ids, and tells sinks apart", () => {
  const hwIds = new Map([
    [0, { traceId: 0x21, sinkId: 5 }],
    [2, { traceId: 0x21, sinkId: 6 }],
  ]);
  const overridden = traceUnits({ cpus }, hwIds);
  assertEquals(overridden.map(({ cpu, traceId, sinkId }) => ({ cpu, traceId, sinkId })), [
    { cpu: 0, traceId: 0x21, sinkId: 5 },
    { cpu: 2, traceId: 0x21, sinkId: 6 },
  ]);
  assertEquals(unitsOfSink(overridden, 2), [overridden[1]]);
  assertEquals(unitsOfSink(overridden, null), overridden);
  const some = traceUnits({ cpus }, new Map([[0, { traceId: 0x12, sinkId: null }]]));
  assertEquals(some.map(({ traceId }) => traceId), [0x12, null]);
});

Deno.test("etmText() names marks only", () => {
  const cursor = new CoresightCursor({ units }, new Uint8Array(barrierFrame));
  assertEquals([cursor.next(), cursor.kind, etmText(cursor)], [true, EtmKind.Barrier, "BARRIER"]);
});

/** All packets of two sources, in turns of changing length, with damage and a barrier. */
function mixedFragment(): Uint8Array {
  const stream = etmVariants()[0]!.packets.flatMap(({ bytes }) => [...bytes]);
  const runs = [];
  for (let at = 0, i = 0; at < stream.length; i++) {
    const bytes = stream.slice(at, at + 1 + (i * 7) % 23);
    runs.push({ id: 0x10, bytes }, { id: i % 2 ? 0x12 : 0x40, bytes: bytes.slice(i % 3) });
    at += bytes.length;
  }
  const frames = formatFrames(runs);
  return new Uint8Array([...frames, ...barrierFrame, ...frames.subarray(64), 1, 2, 3]);
}

type Found = [traceId: number, kind: string, offset: number, size: number];

function listed(
  bytes: Uint8Array,
  sources: CoresightSources = { units },
  pieceSize = Infinity,
): Found[] {
  const cursor = new CoresightCursor(sources);
  const found: Found[] = [];
  for (let at = 0; at < bytes.length; at += pieceSize) {
    cursor.refill(bytes.slice(at - cursor.rest, at + pieceSize));
    if (at + pieceSize >= bytes.length) cursor.end();
    while (cursor.next()) {
      found.push([cursor.traceId, etmKindNames[cursor.kind]!, cursor.offset, cursor.size]);
    }
  }
  return found;
}

function counted(bytes: Uint8Array, sources: CoresightSources, pieceSize: number): number[][] {
  const scan = new CoresightScan(sources);
  let rest = 0;
  for (let at = 0; at < bytes.length; at += pieceSize) {
    rest = scan.push(bytes.slice(at - rest, at + pieceSize));
  }
  scan.end();
  return etmKindNames.map((_, kind) => [scan.packets[kind]!, scan.bytes[kind]!]);
}

function countsOf(found: readonly Found[]): number[][] {
  const counts = etmKindNames.map(() => [0, 0]);
  for (const [, name, , size] of found) {
    const count = counts[etmKindNames.indexOf(name)]!;
    count[0]!++;
    count[1]! += size;
  }
  return counts;
}
