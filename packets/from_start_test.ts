import { assertEquals, assertNotEquals } from "@std/assert";
import { bytesSource } from "../parsers/byte_source.ts";
import { parsePerfFile } from "../parsers/perf/perf_file.ts";
import { AuxRecording, cpuRings } from "../testing/aux_recording.ts";
import { corpusPath, oracleTest } from "../testing/corpus.ts";
import * as etm from "../testing/etm_packets.ts";
import { randomNumbers } from "../testing/packet_pieces.ts";
import {
  countedInParts,
  FACTS,
  FORMATS,
  hostileItems,
  printedAtOnce,
  printedInParts,
  QUEUE,
} from "../testing/parts_decoding.ts";
import { AuxFlag } from "../testing/perf_builder.ts";
import { cutBytes, kindCounts, payloadBytes, printedLines } from "../testing/printed_packets.ts";
import { ptIp, ptPsb, ptTnt } from "../testing/pt_packets.ts";
import { payloadFormat } from "./payload_format.ts";
import type { PayloadBytes, PayloadItem } from "./payload_item.ts";
import { queuePackets } from "./queue_packets.ts";
import { countQueue, SummaryCounter } from "./summary.ts";

const PT = payloadFormat({ ...FACTS, type: "intel_pt", fromStart: true });
const ETM = payloadFormat({ ...FACTS, type: "cs_etm", fromStart: true });

/** A region without a sync point, and its packets. */
const REGION = Uint8Array.from([
  ...ptTnt("TNT"),
  ...ptIp("TIP", 1, 0x1234n),
  ...ptIp("TIP", 3, 0x40_1000n),
  ...ptIp("FUP", 1, 0x2000n),
]);
const PACKETS = ["TNT", "TIP ????1234", "TIP 401000", "FUP 402000"];

/** Kinds of packets and marks with their addresses. */
function seen(
  bytes: Uint8Array,
  options: Parameters<typeof queuePackets>[1] = { fromStart: true },
): string[] {
  const file = parsePerfFile(bytesSource(bytes));
  return [...queuePackets(file, options)].map(({ kind, fields: { ip, partialIp } }) => {
    if (typeof ip === "bigint") return `${kind} ${ip.toString(16)}`;
    return typeof partialIp === "bigint" ? `${kind} ????${partialIp.toString(16)}` : kind;
  });
}

Deno.test("fromStart decodes each region of a recording from its first byte, and knows no address", () => {
  const size = REGION.length;
  for (const byteOrder of ["little", "big"] as const) {
    const file = new AuxRecording({ rings: cpuRings(2), byteOrder });
    for (const idx of [0, 1]) {
      file.aux(idx, { offset: 0n, size }).chunk(idx, { offset: 0n, payload: REGION });
    }
    const bytes = file.bytes();
    assertEquals(seen(bytes), [...PACKETS, ...PACKETS]);
    assertEquals(seen(bytes, {}), ["SKIPPED", "SKIPPED"]);
    assertEquals(seen(bytes, { fromStart: true, cpu: 1, kinds: ["FUP"] }), ["FUP 402000"]);
  }
});

Deno.test("fromStart decodes what comes after a loss from its first byte, too", () => {
  const cut = ptIp("TIP", 6, 0x40_1000n).slice(0, 4);
  const before = Uint8Array.from([...REGION, ...cut]);
  for (const skip of [0n, 64n]) {
    const file = new AuxRecording({ rings: cpuRings(1) });
    const offset = BigInt(before.length) + skip;
    const flags = skip === 0n ? AuxFlag.Truncated : 0;
    file.aux(0, { offset: 0n, size: before.length, flags });
    file.aux(0, { offset, size: REGION.length });
    file.chunk(0, { offset: 0n, payload: before }).chunk(0, { offset, payload: REGION });
    const mark = skip === 0n ? "TRUNCATED" : "GAP";
    assertEquals(seen(file.bytes()), [...PACKETS, "CUT", mark, ...PACKETS]);
    assertEquals(seen(file.bytes(), {}), ["SKIPPED", mark, "SKIPPED"]);
  }
});

Deno.test("fromStart decodes each snapshot from its first byte", () => {
  const file = new AuxRecording({ rings: cpuRings(1) });
  for (const n of [1n, 2n]) {
    const offset = n * BigInt(REGION.length);
    file.aux(0, { offset, size: REGION.length, flags: AuxFlag.Overwrite });
    file.chunk(0, { offset: offset - BigInt(REGION.length), payload: REGION });
  }
  assertEquals(seen(file.bytes()), [...PACKETS, ...PACKETS]);
});

Deno.test("fromStart looks for a sync point after a byte that starts no packet", () => {
  const bytes = Uint8Array.from([...ptTnt("T"), 0x05, ...REGION, ...ptPsb, ...ptTnt("N")]);
  const lines = printedLines(PT, [payloadBytes(bytes)]).map((line) => line.slice(10).trim());
  assertEquals(lines.map((line) => line.replace(/^([0-9a-f]{2} )+ */, "")), [
    "TNT T (1)",
    "-- bad byte 05",
    `-- ${REGION.length} bytes skipped, looking for PSB`,
    "PSB",
    "TNT N (1)",
  ]);
});

Deno.test("fromStart starts CoreSight with the first byte, of frames with that of each source", () => {
  const unit = [etm.etmAtoms("E"), etm.etmLong64(0x1234n), etm.etmTimestamp(5n, { bytes: 1 })]
    .flat();
  const frames = etm.formatFrames([
    { id: 1, bytes: unit.slice(0, 3) },
    { id: 2, bytes: etm.etmAtoms("N") },
    { id: 1, bytes: unit.slice(3) },
  ]);
  const kinds = (bytes: Uint8Array, raw: boolean, ...sizes: readonly number[]) => {
    const items = cutBytes(bytes, ...sizes).map((item): PayloadBytes => ({ ...item, raw }));
    assertEquals(kindCounts(ETM, items, "scan"), kindCounts(ETM, items, "cursor"));
    return printedLines(ETM, items).map((line) => /ID \d+|I_\w+|--.*/g.exec(line)?.[0]);
  };
  for (let size = 1; size <= frames.length; size++) {
    const raw = kinds(Uint8Array.from(unit), true, size);
    assertEquals(raw, ["I_ATOM_F1", "I_ADDR_L_64IS0", "I_TIMESTAMP"]);
    assertEquals(kinds(frames, false, size), ["ID 01", "ID 02", "ID 01", "ID 01"]);
  }
});

Deno.test("fromStart finds the same in parts of any size, and by scan and cursor", async () => {
  const random = randomNumbers(5);
  for (let seed = 1; seed <= 30; seed++) {
    const items = hostileItems(seed, 1000, 4);
    const expected = printedAtOnce(items, { format: PT });
    const counter = new SummaryCounter(PT);
    countQueue({ ...QUEUE, items: () => items.values() as Generator<PayloadItem> }, PT, counter);
    for (const size of [1, 16, 1 + random(300), 1000]) {
      assertEquals((await printedInParts(items, size, { format: PT })).text, expected);
      const { bytes: _, marks: __, ...counts } = counter.counts();
      const { bytes: ___, marks: ____, ...inParts } = await countedInParts(items, size, PT);
      assertEquals(inParts, counts);
    }
  }
});

Deno.test("fromStart changes only what formats with sync points skip", () => {
  const random = randomNumbers(6);
  const bytes = Uint8Array.from({ length: 10_000 }, () => random(256));
  for (const type of FORMATS) {
    const [plain, fromStart] = [false, true].map((fromStart) => {
      const format = payloadFormat({ ...FACTS, type, fromStart });
      return printedLines(format, [payloadBytes(bytes, { raw: type === "cs_etm" })]);
    });
    if (type === "intel_pt" || type === "cs_etm") assertNotEquals(fromStart, plain);
    else assertEquals(fromStart, plain);
  }
});

oracleTest("fromStart decodes a recording without a PSB", ["corpus"], () => {
  const bytes = Deno.readFileSync(corpusPath("edge/nopsb.data"));
  assertEquals(seen(bytes, {}), ["SKIPPED"]);
  assertEquals(seen(bytes).filter((kind) => kind !== "PAD"), [
    "MODE.Exec",
    "TIP.PGE 401000",
    "TNT",
    "TNT",
    "TIP 402000",
    "TIP.PGD",
  ]);
});
