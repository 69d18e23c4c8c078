import { assert, assertEquals } from "@std/assert";
import { openPerfFile } from "../system/mod.ts";
import {
  CoresightCursor,
  CoresightScan,
  EtmKind,
  etmKindNames,
  etmText,
  type HardwareId,
  traceUnits,
} from "../parsers/coresight/mod.ts";
import type { CoresightInfo } from "../parsers/perf/mod.ts";
import { corpusPath, oracleTest } from "../testing/corpus.ts";
import { formatFrames } from "../testing/etm_packets.ts";
import { etmVariants, traceUnit } from "../testing/every_etm_packet.ts";
import {
  type ListedPacket,
  listedText,
  listerIndex,
  listPackets,
} from "../testing/trc_pkt_lister.ts";

// perf's own dump of CoreSight payload needs a perf that was built with OpenCSD, which
// distributions do not have: theirs print the headers only. OpenCSD itself is the oracle.

type Facts = Parameters<typeof listPackets>[0];

oracleTest("etmText() agrees with OpenCSD on every packet", ["trc_pkt_lister"], () => {
  for (const { name, cpu, packets } of etmVariants()) {
    const bytes = new Uint8Array(packets.flatMap(({ bytes }) => [...bytes]));
    const facts = { info: { cpus: [cpu] }, hwIds: new Map() };
    const [raw] = listPackets(facts, [{ name: "raw.bin", cpu: cpu.cpu, raw: true, bytes }]);
    assertEquals(ours(facts, bytes, true), raw, name);
    assertEquals(raw?.length, packets.length);
  }
});

oracleTest("CoresightCursor agrees with OpenCSD on streams in frames", ["trc_pkt_lister"], () => {
  const [plain, , ete] = etmVariants();
  const cpus = [plain!.cpu, traceUnit("ete", registersOf(ete!.cpu), 0x12)];
  const runs = [plain!, ete!].map(({ packets }) => packets.flatMap(({ bytes }) => [...bytes]))
    .flatMap((stream, source) =>
      Array.from({ length: Math.ceil(stream.length / 11) }, (_, i) => ({
        turn: i * (source + 2),
        id: 0x10 + 2 * source,
        bytes: stream.slice(11 * i, 11 * i + 11),
      }))
    ).sort((a, b) => a.turn - b.turn);
  const bytes = formatFrames(runs);
  const facts = { info: { cpus }, hwIds: new Map() };
  const [listed] = listPackets(facts, [{ name: "frames.bin", cpu: 0, raw: false, bytes }]);
  assertEquals(ours(facts, bytes), listed);
});

oracleTest(
  "HW_ID records say whose packets these are, as OpenCSD sees it",
  ["trc_pkt_lister"],
  () => {
    const { cpu, packets } = etmVariants()[0]!;
    const stream = packets.flatMap(({ bytes }) => [...bytes]);
    const hwIds = new Map([[0, { traceId: 0x35, sinkId: 1 }]]);
    const bytes = formatFrames([{ id: 0x35, bytes: stream }]);
    const facts = { info: { cpus: [cpu] }, hwIds };
    const [listed] = listPackets(facts, [{ name: "frames.bin", cpu: 0, raw: false, bytes }]);
    assertEquals(ours(facts, bytes), listed);
    assertEquals(listed?.length, packets.length);
  },
);

for (const name of ["perf_etm", "perf_kernel"]) {
  const file = `simpleperf/etm.${name}.data`;
  oracleTest(`CoresightCursor agrees with OpenCSD on ${file}`, ["corpus", "trc_pkt_lister"], () => {
    const { facts, fragments } = fragmentsOf(corpusPath(file));
    const payloads = fragments.map(({ cpu, bytes }, i) => {
      return { name: `${i}.bin`, cpu, raw: false, bytes };
    });
    const lists = listPackets(facts, payloads);
    assert(lists.some((list) => list.length > 20));
    payloads.forEach(({ bytes }, i) => {
      assertEquals(ours(facts, bytes), lists[i]!.filter(isPacket), `fragment ${i}`);
      agreeOnCounts(facts, bytes);
    });
  });
}

oracleTest("CoresightCursor agrees with OpenCSD from the next A-Sync after damage on", [
  "trc_pkt_lister",
], () => {
  const { cpu, packets } = etmVariants()[1]!;
  const stream = packets.flatMap(({ bytes }) => [...bytes]);
  const facts = { info: { cpus: [cpu] }, hwIds: new Map() };
  let state = 3;
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  const payloads = Array.from({ length: 60 }, (_, i) => {
    const bytes = new Uint8Array([...stream, ...stream, ...stream]);
    for (let flips = 1 + random(4); flips > 0; flips--) bytes[random(stream.length)] = random(256);
    return { name: `${i}.bin`, cpu: 0, raw: true, bytes };
  });
  listPackets(facts, payloads).forEach((listed, i) => {
    const found = ours(facts, payloads[i]!.bytes, true);
    const sync = listed.find((packet) => isSyncBehind(packet, stream.length, found))?.index ??
      Infinity;
    assert(sync <= 2 * stream.length);
    const behind = (list: readonly ListedPacket[]) => list.filter(({ index }) => index >= sync);
    assertEquals(behind(found), behind(listed));
  });
});

/** Whether both found an A-Sync there. */
function isSyncBehind(
  { index, text }: ListedPacket,
  least: number,
  found: readonly ListedPacket[],
): boolean {
  return index >= least && text.startsWith("I_ASYNC") &&
    found.some((packet) => packet.index === index && packet.text.startsWith("I_ASYNC"));
}

/** What OpenCSD prints of bytes that are in no packet. */
function isPacket({ text }: ListedPacket): boolean {
  return !/^I_(NOT_SYNC|INCOMPLETE)/.test(text);
}

/** Our packets in the form of OpenCSD's. */
function ours(facts: Facts, bytes: Uint8Array, isRaw = false): ListedPacket[] {
  const cursor = new CoresightCursor({ units: traceUnits(facts.info, facts.hwIds), isRaw }, bytes);
  cursor.end();
  const packets: ListedPacket[] = [];
  while (cursor.next()) {
    if (cursor.kind < EtmKind.Async) continue;
    const { offset, traceId } = cursor;
    const index = isRaw ? offset : listerIndex(bytes, offset);
    packets.push({ index, traceId, text: listedText(etmText(cursor).trim()) });
  }
  return packets;
}

function agreeOnCounts(facts: Facts, bytes: Uint8Array): void {
  const units = traceUnits(facts.info, facts.hwIds);
  const scan = new CoresightScan({ units });
  scan.push(bytes);
  scan.end();
  const cursor = new CoresightCursor({ units }, bytes);
  cursor.end();
  const packets = etmKindNames.map(() => 0);
  while (cursor.next()) packets[cursor.kind]!++;
  assertEquals([...scan.packets], packets);
}

function registersOf(cpu: CoresightInfo["cpus"][number]): Record<string, number> {
  return Object.fromEntries(cpu.params.map(({ name, value }) => [name, Number(value)]));
}

/** The bytes that AUX records announce, from the chunks that hold them. */
function fragmentsOf(path: string): {
  facts: { info: CoresightInfo; hwIds: ReadonlyMap<number, HardwareId> };
  fragments: { cpu: number; bytes: Uint8Array }[];
} {
  using file = openPerfFile(path);
  const info = file.findAuxtraceInfo();
  if (info?.type !== "cs_etm" || "layout" in info) {
    throw new Error(`${path} has no CoreSight trace`);
  }
  const chunks = [...file.auxChunks()];
  const fragments = [];
  for (const record of file.records()) {
    if (record.type !== "aux") continue;
    const { auxOffset, auxSize, sampleId } = record;
    const chunk = chunks.find(({ cpu, auxOffset: from, size }) => {
      return cpu === sampleId?.cpu && from <= auxOffset &&
        auxOffset + auxSize <= from + BigInt(size);
    });
    if (chunk === undefined || chunk.cpu === null) continue;
    const from = Number(auxOffset - chunk.auxOffset);
    fragments.push({ cpu: chunk.cpu, bytes: chunk.read().subarray(from, from + Number(auxSize)) });
  }
  return { facts: { info, hwIds: new Map() }, fragments };
}
