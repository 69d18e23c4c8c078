import { assertEquals, assertThrows } from "@std/assert";
import { nodeZstd } from "../../system/mod.ts";
import {
  cmdline,
  comm,
  compressed,
  compressed2,
  concat,
  type EventSpec,
  Feature,
  finishedRound,
  headerAttr,
  PerfFileBuilder,
  ZstdRing,
} from "../../testing/perf_builder.ts";
import { bytesSource } from "../byte_source.ts";
import { FormatError } from "../format_error.ts";
import { sequentialSource } from "../sequential_source.ts";
import type { PerfFileCaps } from "./caps.ts";
import { parsePerfFile, type PerfFile } from "./perf_file.ts";
import { parsePerfStream } from "./perf_stream.ts";

/** What the damage of a file is, or that there is none. */
function damageOf(file: PerfFile): string[] {
  return file.damage.map(({ fault, detail }) => `${fault}: ${detail.expected}`);
}

Deno.test("maxFeatureSize is the most that a feature section may have", () => {
  // The attributes and ids, read first, are smaller.
  const event: EventSpec = { size: 64, ids: [1n] };
  const small = new PerfFileBuilder({ events: [event], features: [cmdline(["perf", "x"])] })
    .finishedRound().bytes();
  const twoStrings = 4 + 2 * (4 + 64);
  for (const [maxFeatureSize, fault] of [[twoStrings, null], [twoStrings - 1, "unsupported"]]) {
    const file = parsePerfFile(small, { maxFeatureSize: maxFeatureSize as number });
    assertEquals(file.damage, []);
    if (fault === null) {
      assertEquals(file.feature(Feature.cmdline), ["perf", "x"]);
      continue;
    }
    const error: FormatError = assertThrows(() => file.feature(Feature.cmdline), FormatError);
    assertEquals(error.fault, fault);
    assertEquals(error.detail.expected, `at most ${maxFeatureSize} bytes`);
    assertEquals(error.detail.actual, `${twoStrings}`);
    assertEquals(file.features().errors.length, 1);
  }
});

Deno.test("maxFeatureSize also holds for what a stream keeps of the bytes before its records", async () => {
  const event: EventSpec = { ids: [1n, 2n] };
  const bytes = new PerfFileBuilder({ events: [event] }).finishedRound().bytes();
  const start = Number(new DataView(bytes.buffer).getBigUint64(40, true));
  for (const [maxFeatureSize, isWhole] of [[start, true], [104, false]] as const) {
    const chunks = ReadableStream.from([bytes.subarray(0, 104), bytes.subarray(104)]);
    const { file, records } = await parsePerfStream(chunks, { maxFeatureSize });
    assertEquals([maxFeatureSize, file.events.length], [maxFeatureSize, isWhole ? 1 : 0]);
    assertEquals(await Array.fromAsync(records(), ({ type }) => type), ["finished_round"]);
  }
});

Deno.test("maxEvents and maxEventIds are the most events and ids of a recording", () => {
  const events: EventSpec[] = [{ ids: [1n, 2n] }, { ids: [3n] }, { ids: [4n, 5n] }];
  const cases: [PerfFileCaps, number][] = [
    [{ maxEvents: 3 }, 3],
    [{ maxEvents: 2 }, 2],
    [{ maxEvents: 0 }, 0],
    [{ maxEventIds: 5 }, 3],
    [{ maxEventIds: 4 }, 2],
    [{ maxEventIds: 3 }, 2],
    [{ maxEventIds: 2 }, 1],
  ];
  for (const pipe of [false, true]) {
    const bytes = new PerfFileBuilder({ events, pipe }).finishedRound().bytes();
    for (const [caps, count] of cases) {
      const file = parsePerfFile(bytes, caps);
      assertEquals([pipe, caps, file.events.length], [pipe, caps, count]);
      const { maxEvents = 8192, maxEventIds = 1_048_576 } = caps;
      const expected = `unsupported: at most ${maxEvents} events with ${maxEventIds} ids`;
      assertEquals(damageOf(file).slice(0, 1), count === 3 ? [] : [expected]);
    }
  }
});

Deno.test("a recording may have 8,192 events unless another cap is given", () => {
  const builder = new PerfFileBuilder({ pipe: true, events: [] });
  for (let i = 0; i < 8192; i++) builder.add(headerAttr({ size: 64 }));
  const file = parsePerfFile(builder.bytes());
  assertEquals([file.events.length, file.damage], [8192, []]);
  const more = parsePerfFile(builder.add(headerAttr({ size: 64 })).bytes());
  assertEquals([more.events.length, more.damage.length], [8192, 1]);
});

Deno.test("maxPayloadSize is the most that is read at once of a stream's payload", () => {
  const payload = Uint8Array.from({ length: 64 }, (_, index) => index);
  const bytes = new PerfFileBuilder({ pipe: true, events: [] })
    .auxtrace({ idx: 0, offset: 0n, payload }).add(finishedRound).bytes();
  const forward = () => {
    let at = 0;
    return sequentialSource((into) => {
      const part = bytes.subarray(at, at + into.length);
      into.set(part);
      at += part.length;
      return part.length || null;
    });
  };
  const [whole] = parsePerfFile(forward(), { maxPayloadSize: 64 }).auxChunks();
  assertEquals(whole?.size, 64);
  for (const chunk of parsePerfFile(forward(), { maxPayloadSize: 64 }).auxChunks()) {
    assertEquals(chunk.read(), payload);
  }
  for (const chunk of parsePerfFile(forward(), { maxPayloadSize: 63 }).auxChunks()) {
    assertThrows(() => chunk.read(), RangeError, "Cannot read 64 bytes of a stream at once");
    assertEquals(chunk.read(1), payload.slice(1));
    assertEquals(chunk.read(0, 63), payload.slice(0, 63));
  }
  // A source that tells its size needs no cap.
  for (const chunk of parsePerfFile(bytesSource(bytes), { maxPayloadSize: 0 }).auxChunks()) {
    assertEquals(chunk.read(), payload);
  }
});

Deno.test("maxDecompressedSize is the most that compressed records may decode to", async () => {
  const builder = new PerfFileBuilder();
  const records = concat(
    [1, 2, 3].map((tid) => builder.encode(comm({ pid: 1, tid, comm: "x" }), { timeNs: 1n })),
  );
  for (const make of [compressed, compressed2]) {
    using ring = new ZstdRing();
    const bytes = new PerfFileBuilder().add(make(await ring.flush(records))).bytes();
    for (
      const [maxDecompressedSize, isWhole] of [
        [records.length, true],
        [records.length + 1, true],
        [records.length - 1, false],
      ] as const
    ) {
      const cursor = parsePerfFile(bytes, { zstd: nodeZstd, maxDecompressedSize }).recordCursor();
      let count = 0;
      while (cursor.next()) count++;
      assertEquals([count, cursor.cut?.fault], isWhole ? [4, undefined] : [1, "unsupported"]);
    }
  }
});

Deno.test("parsePerfFile() refuses caps that are no numbers from 0 on", () => {
  const bytes = new PerfFileBuilder().bytes();
  const names = [
    "maxDecompressedSize",
    "maxFeatureSize",
    "maxPayloadSize",
    "maxEvents",
    "maxEventIds",
  ];
  for (const name of names) {
    for (const cap of [-1, NaN, "many"]) {
      assertThrows(() => parsePerfFile(bytes, { [name]: cap }), RangeError, `${name} must be`);
    }
    for (const cap of [undefined, Infinity]) parsePerfFile(bytes, { [name]: cap });
  }
});
