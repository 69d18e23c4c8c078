import { zstdCompressSync } from "node:zlib";
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { replayReport } from "../../auxtrace/mod.ts";
import { nodeZstd } from "../../system/mod.ts";
import {
  comm,
  compressed,
  compressed2,
  concat,
  finishedRound,
  PerfFileBuilder,
  type RecordSpec,
  ZstdRing,
} from "../../testing/perf_builder.ts";
import { compressed2Push } from "../../testing/compressed_pushes.ts";
import { bytesSource } from "../byte_source.ts";
import { FormatError } from "../format_error.ts";
import { checkFile } from "./check_file.ts";
import { parsePerfFile } from "./perf_file.ts";
import type { RecordCursor } from "./record_cursor.ts";

function cursorOf(file: PerfFileBuilder, zstd = true): RecordCursor {
  return parsePerfFile(bytesSource(file.bytes()), zstd ? { zstd: nodeZstd } : {}).recordCursor();
}

function typesOf(cursor: RecordCursor): number[] {
  const types: number[] = [];
  while (cursor.next()) types.push(cursor.type);
  return types;
}

function commBytes(file: PerfFileBuilder, count: number): Uint8Array {
  return concat(
    Array.from(
      { length: count },
      (_, tid) => file.encode(comm({ pid: 1, tid, comm: `thread-${tid}` }), { timeNs: 1n }),
    ),
  );
}

Deno.test("records may be cut anywhere between two compressed records of one stream", async () => {
  for (const make of [compressed, compressed2]) {
    const type = make === compressed ? 81 : 83;
    const whole = commBytes(new PerfFileBuilder(), 2);
    for (let cut = 1; cut < whole.length; cut++) {
      using ring = new ZstdRing();
      const file = new PerfFileBuilder();
      file.add(make(await ring.flush(whole.subarray(0, cut))));
      file.add(make(await ring.flush(whole.subarray(cut))));
      file.add(finishedRound);
      const cursor = cursorOf(file);
      const before = Array(Math.floor(cut / (whole.length / 2))).fill(3);
      const after = Array(2 - before.length).fill(3);
      const expected = [type, ...before, type, ...after, 68];
      assertEquals([cut, typesOf(cursor), cursor.cut], [cut, expected, null]);
    }
  }
});

Deno.test("a record whose rest never follows is a cut", async () => {
  using ring = new ZstdRing();
  const whole = commBytes(new PerfFileBuilder(), 1);
  const file = new PerfFileBuilder().add(compressed(await ring.flush(whole.subarray(0, 20))));
  const cursor = cursorOf(file.add(finishedRound));
  assertEquals(typesOf(cursor), [81, 68]);
  assertEquals([cursor.cut?.fault, cursor.cut?.detail.actual], [
    "truncated",
    "20 bytes and the end",
  ]);
});

Deno.test("a compressed record inside another is corrupt, at the outer one's position", () => {
  for (const make of [compressed, compressed2]) {
    const file = new PerfFileBuilder().add(finishedRound);
    const record = file.encode(make(zstdCompressSync(commBytes(file, 1))));
    const at = file.position;
    file.add(make(zstdCompressSync(record))).add(finishedRound);
    const cursor = cursorOf(file);
    const type = make === compressed ? 81 : 83;
    assertEquals(typesOf(cursor), [68, type, type]);
    assertEquals([cursor.cut?.fault, cursor.cut?.detail.offset], ["corrupt", at]);
  }
});

Deno.test("without a decoder a compressed recording is not supported, never cut", async () => {
  const noZstd = () => {
    throw new Error("no zstd here");
  };
  for (const make of [compressed, compressed2]) {
    using ring = new ZstdRing();
    const whole = commBytes(new PerfFileBuilder(), 1);
    const file = new PerfFileBuilder().add(make(await ring.flush(whole)));
    const name = make === compressed ? "PERF_RECORD_COMPRESSED" : "PERF_RECORD_COMPRESSED2";
    const at = dataStart(file);
    for (
      const [options, found] of [[{}, "none"], [{ zstd: noZstd }, "none (no zstd here)"]] as const
    ) {
      const message = `Cannot decode ${name} at 0x${at.toString(16)}: expected a zstd decoder, ` +
        `got ${found}: give a zstd decoder, the option \`zstd\``;
      const parsed = parsePerfFile(file.bytes(), options);
      const ways = [
        () => parsed.records().forEach(() => {}),
        () => parsed.records({ order: "time" }).forEach(() => {}),
        () => parsed.auxChunks().forEach(() => {}),
        () => checkFile(parsed),
        () => replayReport(parsed),
      ];
      for (const way of ways) {
        const error: FormatError = assertThrows(way, FormatError);
        assertEquals([error.fault, error.detail.offset, error.message], [
          "unsupported",
          at,
          message,
        ]);
      }
      const cursor = parsed.recordCursor();
      assertEquals(typesOf(cursor), [make === compressed ? 81 : 83]);
      assertEquals(cursor.cut?.message, message);
    }
  }
});

Deno.test("data that is not zstd is corrupt", () => {
  const file = new PerfFileBuilder().add(compressed(new Uint8Array(24).fill(0x55)));
  const cursor = cursorOf(file.add(finishedRound));
  typesOf(cursor);
  assertEquals([cursor.cut?.fault, cursor.cut?.detail.offset], ["corrupt", dataStart(file)]);
});

Deno.test("a COMPRESSED2 run or a record that one file of a directory cuts does not go into the next", async () => {
  const main = new PerfFileBuilder().bytes();
  const file = new PerfFileBuilder();
  using ring = new ZstdRing();
  const run = brokenRun(await ring.flush(noisyRecords(file, 131_000)));
  using half = new ZstdRing();
  const whole = commBytes(file, 2);
  const cutRecord = await half.flush(whole.subarray(0, whole.length - 4));
  const first: [string, Uint8Array, number][] = [
    ["a run without its second record", run.subarray(0, 0xffff), 83],
    ["a record without its end", new PerfFileBuilder().add(compressed(cutRecord)).records(), 81],
  ];
  for (const make of [compressed, compressed2]) {
    using next = new ZstdRing();
    const second = new PerfFileBuilder().add(make(await next.flush(whole))).add(finishedRound);
    for (const [name, bytes, firstType] of first) {
      const parts = [bytes, second.records()].map((part, n) => (
        { name: `data.${n}`, source: bytesSource(part) }
      ));
      const cursor = parsePerfFile(main, { parts, zstd: nodeZstd }).recordCursor();
      const type = make === compressed ? 81 : 83;
      const seen = typesOf(cursor);
      const start = seen.lastIndexOf(type);
      assertEquals([name, seen[0], seen.slice(start)], [name, firstType, [type, 3, 3, 68]]);
      assertEquals(cursor.cut?.fault, "truncated");
    }
  }
});

Deno.test("a COMPRESSED2 run that one file of a directory cuts is over in the next file", async () => {
  const length = 131_000;
  const all = noisyRecords(new PerfFileBuilder(), length);
  using ring = new ZstdRing();
  const run = brokenRun(await ring.flush(all));
  const second = new PerfFileBuilder().raw(run).add(finishedRound).records();
  const parts = [run.subarray(0, 0xffff), second].map((part, n) => (
    { name: `data.${n}`, source: bytesSource(part) }
  ));
  const file = parsePerfFile(new PerfFileBuilder().bytes(), { parts, zstd: nodeZstd });
  const cursor = file.recordCursor();
  const types: number[] = [];
  while (cursor.next()) if (cursor.fileName === "data.1") types.push(cursor.type);
  const comms = types.filter((type) => type === 3).length;
  assertEquals([types[0], comms, types.at(-1)], [83, noisyCount(length), 68]);
  assertEquals(cursor.cut?.detail.structure, "record in compressed data of data.0");
  assertMatch(
    cursor.cut!.cure,
    /whole directory, .*, or lost the end itself, as perf record -z/,
  );
});

const RECORD_SIZE = 2048;

function noisyCount(length: number): number {
  return Math.ceil(length / RECORD_SIZE);
}

/** `length` bytes of COMM records that do not compress. */
function noisyRecords(file: PerfFileBuilder, length: number): Uint8Array {
  const trailer = file.encode({ type: 3 }).length;
  let state = 1;
  const noise = () => {
    state = Math.imul(state ^ state >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0;
    return state >>> 0;
  };
  const record = (size: number): RecordSpec => ({
    type: 3,
    body: (out) => {
      for (let at = trailer; at < size; at += 4) out.u32(noise());
    },
  });
  const sizes = Array.from(
    { length: noisyCount(length) },
    (_, index) => Math.max(Math.min(length - index * RECORD_SIZE, RECORD_SIZE), trailer),
  );
  return concat(sizes.map((size) => file.encode(record(size))));
}

/** A run of records by perf 6.16. */
function brokenRun(zstd: Uint8Array): Uint8Array {
  return compressed2Push(zstd, { little: true, writer: "6.16" });
}

function dataStart(file: PerfFileBuilder): number {
  return Number(new DataView(file.bytes().buffer).getBigUint64(40, true));
}
