import { RecordType } from "./abi.ts";
import { assertEquals, assertThrows } from "@std/assert";
import { nodeZstd, openPerfBytes } from "../../system/mod.ts";
import {
  comm,
  compressed,
  finishedRound,
  PerfFileBuilder,
  tracingData,
  ZstdRing,
} from "../../testing/perf_builder.ts";
import { fixturePath } from "../../testing/corpus.ts";
import { type ByteSource, bytesSource } from "../byte_source.ts";
import { FormatError } from "../format_error.ts";
import { forwardOnly } from "../../testing/each_way.ts";
import type { PerfBytes } from "./perf_bytes.ts";
import { parsePerfFile } from "./perf_file.ts";
import { parsePerfStream } from "./perf_stream.ts";
import type { RecordCursor } from "./record_cursor.ts";

const PAYLOAD = Uint8Array.from({ length: 64 }, (_, index) => index + 1);

function cursorOf(bytes: Uint8Array): RecordCursor {
  return parsePerfFile(bytesSource(bytes)).recordCursor();
}

/** All records, as type and position. */
function walk(cursor: RecordCursor): [number, number][] {
  const records: [number, number][] = [];
  while (cursor.next()) records.push([cursor.type, cursor.fileOffset]);
  return records;
}

Deno.test("payloadReader() gives every range of the payload, also when the cursor moved on", () => {
  const file = new PerfFileBuilder().auxtrace({ idx: 0, offset: 0n, payload: PAYLOAD });
  const cursor = cursorOf(file.add(finishedRound).bytes());
  cursor.next();
  assertEquals([cursor.payloadSize, cursor.size], [64, 48]);
  const read = cursor.payloadReader();
  for (const moved of [false, true]) {
    for (let from = 0; from <= 64; from += 7) {
      for (let to = from; to <= 64; to += 9) {
        assertEquals([moved, read(from, to)], [moved, PAYLOAD.slice(from, to)]);
      }
    }
    assertEquals(read(), PAYLOAD);
    cursor.next();
  }
  assertEquals(cursor.payloadSize, 0);
});

Deno.test("payloadReader() refuses ranges outside the payload", () => {
  const file = new PerfFileBuilder().auxtrace({ idx: 0, offset: 0n, payload: PAYLOAD });
  const cursor = cursorOf(file.bytes());
  cursor.next();
  const read = cursor.payloadReader();
  for (const [from, to] of [[-1, 3], [0, 65], [5, 4], [NaN, 3], [0, Infinity]] as const) {
    assertThrows(() => read(from, to), RangeError);
  }
});

Deno.test("a payload that is cut ends the records, and its whole ranges can be read", () => {
  const builder = new PerfFileBuilder({ finalised: false }).add(finishedRound);
  const record = builder.position;
  const bytes = builder.auxtrace({ idx: 0, offset: 0n, payload: PAYLOAD }).bytes();
  for (let there = 0; there < 64; there++) {
    const cursor = cursorOf(bytes.subarray(0, record + 48 + there));
    cursor.next();
    cursor.next();
    const read = cursor.payloadReader();
    assertEquals(read(0, there), PAYLOAD.slice(0, there));
    const error: FormatError = assertThrows(() => read(), FormatError);
    assertEquals(error.detail.actual, `${there}`);
    assertEquals([cursor.next(), cursor.cutPayload?.fileOffset], [false, record]);
    assertEquals([cursor.cut?.fault, cursor.cut?.detail.offset], ["truncated", record]);
    assertEquals([cursor.cut?.detail.expected, cursor.cut?.detail.actual], [
      "64 bytes",
      `${there}`,
    ]);
  }
});

Deno.test("records behind payloads are found, whatever the size of the payload", () => {
  for (const size of [0, 8, 504, 512, 4096, 262_144, 300_000]) {
    const builder = new PerfFileBuilder().auxtrace({ idx: 0, offset: 0n, size });
    const second = builder.position;
    const records = walk(cursorOf(builder.add(finishedRound).add(finishedRound).bytes()));
    assertEquals(records.slice(1), [[68, second], [68, second + 8]]);
  }
});

Deno.test("a walk ends at the end of the data section, not of the file", () => {
  const bytes = new PerfFileBuilder().add(finishedRound).bytes();
  const cursor = cursorOf(bytes);
  assertEquals([walk(cursor).length, cursor.cut], [1, null]);
});

Deno.test("a cut record is reported with its position, size and what is there", () => {
  const builder = new PerfFileBuilder({ finalised: false }).add(finishedRound);
  const start = builder.position;
  const bytes = builder.add(comm({ pid: 1, tid: 1, comm: "x" })).bytes();
  for (let length = start + 1; length < bytes.length; length++) {
    const cursor = cursorOf(bytes.subarray(0, length));
    assertEquals(walk(cursor).length, 1);
    const { fault, detail } = cursor.cut!;
    const header = length - start < 8;
    assertEquals([length, fault, detail.offset], [length, "truncated", start]);
    assertEquals(detail.structure, header ? "perf_event_header" : "PERF_RECORD_COMM");
    assertEquals(detail.expected, `${header ? 8 : bytes.length - start} bytes`);
    assertEquals(detail.actual, `${length - start}`);
  }
});

Deno.test("a header whose size is below 8 is corrupt", () => {
  for (let size = 0; size < 8; size++) {
    const builder = new PerfFileBuilder().add(finishedRound);
    const at = builder.position;
    const bytes = builder.add(finishedRound).add(finishedRound).bytes();
    new DataView(bytes.buffer).setUint16(at + 6, size, true);
    const cursor = cursorOf(bytes);
    assertEquals(walk(cursor).length, 1);
    assertEquals([cursor.cut?.fault, cursor.cut?.detail.offset], ["corrupt", at]);
    assertEquals(cursor.cut?.detail.actual, `size ${size}`);
  }
});

Deno.test("text behind the records of a stream is counted, other bytes are a cut", () => {
  const stray = new TextEncoder().encode("[ perf record: Woken up 1 times to write data ]\r\n");
  for (const options of [{ pipe: true }, { finalised: false }]) {
    for (let length = 2; length <= stray.length; length++) {
      const file = new PerfFileBuilder(options).add(finishedRound);
      const cursor = cursorOf(file.raw(stray.subarray(0, length)).bytes());
      const types = walk(cursor).map(([type]) => type);
      assertEquals([types.at(-1), cursor.cut, cursor.trailingBytes], [68, null, length]);
    }
    const file = new PerfFileBuilder(options).add(finishedRound);
    const cursor = cursorOf(file.raw(stray.with(20, 0)).bytes());
    walk(cursor);
    assertEquals([cursor.cut !== null, cursor.trailingBytes], [true, 0]);
  }
});

Deno.test("text inside a finished data section is a cut", () => {
  const bytes = new PerfFileBuilder().add(finishedRound).raw(new TextEncoder().encode("hello!"))
    .bytes();
  const cursor = cursorOf(bytes);
  assertEquals([walk(cursor).length, cursor.trailingBytes], [1, 0]);
  assertEquals(cursor.cut?.fault, "corrupt"); // nothing is missing at the end of the file
});

Deno.test("a source that only moves forward gives each payload until the cursor moves", () => {
  const large = Uint8Array.from({ length: 3_000_000 }, (_, index) => index * 7);
  for (const payload of [PAYLOAD, large]) {
    for (const size of [1000, 65_536]) {
      const file = new PerfFileBuilder({ pipe: true });
      for (let i = 0; i < 3; i++) file.auxtrace({ idx: i, offset: 0n, payload });
      const parsed = parsePerfFile(forwardOnly(file.bytes(), size));
      const read = [...parsed.auxChunks()].length;
      assertEquals(read, 3);
      const again = parsePerfFile(forwardOnly(file.bytes(), size));
      for (const chunk of again.auxChunks()) assertEquals(chunk.read(), payload);
    }
  }
});

Deno.test("a cut payload at the end of a data section is a cut, also of a stream", async () => {
  const file = new PerfFileBuilder().auxtrace({ idx: 0, offset: 0n, size: 4096 });
  const whole = file.bytes();
  for (const size of [file.position - 1, file.position - 4096]) {
    for (const chunk of [1000, 8192]) {
      const bytes = whole.subarray(0, size);
      const forward = parsePerfFile(forwardOnly(bytes, chunk)).recordCursor();
      assertEquals([walk(forward).length, forward.cut?.fault], [1, "truncated"]);
      const chunks = [bytes.subarray(0, chunk), bytes.subarray(chunk)];
      const { walk: streamed } = await parsePerfStream(ReadableStream.from(chunks));
      let count = 0;
      const { cut } = await streamed(() => count++);
      assertEquals([count, cut?.fault], [1, "truncated"]);
    }
  }
});

Deno.test("records that start beyond 2^53 are a cut, also for a source that only moves forward", () => {
  for (const offset of [1n << 54n, 1n << 63n, (1n << 64n) - 8n]) {
    const bytes = new PerfFileBuilder().add(finishedRound).bytes();
    new DataView(bytes.buffer).setBigUint64(40, offset, true);
    for (const source of [bytesSource(bytes), forwardOnly(bytes, 10)]) {
      const cursor = parsePerfFile(source).recordCursor();
      assertEquals([cursor.next(), cursor.cut?.fault], [false, "truncated"]);
    }
  }
});

Deno.test("a source that only moves forward has one cursor", () => {
  const file = parsePerfFile(forwardOnly(new PerfFileBuilder({ pipe: true }).bytes(), 10));
  walk(file.recordCursor());
  assertThrows(() => file.recordCursor(), TypeError);
});

Deno.test("tracing data in a stream is a payload", () => {
  const builder = new PerfFileBuilder({ pipe: true }).add(tracingData(new Uint8Array(40)));
  const cursor = cursorOf(builder.add(finishedRound).bytes());
  const sizes: number[] = [];
  while (cursor.next()) {
    if (cursor.type === RecordType.HeaderTracingData) sizes.push(cursor.payloadSize);
  }
  assertEquals([sizes, cursor.type, cursor.cut], [[40], 68, null]);
});

Deno.test("each file of a directory has a zstd stream of its own", async () => {
  const main = new PerfFileBuilder();
  const parts = [];
  for (const name of ["data.0", "data.1"]) {
    using ring = new ZstdRing();
    const part = new PerfFileBuilder();
    for (let i = 0; i < 3; i++) {
      const bytes = part.encode(comm({ pid: 1, tid: i, comm: `${name}-${i}` }), { timeNs: 1n });
      part.add(compressed(await ring.flush(bytes)));
    }
    parts.push({ name, source: bytesSource(part.records()) });
  }
  const file = parsePerfFile(bytesSource(main.add(finishedRound).bytes()), {
    parts,
    zstd: nodeZstd,
  });
  const cursor = file.recordCursor();
  const seen: string[] = [];
  while (cursor.next()) {
    const record = cursor.record();
    if (record.type === "comm") seen.push(`${cursor.fileName}:${record.comm}`);
  }
  assertEquals(cursor.cut, null);
  assertEquals(
    seen,
    ["data.0", "data.1"].flatMap((name) => [0, 1, 2].map((i) => `${name}:${name}-${i}`)),
  );
});

Deno.test("a part of a directory that is cut does not keep the next one from being read", () => {
  const part = new PerfFileBuilder().add(finishedRound).add(comm({ pid: 1, tid: 1, comm: "x" }));
  const whole = part.records();
  const parts = [
    { name: "data.0", source: bytesSource(whole.subarray(0, whole.length - 4)) },
    { name: "data.1", source: bytesSource(whole) },
  ];
  const cursor = parsePerfFile(bytesSource(new PerfFileBuilder().bytes()), { parts })
    .recordCursor();
  assertEquals(walk(cursor).map(([type]) => type), [68, 68, 3]);
  assertEquals([cursor.cut?.fault, cursor.cut?.detail.offset], ["truncated", 8]);
});

Deno.test("a zstd decoder is released at the end of the records, and where reading stops before", () => {
  const bytes = Deno.readFileSync(fixturePath("perf_zstd.perf.data"));
  let open = 0;
  let opened = 0;
  const zstd = () => {
    const decoder = nodeZstd();
    open++;
    opened++;
    return { ...decoder, close: () => void open-- };
  };
  const file = parsePerfFile(bytesSource(bytes), { zstd });
  assertEquals([[...file.records()].length > 0, opened, open], [true, 1, 0]);
  for (const record of file.records()) if (record.type === "sample") break;
  assertEquals([opened, open], [2, 0]);
  const cursor = file.recordCursor();
  while (cursor.next() && cursor.type !== RecordType.Sample);
  assertEquals([opened, open], [3, 1]);
  file[Symbol.dispose]();
  assertEquals([open, cursor.next()], [0, false]);
});

Deno.test("RecordCursor leaves the bytes of a recording in memory as they are", () => {
  for (const name of ["aux_demo_fits", "aux_pipe_stray", "perf_zstd", "perf_plain"]) {
    const bytes = Deno.readFileSync(fixturePath(`${name}.perf.data`));
    for (const size of [bytes.length, bytes.length - 3, 1000, 777, 410]) {
      const whole = new Uint8Array(bytes.length + 30);
      whole.set(bytes, 13);
      const before = whole.slice();
      const part = whole.subarray(13, 13 + Math.min(size, bytes.length));
      const read = (source: PerfBytes) => {
        using file = openPerfBytes(source);
        const found: unknown[] = [];
        const cursor = file.recordCursor();
        while (cursor.next()) found.push([cursor.fileOffset, cursor.type, cursor.size]);
        const { cut, trailingBytes, strayTexts } = cursor;
        const { values, errors } = file.features();
        const messages = [...errors, ...file.damage, cut].map((error) => error?.message);
        return [found, trailingBytes, strayTexts, file.events, values, messages];
      };
      const expected = read({ size: part.length, read: readerOf(part) });
      const shared = new Uint8Array(new SharedArrayBuffer(part.length));
      shared.set(part);
      const likeBuffer = new BufferLike(whole.buffer, 13, part.length);
      for (const given of [part, likeBuffer, shared]) {
        assertEquals(read(given), expected, `${name}, ${size} bytes`);
      }
      assertEquals(whole, before);
    }
  }
});

/** Slices as a `Buffer` of Node.js does. */
class BufferLike extends Uint8Array {
  override slice(from?: number, to?: number): Uint8Array<ArrayBuffer> {
    return this.subarray(from, to) as Uint8Array<ArrayBuffer>;
  }
}

/** Reads some bytes at a time, as files may. */
function readerOf(bytes: Uint8Array): ByteSource["read"] {
  return (offset, into) => {
    const piece = bytes.subarray(offset, offset + Math.min(into.length, 100));
    into.set(piece);
    return piece.length;
  };
}
