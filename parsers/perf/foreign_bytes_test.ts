import { zstdCompressSync } from "node:zlib";
import { assert, assertEquals } from "@std/assert";
import { compressed2Push } from "../../testing/compressed_pushes.ts";
import { readEachWay } from "../../testing/each_way.ts";
import { corpusPath, oracleTest } from "../../testing/corpus.ts";
import {
  auxtrace,
  ByteWriter,
  comm,
  compressed,
  concat,
  encodeRecord,
  finishedRound,
  headerFeature,
  PerfFileBuilder,
  type RecordSpec,
  RecordType,
  textFeature,
  ZstdRing,
} from "../../testing/perf_builder.ts";
import { nodeZstd } from "../../system/mod.ts";
import { checkFile } from "./check_file.ts";
import { parsePerfFile } from "./perf_file.ts";
import { parsePerfStream } from "./perf_stream.ts";

type ByteOrder = "little" | "big";

const BYTE_ORDERS: readonly ByteOrder[] = ["little", "big"];
const utf8 = new TextEncoder();

/** A record of every shape that matters: with payload, and of a size that is no multiple of 8. */
const RECORDS: readonly RecordSpec[] = [
  comm({ pid: 1, tid: 2, comm: "work" }),
  auxtrace({ idx: 0, cpu: 0, tid: -1, offset: 0n, payload: utf8.encode("PERFILE2".repeat(12)) }),
  finishedRound,
  headerFeature(textFeature("cpuid", "x")),
  comm({ pid: 3, tid: 4, comm: "more" }),
  finishedRound,
];

function encoded(record: RecordSpec, byteOrder: ByteOrder): Uint8Array {
  const { payload = new Uint8Array() } = record;
  return concat([encodeRecord(byteOrder === "little", record), payload]);
}

/** A stream with these bytes before the record of each number, and where they are. */
function streamWith(
  byteOrder: ByteOrder,
  texts: ReadonlyMap<number, Uint8Array>,
  records: readonly RecordSpec[] = RECORDS,
): { bytes: Uint8Array; places: [number, Uint8Array][]; starts: number[] } {
  const builder = new PerfFileBuilder({ pipe: true, byteOrder });
  const places: [number, Uint8Array][] = [];
  const starts: number[] = [];
  for (let n = 0; n <= records.length; n++) {
    const text = texts.get(n);
    if (text !== undefined) {
      places.push([builder.position, text]);
      builder.raw(text);
    }
    const record = records[n];
    if (record === undefined) break;
    starts.push(builder.position);
    builder.raw(encoded(record, byteOrder));
  }
  return { bytes: builder.bytes(), places, starts };
}

/** The stream has all records, and all texts as findings. */
async function assertAllFound(
  { bytes, places, starts }: ReturnType<typeof streamWith>,
): Promise<void> {
  const size = bytes.length;
  const seen = await readEachWay(bytes, (file, cursor) => {
    assertEquals(cursor.cut, null);
    assertEquals(file.secondRecording, null);
    assertEquals(
      cursor.strayTexts,
      places.map(([fileOffset, text]) => {
        const excerpt = new TextDecoder().decode(text.subarray(0, 64));
        return { fileOffset, size: text.length, excerpt };
      }),
    );
    const [at = size, last] = places.at(-1) ?? [];
    assertEquals(cursor.trailingBytes, last && at + last.length === size ? last.length : 0);
  });
  assertEquals(seen.slice(-starts.length).map(([, at]) => at), starts);
}

/** Texts that programs print; tabs, line feeds, D and G are types of records, too. */
const TEXTS = [
  "hello from program 1234\n",
  "\t\n\t\nDDDDGGGG",
  "\x1b[1;32mgreen\x1b[0m\x07",
  "größer als 4 GiB — 大\n",
  "PERFILE2 and PERFFILE\n",
].map((text) => utf8.encode(text));

Deno.test("records follow text of any size at any place of a stream", async () => {
  for (const byteOrder of BYTE_ORDERS) {
    for (const text of TEXTS) {
      for (let n = 0; n < RECORDS.length; n++) {
        await assertAllFound(streamWith(byteOrder, new Map([[n, text]])));
      }
    }
    for (let size = 1; size <= 24; size++) {
      const text = TEXTS[0]!.subarray(0, size);
      for (const n of [0, 1, 4]) {
        await assertAllFound(streamWith(byteOrder, new Map([[n, text]])));
      }
    }
  }
});

Deno.test("records follow text at several places of a stream, and before its end", async () => {
  for (const byteOrder of BYTE_ORDERS) {
    const everywhere = Array.from({ length: RECORDS.length + 1 }, (_, n) => {
      return [n, TEXTS[n % TEXTS.length]!] as const;
    });
    await assertAllFound(streamWith(byteOrder, new Map(everywhere)));
    await assertAllFound(streamWith(byteOrder, new Map(everywhere.slice(-1))));
    for (let size = 2; size <= 9; size++) {
      const short = everywhere.map(([n]) => [n, utf8.encode("\nready: 3".slice(0, size))] as const);
      await assertAllFound(streamWith(byteOrder, new Map(short)));
    }
  }
});

Deno.test("records follow text that is longer than any window", async () => {
  const text = utf8.encode("a line of the program\n".repeat(16_000));
  assert(text.length > 1 << 18);
  for (const byteOrder of BYTE_ORDERS) {
    await assertAllFound(streamWith(byteOrder, new Map([[2, text]])));
  }
});

Deno.test("a chunk whose payload is larger than any window follows text", async () => {
  const payload = new Uint8Array(300_000).fill(6);
  const chunk = auxtrace({ idx: 0, cpu: 0, tid: -1, offset: 0n, payload });
  const records = [chunk, finishedRound, chunk, finishedRound];
  for (const byteOrder of BYTE_ORDERS) {
    for (const n of [0, 1, 2]) {
      await assertAllFound(streamWith(byteOrder, new Map([[n, TEXTS[0]!]]), records));
    }
  }
});

Deno.test("records that are compressed continue after text, also one that it divides", async () => {
  for (const byteOrder of BYTE_ORDERS) {
    using ring = new ZstdRing();
    const builder = new PerfFileBuilder({ pipe: true, byteOrder });
    const records = [1, 2, 3, 4].map((tid) => comm({ pid: 1, tid, comm: "work" }));
    const bytes = concat(records.map((record) => builder.encode(record)));
    const middle = bytes.length / 2 + 5;
    builder.add(compressed(await ring.flush(bytes.subarray(0, middle)))).raw(TEXTS[0]!);
    builder.add(compressed(await ring.flush(bytes.subarray(middle)))).raw(TEXTS[3]!)
      .finishedRound();
    const cursor = parsePerfFile(builder.bytes(), { zstd: nodeZstd }).recordCursor();
    const types: number[] = [];
    while (cursor.next()) types.push(cursor.type);
    assertEquals(types.slice(-7), [81, 3, 3, 81, 3, 3, 68]);
    assertEquals([cursor.cut, cursor.strayTexts.length], [null, 2]);
  }
});

Deno.test("a record that is cut follows text, and is called cut", async () => {
  const { bytes, places, starts } = streamWith("little", new Map([[5, TEXTS[0]!]]), [
    ...RECORDS.slice(0, 5),
    comm({ pid: 5, tid: 6, comm: "cut off" }),
  ]);
  const whole = bytes.length - starts.at(-1)!;
  for (let left = 8; left < whole; left++) {
    await readEachWay(bytes.subarray(0, starts.at(-1)! + left), (_, { cut, strayTexts }) => {
      assertEquals([left, cut?.fault, cut?.detail.offset], [left, "truncated", starts.at(-1)]);
      assertEquals(strayTexts[0]?.fileOffset, places[0]![0]);
    });
  }
});

Deno.test("bytes between records that are no text are damage, after which records continue", async () => {
  const other = Uint8Array.of(0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4, 5, 6, 7, 0xff, 0xff, 1, 2, 3, 4);
  for (const byteOrder of BYTE_ORDERS) {
    for (const size of [5, 9, 17]) {
      const { bytes, places, starts } = streamWith(
        byteOrder,
        new Map([[2, other.subarray(0, size)]]),
      );
      const seen = await readEachWay(bytes, (_, { cut, strayTexts }) => {
        assertEquals([cut?.fault, cut?.detail.offset, strayTexts], ["corrupt", places[0]![0], []]);
      });
      assertEquals(seen.slice(-starts.length).map(([, at]) => at), starts);
    }
  }
});

Deno.test("zero bytes between records are damage, after which records continue", async () => {
  for (const byteOrder of BYTE_ORDERS) {
    for (const size of [1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 64, 4096]) {
      const zeros = new Uint8Array(size);
      for (const places of [[0], [1], [2], [3], [5], [1, 2], [0, 2, 5]]) {
        const stream = streamWith(byteOrder, new Map(places.map((n) => [n, zeros])));
        const seen = await readEachWay(stream.bytes, (_, { cut, strayTexts }) => {
          assertEquals([cut?.fault, cut?.detail.offset], ["corrupt", stream.places[0]![0]]);
          const what = size === 1 ? "1 zero byte" : `${size} zero bytes`;
          assertEquals([cut?.detail.actual, strayTexts], [`${what} between two records`, []]);
        });
        const { length } = stream.starts;
        assertEquals([size, seen.slice(-length).map(([, at]) => at)], [size, stream.starts]);
        assertEquals([size, seen.length], [size, 2 + length]);
        assertEquals(checkFile(parsePerfFile(stream.bytes)).verdict, "damaged");
      }
    }
  }
});

Deno.test("a kernel record that no kernel writes does not end foreign bytes", async () => {
  for (const byteOrder of BYTE_ORDERS) {
    // A size that is no multiple of 8, and bits of `misc` that are not in use.
    for (const [misc, size] of [[0, 20], [0x0010, 24], [0x0800, 24]] as const) {
      const fake = new ByteWriter(byteOrder === "little");
      fake.bytes(Uint8Array.of(0xff, 0xee, 0xdd, 0xcc));
      fake.u32(RecordType.LostSamples);
      fake.u16(misc);
      fake.u16(size);
      fake.zeros(size - 8);
      const { bytes, places, starts } = streamWith(byteOrder, new Map([[2, fake.toBytes()]]));
      const seen = await readEachWay(bytes, (_, { cut }) => {
        assertEquals([cut?.fault, cut?.detail.offset], ["corrupt", places[0]![0]]);
      });
      assertEquals(seen.slice(-starts.length).map(([, at]) => at), starts);
    }
  }
});

/** A zstd frame with these bytes, of a size to which a skippable frame fills it up. */
function zstdOfSize(bytes: Uint8Array, size: number): Uint8Array {
  const frame = zstdCompressSync(bytes);
  const out = new ByteWriter(true);
  out.bytes(frame);
  out.u32(0x184d2a50);
  out.u32(size - frame.length - 8);
  out.zeros(size - frame.length - 8);
  return out.toBytes();
}

Deno.test("pushes of perf 6.16 follow text, although their records have wrong sizes", async () => {
  // One record of the size 0; and runs whose first says 16 and 4248 bytes.
  for (const [size, count] of [[65_515, 1], [65_520, 2], [69_744, 2], [200_000, 4]] as const) {
    for (const byteOrder of BYTE_ORDERS) {
      const little = byteOrder === "little";
      const builder = new PerfFileBuilder({ pipe: true, byteOrder });
      const zstd = zstdOfSize(builder.encode(comm({ pid: 1, tid: 2, comm: "work" })), size);
      builder.raw(TEXTS[0]!).raw(compressed2Push(zstd, { little, writer: "6.16" }))
        .finishedRound();
      for (const rounds of [0, 2]) {
        if (rounds > 0) builder.finishedRound().finishedRound();
        const expected = [...new Array(count).fill(83), ...new Array(1 + rounds).fill(68)];
        const seen = await readEachWay(builder.bytes(), (_, { cut, strayTexts }) => {
          assertEquals([cut, strayTexts.length], [null, 1]);
        }, { zstd: nodeZstd });
        assertEquals(
          [
            size,
            seen.map(([type]) => type).filter((type) => type !== 3).slice(-count - rounds - 1),
          ],
          [size, expected],
        );
        assertEquals(seen.filter(([type]) => type === 3).length, 1);
      }
    }
  }
});

Deno.test("a record of an unlikely type is passed by its size where records follow it", async () => {
  for (const byteOrder of BYTE_ORDERS) {
    for (const type of [0x8001, 0x100, 0x10000, 0xfedcba98]) {
      const record = { type, bare: true, body: (out) => out.zeros(24) } satisfies RecordSpec;
      for (const after of [RECORDS, []]) {
        const { bytes, starts } = streamWith(byteOrder, new Map(), [
          finishedRound,
          record,
          ...after,
        ]);
        const seen = await readEachWay(bytes, (_, { cut, strayTexts }) => {
          assertEquals([cut, strayTexts], [null, []]);
        });
        assertEquals(seen.slice(-starts.length).map(([, at]) => at), starts);
        assertEquals(seen.at(1 - starts.length)?.[0], type);
      }
    }
  }
});

Deno.test("checkFile() calls text between records an error, and text after them a warning", () => {
  const { bytes, places } = streamWith("big", new Map([[1, TEXTS[0]!], [6, TEXTS[0]!]]));
  const findings = checkFile(parsePerfFile(bytes)).findings
    .filter(({ check }) => check === "data-whole");
  assertEquals(
    findings.map(({ severity, fileOffset }) => [severity, fileOffset]),
    [["error", places[0]![0]], ["warning", places[1]![0]]],
  );
  assert(findings[0]!.message.includes('"hello from program 1234\\n"'));
});

/** Recordings of each container, and how many records they have. */
function recordings(byteOrder: ByteOrder): [name: string, bytes: Uint8Array, records: number][] {
  const features = [textFeature("hostname", "box"), textFeature("version", "6.1.0")];
  const make = (options: object) =>
    new PerfFileBuilder({ byteOrder, features, ...options }).auxtrace({
      idx: 0,
      offset: 0n,
      payload: utf8.encode("PERFILE2"),
    }).finishedRound().bytes();
  return [
    ["pipe", make({ pipe: true }), 6],
    ["file", make({}), 2],
    ["old file", new PerfFileBuilder({ byteOrder, headerSize: 72 }).finishedRound().bytes(), 1],
    ["unfinalised file", make({ finalised: false }), 2],
  ];
}

Deno.test("a second recording is named with its place, and the first one answered", async () => {
  const all = BYTE_ORDERS.flatMap(recordings);
  const zeros = new Uint8Array(100);
  for (const [name, first, records] of all) {
    const isBig = parsePerfFile(first).byteOrder === "big";
    for (const [, second] of all) {
      for (
        const [what, between] of [
          ["", zeros.subarray(100)],
          ...[1, 3, 4, 7, 8, 9, 100].map((size) => ["zeros", zeros.subarray(0, size)] as const),
          ["text", TEXTS[0]!],
        ] as const
      ) {
        const isFile = name === "file" || name === "old file";
        // In a big-endian stream three zeros and a P or 2 are the type of a record.
        if (isBig && !isFile && between.length === 3) continue;
        const bytes = concat([first, between, second]);
        const at = first.length + between.length;
        const seen = await readEachWay(bytes, (file, { cut, trailingBytes, strayTexts }) => {
          assertEquals([cut, trailingBytes], [null, 0]);
          assertEquals(strayTexts.length, what === "text" && !isFile ? 1 : 0);
          if (file.header.pipe || file.seekable) {
            assertEquals([name, file.secondRecording?.fileOffset], [name, at]);
          }
        });
        assertEquals([name, seen.length], [name, records]);
        const { verdict, findings } = checkFile(parsePerfFile(bytes));
        assertEquals(verdict, "damaged");
        const named = findings.filter(({ check }) => check === "second-recording");
        assertEquals(named.map(({ severity, fileOffset }) => [severity, fileOffset]), [[
          "error",
          at,
        ]]);
        assert(named[0]!.cure.includes(`tail -c +${at + 1} FILE`));
      }
    }
  }
});

/** Cut at each eighth byte, and followed by a whole one. */
function cutAndWhole(first: Uint8Array, from: number, second: Uint8Array): [number, Uint8Array][] {
  const cuts: [number, Uint8Array][] = [];
  for (let at = from; at < first.length; at += at % 8 === 0 ? 3 : 5) {
    cuts.push([at, concat([first.subarray(0, at), second])]);
  }
  return cuts;
}

Deno.test("a second recording is named where the first one is cut, and no chunk of it counted", async () => {
  const payload = Uint8Array.from({ length: 600 }, (_, i) => i * 7 & 0xff);
  for (const byteOrder of BYTE_ORDERS) {
    for (const pipe of [true, false]) {
      const builder = new PerfFileBuilder({ byteOrder, pipe });
      const start = builder.position;
      for (const cpu of [0, 1]) {
        builder.add(comm({ pid: 1, tid: 2, comm: "work" }));
        builder.auxtrace({ idx: 0, cpu, offset: 0n, payload });
      }
      const first = builder.finishedRound().bytes();
      const starts = new Set<number>();
      const ends: number[] = [];
      const whole = parsePerfFile(first).recordCursor();
      while (whole.next()) {
        starts.add(whole.fileOffset);
        ends.push(whole.fileOffset + whole.size + whole.payloadSize);
      }
      for (const [at, bytes] of cutAndWhole(first, start + 8, first)) {
        // Where a payload ends as if in the first one, nothing tells that it does not.
        const landing = ends.find((end) => end > at)! - at;
        // The id before the records, which is 8 in big endian, is like a record of 8 bytes.
        if (starts.has(landing) || starts.has(landing + 8)) continue;
        // In big endian three zeros and the first letter of a magic are a type.
        if (byteOrder === "big" && starts.has(at - 3)) continue;
        const streamed = await parsePerfStream(ReadableStream.from([bytes]));
        await streamed.walk(() => {});
        for (const file of [parsePerfFile(bytes), streamed.file]) {
          if (file.seekable) {
            const cursor = file.recordCursor();
            let chunks = 0;
            while (cursor.next()) if (cursor.type === RecordType.Auxtrace) chunks++;
            assertEquals([at, pipe, chunks > 2], [at, pipe, false]);
          }
          // Of what has passed only the window can be looked at, which need not hold the place.
          if (!file.seekable && !pipe) continue;
          const second = file.secondRecording?.fileOffset;
          assertEquals([at, pipe, second], [at, pipe, at]);
        }
      }
    }
  }
});

Deno.test("a stream without a record is cut after its header", async () => {
  for (const byteOrder of BYTE_ORDERS) {
    const bytes = new PerfFileBuilder({ byteOrder, pipe: true }).bytes().slice(0, 16);
    const seen = await readEachWay(bytes, (_, { cut }) => {
      assertEquals([cut?.fault, cut?.detail.offset], ["truncated", 16]);
    });
    assertEquals(seen, []);
  }
});

Deno.test("a second recording of a packed input is cut out of what is unpacked", () => {
  const bytes = new PerfFileBuilder({ pipe: true }).finishedRound().bytes();
  const at = bytes.length;
  for (const packed of ["gzip", "zstd"] as const) {
    const file = parsePerfFile(concat([bytes, bytes]), { packed });
    assertEquals([...file.records()].length, 3);
    assertEquals(
      file.secondRecording?.cure.split("split them: ")[1],
      `${packed} -dc FILE | head -c ${at} > FIRST, ${packed} -dc FILE | tail -c +${
        at + 1
      } > SECOND`,
    );
  }
});

Deno.test("a magic in a payload, in text or after other bytes starts no recording", async () => {
  for (const byteOrder of BYTE_ORDERS) {
    const pipe = recordings(byteOrder)[0]![1];
    const payload = concat([pipe, new Uint8Array(-pipe.length & 7)]);
    const chunk = auxtrace({ idx: 0, cpu: 0, tid: -1, offset: 0n, payload });
    const { bytes, starts } = streamWith(byteOrder, new Map(), [chunk, finishedRound]);
    const seen = await readEachWay(bytes, (file, { cut }) => {
      assertEquals([cut, file.secondRecording], [null, null]);
    });
    assertEquals(seen.slice(-2).map(([, at]) => at), starts);
    const file = new PerfFileBuilder({ byteOrder }).finishedRound().bytes();
    const text = utf8.encode("# PERFILE2\n");
    for (const after of [text, pipe.subarray(0, 12), concat([new Uint8Array(1 << 17), pipe])]) {
      assertEquals(parsePerfFile(concat([file, after])).secondRecording, null);
    }
  }
});

Deno.test("one to seven zero bytes after the last record are padding", async () => {
  for (const byteOrder of BYTE_ORDERS) {
    for (let size = 1; size <= 8; size++) {
      const zeros = new Uint8Array(size);
      for (const options of [{ pipe: true }, {}, { finalised: false }]) {
        const bytes = new PerfFileBuilder({ byteOrder, ...options }).finishedRound().raw(zeros)
          .bytes();
        const seen = await readEachWay(bytes, (_, { cut, trailingBytes }) => {
          assertEquals([size, cut === null, trailingBytes], [size, size < 8, 0]);
        });
        assertEquals(seen.at(-1)?.[0], 68);
      }
      const part = new PerfFileBuilder({ byteOrder }).finishedRound().raw(zeros).records();
      const cursor = parsePerfFile(new PerfFileBuilder({ byteOrder }).finishedRound().bytes(), {
        parts: [{ name: "data.0", source: { size: part.length, read: readFrom(part) } }],
      }).recordCursor();
      let records = 0;
      while (cursor.next()) records++;
      assertEquals([size, records, cursor.cut === null], [size, 2, size < 8]);
    }
  }
});

Deno.test("a file whose last bytes are missing is cut, although zeros are all that is there", () => {
  for (const byteOrder of BYTE_ORDERS) {
    const bytes = new PerfFileBuilder({ byteOrder }).finishedRound().raw(new Uint8Array(7)).bytes();
    const { data } = parsePerfFile(bytes).header;
    const cursor = parsePerfFile(bytes.subarray(0, data.offset + data.size - 1)).recordCursor();
    while (cursor.next());
    assertEquals(cursor.cut?.fault, "truncated");
  }
});

Deno.test("one to seven zero bytes at the end of what is compressed are padding", async () => {
  for (const size of [1, 7, 8]) {
    using ring = new ZstdRing();
    const builder = new PerfFileBuilder({ pipe: true });
    const record = builder.encode(comm({ pid: 1, tid: 2, comm: "work" }));
    const zeros = new Uint8Array(size);
    builder.add(compressed(await ring.flush(concat([record, zeros]))));
    const cursor = parsePerfFile(builder.bytes(), { zstd: nodeZstd }).recordCursor();
    const types: number[] = [];
    while (cursor.next()) types.push(cursor.type);
    assertEquals([types.at(-1), cursor.cut === null], [3, size < 8]);
  }
});

function readFrom(bytes: Uint8Array): (offset: number, into: Uint8Array) => number {
  return (offset, into) => {
    const part = bytes.subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  };
}

oracleTest(
  "recordings with text in the middle and with a second one are read",
  ["corpus"],
  async () => {
    const text = Deno.readFileSync(corpusPath("edge/pipe_text_mid.pipe"));
    const types = await readEachWay(text, (_, { cut, strayTexts }) => {
      const excerpt = "hello from program 1234\n";
      assertEquals([cut, strayTexts], [null, [{ fileOffset: 0x38c, size: 24, excerpt }]]);
    });
    assertEquals(types.filter(([type]) => type === 71).length, 2);
    const twice = Deno.readFileSync(corpusPath("edge/concat.pipe"));
    const first = await readEachWay(twice, (file, { cut }) => {
      assertEquals([cut, file.secondRecording?.fileOffset], [null, 0x243c]);
    });
    assertEquals(first.filter(([type]) => type === 71).length, 2);
  },
);
