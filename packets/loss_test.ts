import { assertEquals } from "@std/assert";
import { bytesSource } from "../parsers/byte_source.ts";
import { EtmCursor, etmFields, traceUnits } from "../parsers/coresight/mod.ts";
import { PtCursor, ptFields } from "../parsers/intel_pt/mod.ts";
import { parsePerfFile } from "../parsers/perf/perf_file.ts";
import { AuxRecording, btsInfo, cpuRings, speInfo } from "../testing/aux_recording.ts";
import { btsBytes } from "../testing/bts_records.ts";
import { corpusPath, oracleTest } from "../testing/corpus.ts";
import {
  etmAsync,
  etmAtoms,
  etmLong32,
  etmLong64,
  etmMatch,
  etmShort,
  etmTimestamp,
  etmTraceInfo,
  formatFrames,
} from "../testing/etm_packets.ts";
import { randomNumbers } from "../testing/packet_pieces.ts";
import { AuxFlag, type RecordSpec } from "../testing/perf_builder.ts";
import { ptBbp, ptIp, ptPsb, ptTnt } from "../testing/pt_packets.ts";
import {
  speAddress,
  speCounter,
  speEnd,
  speInstruction,
  speTimestamp,
} from "../testing/spe_packets.ts";
import { cutBytes, kindCounts, payloadBytes, printedLines } from "../testing/printed_packets.ts";
import { FACTS, FORMATS } from "../testing/parts_decoding.ts";
import type { PayloadFormat } from "./payload_format.ts";
import { formatFacts, payloadFormat } from "./payload_format.ts";
import type { PayloadBytes } from "./payload_item.ts";
import { payloadQueues } from "./payload.ts";
import { payloadPart } from "./payload_part.ts";

const WHOLE_IP = 0xffff_8000_0040_1000n;

/** How the bytes of two runs are recorded with a loss between them. */
interface Loss {
  readonly mark: string;
  /** Bytes from the end of the first run to the start of the second; negative if they come again. */
  readonly skip: number;
  readonly flags?: number;
}

/** Every kind of loss that ends the unit of decoding. */
const LOSSES: readonly Loss[] = [
  { mark: "truncated", skip: 0, flags: AuxFlag.Truncated },
  { mark: "partial", skip: 0, flags: AuxFlag.Partial },
  { mark: "gap of 64 bytes", skip: 64 },
  { mark: "overlap of 8 bytes", skip: -8 },
];

/** A file in which two runs of bytes of ring 0 stand around a loss, and one of them in ring 1. */
function lossy(
  [first, second]: readonly [readonly number[], readonly number[]],
  { skip, flags = 0 }: Loss,
  { info, byteOrder = "little" }: { info?: RecordSpec; byteOrder?: "little" | "big" } = {},
): Uint8Array {
  const file = new AuxRecording({ rings: cpuRings(2), byteOrder, ...(info && { info }) });
  const next = BigInt(first.length + skip);
  file.aux(0, { offset: 0n, size: first.length, flags });
  file.aux(0, { offset: next, size: second.length });
  const chunk = (idx: number, offset: bigint, bytes: readonly number[]) =>
    file.chunk(idx, { offset, payload: Uint8Array.from(bytes) });
  if (skip === 0) {
    chunk(0, 0n, [...first, ...second]);
  } else {
    chunk(0, 0n, first);
    chunk(0, next, second);
  }
  file.aux(1, { offset: 0n, size: second.length });
  return chunk(1, 0n, second).bytes();
}

/** Lines of a queue without their bytes: position, then name and payload. */
function linesOf(bytes: Uint8Array, { queue = 0, records = false } = {}): string[] {
  const file = parsePerfFile(bytesSource(bytes));
  const recording = payloadQueues(file);
  const format = payloadFormat({ ...formatFacts(file, recording), records });
  const items = [...recording.queues[queue]!.items()];
  assertScansAgree(format, items.filter((item) => item.type === "bytes"));
  return printedLines(format, items).map(withoutBytes);
}

function withoutBytes(line: string): string {
  return line.replace(/: {2}([0-9a-f]{2} )* */, ": ");
}

function assertScansAgree(format: PayloadFormat, items: readonly PayloadBytes[]): void {
  assertEquals(kindCounts(format, items, "scan"), kindCounts(format, items, "cursor"));
}

/** `position` as it is printed. */
function at(position: number): string {
  return `${position.toString(16).padStart(8, "0")}:`;
}

Deno.test("A packet of Intel PT that a loss cuts is marked, and the next PSB is looked for", () => {
  const before = [...ptPsb, ...ptIp("TIP", 6, WHOLE_IP), ...ptIp("TIP", 3, 0n).slice(0, 4)];
  const after = [...ptTnt("T"), ...ptTnt("N"), ...ptPsb, ...ptIp("TIP", 1, 0x1234n)];
  for (const loss of LOSSES) {
    const start = before.length + loss.skip;
    const bytes = lossy([before, after], loss);
    assertEquals(linesOf(bytes), [
      `${at(0)} PSB`,
      `${at(16)} TIP 0xffff800000401000`,
      `${at(25)} -- cut packet: 6d 00 00 00`,
      `${at(loss.mark.startsWith("gap") ? before.length : start)} -- ${loss.mark}`,
      `${at(start)} -- 2 bytes skipped, looking for PSB`,
      `${at(start + 2)} PSB`,
      `${at(start + 18)} TIP 0x1234`,
    ]);
    assertEquals(linesOf(bytes, { queue: 1 }), [
      `${at(0)} -- 2 bytes skipped, looking for PSB`,
      `${at(2)} PSB`,
      `${at(18)} TIP 0x1234`,
    ]);
  }
});

Deno.test("A loss between packets of Intel PT leaves the last IP unknown, and closes a block", () => {
  const before = [...ptPsb, ...ptIp("TIP", 6, WHOLE_IP), ...ptBbp(1, 4)];
  const after = [
    ...[0x0c], // TNT TN; in a block, a BIP packet of 5 bytes
    ...ptIp("TIP", 1, 0x1234n),
    ...ptIp("TIP.PGE", 2, 0x40_2000n),
    ...ptIp("TIP.PGD", 1, 0x3000n),
    ...ptIp("TIP", 0, 0n),
    ...ptIp("FUP", 4, 0x8000_0040_4000n),
    ...ptIp("FUP", 3, 0x8000_0040_5000n),
    ...ptIp("FUP", 1, 0x6000n),
    ...ptPsb,
    ...ptIp("FUP", 1, 0x7000n),
  ];
  const texts = [
    "TNT TN (2)",
    "TIP 0x1234 ip=0x????????????1234",
    "TIP.PGE 0x402000 ip=0x????????00402000",
    "TIP.PGD 0x3000 ip=0x????????00403000",
    "TIP no ip",
    "FUP 0x800000404000 ip=0x????800000404000",
    "FUP 0x800000405000 ip=0xffff800000405000",
    "FUP 0x6000 ip=0xffff800000406000",
    "PSB",
    "FUP 0x7000",
  ];
  for (const byteOrder of ["little", "big"] as const) {
    for (const loss of LOSSES) {
      const lines = linesOf(lossy([before, after], loss, { byteOrder }));
      assertEquals(lines.slice(4).map((line) => line.slice(10)), texts);
    }
  }
});

Deno.test("ptFields() tells the low bits of an address whose last IP is lost", () => {
  const bytes = [ptIp("TIP", 1, 0x1234n), ptIp("TIP", 2, 0x40_2000n), ptIp("TIP", 1, 0x3000n)];
  const cursor = new PtCursor(Uint8Array.from(bytes.flat()), { synced: true });
  const fields: unknown[] = [];
  while (cursor.next()) fields.push(ptFields(cursor));
  assertEquals(fields, [
    { ip: null, ipBytes: 2, payload: 0x1234n, partialIp: 0x1234n, knownBits: 16 },
    { ip: null, ipBytes: 4, payload: 0x40_2000n, partialIp: 0x40_2000n, knownBits: 32 },
    { ip: null, ipBytes: 2, payload: 0x3000n, partialIp: 0x40_3000n, knownBits: 32 },
  ]);
});

Deno.test("A collision ends no packet", () => {
  const tip = ptIp("TIP", 6, WHOLE_IP);
  const halves = [[...ptPsb, ...tip.slice(0, 4)], tip.slice(4)] as const;
  const bytes = lossy(halves, { mark: "collision", skip: 0, flags: AuxFlag.Collision });
  assertEquals(linesOf(bytes), [
    `${at(0)} PSB`,
    `${at(16)} TIP 0xffff800000401000`,
    `${at(20)} -- collision`,
  ]);
});

Deno.test("Arm SPE starts at a loss, and no record has packets of two", () => {
  const pc = speAddress(0, speInstruction(0x1000n, { el: 0, nonSecure: false }));
  const latency = speCounter(0, 7);
  const cut = [...pc, ...latency.slice(0, 2)];
  const after = [...speCounter(1, 9), ...speTimestamp(5n), ...speCounter(0, 3), ...speEnd];
  for (const loss of LOSSES) {
    const start = cut.length + loss.skip;
    const end = loss.mark.startsWith("gap") ? cut.length : start;
    const bytes = lossy([cut, after], loss, { info: speInfo });
    assertEquals(linesOf(bytes), [
      `${at(0)} PC 0x1000 el0 ns=0`,
      `${at(9)} -- cut packet: 98 07`,
      `${at(end)} -- ${loss.mark}`,
      `${at(start)} LAT 9 ISSUE`,
      `${at(start + 3)} TS 5`,
      `${at(start + 12)} LAT 3 TOT`,
      `${at(start + 15)} END`,
    ]);
    assertEquals(linesOf(bytes, { records: true }), [
      `${at(0)} pc=0x1000 el=0 damagedBytes=2 incomplete`,
      `${at(end)} -- ${loss.mark}`,
      `${at(start)} issueLatency=9 timestamp=5`,
      `${at(start + 12)} totalLatency=3`,
    ]);
  }
});

Deno.test("Intel BTS starts at a loss", () => {
  const records = (
    ...froms: bigint[]
  ) => [...btsBytes(froms.map((from) => ({ from, to: from + 1n })))];
  const before = [...records(0x1000n), ...records(0x2000n).slice(0, 16)];
  const after = records(0x3000n, 0x4000n);
  const flags = AuxFlag.Truncated;
  const bytes = lossy([before, after], { mark: "truncated", skip: 0, flags }, { info: btsInfo });
  assertEquals(linesOf(bytes), [
    `${at(0)} 1000 -> 1001 miss`,
    `${at(24)} -- cut packet: 00 20 00 00 00 00 00 00 01 20 00 00 00 00 00 00`,
    `${at(40)} -- truncated`,
    `${at(40)} 3000 -> 3001 miss`,
    `${at(64)} 4000 -> 4001 miss`,
  ]);
});

/** An ETM of its own, or one with frames, before and after a loss. */
function etmLines(raw: boolean, before: Uint8Array, after: Uint8Array): string[] {
  const format = payloadFormat({ ...FACTS, type: "cs_etm" });
  const items = [
    payloadBytes(before, { raw }),
    payloadBytes(after, { raw, auxOffset: 0x1000n, follows: "loss" }),
  ];
  assertScansAgree(format, items);
  return printedLines(format, items).map((line) => withoutBytes(line).slice(10));
}

Deno.test("An ETM between packets at a loss continues, and knows no address and no time", () => {
  const before = [
    ...etmAsync,
    ...etmTraceInfo(),
    ...etmLong64(WHOLE_IP),
    ...etmTimestamp(2n ** 40n),
  ];
  const after = [
    etmShort(0x34n, 1),
    etmShort(0x1_0234n, 2),
    etmMatch(1),
    etmMatch(2),
    etmLong32(0x1234_5678n),
    etmTimestamp(5n, { bytes: 1 }),
    etmLong64(WHOLE_IP),
    etmShort(0x34n, 1),
    etmTimestamp(1n << 60n, { bytes: 9 }),
  ];
  // The form is that of OpenCSD's trcPrintableElem::getValStr(): "?" for digits without a known bit.
  const lines = etmLines(true, Uint8Array.from(before), Uint8Array.from(after.flat())).slice(4);
  assertEquals(lines.map((line) => line.replace(/^.*?[;,] (?=\[|Addr|Updated)/, "").trim()), [
    "Addr=0x?????????????034 (8:0) ~[0x34]",
    "Addr=0x???????????10234 (16:0) ~[0x10234]",
    "[1]; Addr=0x?????????????034 (8:0);",
    "[2]; Addr=0x?????????????034 (8:0);",
    "Addr=0x????????12345678 (31:0);",
    "Updated val = 0x??????????????05 (6:0)",
    "Addr=0xFFFF800000401000;",
    "Addr=0xFFFF800000401034 ~[0x34]",
    "Updated val = 0x1000000000000000",
  ]);
});

Deno.test("etmFields() tells the low bits of what is known only in part", () => {
  const params = [{ name: "TRCIDR1", value: 0x4100f423n }];
  const [unit] = traceUnits({ cpus: [{ cpu: 0, kind: "etmv4", magic: 0n, traceId: 1, params }] });
  const bytes = [...etmShort(0x1_0234n, 2), ...etmTimestamp(5n, { bytes: 1 })];
  const cursor = new EtmCursor(unit!.etm, Uint8Array.from(bytes), { synced: true });
  const fields: unknown[] = [];
  while (cursor.next()) fields.push(etmFields(cursor));
  assertEquals(fields, [
    { address: null, partialAddress: 0x1_0234n, knownBits: 17, instructionSet: "IS0" },
    { timestamp: null, partialTimestamp: 5n, knownBits: 7 },
  ]);
});

Deno.test("An ETM in a packet at a loss, or with frames, looks for the next A-Sync", () => {
  const sync = [...etmAsync, ...etmTraceInfo()];
  const cut = Uint8Array.from([...sync, ...etmLong64(WHOLE_IP).slice(0, 4)]);
  const after = Uint8Array.from([...etmAtoms("E"), ...sync, ...etmAtoms("N")]);
  const names = (lines: string[]) => lines.map((line) => line.split(" : ")[0]!);
  assertEquals(names(etmLines(true, cut, after)), [
    "I_ASYNC",
    "I_TRACE_INFO",
    "-- cut packet: 9d 00 08 40",
    "-- 1 byte skipped, looking for I_ASYNC",
    "I_ASYNC",
    "I_TRACE_INFO",
    "I_ATOM_F1",
  ]);
  const frames = (bytes: readonly number[]) => formatFrames([{ id: 1, bytes }]);
  const framed = names(etmLines(false, frames(sync), frames([...etmAtoms("E"), ...sync])));
  assertEquals(framed.filter((line) => line.startsWith("--")), [
    "-- 1 byte skipped, looking for I_ASYNC",
  ]);
});

Deno.test("What follows a loss is decoded by itself, in every format", () => {
  const below = randomNumbers(17);
  for (const type of FORMATS) {
    const format = payloadFormat({ ...FACTS, type });
    for (let round = 0; round < 20; round++) {
      // Random bytes have no sync point, so that no decoder is in sync at the loss.
      const [before, after] = [0, 1].map(() =>
        Uint8Array.from({ length: 1 + below(9000) }, () => below(256))
      ) as [Uint8Array, Uint8Array];
      const first = payloadBytes(before);
      const second = payloadBytes(after, { auxOffset: BigInt(before.length), follows: "loss" });
      const expected = [first, second].flatMap((item) => printedLines(format, [item]));
      const items = [first, ...cutAgain(second, below)];
      assertEquals(printedLines(format, items), expected, type);
      assertScansAgree(format, items);
    }
  }
});

/** An item as two, of which the second continues the first. */
function cutAgain(item: PayloadBytes, below: (limit: number) => number): PayloadBytes[] {
  const size = below(item.size);
  const rest = payloadPart(item, { from: size, size: item.size - size });
  return size === 0 ? [item] : [payloadPart(item, { from: 0, size }), rest];
}

oracleTest("No packet of the corpus' truncated files crosses a loss", ["corpus"], () => {
  const linesOfFile = (name: string, records = false) =>
    linesOf(Deno.readFileSync(corpusPath(`edge/${name}.perf.data`)), { records });
  assertEquals(linesOfFile("spe_partial_merged", true).map((line) => line.split(" ").at(-1)), [
    "incomplete",
    "truncated",
    "partial",
    "timestamp=1",
  ]);
  assertEquals(linesOfFile("spe_partial_last_record").slice(6, 9), [
    "0000001f: -- cut packet: b0 34 12",
    "00000022: -- partial",
    "00000022: PC 0x2000 el2 ns=1",
  ]);
  const pt = linesOfFile("pt_truncated_tip_then_psb");
  assertEquals(pt.slice(5, 8), [
    "0000001b: -- cut packet: 2d 10",
    "0000001d: -- truncated",
    "0000001d: PSB",
  ]);
  assertEquals(pt.length, 211);
});

oracleTest("Intel PT after a bad byte looks back for the PSB, in all pieces", ["corpus"], () => {
  const bytes = Deno.readFileSync(corpusPath("edge/ptdump-trunc-resync.pt"));
  const format = payloadFormat({ ...FACTS, type: "intel_pt" });
  for (let size = 1; size <= bytes.length; size++) {
    const items = cutBytes(bytes, size);
    assertEquals(printedLines(format, items).slice(-4), [
      "00000021:  -- bad byte 02",
      `00000019:  ${"02 82 ".repeat(8)}PSB`,
      "00000029:  7d 00 10 00 a0 00 00        FUP 0xa0001000",
      "00000030:  02 23                       PSBEND",
    ]);
    assertScansAgree(format, items);
  }
});
