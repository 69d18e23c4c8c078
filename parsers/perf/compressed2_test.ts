import { assert, assertEquals, assertGreater } from "@std/assert";
import { replayReport } from "../../auxtrace/mod.ts";
import { nodeZstd } from "../../system/mod.ts";
import {
  type Compressed2Layout,
  compressed2Push,
  LARGEST_PIECE,
} from "../../testing/compressed_pushes.ts";
import { corpusPath, oracleTest } from "../../testing/corpus.ts";
import {
  type ByteWriter,
  concat,
  finishedRound,
  lost,
  PerfFileBuilder,
  type RecordSpec,
  RecordType,
  ZstdRing,
} from "../../testing/perf_builder.ts";
import { bytesSource } from "../byte_source.ts";
import { checkFile } from "./check_file.ts";
import { parsePerfFile, type PerfFile } from "./perf_file.ts";
import { parsePerfStream } from "./perf_stream.ts";
import type { RecordCursor } from "./record_cursor.ts";

const WRITERS = ["7.2", "6.16", "6.16 --aio"] as const;
const CONTAINERS = ["file", "pipe", "directory"] as const;
const NOISY_SIZE = 2048;

/** What is laid out: where, in which byte order, and by whom. */
interface Shape extends Omit<Compressed2Layout, "little"> {
  readonly container: (typeof CONTAINERS)[number];
  readonly byteOrder: "little" | "big";
}

/** A COMM record, of which all but the start of the header is noise. */
function noisy(seed: number, size = NOISY_SIZE): RecordSpec {
  let state = seed + 1;
  const body = (out: ByteWriter) => {
    for (let at = 8; at < size; at++) {
      state = Math.imul(state ^ state >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0;
      out.u8(state >>> 24);
    }
  };
  return { type: RecordType.Comm, bare: true, body };
}

/** The data of three pushes: AUX, LOST and noise, of which each push has `size` bytes. */
function pushes(file: PerfFileBuilder, size: number): Uint8Array[] {
  return [0, 1, 2].map((push) => {
    const records = [
      file.encode(auxRecord(push), { cpu: 0, id: 1n, timeNs: BigInt(push + 1) }),
      file.encode(lost(1n, 5n), { cpu: 0, id: 1n, timeNs: BigInt(push + 1) }),
    ];
    const start = records.reduce((sum, { length }) => sum + length, 0);
    for (let at = start, n = 0; at < size; at += NOISY_SIZE, n++) {
      records.push(
        file.encode(noisy(100 * push + n, Math.max(Math.min(NOISY_SIZE, size - at), 8))),
      );
    }
    return concat(records);
  });
}

function auxRecord(push: number): RecordSpec {
  const body = (out: ByteWriter) => out.u64s([BigInt(4096 * push), 4096n, push === 1 ? 1n : 0n]);
  return { type: RecordType.Aux, body };
}

/** A recording of three pushes, each with an AUXTRACE record and FINISHED_ROUND after it. */
async function recording(
  { container, byteOrder, ...layout }: Shape,
  sizeOf: (file: PerfFileBuilder) => number,
  pieceOf: (zstd: Uint8Array, push: number) => Uint8Array = (zstd) => zstd,
): Promise<{ compressed: Uint8Array; plain: Uint8Array; sizes: number[] }> {
  using ring = new ZstdRing();
  const options = { byteOrder, pipe: container === "pipe" };
  const files = [new PerfFileBuilder(options), new PerfFileBuilder(options)];
  const little = byteOrder === "little";
  const sizes: number[] = [];
  for (const [push, data] of pushes(files[0]!, sizeOf(files[0]!)).entries()) {
    const zstd = pieceOf(await ring.flush(data), push);
    sizes.push(zstd.length);
    files[0]!.raw(compressed2Push(zstd, { little, ...layout }));
    files[1]!.raw(data);
    for (const file of files) {
      file.auxtrace({ idx: 0, cpu: 0, offset: BigInt(4096 * push), size: 4096 }).finishedRound();
    }
  }
  const [compressed, plain] = files.map((file) =>
    container === "directory" ? file.records() : file.bytes()
  );
  return { compressed: compressed!, plain: plain!, sizes };
}

function parse(bytes: Uint8Array, { container, byteOrder }: Shape): PerfFile {
  if (container !== "directory") return parsePerfFile(bytesSource(bytes), { zstd: nodeZstd });
  const parts = [{ name: "data.0", source: bytesSource(bytes) }];
  const main = new PerfFileBuilder({ byteOrder }).bytes();
  return parsePerfFile(main, { parts, zstd: nodeZstd });
}

/** Types and bytes of the records of a walk, without compressed ones. */
function contents(cursor: RecordCursor): { records: string[]; compressed: number } {
  const records: string[] = [];
  let compressed = 0;
  while (cursor.next()) {
    if (cursor.type === RecordType.Compressed2) compressed++;
    else records.push(textOf(cursor));
  }
  return { records, compressed };
}

/** A record in short: its type, its size and the sum of its words. */
function textOf(cursor: RecordCursor): string {
  let sum = 0;
  for (let at = 0; at + 4 <= cursor.size; at += 4) sum = (sum * 31 + cursor.u32(at)) >>> 0;
  return `${cursor.type} ${cursor.size} ${sum} ${cursor.payloadSize}`;
}

/** Every combination of byte order, container and writer. */
function* shapes(): Generator<Shape> {
  for (const byteOrder of ["little", "big"] as const) {
    for (const container of CONTAINERS) {
      for (const writer of WRITERS) yield { byteOrder, container, writer };
    }
  }
}

Deno.test("COMPRESSED2 records of every writer hold what an uncompressed recording holds", async () => {
  for (const shape of shapes()) {
    for (const [size, count] of [[4096, 1], [70_000, 2], [200_000, 4]] as const) {
      const { compressed, plain } = await recording(shape, () => size);
      const cursor = parse(compressed, shape).recordCursor();
      const found = contents(cursor);
      assertEquals(cursor.cut, null);
      assertEquals(found.compressed, 3 * count, `${JSON.stringify(shape)} ${size}`);
      assertEquals(found.records, contents(parse(plain, shape).recordCursor()).records);
      const [{ totals, queues }, expected] = [compressed, plain].map((bytes) =>
        replayReport(parse(bytes, shape))
      ) as [ReturnType<typeof replayReport>, ReturnType<typeof replayReport>];
      assertEquals([totals, queues], [expected.totals, expected.queues]);
      assertEquals([totals.auxRecords, totals.truncatedRecords, totals.lostRecords], [3, 1, 3]);
    }
  }
});

Deno.test("a COMPRESSED2 run needs no padding, whatever its size", async () => {
  const rests = new Set<number>();
  for (let more = 0; rests.size < 8 && more < 100; more++) {
    const shape: Shape = { byteOrder: "little", container: "pipe", writer: "6.16" };
    const { compressed, plain, sizes } = await recording(shape, () => 140_000 + more);
    const cursor = parse(compressed, shape).recordCursor();
    assertEquals(contents(cursor).records, contents(parse(plain, shape).recordCursor()).records);
    assertEquals(cursor.cut, null);
    for (const size of sizes) rests.add((16 * Math.ceil(size / LARGEST_PIECE) + size) % 8);
  }
  assertEquals([...rests].sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("a COMPRESSED2 record of 65529 to 65535 bytes has the size 0, and is read", async () => {
  const totals = new Set<number>();
  for (const byteOrder of ["little", "big"] as const) {
    const shape: Shape = { byteOrder, container: "file", writer: "6.16" };
    for (let size = 65_490; size < 65_530; size++) {
      const { compressed, plain, sizes } = await recording(shape, () => size);
      const inRange = sizes.map((size) => 16 + size).filter((n) => n >= 65_529 && n <= 65_535);
      if (inRange.length === 0) continue;
      inRange.forEach((total) => totals.add(total));
      const cursor = parse(compressed, shape).recordCursor();
      assertEquals(contents(cursor).records, contents(parse(plain, shape).recordCursor()).records);
      assertEquals(cursor.cut, null);
    }
  }
  assertEquals(totals.size, 7);
});

Deno.test("what the later records of a run have in data_size changes nothing", async () => {
  let compared = 0;
  for (const byteOrder of ["little", "big"] as const) {
    const shape: Shape = { byteOrder, container: "pipe", writer: "6.16" };
    for (let more = 0; more < 8; more++) {
      const { plain, sizes } = await recording(shape, () => 70_000 + more);
      const expected = contents(parse(plain, shape).recordCursor()).records;
      // Padded to 8 bytes, these would have the sizes that the last records have.
      const aligned = sizes.map((size) => size - LARGEST_PIECE).filter((size) => size % 8 === 0);
      for (const leftOver of aligned.flatMap((size) => [BigInt(size - 7), BigInt(size - 1)])) {
        const { compressed } = await recording({ ...shape, leftOver }, () => 70_000 + more);
        const cursor = parse(compressed, shape).recordCursor();
        assertEquals([contents(cursor).records, cursor.cut], [expected, null]);
        compared++;
      }
    }
  }
  assertGreater(compared, 0);
});

Deno.test("what --aio leaves in data_size changes nothing, even if it looks like a run's", async () => {
  for (const byteOrder of ["little", "big"] as const) {
    for (const container of CONTAINERS) {
      const shape: Shape = { byteOrder, container, writer: "6.16 --aio" };
      for (const size of [4096, 70_000]) {
        const { plain, sizes } = await recording(shape, () => size);
        const expected = contents(parse(plain, shape).recordCursor()).records;
        // Values that agree with the low 16 bits of a record's own size, where it is aligned.
        const likeRuns = sizes.flatMap((size) =>
          [1, 2].map((n) => BigInt(n * 65536 + size % 65519))
        );
        for (
          const leftOver of [0n, 1n, 5n, 40n, 0xffffn, ...likeRuns, 1n << 40n, (1n << 64n) - 1n]
        ) {
          const { compressed } = await recording({ ...shape, leftOver }, () => size);
          const cursor = parse(compressed, shape).recordCursor();
          assertEquals([leftOver, contents(cursor).records], [leftOver, expected]);
          assertEquals(cursor.cut, null);
        }
      }
    }
  }
});

Deno.test("an aligned record of --aio whose data_size looks like a run's is no run, at the end as well", async () => {
  for (const byteOrder of ["little", "big"] as const) {
    for (const container of CONTAINERS) {
      let found = 0;
      for (let size = 400; size < 416; size++) {
        const shape: Shape = { byteOrder, container, writer: "6.16 --aio" };
        const { sizes } = await recording(shape, () => size);
        const aligned = sizes.filter((size) => size % 8 === 0);
        for (const zstd of aligned) {
          found++;
          const leftOver = BigInt(65536 + zstd);
          const { compressed, plain } = await recording({ ...shape, leftOver }, () => size);
          const cursor = parse(compressed, shape).recordCursor();
          const expected = contents(parse(plain, shape).recordCursor()).records;
          assertEquals([contents(cursor).records, cursor.cut], [expected, null]);
        }
      }
      assertGreater(found, 0);
    }
  }
});

Deno.test("a stream gives the same records however it arrives", async () => {
  for (const writer of WRITERS) {
    const shape: Shape = { byteOrder: "little", container: "pipe", writer };
    const { compressed } = await recording(shape, () => 140_000);
    const expected = contents(parse(compressed, shape).recordCursor()).records;
    for (const size of [1000, 65_535, 65_543, 100_000]) {
      const chunks = async function* () {
        for (let at = 0; at < compressed.length; at += size) {
          yield await Promise.resolve(compressed.subarray(at, at + size));
        }
      };
      const stream = await parsePerfStream(chunks(), { zstd: nodeZstd });
      const records: string[] = [];
      const cursor = await stream.walk((cursor) => {
        if (cursor.type !== RecordType.Compressed2) records.push(textOf(cursor));
      });
      assertEquals([size, records, cursor.cut], [size, expected, null]);
    }
  }
});

Deno.test("a recording that is cut anywhere keeps what is before the cut, and says that it is cut", async () => {
  for (const shape of shapes()) {
    const { compressed, plain } = await recording(shape, () => 140_000);
    const all = contents(parse(plain, shape).recordCursor()).records;
    const whole = contents(parse(compressed, shape).recordCursor()).records;
    assertEquals(whole, all);
    const start = shape.container === "directory" ? 0 : parse(compressed, shape).header.data.offset;
    const step = 7_919;
    const cuts = [1, 7, 8, 15, 16, 17, 65_534, 65_535, 65_536, 65_542, 65_543, 65_544, 65_551];
    for (let cut = 20; start + cut < compressed.length; cut += step) cuts.push(cut);
    let fewest = 0;
    for (const cut of cuts.sort((a, b) => a - b)) {
      if (start + cut >= compressed.length) continue;
      const cursor = parse(compressed.subarray(0, start + cut), shape).recordCursor();
      const { records } = contents(cursor);
      assertEquals(records, all.slice(0, records.length));
      assert(records.length >= fewest, `${JSON.stringify(shape)} ${cut}: ${records.length}`);
      fewest = records.length;
      assertEquals([cut, cursor.cut?.fault], [cut, "truncated"]);
    }
    assertGreater(fewest, 100);
  }
});

Deno.test("a COMPRESSED2 header with any wrong byte hides nothing before it, and throws nothing", async () => {
  for (const shape of shapes()) {
    const { compressed, plain } = await recording(shape, () => 70_000);
    const all = contents(parse(plain, shape).recordCursor()).records;
    const starts: number[] = [];
    const whole = parse(compressed, shape).recordCursor();
    let before = 0;
    const counts: number[] = [];
    while (whole.next()) {
      if (whole.type !== RecordType.Compressed2) before++;
      else {
        starts.push(whole.fileOffset);
        counts.push(before);
      }
    }
    for (const [n, start] of starts.entries()) {
      for (let at = start + 4; at < start + 16; at++) {
        const byte = compressed[at]!;
        for (const value of [0xff, byte ^ 8]) {
          compressed[at] = value;
          const { records } = contents(parse(compressed, shape).recordCursor());
          assertEquals(records.slice(0, counts[n]), all.slice(0, counts[n]));
        }
        compressed[at] = byte;
      }
    }
  }
});

Deno.test("zstd data of which nothing comes out is never ok", async () => {
  for (const shape of shapes()) {
    // The first bytes of a frame, an empty block, and a frame that is skipped (RFC 8878, 3.1).
    const frame = (zstd: Uint8Array) => zstd.subarray(0, 20);
    const empty = () => Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0x58, 0, 0, 0);
    const skipped = () => Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4);
    for (
      const [pieceOf, fault] of [
        [frame, "truncated"],
        [empty, "corrupt"],
        [skipped, "corrupt"],
      ] as const
    ) {
      const only = (zstd: Uint8Array, push: number) =>
        push === 0 ? pieceOf(zstd) : zstd.subarray(0, 0);
      const { compressed } = await recording(shape, () => 4096, only);
      const cursor = parse(compressed, shape).recordCursor();
      const { records } = contents(cursor);
      // AUXTRACE and FINISHED_ROUND are there all the same.
      assertEquals(records.slice(-6).map((record) => record.split(" ")[0]), [
        "71",
        "68",
        "71",
        "68",
        "71",
        "68",
      ]);
      assertEquals([cursor.cut?.fault, cursor.cut?.detail.structure.split(" ")[0]], [
        fault,
        "PERF_RECORD_COMPRESSED2",
      ]);
      assertEquals(checkFile(parse(compressed, shape)).verdict, "damaged");
    }
  }
});

Deno.test("checkFile() names the perfs that write COMPRESSED2 wrongly, and says who reads it", async () => {
  for (const shape of shapes()) {
    const { compressed } = await recording(shape, () => 70_000);
    const { findings } = checkFile(parse(compressed, shape));
    const found = findings.filter(({ check }) => check === "compression");
    if (shape.writer === "7.2") {
      assertEquals(found, []);
      continue;
    }
    assertEquals([found.length, found[0]?.severity], [1, "error"]);
    assertEquals(
      found[0]?.message,
      "6 of 6 PERF_RECORD_COMPRESSED2 have a size or data_size that does not fit, as perf 6.16 " +
        "to 7.1 write them with --aio, or for more than 64 KiB at once: perf cannot read this " +
        "file, auxtail can",
    );
    const start = shape.container === "directory" ? 0 : parse(compressed, shape).header.data.offset;
    assert(found[0]!.fileOffset >= start);
  }
});

Deno.test("a last block that is not whole is a cut, even between two records", async () => {
  using ring = new ZstdRing();
  const file = new PerfFileBuilder();
  const flushed: Uint8Array[] = [];
  for (let push = 0; push < 2; push++) {
    flushed.push(
      await ring.flush(concat([0, 1, 2].map(() => file.encode(noisy(0))))),
    );
  }
  const layout = { little: true, writer: "7.2" } as const;
  const zstd = concat([flushed[0]!, flushed[1]!.subarray(0, -1)]);
  const at = file.position;
  file.raw(compressed2Push(zstd, layout)).add(finishedRound);
  const cursor = parsePerfFile(file.bytes(), { zstd: nodeZstd }).recordCursor();
  assertEquals(contents(cursor).records.map((record) => record.split(" ")[0]), [
    "3",
    "3",
    "3",
    "68",
  ]);
  const { fault, detail } = cursor.cut!;
  assertEquals([fault, detail.offset], ["truncated", at]);
});

oracleTest(
  "COMPRESSED2 of real perfs and of the corpus is read to its last record",
  ["corpus"],
  () => {
    // Counted by a walk that is not ours, by the rules of the writers, with libzstd.
    const expected: Readonly<Record<string, Readonly<Record<number, number>>>> = {
      "perf617/aio_small.data": {
        3: 2,
        4: 1,
        9: 90,
        10: 3,
        68: 1,
        69: 1,
        73: 1,
        74: 1,
        78: 1,
        82: 1,
        83: 1,
      },
      "perf617/plain_z.data": {
        3: 2,
        4: 1,
        9: 100,
        10: 3,
        68: 1,
        69: 1,
        73: 1,
        74: 1,
        78: 1,
        82: 1,
        83: 1,
      },
      "perf617/overflow.pipe": {
        3: 2,
        4: 1,
        9: 240,
        10: 13,
        64: 1,
        68: 5,
        69: 1,
        73: 1,
        74: 1,
        78: 2,
        80: 21,
        82: 1,
        83: 7,
      },
      "edge/aio_0.data": { 2: 3, 11: 3, 68: 3, 70: 1, 71: 3, 83: 3 },
      "edge/aio_5_be.data": { 2: 3, 11: 3, 68: 3, 70: 1, 71: 3, 83: 3 },
      "edge/comp2_size0.pipe": { 11: 1, 20: 330, 64: 1, 68: 3, 70: 1, 71: 1, 80: 7, 83: 2 },
      "edge/bigpush_17.pipe": { 9: 1081, 64: 1, 68: 1, 80: 7, 83: 1 },
      "edge/bomb-30.data": { 3: 10_000_020, 81: 30 },
    };
    for (const [name, counts] of Object.entries(expected)) {
      const cursor = parsePerfFile(Deno.readFileSync(corpusPath(name)), { zstd: nodeZstd })
        .recordCursor();
      const found: Record<number, number> = {};
      while (cursor.next()) found[cursor.type] = (found[cursor.type] ?? 0) + 1;
      assertEquals([name, found, cursor.cut], [name, counts, null]);
    }
  },
);

oracleTest("a run whose block has no end does not hide the tails after it", ["corpus"], () => {
  const bytes = Deno.readFileSync(corpusPath("edge/conseq_exceeds.data"));
  const { verdict, totals, input } = replayReport(parsePerfFile(bytes, { zstd: nodeZstd }));
  assertEquals([verdict, totals.flaggedTails, totals.chunks], ["exceeds", 3, 3]);
  assertEquals(input.cut?.fileOffset, 0x1a0);
});

oracleTest("aio recordings have the losses of an intact one", ["corpus"], () => {
  for (const name of ["edge/aio_0.data", "edge/aio_5_be.data"]) {
    const file = parsePerfFile(Deno.readFileSync(corpusPath(name)), { zstd: nodeZstd });
    let lostEvents = 0;
    for (const record of file.records()) {
      if (record.type === "lost") lostEvents += Number(record.lost);
    }
    const { totals } = replayReport(file);
    const { auxRecords, truncatedRecords, lostRecords } = totals;
    const found = [auxRecords, truncatedRecords, lostRecords, lostEvents];
    assertEquals([name, ...found], [name, 3, 1, 3, 15]);
  }
});
