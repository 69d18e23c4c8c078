import { assertEquals, assertThrows } from "@std/assert";
import { ByteWriter } from "../../encoders/byte_writer.ts";
import { PerfFileBuilder } from "../../testing/perf_builder.ts";
import { Cursor } from "../cursor.ts";
import { FormatError } from "../format_error.ts";
import { decodeCpuMap } from "./cpu_map.ts";
import { decodeEventDesc } from "./features/event_desc.ts";
import { decodeMemoryTopology } from "./features/memory.ts";
import { decodeTracingData } from "./features/tracing_data.ts";
import { checkFile, Feature, parsePerfFile } from "./mod.ts";

/** Where the bytes of these tests stand in their file. */
const BASE = 0x1000;

function bytesOf(write: (out: ByteWriter) => void): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(true);
  write(out);
  return out.toBytes();
}

/** `offset: fault: expected, got actual` of the error. */
function fault(run: () => unknown): string {
  const { fault, detail }: FormatError = assertThrows(run, FormatError);
  const { offset, expected, actual } = detail;
  return `0x${offset.toString(16)}: ${fault}: ${expected}, got ${actual}`;
}

function faultOf(decode: (body: Cursor) => unknown, write: (out: ByteWriter) => void): string {
  return fault(() => decode(new Cursor(bytesOf(write), BASE, true, "x")));
}

function headerFault(bytes: Uint8Array): string {
  return fault(() => parsePerfFile(bytes));
}

/** A whole file with a `u64` of its header changed. */
function patched(at: number, value: bigint, legacyMagic = false): Uint8Array {
  const bytes = new PerfFileBuilder({ legacyMagic }).bytes();
  new DataView(bytes.buffer).setBigUint64(at, value, true);
  return bytes;
}

Deno.test("the error of a header says what was expected and what is there", () => {
  const bytes = new PerfFileBuilder().bytes();
  const magic = 'the magic "PERFILE2"';
  assertEquals(headerFault(bytes.subarray(0, 0)), `0x0: bad-magic: ${magic}, got 0 bytes`);
  assertEquals(headerFault(bytes.subarray(0, 7)), `0x0: bad-magic: ${magic}, got 7 bytes`);
  const other = bytes.slice();
  other.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0xff]);
  assertEquals(headerFault(other), `0x0: bad-magic: ${magic}, got 7f 45 4c 46 02 01 01 00`);
  assertEquals(
    headerFault(other.subarray(0, 8)),
    `0x0: bad-magic: ${magic}, got 7f 45 4c 46 02 01 01 00`,
  );
  assertEquals(headerFault(bytes.subarray(0, 8)), "0x0: truncated: 16 bytes, got 8");
  assertEquals(headerFault(bytes.subarray(0, 15)), "0x0: truncated: 16 bytes, got 15");
  assertEquals(headerFault(bytes.subarray(0, 16)), "0x0: truncated: 104 bytes, got 16");
  assertEquals(headerFault(bytes.subarray(0, 103)), "0x0: truncated: 104 bytes, got 103");
  assertEquals(headerFault(patched(8, 71n)), "0x8: corrupt: size 16, 72 or 104, got 71");
  assertEquals(headerFault(patched(40, 103n)), "0x28: corrupt: data.offset >= 104, got 103");
  assertEquals(
    headerFault(patched(16, 81n, true)),
    "0x10: corrupt: attr_size one of 80, 88, 96, 112, 120, got 81",
  );
});

Deno.test("the error of a count says how many bytes it would take, from the exact count on", () => {
  const list = (count: number) =>
    faultOf(decodeCpuMap, (out) => {
      for (const value of [0, count, 1, 2]) out.u16(value);
    });
  assertEquals(list(3), "0x1004: truncated: 6 more bytes, got 4");
  const mask = (count: number, wordSize: 4 | 8) => (out: ByteWriter) => {
    for (const value of [1, count, wordSize]) out.u16(value);
    out.zeros(wordSize === 8 ? 4 + 16 : 16);
  };
  assertEquals(faultOf(decodeCpuMap, mask(5, 4)), "0x1006: truncated: 20 more bytes, got 16");
  assertEquals(faultOf(decodeCpuMap, mask(3, 8)), "0x100a: truncated: 24 more bytes, got 16");
  const events = (count: number) => (out: ByteWriter) => {
    out.u32(count);
    out.u32(64);
    out.zeros(2 * (64 + 8));
  };
  assertEquals(
    faultOf(decodeEventDesc, events(3)),
    "0x1008: truncated: 216 more bytes, got 144",
  );
  assertEquals(
    decodeEventDesc(new Cursor(bytesOf(events(2)), BASE, true, "x")).length,
    2,
  );
  const memory = (blocks: bigint) => (out: ByteWriter) => {
    for (const word of [1n, 4096n, 1n, 0n, 0n, blocks, 7n, 7n]) out.u64(word);
  };
  assertEquals(
    faultOf(decodeMemoryTopology, memory(129n)),
    "0x1030: truncated: 24 more bytes, got 16",
  );
  const words = (blocks: bigint) =>
    decodeMemoryTopology(new Cursor(bytesOf(memory(blocks)), BASE, true, "x")).nodes[0]?.bitmap;
  assertEquals(words(128n), [7n, 7n]);
  assertEquals(words(65n), [7n, 7n]);
  assertEquals(words(64n), [7n]);
  assertEquals(words(1n), [7n]);
  assertEquals(words(0n), []);
});

Deno.test("the error of an encoding of CPUs says where the set starts", () => {
  const words = (...values: number[]) => (out: ByteWriter) => values.forEach((v) => out.u16(v));
  assertEquals(
    faultOf(decodeCpuMap, words(3)),
    "0x1000: unsupported: type 0, 1 or 2, got type 3",
  );
  assertEquals(
    faultOf(decodeCpuMap, words(1, 0, 2)),
    "0x1000: corrupt: long_size 4 or 8, got 2",
  );
  const range = (first: number, last: number) => words(2, 0, first, last);
  assertEquals(
    faultOf(decodeCpuMap, range(5, 4)),
    "0x1000: corrupt: 1 to 65536 CPUs, got 5 to 4",
  );
  const full = (out: ByteWriter) => {
    words(1, 2049, 4)(out);
    out.zeros(8192);
    out.u32(1);
  };
  assertEquals(faultOf(decodeCpuMap, full), "0x1000: corrupt: CPUs < 65536, got CPU 65536");
});

Deno.test("the error of tracing data says what it found in the place of a mark", () => {
  const start = (out: ByteWriter, title: string) => {
    out.bytes(new Uint8Array([0x17, 0x08, 0x44]));
    out.text("tracing0.6\0");
    out.u8(0);
    out.u8(8);
    out.u32(4096);
    out.text(title);
  };
  assertEquals(
    faultOf(decodeTracingData, (out) => start(out, "header_pace\0")),
    "0x1014: corrupt: header_page, got header_pace",
  );
  assertEquals(
    faultOf(decodeTracingData, (out) => start(out, "header")),
    "0x1014: truncated: 7 more bytes, got 6",
  );
  assertEquals(
    faultOf(decodeTracingData, (out) => out.text("tracing abc")),
    '0x1000: bad-magic: "\\u0017\\bDtracing", got "tracing ab"',
  );
});

// Sizes of the structs of perf_event.h and tools/perf, by hand; one byte of each text that ends them.
const LEAST_SIZES: readonly [type: number, fields: number][] = [
  [1, 4 + 4 + 8 + 8 + 8 + 1], // MMAP
  [2, 8 + 8], // LOST
  [3, 4 + 4 + 1], // COMM
  [4, 4 * 4 + 8], // EXIT
  [5, 3 * 8], // THROTTLE
  [6, 3 * 8], // UNTHROTTLE
  [7, 4 * 4 + 8], // FORK
  [8, 4 + 4 + 8], // READ
  [10, 4 + 4 + 3 * 8 + 4 + 4 + 8 + 8 + 4 + 4 + 1], // MMAP2
  [11, 3 * 8], // AUX
  [12, 4 + 4], // ITRACE_START
  [13, 8], // LOST_SAMPLES
  [15, 4 + 4], // SWITCH_CPU_WIDE
  [16, 4 + 4 + 8], // NAMESPACES
  [17, 8 + 4 + 2 + 2 + 1], // KSYMBOL
  [18, 2 + 2 + 4 + 8], // BPF_EVENT
  [19, 8 + 1], // CGROUP
  [20, 8 + 2 + 2 + 4], // TEXT_POKE, padded to 8
  [21, 8], // AUX_OUTPUT_HW_ID
  [22, 8], // CALLCHAIN_DEFERRED
  [64, 64], // HEADER_ATTR
  [66, 4], // HEADER_TRACING_DATA
  [67, 4 + 24], // HEADER_BUILD_ID
  [69, 8], // ID_INDEX
  [70, 4 + 4], // AUXTRACE_INFO
  [71, 3 * 8 + 4 * 4], // AUXTRACE
  [72, 6 * 4 + 8 + 8 + 1], // AUXTRACE_ERROR
  [73, 8], // THREAD_MAP
  [74, 8], // CPU_MAP
  [75, 8], // STAT_CONFIG
  [76, 8 + 4 + 4 + 3 * 8], // STAT
  [77, 8 + 8], // STAT_ROUND
  [78, 8 + 8], // EVENT_UPDATE
  [79, 3 * 8], // TIME_CONV
  [80, 8], // HEADER_FEATURE
  [83, 8], // COMPRESSED2
  [84, 512 + 8], // BPF_METADATA
  [85, 8 + 4 + 2 + 2], // SCHEDSTAT_CPU
  [86, 8 + 4 + 2 + 2], // SCHEDSTAT_DOMAIN
];

Deno.test("checkFile() knows the least size of each type, which is that of its fields", () => {
  const found = (type: number, size: number) => {
    const body = new Uint8Array(size).fill(type === 83 ? 0 : 1);
    const record = { type, bare: true, body: (out: ByteWriter) => out.bytes(body) };
    const bytes = new PerfFileBuilder({ events: [{}] }).add(record).bytes();
    return checkFile(parsePerfFile(bytes, { zstd: () => ({ push() {}, read: () => 0 }) }))
      .findings.filter(({ check, message }) =>
        check === "record-structure" && message.includes("expected at least")
      )
      .map(({ severity, message }) => `${severity}: ${message.split(": ")[1]}`);
  };
  for (const [type, fields] of LEAST_SIZES) {
    const least = 8 + fields;
    assertEquals([type, found(type, fields)], [type, []]);
    // COMPRESSED2 has a size of its own.
    if (type === 83) continue;
    const error = `error: expected at least ${least} bytes, got ${least - 1}`;
    assertEquals([type, found(type, fields - 1)], [type, [error]]);
  }
  for (const type of [9, 14, 65, 68, 81, 82]) assertEquals([type, found(type, 0)], [type, []]);
});

Deno.test("checkFile() asks for multiples of 8 bytes, of all types but those that perf writes otherwise", () => {
  const found = (type: number) => {
    const record = { type, bare: true, body: (out: ByteWriter) => out.zeros(596) };
    return checkFile(parsePerfFile(new PerfFileBuilder({ events: [{}] }).add(record).bytes()))
      .findings.filter(({ check }) => check === "record-structure")
      .map(({ severity, message }) => `${severity}: ${message.split(": ")[1]}`);
  };
  const message = "expected a multiple of 8 bytes, got 604";
  for (const type of [1, 9, 14, 22, 23, 63]) {
    assertEquals([type, found(type)], [type, [`error: ${message}`]]);
  }
  for (const type of [64, 65, 68, 70, 72, 82, 86, 87]) {
    assertEquals([type, found(type)], [type, [`warning: ${message}`]]);
  }
  for (const type of [66, 67, 80]) assertEquals([type, found(type)], [type, []]);
});

Deno.test("a section of a file that is cut, or over the cap, says so with its size", () => {
  const file = new PerfFileBuilder({
    features: [{ bit: Feature.hostname, write: (out) => out.headerString("host") }],
  });
  const bytes = file.finishedRound().bytes();
  const section = parsePerfFile(bytes).featureSection(Feature.hostname)!;
  const at = `0x${section.offset.toString(16)}`;
  const read = (bytes: Uint8Array, maxFeatureSize?: number) => {
    const options = maxFeatureSize === undefined ? {} : { maxFeatureSize };
    return parsePerfFile(bytes, options).feature(Feature.hostname);
  };
  assertEquals(read(bytes), "host");
  assertEquals(read(bytes, section.size), "host");
  assertEquals(
    fault(() => read(bytes, section.size - 1)),
    `${at}: unsupported: at most ${section.size - 1} bytes, got ${section.size}`,
  );
  const size = section.size;
  assertEquals(
    fault(() => read(bytes.subarray(0, section.offset + size - 1))),
    `${at}: truncated: ${size} bytes, got ${size - 1}`,
  );
});

Deno.test("records that end before the data section does are cut at its start, or at the file's end", () => {
  const cutOf = (bytes: Uint8Array) => {
    const cursor = parsePerfFile(bytes).recordCursor();
    while (cursor.next());
    return cursor.cut?.message;
  };
  const whole = new PerfFileBuilder().finishedRound().finishedRound().bytes();
  const { data } = parsePerfFile(whole).header;
  const start = data.offset.toString(16);
  assertEquals([data.size, cutOf(whole)], [16, undefined]);
  const between = whole.subarray(0, data.offset + 8);
  assertEquals(
    cutOf(between),
    `Cannot decode data section at 0x${start}: expected 16 bytes, got 8 bytes`,
  );
  const before = whole.subarray(0, data.offset - 8);
  assertEquals(
    cutOf(before),
    `Cannot decode data section at 0x${(data.offset - 8).toString(16)}: expected 16 bytes, got 0 ` +
      "bytes",
  );
  const unfinished = new PerfFileBuilder({ finalised: false }).finishedRound().bytes();
  assertEquals(cutOf(unfinished), undefined);
  assertEquals(
    cutOf(unfinished.subarray(0, data.offset - 8)),
    `Cannot decode data section at 0x${(data.offset - 8).toString(16)}: expected records from ` +
      `0x${start}, got 0 bytes`,
  );
});
