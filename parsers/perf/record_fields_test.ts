import { assertEquals } from "@std/assert";
import type { ByteWriter } from "../../encoders/byte_writer.ts";
import { finishedRound, PerfFileBuilder } from "../../testing/perf_builder.ts";
import type { ByteSource } from "../byte_source.ts";
import {
  bytesSource,
  checkFile,
  parsePerfFile,
  parsePerfStream,
  type RecordCursor,
} from "./mod.ts";
import { readAuxFields, readChunkFields, readHwId, readLostEvents } from "./internal.ts";

/** The cursor at a record of 32-bit words, counted from 0x11, after the header. */
function cursorAt(type: number, words: number, byteOrder: "little" | "big"): RecordCursor {
  const body = (out: ByteWriter) => {
    for (let word = 0; word < words; word++) out.u32(0x11 + word);
  };
  const bytes = new PerfFileBuilder({ byteOrder, events: [{}] })
    .add({ type, bare: true, body }).bytes();
  const cursor = parsePerfFile(bytes).recordCursor();
  cursor.next();
  assertEquals([cursor.type, cursor.size], [type, 8 + 4 * words]);
  return cursor;
}

/** Names and values as high and low halves of what stands in a `u64`, two words. */
function halves(byteOrder: "little" | "big", first: number): [high: number, low: number] {
  return byteOrder === "little" ? [first + 1, first] : [first, first + 1];
}

Deno.test("readAuxFields() and its like read their type alone, and from its whole size on", () => {
  const readers = [
    [11, 6, readAuxFields],
    [71, 10, readChunkFields],
    [21, 2, readHwId],
    [2, 4, readLostEvents],
  ] as const;
  for (const [type, words, read] of readers) {
    assertEquals([type, read(cursorAt(type, words, "little")) === null], [type, false]);
    assertEquals([type, read(cursorAt(type, words - 1, "little"))], [type, null]);
    const other = type === 2 ? 11 : 2;
    assertEquals([type, read(cursorAt(other, words, "little"))], [type, null]);
  }
});

Deno.test("readAuxFields() and its like read halves in both byte orders", () => {
  for (const byteOrder of ["little", "big"] as const) {
    const at = (first: number) => halves(byteOrder, 0x11 + first);
    const aux = readAuxFields(cursorAt(11, 6, byteOrder))!;
    assertEquals([aux.offsetHigh, aux.offsetLow], at(0));
    assertEquals([aux.sizeHigh, aux.sizeLow], at(2));
    assertEquals([aux.flagsHigh, aux.flags], at(4));
    const chunk = readChunkFields(cursorAt(71, 10, byteOrder))!;
    const [sizeHigh, sizeLow] = at(0);
    assertEquals(chunk.size, sizeHigh * 2 ** 32 + sizeLow);
    assertEquals([chunk.offsetHigh, chunk.offsetLow], at(2));
    assertEquals([chunk.referenceHigh, chunk.referenceLow], at(4));
    assertEquals([chunk.idx, chunk.tid, chunk.cpu], [0x17, 0x18, 0x19]);
    const hwId = readHwId(cursorAt(21, 2, byteOrder))!;
    assertEquals([hwId.high, hwId.low], at(0));
    const [lostHigh, lostLow] = at(2);
    assertEquals(readLostEvents(cursorAt(2, 4, byteOrder)), lostHigh * 2 ** 32 + lostLow);
  }
});

Deno.test("counts above 2^53 - 1 are that, and -1 is no thread and no CPU", () => {
  const bytes = (type: number, size: number) => {
    const body = (out: ByteWriter) => out.bytes(new Uint8Array(size).fill(0xff));
    return new PerfFileBuilder({ events: [{}] }).add({ type, bare: true, body }).bytes();
  };
  const lost = parsePerfFile(bytes(2, 16)).recordCursor();
  lost.next();
  assertEquals(readLostEvents(lost), Number.MAX_SAFE_INTEGER);
  const chunk = parsePerfFile(bytes(71, 40)).recordCursor();
  chunk.next();
  const fields = readChunkFields(chunk)!;
  assertEquals(fields.size, Number.MAX_SAFE_INTEGER);
  assertEquals([fields.idx, fields.tid, fields.cpu], [0xffff_ffff, null, null]);
});

Deno.test("a payload is that of the source, although the window holds only its start", () => {
  const payload = Uint8Array.from({ length: 3000 }, (_, at) => 1 + at % 251);
  const builder = new PerfFileBuilder({ pipe: true })
    .auxtrace({ idx: 0, cpu: 0, offset: 0n, payload }).add(finishedRound);
  const bytes = builder.bytes();
  for (const piece of [64, 100, 1000]) {
    // A source that only moves forward gives few bytes at a time.
    const source: ByteSource = {
      size: Infinity,
      read(offset, into) {
        const part = bytes.subarray(offset, offset + Math.min(into.length, piece));
        into.set(part);
        return part.length;
      },
    };
    const cursor = parsePerfFile(source).recordCursor();
    while (cursor.next() && cursor.type !== 71);
    const read = cursor.payloadReader();
    assertEquals([piece, read()], [piece, payload]);
    assertEquals(read(5, 9), payload.subarray(5, 9));
    assertEquals(read(2999), payload.subarray(2999));
    assertEquals(read(3000), new Uint8Array());
  }
});

Deno.test("a header that cannot be ends its file of a directory, and no other", () => {
  const good = new PerfFileBuilder().add(finishedRound).records();
  const bad = new Uint8Array([...good, 68, 0, 0, 0, 0, 0, 7, 0]);
  const parts = [bad, good].map((part, n) => ({ name: `data.${n}`, source: bytesSource(part) }));
  const cursor = parsePerfFile(new PerfFileBuilder().bytes(), { parts }).recordCursor();
  const names: (string | null)[] = [];
  while (cursor.next()) names.push(cursor.fileName);
  assertEquals(names, ["data.0", "data.1"]);
  assertEquals(
    cursor.cut?.message,
    "Cannot decode perf_event_header of data.0 at 0x8: expected size >= 8, got size 7",
  );
});

Deno.test("checkFile() names each event whose ids stand elsewhere, at its place in the file", () => {
  const here = { sampleType: 1 << 16 | 1 << 2, flags: ["sampleIdAll"] } as const;
  const there = { sampleType: 1 << 6 | 1 << 2, flags: ["sampleIdAll"] } as const;
  const events = [here, here, there, there].map((event, n) => ({ ...event, ids: [BigInt(n + 1)] }));
  const bytes = new PerfFileBuilder({ events }).add(finishedRound).bytes();
  const { header } = parsePerfFile(bytes);
  const found = checkFile(parsePerfFile(bytes)).findings.map(({ check, fileOffset, message }) =>
    [check, fileOffset, message] as const
  );
  const message = (index: number) =>
    `records of event ${index} do not have their id where event 0 has it`;
  assertEquals(
    found,
    [2, 3].map((index) => (
      ["attrs", header.attrs.offset + header.attrSize * index, message(index)] as const
    )),
  );
});

Deno.test("a stream gives the same records in pieces of any size", async () => {
  const builder = new PerfFileBuilder({ pipe: true })
    .auxtrace({ idx: 0, cpu: 0, offset: 0n, size: 40 }).add(finishedRound)
    .auxtrace({ idx: 0, cpu: 0, offset: 40n, size: 8 }).add(finishedRound);
  const bytes = builder.bytes();
  const whole = parsePerfFile(bytes).records().map(({ type, fileOffset }) => [type, fileOffset])
    .toArray();
  for (const size of [1, 3, 8, 16, 17, 48, 1000]) {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
    pieces.splice(1, 0, new Uint8Array()); // an empty piece is not the end
    const stream = await parsePerfStream(ReadableStream.from(pieces));
    const seen = await Array.fromAsync(
      stream.records(),
      ({ type, fileOffset }) => [type, fileOffset],
    );
    assertEquals([size, seen], [size, whole]);
    assertEquals(stream.file.size, bytes.length);
  }
});

Deno.test("text after the records of a stream is counted to its end, however it arrives", () => {
  const records = new PerfFileBuilder({ pipe: true }).add(finishedRound).bytes();
  const seen = (after: Uint8Array, piece: number) => {
    const bytes = new Uint8Array([...records, ...after]);
    const source: ByteSource = {
      size: Infinity,
      read(offset, into) {
        const part = bytes.subarray(offset, offset + Math.min(into.length, piece));
        into.set(part);
        return part.length;
      },
    };
    const cursor = parsePerfFile(source).recordCursor();
    let last = 0;
    while (cursor.next()) last = cursor.type;
    return [last, cursor.trailingBytes, cursor.cut === null];
  };
  const text = new TextEncoder().encode("perf record: Captured and wrote 0.021 MB\r\n".repeat(12));
  for (const piece of [32, 100, 4096]) {
    assertEquals([piece, ...seen(text, piece)], [piece, 68, text.length, true]);
    assertEquals(seen(text.subarray(0, 9), piece), [68, 9, true]);
    // One byte that is no text, at the end, makes it a record.
    const other = text.slice();
    other[other.length - 1] = 1;
    assertEquals(seen(other, piece), [68, 0, false]);
  }
});

Deno.test("checkFile() calls a file damaged for an error alone", () => {
  const verdict = (type: number, size: number) => {
    const record = { type, bare: true, body: (out: ByteWriter) => out.zeros(size) };
    return checkFile(parsePerfFile(new PerfFileBuilder({ events: [{}] }).add(record).bytes()))
      .verdict;
  };
  assertEquals(verdict(68, 0), "ok");
  assertEquals(verdict(74, 12), "warnings"); // CPU_MAP of an old perf
  assertEquals(verdict(11, 16), "damaged"); // AUX has 32 bytes
});

Deno.test("a FINISHED_ROUND that holds more than its header has no payload", () => {
  const round = {
    type: 68,
    bare: true,
    body: (out: ByteWriter) => out.u64(0x0000_0010_0000_0010n),
  };
  const bytes = new PerfFileBuilder().add(round).add(finishedRound).add(finishedRound).bytes();
  const cursor = parsePerfFile(bytes).recordCursor();
  const sizes: number[] = [];
  while (cursor.next()) sizes.push(cursor.size);
  assertEquals([sizes, cursor.cut], [[16, 8, 8], null]);
});
