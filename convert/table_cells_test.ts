import { assert, assertEquals } from "@std/assert";
import { openPerfBytes, openPerfFile } from "../system/mod.ts";
import { AuxRecording, cpuRings, step, TID } from "../testing/aux_recording.ts";
import { AuxFlag, lost } from "../testing/perf_builder.ts";
import { ptIp, ptPsb, ptPsbEnd } from "../testing/pt_packets.ts";
import { csvRows } from "./csv.ts";
import { ndjsonRows } from "./ndjson.ts";
import type { ColumnType, RowBatch, TableName, TableOptions } from "./table.ts";
import { tableBatches } from "./table_batches.ts";

const LIMIT = 2n ** 32n;

function batchesOf(
  recording: AuxRecording,
  table: TableName,
  options: Partial<TableOptions> = {},
): RowBatch[] {
  using file = openPerfBytes(recording.bytes());
  return [...tableBatches(file, { name: "x", tables: [table], ...options })]
    .filter(({ rows }) => rows > 0);
}

/** Cells of some columns, row by row. */
function cells(
  recording: AuxRecording,
  table: TableName,
  names: string,
  options?: Partial<TableOptions>,
): unknown[][] {
  return batchesOf(recording, table, options).flatMap((batch) => {
    const columns = names.split(" ").map((name) => {
      const index = batch.table.columns.findIndex((column) => column.name === name);
      assertEquals(index >= 0, true, name);
      return batch.columns[index]!;
    });
    return Array.from({ length: batch.rows }, (_, row) => columns.map((column) => column.at(row)));
  });
}

Deno.test("tails have the headroom to the last tail that fits, and 0 after it", () => {
  const recording = new AuxRecording();
  for (const [n, end] of [LIMIT - 2n, LIMIT - 1n, LIMIT, LIMIT + 1n].entries()) {
    const offset = n === 0 ? end - 8n : end - 1n;
    recording.both(0, { offset, size: Number(end - offset), timeNs: step(n) });
  }
  assertEquals(
    cells(recording, "tails", "queue cpu tid chunk size head tail refused headroom time_ns"),
    [
      // Sizes are padded to 8 bytes.
      [0, 0, TID, 0n, 8n, LIMIT - 2n, LIMIT - 2n, false, 1n, step(0)],
      [0, 0, TID, 1n, 8n, LIMIT - 1n, LIMIT - 1n, false, 0n, step(1)],
      [0, 0, TID, 2n, 8n, LIMIT, LIMIT, true, 0n, step(2)],
      [0, 0, TID, 3n, 8n, LIMIT + 1n, LIMIT + 1n, true, 0n, step(3)],
    ],
  );
  const bits = cells(recording, "tails", "headroom refused", { bits: 33 });
  assertEquals(bits[3], [2n ** 33n - 1n - (LIMIT + 1n), false]);
});

Deno.test("chunks have position, size, reference and number of each AUXTRACE record", () => {
  const recording = new AuxRecording({ rings: [{ cpu: 3, tid: -1 }, { cpu: -1, tid: 77 }] });
  const first = recording.file.position;
  recording.chunk(0, { offset: 2n ** 64n - 8n, size: 8 });
  const second = recording.file.position;
  recording.chunk(1, { offset: 0n, size: 16 }).chunk(1, { offset: 16n, size: 24 });
  assertEquals(
    cells(recording, "chunks", "queue cpu tid chunk file_offset aux_offset size"),
    [
      [0, 3, null, 0n, BigInt(first), 2n ** 64n - 8n, 8n],
      [1, null, 77, 0n, BigInt(second), 0n, 16n],
      // AUXTRACE records have 48 bytes before their payload.
      [1, null, 77, 1n, BigInt(second + 48 + 16), 16n, 24n],
    ],
  );
});

Deno.test("aux_records have every flag by itself, the PMU's format, and all 64 bits of flags", () => {
  const recording = new AuxRecording();
  const flags = [
    // perf_event.h: TRUNCATED, OVERWRITE, PARTIAL, COLLISION.
    ...[0n, 1n, 2n, 4n, 8n],
    // PERF_AUX_FLAG_PMU_FORMAT_TYPE_MASK is 0xff00.
    0x0100n,
    0xff00n,
    0x8000_0000_0001_0000n,
    2n ** 64n - 1n,
  ];
  for (const [n, each] of flags.entries()) {
    recording.aux(0, {
      offset: BigInt(n),
      size: 1,
      flags: each,
      ...(n > 0 && { timeNs: step(n) }),
    });
  }
  const names =
    "time_ns aux_offset aux_size flags truncated overwrite partial collision pmu_format";
  const [no, yes] = [false, true];
  assertEquals(cells(recording, "aux_records", names), [
    [null, 0n, 1n, flags[0], no, no, no, no, 0],
    [step(1), 1n, 1n, flags[1], yes, no, no, no, 0],
    [step(2), 2n, 1n, flags[2], no, yes, no, no, 0],
    [step(3), 3n, 1n, flags[3], no, no, yes, no, 0],
    [step(4), 4n, 1n, flags[4], no, no, no, yes, 0],
    [step(5), 5n, 1n, flags[5], no, no, no, no, 1],
    [step(6), 6n, 1n, flags[6], no, no, no, no, 255],
    [step(7), 7n, 1n, flags[7], no, no, no, no, 0],
    [step(8), 8n, 1n, flags[8], yes, yes, yes, yes, 255],
  ]);
  const event = cells(recording, "aux_records", "event cpu pid tid")[1];
  assertEquals(event, ["intel_pt//u", 0, TID, TID]);
});

Deno.test("recordings have the highest last tail and the sums of all queues, whatever their order", () => {
  for (const order of [[0, 1, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]) {
    const recording = new AuxRecording({ rings: cpuRings(3) });
    for (const [idx, tail] of order.entries()) {
      recording.both(idx, { offset: BigInt(tail) * 64n, size: 8, timeNs: step(idx) });
    }
    const names = "name path queues chunks aux_bytes last_tail bits verdict first_flagged_tail";
    assertEquals(cells(recording, "recordings", names, { path: "p" }), [
      ["x", "p", 3n, 3n, 24n, 136n, 32, "fits", null],
    ]);
  }
});

Deno.test("recordings have a last tail of 0 where the only chunk is empty", () => {
  const recording = new AuxRecording().chunk(0, { offset: 0n, size: 0 });
  assertEquals(cells(recording, "recordings", "chunks last_tail"), [[1n, 0n]]);
});

Deno.test("recordings have the first flagged tail of the file, and when it was stored", () => {
  const recording = new AuxRecording({ rings: cpuRings(2) });
  recording.both(1, { offset: LIMIT + 64n, size: 8, timeNs: step(3) });
  recording.both(0, { offset: LIMIT, size: 8, timeNs: step(4) });
  const names = "first_flagged_tail first_flagged_time_ns flagged_tails last_tail seconds_to_limit";
  assertEquals(cells(recording, "recordings", names), [
    [LIMIT + 72n, step(3), 2n, LIMIT + 72n, null],
  ]);
});

Deno.test("losses of a recording come in the order of the file, with their own times and places", () => {
  const recording = new AuxRecording({ rings: cpuRings(2) });
  recording.both(1, { offset: 0n, size: 16, timeNs: step(0) });
  recording.both(0, { offset: 0n, size: 8, timeNs: step(1), flags: AuxFlag.Truncated });
  recording.file.add(lost(2n, 5n), { id: 2n, cpu: 1, tid: TID, timeNs: step(2) });
  recording.both(1, { offset: 16n, size: 8, timeNs: step(3), flags: AuxFlag.Partial });
  const rows = cells(recording, "losses", "queue cpu kind from_offset to_offset time_ns events");
  assertEquals(rows, [
    [0, 0, "truncated", 0n, 8n, step(1), null],
    [1, 1, "lost", null, null, step(2), 5n],
    [1, 1, "partial", 16n, 24n, step(3), null],
  ]);
});

Deno.test("packets have the positions, sizes and fields that were encoded, over chunks", () => {
  const payload = Uint8Array.from([...ptPsb, ...ptPsbEnd, ...ptIp("TIP", 6, 0x1234n)]);
  const recording = new AuxRecording()
    .chunk(0, { offset: 0x1000n, size: 24, payload: payload.subarray(0, 24) })
    .chunk(0, { offset: 0x1018n, size: 3, payload: payload.subarray(24) });
  const rows = cells(recording, "packets", "queue cpu tid aux_offset size kind mark");
  assertEquals(rows.slice(0, 3), [
    [0, 0, TID, 0x1000n, 16n, "PSB", false],
    [0, 0, TID, 0x1010n, 2n, "PSBEND", false],
    [0, 0, TID, 0x1012n, 9n, "TIP", false],
  ]);
  const [, , tip] = cells(recording, "packets", "fields").flat() as string[];
  assertEquals(JSON.parse(tip!).ip, "0x1234");
});

Deno.test("records have their type, size and misc, and no time where they have none", () => {
  const recording = new AuxRecording();
  const at = recording.file.position;
  recording.aux(0, { offset: 1n, size: 2, timeNs: step(0) });
  const row = cells(recording, "records", "file_offset type name size misc event cpu tid time_ns")
    .find(([offset]) => offset === BigInt(at));
  // 8 bytes of header, 24 of AUX, and the trailer of `auxEvent`: pid and tid, time, cpu, id.
  assertEquals(row, [BigInt(at), 11, "PERF_RECORD_AUX", 64, 0, "intel_pt//u", 0, TID, step(0)]);
  const first = cells(recording, "records", "name time_ns event")[0];
  assertEquals(first, ["PERF_RECORD_ID_INDEX", null, null]);
});

Deno.test("tableBatches() has every row of a table once, around the size of a batch", () => {
  for (const count of [511, 512, 513, 1024]) {
    const recording = new AuxRecording().chunk(0, { offset: 0n, size: 8 });
    for (let n = 0; n < count; n++) recording.aux(0, { offset: BigInt(n), size: 1 });
    const batches = batchesOf(recording, "aux_records");
    const offsets = batches.flatMap(({ table, columns }) => [
      ...columns[table.columns.findIndex(({ name }) => name === "aux_offset")]!,
    ]);
    assertEquals(offsets, Array.from({ length: count }, (_, n) => BigInt(n)));
    assertEquals(batches.map(({ rows }) => rows <= 512), batches.map(() => true));
  }
});

const TEXTS = {
  name: "records" as const,
  columns: [{ name: "a", type: "text" as const, nullable: true }],
};

/** A row of CSV with one cell. */
function csvCell(value: unknown, type: ColumnType = "text"): string {
  const table = { ...TEXTS, columns: [{ ...TEXTS.columns[0]!, type }] };
  const line = csvRows({ table, fileOffset: 0, rows: 1, columns: [[value]] });
  assert(line.endsWith("\r\n"));
  return line.slice(0, -2);
}

Deno.test("csvRows() quotes commas and quotes, and nothing else", () => {
  for (const text of ["a,b", 'a"b', ""]) {
    assertEquals(csvCell(text), `"${text.replace('"', '""')}"`);
  }
  for (const text of ["a b", "a;b", "'a'", "a=1", "1-2", "\u00e4\u65e5"]) {
    assertEquals(csvCell(text), text);
  }
});

Deno.test("csvRows() makes formulas and what is not seen inert in text", () => {
  for (
    const start of ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", " =", "\u00a0@"]
  ) {
    assertEquals(csvCell(`${start}1`), `'${start}1`);
  }
  for (
    const [text, cell] of [
      ["\t=1", "'\\x09=1"],
      ["\r\n+1", "'\\x0d\\x0a+1"],
      ["\ufeff=1", "'\\ufeff=1"],
      ["\u2028=1", "'\\u2028=1"],
      ["\u200b=1", "\\u200b=1"],
      ["a\r\nb\rc\nd", "a\\x0d\\x0ab\\x0dc\\x0ad"],
      ["\x1b[31m\u202e\x9b", "\\x1b[31m\\u202e\\x9b"],
      ['=HYPERLINK("x",1)', '"\'=HYPERLINK(""x"",1)"'],
    ] as const
  ) assertEquals(csvCell(text), cell);
});

Deno.test("csvRows() leaves numbers that are negative alone", () => {
  for (const [value, type] of [[-1, "i32"], [-0.5, "f64"], [-7n, "u64"]] as const) {
    assertEquals(csvCell(value, type), `${value}`);
  }
});

Deno.test("ndjsonRows() writes counts exactly below 2^53 - 1, and says so from there on", () => {
  const table = { name: "chunks" as const, columns: [{ ...TEXTS.columns[0]!, name: "size" }] };
  const line = (size: bigint) =>
    ndjsonRows({ table, fileOffset: 0, rows: 1, columns: [[size]] }).trimEnd();
  assertEquals(line(2n ** 53n - 2n), '{"size":9007199254740990}');
  assertEquals(line(2n ** 53n - 1n), '{"size":9007199254740991,"saturated":true}');
  assertEquals(line(2n ** 53n), '{"size":9007199254740991,"saturated":true}');
  assertEquals(line(19_007_199_254_740_991n), '{"size":9007199254740991,"saturated":true}');
});

Deno.test("chunks have the reference of their record, and not a chunk whose payload is cut", () => {
  const recording = new AuxRecording();
  const ring = { idx: 0, cpu: 0, tid: TID };
  recording.file.auxtrace({ ...ring, offset: 0n, size: 8, reference: 0x1_0000_0002n });
  recording.file.auxtrace({ ...ring, offset: 8n, size: 8, reference: 3n });
  assertEquals(cells(recording, "chunks", "reference"), [[0x1_0000_0002n], [3n]]);
  const { position } = recording.file;
  for (const [missing, chunks] of [[0, 2], [1, 1], [8, 1]] as const) {
    using file = openPerfBytes(recording.bytes().slice(0, position - missing));
    const batches = [...tableBatches(file, { name: "x", tables: ["chunks"] })];
    assertEquals(batches.reduce((so, { rows }) => so + rows, 0), chunks);
  }
});

Deno.test("losses name the queue that gets its first chunk after many of them", () => {
  const recording = new AuxRecording({ rings: cpuRings(2) }).chunk(0, { offset: 0n, size: 8 });
  for (let n = 0; n < 9; n++) {
    recording.aux(1, { offset: BigInt(n * 8), size: 8, flags: AuxFlag.Truncated });
  }
  recording.chunk(1, { offset: 0n, size: 72 });
  const rows = cells(recording, "losses", "queue kind").filter(([, kind]) => kind === "truncated");
  assertEquals(rows, Array.from({ length: 9 }, () => [1, "truncated"]));
});

Deno.test("recordings have the time of the queue that reaches the limit first", () => {
  for (const faster of [0, 1]) {
    const recording = new AuxRecording({ rings: cpuRings(2) });
    for (let n = 0; n < 5; n++) {
      for (const idx of [0, 1]) {
        const size = idx === faster ? 128 : 64;
        recording.both(idx, { offset: BigInt(n * size), size, timeNs: step(n) });
      }
    }
    // 128 bytes each half second: 2^32 / 256 seconds.
    assertEquals(cells(recording, "recordings", "seconds_to_limit"), [[2 ** 24]]);
  }
});

Deno.test("packets have a row for a packet that the end cut, as a mark without fields", () => {
  const payload = Uint8Array.from([...ptPsb, ...ptPsbEnd, ...ptIp("TIP", 6, 0x1234n).slice(0, 6)]);
  const recording = new AuxRecording().chunk(0, { offset: 0n, size: 24, payload });
  assertEquals(cells(recording, "packets", "aux_offset size kind mark fields").at(-1), [
    18n,
    6n,
    "cut",
    true,
    null,
  ]);
});

Deno.test("packets of samples have the CPU of their sample, where their queue has none", () => {
  using file = openPerfFile("testdata/aux_samples.perf.data");
  const [batch] = [...tableBatches(file, { name: "x", tables: ["packets"] })]
    .filter(({ rows }) => rows > 0);
  const column = batch!.table.columns.findIndex(({ name }) => name === "cpu");
  assertEquals(new Set(batch!.columns[column]).has(null), false);
});

Deno.test("packets have each packet of large chunks once, around the size that is decoded at a time", () => {
  const step = 1 << 13;
  for (const size of [step - 8, step, step + 8, 2 * step, 2 * step + 8]) {
    const payload = new Uint8Array(size).fill(0x06); // TNT of one branch, SDM volume 3, 33.4.2
    payload.set([...ptPsb, ...ptPsbEnd]);
    const more = new Uint8Array(8).fill(0x06);
    const recording = new AuxRecording()
      .chunk(0, { offset: 0n, size, payload })
      .chunk(0, { offset: BigInt(size), size: 8, payload: more });
    const offsets = cells(recording, "packets", "aux_offset").flat();
    // PSB, PSBEND, and a packet for each byte after their 18.
    const bytes = Array.from({ length: size + 8 - 18 }, (_, n) => BigInt(n + 18));
    assertEquals(offsets, [0n, 16n, ...bytes]);
  }
});
