import { assertEquals } from "@std/assert";
import { TextBuffer } from "../parsers/internal.ts";
import { FACTS } from "../testing/parts_decoding.ts";
import { payloadBytes, payloadMark } from "../testing/printed_packets.ts";
import { ptPsb, ptTsc } from "../testing/pt_packets.ts";
import { NdjsonWriter } from "./ndjson_writer.ts";
import { PacketPrinter } from "./packet_printer.ts";
import { payloadFormat } from "./payload_format.ts";
import type { PayloadItem } from "./payload_item.ts";
import { QueueReader } from "./reader.ts";

const json = (value: unknown) =>
  JSON.stringify(
    value,
    (_, item) =>
      typeof item === "bigint" ? `${item}` : item instanceof Uint8Array ? item.toHex() : item,
  );

function objects(type: string, items: readonly PayloadItem[]): unknown[] {
  const out = new TextBuffer();
  const format = payloadFormat({ ...FACTS, type });
  const writer = new NdjsonWriter({ idx: 7, cpu: null, tid: 100 }, { ...format, json });
  const reader = new QueueReader(format, new PacketPrinter(writer, out, format));
  for (const item of items) reader.take(item);
  reader.finish();
  return new TextDecoder().decode(out.text()).trim().split("\n").map((line) => {
    const { queue, tid, ...rest } = JSON.parse(line);
    assertEquals([queue, tid], [7, 100]);
    return rest;
  });
}

Deno.test("NdjsonWriter writes marks with their bytes, but not those that were skipped", () => {
  const bytes = [...ptPsb, ...ptTsc(5n), 0x05, 0xaa, ...ptPsb, 0x19, 1];
  const items = [
    payloadBytes(Uint8Array.from(bytes), { auxOffset: 0xffff_fff0n, cpu: 3 }),
    payloadMark("gap", 0x1_0000_002bn, 5),
    payloadBytes(Uint8Array.of(1), { follows: "nothing" }),
  ];
  assertEquals(objects("intel_pt", items), [
    { cpu: 3, auxOffset: "4294967280", size: 16, kind: "PSB" },
    { cpu: 3, auxOffset: "4294967296", size: 8, kind: "TSC", tsc: "5" },
    { cpu: 3, auxOffset: "4294967304", size: 1, mark: "bad", bytes: "05" },
    { cpu: 3, auxOffset: "4294967305", size: 1, mark: "skipped" },
    { cpu: 3, auxOffset: "4294967306", size: 16, kind: "PSB" },
    { cpu: 3, auxOffset: "4294967322", size: 2, mark: "cut", bytes: "1901" },
    { cpu: 3, auxOffset: "4294967339", size: 5, mark: "gap" },
    { cpu: null, auxOffset: "0", size: 1, mark: "skipped" },
  ]);
});

Deno.test("NdjsonWriter leaves out what is more than 48 bytes of a mark", () => {
  // Blocks of s390 have 4,096 bytes: fewer are a cut packet.
  const cut = (size: number) => objects("s390_cpumsf", [payloadBytes(new Uint8Array(size))]);
  const expected = (size: number, shown: number) => [
    { cpu: null, auxOffset: "0", size, mark: "cut", bytes: "00".repeat(shown) },
  ];
  assertEquals(cut(48), expected(48, 48));
  assertEquals(cut(49), expected(49, 48));
});
