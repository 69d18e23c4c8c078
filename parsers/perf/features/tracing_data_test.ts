import { assertEquals, assertThrows } from "@std/assert";
import { ByteWriter } from "../../../encoders/byte_writer.ts";
import { Cursor } from "../../cursor.ts";
import { FormatError } from "../../format_error.ts";
import { sweepDamage } from "../../../testing/damaged_bytes.ts";
import { decodeTracingData, type TracingData } from "./tracing_data.ts";

const SCHED_SWITCH = "name: sched_switch\nID: 372\nformat:\n\tfield:unsigned short common_type;\n";
const KMEM_CACHE = "name: kmem_cache_alloc\nID: 500\nformat:\n";
const FTRACE_PRINT = "name: print\nID: 5\nformat:\n";
const NO_ID = "name: broken\nformat:\n";

/** Writes a blob, which holds its byte order itself, and says where its texts are. */
function blob(little: boolean, version: string): { bytes: Uint8Array; places: number[] } {
  const out = new ByteWriter(little);
  const places: number[] = [];
  const sized = (text: string) => {
    out.u64(BigInt(text.length));
    places.push(out.size);
    out.text(text);
  };
  out.bytes(new Uint8Array([0x17, 0x08, 0x44]));
  out.text(`tracing${version}\0`);
  out.u8(little ? 0 : 1);
  out.u8(8);
  out.u32(4096);
  out.text("header_page\0");
  sized("page");
  out.text("header_event\0");
  sized("# compressed entry header\n");
  out.u32(1);
  sized(FTRACE_PRINT);
  out.u32(2);
  out.text("sched\0");
  out.u32(2);
  sized(SCHED_SWITCH);
  sized(NO_ID);
  out.text("kmem\0");
  out.u32(1);
  sized(KMEM_CACHE);
  out.u32(0);
  places.push(out.size);
  out.u32(3);
  places.push(out.size);
  out.text("0x1");
  if (version === "0.6") sized("1 init\n");
  return { bytes: out.toBytes(), places };
}

/** The reader's byte order is the opposite: it must not matter. */
function read(bytes: Uint8Array, little: boolean): TracingData {
  return decodeTracingData(new Cursor(bytes, 0x4000, !little, "HEADER_TRACING_DATA"));
}

Deno.test("decodeTracingData() reads names, ids and places in the byte order of the blob", () => {
  for (const little of [true, false]) {
    const { bytes, places } = blob(little, "0.6");
    const data = read(bytes, little);
    const { version, bigEndian, longSize, pageSize, systems, savedCmdlines } = data;
    assertEquals([version, bigEndian, longSize, pageSize], ["0.6", !little, 8, 4096]);
    assertEquals(systems, ["sched", "kmem"]);
    assertEquals(data.formats.map(({ system, name, id }) => [system, name, id]), [
      ["ftrace", "print", 5],
      ["sched", "sched_switch", 372],
      ["sched", "broken", null],
      ["kmem", "kmem_cache_alloc", 500],
    ]);
    const texts = [
      data.headerPage,
      data.headerEvent,
      ...data.formats,
      data.kallsyms,
      data.printkFormats,
      ...(savedCmdlines ? [savedCmdlines] : []),
    ];
    assertEquals(texts.map(({ fileOffset }) => fileOffset), places.map((at) => 0x4000 + at));
    const formats = [FTRACE_PRINT, SCHED_SWITCH, NO_ID, KMEM_CACHE].map((text) => text.length);
    assertEquals(texts.map(({ size }) => size), [4, 26, ...formats, 0, 3, 7]);
    assertEquals(data.formats.map(({ system, name, id }) => [id, system, name]), [
      [5, "ftrace", "print"],
      [372, "sched", "sched_switch"],
      [null, "sched", "broken"],
      [500, "kmem", "kmem_cache_alloc"],
    ]);
  }
});

Deno.test("decodeTracingData() expects saved command lines from version 0.6 on", () => {
  assertEquals(read(blob(true, "0.5").bytes, true).savedCmdlines, null);
});

Deno.test("decodeTracingData() leaves the cursor at the padding behind the blob", () => {
  const { bytes } = blob(true, "0.6");
  const padded = new Uint8Array(bytes.length + 5);
  padded.set(bytes);
  const body = new Cursor(padded, 0, true, "HEADER_TRACING_DATA");
  decodeTracingData(body);
  assertEquals(body.remaining, 5);
});

Deno.test("decodeTracingData() survives damage", () => {
  for (const little of [true, false]) {
    const accepted = sweepDamage(blob(little, "0.6").bytes, (bytes) => read(bytes, little));
    assertEquals(accepted, []);
  }
});

Deno.test("decodeTracingData() rejects other data as bad magic", () => {
  const error = assertThrows(() => read(new Uint8Array(64), true), FormatError);
  assertEquals([error.fault, error.detail.offset], ["bad-magic", 0x4000]);
});
