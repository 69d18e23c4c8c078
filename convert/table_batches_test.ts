import { assert, assertEquals, assertMatch } from "@std/assert";
import { openPerfBytes, openPerfFile } from "../system/mod.ts";
import { FormatError } from "../parsers/format_error.ts";
import type { PerfFile } from "../parsers/perf/mod.ts";
import { AuxRecording, cpuRings } from "../testing/aux_recording.ts";
import {
  auxEvent,
  AuxFlag,
  compressed,
  intelPtInfo,
  lost,
  PerfFileBuilder,
  sample,
  SampleType,
  ZstdRing,
} from "../testing/perf_builder.ts";
import { ptPsb, ptPsbEnd } from "../testing/pt_packets.ts";
import { csvHeading, csvRows } from "./csv.ts";
import { ndjsonRows } from "./ndjson.ts";
import type { TableName } from "./table.ts";
import { TABLES } from "./tables.ts";
import { failedRecording } from "./tables/recordings.ts";
import { tableBatches } from "./table_batches.ts";

const ALL = Object.keys(TABLES) as TableName[];
const FIXTURES = [...Deno.readDirSync("testdata")].map(({ name }) => name)
  .filter((name) => name.endsWith(".replay.json")).sort();

type Row = Record<string, unknown>;

/** All rows of a recording, table by table. */
function rowsOf(file: PerfFile, tables: readonly TableName[] = ALL): Record<TableName, Row[]> {
  const rows = Object.fromEntries(ALL.map((name) => [name, [] as Row[]]));
  for (const { table, columns, rows: count } of tableBatches(file, { name: "x", tables })) {
    for (const column of columns) assertEquals(column.length, count);
    for (let i = 0; i < count; i++) {
      rows[table.name]!.push(
        Object.fromEntries(table.columns.map(({ name }, c) => [name, columns[c]!.at(i)])),
      );
    }
  }
  return rows as Record<TableName, Row[]>;
}

function sum(rows: readonly Row[], column: string): number {
  return rows.reduce((so, row) => so + Number(row[column]), 0);
}

for (const name of FIXTURES) {
  const expected = JSON.parse(Deno.readTextFileSync(`testdata/${name}`));
  const path = `testdata/${name.replace(".replay.json", ".perf.data")}`;

  Deno.test(`tableBatches() of ${path} adds up to what is expected of its replay`, () => {
    using file = openPerfFile(path);
    const { recordings, chunks, tails, aux_records: aux, records } = rowsOf(file);
    const { totals, verdict, recording, flagged } = expected;
    const [row] = recordings;
    assertEquals(recordings.length, 1);
    assertEquals(row!["verdict"], verdict);
    assertEquals(row!["hostname"], recording.hostname);
    for (
      const [column, total] of [
        ["queues", totals.queues],
        ["chunks", totals.chunks],
        ["aux_bytes", totals.auxBytes],
        ["flagged_tails", totals.flaggedTails],
        ["bytes_after_limit", totals.bytesAfterLimit],
      ]
    ) assertEquals(row![column], BigInt(total), column);
    assertEquals(aux.length, totals.auxRecords);
    assertEquals(aux.filter((row) => row["truncated"]).length, totals.truncatedRecords);
    assertEquals(aux.filter((row) => row["partial"]).length, totals.partialRecords);
    assertEquals(tails.filter((row) => row["refused"]).length, totals.flaggedTails);
    if (chunks.length > 0) assertEquals(chunks.length, totals.chunks);
    if (recording.mode === "full" && chunks.length > 0 && expected.input.cut === null) {
      assertEquals(sum(chunks, "size"), totals.auxBytes);
    }
    const found = tails.filter((row) => row["refused"]).map((row) => row["tail"]);
    for (const { tail } of flagged) assert(found.includes(BigInt(tail)));
    assertEquals(records.filter((row) => row["type"] === 11).length, totals.auxRecords);
  });
}

Deno.test("tableBatches() reads no more tables than were asked for", () => {
  using file = openPerfFile("testdata/aux_demo_fits.perf.data");
  const tables = new Set([...tableBatches(file, { name: "x", tables: ["chunks"] })].map(
    ({ table }) => table.name,
  ));
  assertEquals(tables, new Set(["chunks"]));
});

Deno.test("tableBatches() has a row for each packet and each loss", () => {
  using bts = openPerfFile("testdata/aux_bts.perf.data");
  assertEquals(
    new Set(rowsOf(bts, ["packets"]).packets.map(({ kind }) => kind)),
    new Set(["FILLER"]),
  );
  using gaps = openPerfFile("testdata/aux_gaps.perf.data");
  const marks = rowsOf(gaps, ["packets"]).packets.filter(({ mark }) => mark);
  assert(marks.some(({ kind }) => kind === "gap"));
});

Deno.test("tableBatches() has a row for each loss, with what to do about it", () => {
  using file = openPerfFile("testdata/aux_flags.perf.data");
  const { losses } = rowsOf(file, ["losses"]);
  const [first, second, third] = [10_000_000_000n, 10_500_000_000n, 11_000_000_000n];
  assertEquals(
    losses.map(({ remedy: _, ...row }) => Object.values(row)),
    // As perf report -D prints the AUX and LOST records.
    [
      [0, 0, 4242, "partial", 0x208n, 0n, 0x40n, first, null],
      [0, 0, 4242, "collision", 0x2b8n, 0x40n, 0x80n, second, null],
      [0, 0, 4242, "truncated", 0x368n, 0x80n, 0x80n, second, null],
      [0, 0, 4242, "truncated", 0x3a8n, 0x80n, 0xc0n, third, null],
      [0, 0, 4242, "partial", 0x3a8n, 0x80n, 0xc0n, third, null],
      [0, 0, 4242, "lost", 0x458n, null, null, third, 17n],
      [0, 0, 4242, "lost", 0x490n, null, null, third, 3n],
    ],
  );
  for (const { queue, remedy } of losses) assert(queue === 0 && remedy !== "");
});

Deno.test("tableBatches() names a loss's queue that gets its first chunk later", () => {
  const recording = new AuxRecording({ rings: cpuRings(2) })
    .chunk(0, { offset: 0n, size: 64 })
    .aux(1, { offset: 0n, size: 64, flags: AuxFlag.Truncated })
    .chunk(1, { offset: 0n, size: 64 });
  using file = openPerfBytes(recording.bytes());
  const { losses } = rowsOf(file, ["losses"]);
  assertEquals(losses.map(({ queue, kind }) => [queue, kind]), [[1, "truncated"]]);
});

Deno.test("tableBatches() has a row for each loss, where there are more than it holds", () => {
  const recording = new AuxRecording().chunk(0, { offset: 0n, size: 64 });
  const count = 70_000;
  for (let n = 0; n < count; n++) recording.file.add(lost(1n, BigInt(n)), { id: 1n, cpu: 0 });
  using file = openPerfBytes(recording.bytes());
  const { losses } = rowsOf(file, ["losses"]);
  assertEquals(
    losses.map(({ events }) => events),
    Array.from({ length: count }, (_, n) => BigInt(n)),
  );
});

Deno.test("tableBatches() does not know positions that 64 bits cannot hold", () => {
  const offset = 2n ** 64n - 16n;
  const payload = new Uint8Array(24);
  for (let at = 0; at < 16; at += 2) payload.set([0x02, 0x82], at); // PSB, SDM volume 3, 34.4.2.17
  const recording = new AuxRecording().chunk(0, { offset, payload });
  using file = openPerfBytes(recording.bytes());
  const { packets, chunks, recordings } = rowsOf(file);
  assertEquals(chunks.map((row) => row["aux_offset"]), [offset]);
  assertEquals(packets.map((row) => [row["kind"], row["aux_offset"]]), [
    ["PSB", offset],
    ...Array.from({ length: 8 }, () => ["PAD", null]),
  ]);
  assertEquals(recordings[0]!["verdict"], "incomplete");
  assertMatch(String(recordings[0]!["error"]), /expected a position below 2\^64/);
});

Deno.test("tableBatches() tells by which perf it judges, and of both what they refuse", () => {
  // Source: perf's arch/arm/util/auxtrace.c, whose accessors use LDRD and STRD and refuse nothing.
  const judged = (options: { perf?: "generic" | "released"; fromArch?: string }) => {
    using file = openPerfFile("testdata/aux_demo_exceeds.perf.data");
    const batches = [...tableBatches(file, { name: "x", tables: ["recordings"], ...options })];
    const row = JSON.parse(ndjsonRows(batches[0]!));
    return [row.verdict, row.generic_refuses, row.released_accessor, row.released_refuses];
  };
  assertEquals(judged({}), ["exceeds", true, "compat", true]);
  assertEquals(judged({ fromArch: "aarch64" }), ["fits", true, "arm", false]);
  assertEquals(judged({ perf: "generic", fromArch: "aarch64" }), ["exceeds", true, "arm", false]);
});

Deno.test("tableBatches() of a cut recording says where it ends, after its rows", () => {
  using file = openPerfFile("testdata/aux_cut.perf.data");
  const batches = tableBatches(file, { name: "x" });
  let step = batches.next();
  while (!step.done) step = batches.next();
  assertEquals(step.value.cut?.detail.offset, 0x300);
});

Deno.test("tableBatches() of damaged recordings gives rows or a FormatError", () => {
  const bytes = Deno.readFileSync("testdata/aux_flags.perf.data");
  for (let at = 0; at < bytes.length; at += 5) {
    const flipped = bytes.slice();
    flipped[at]! ^= 0xff;
    for (const damaged of [flipped, bytes.slice(0, at)]) {
      try {
        using file = openPerfBytes(damaged);
        rowsOf(file);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    }
  }
});

Deno.test("failedRecording() is a row with nothing but name, path and error", () => {
  const [batch] = failedRecording({ name: "a", path: "x/a" }, "no recording");
  const row = JSON.parse(ndjsonRows(batch!));
  const known = Object.entries(row).filter(([, value]) => value !== null);
  assertEquals(known, [["name", "a"], ["path", "x/a"], ["bits", 32], ["error", "no recording"]]);
});

Deno.test("csvRows() quotes by RFC 4180", () => {
  const table = { name: "recordings" as const, columns: [text("a"), text("b"), number("c")] };
  const columns = [["x", 'say "hi"', null], ["1,2", "two\nlines", ""], [true, 5n, -1]];
  assertEquals(csvHeading(table), "a,b,c\r\n");
  assertEquals(
    csvRows({ table, fileOffset: 0, rows: 3, columns }),
    'x,"1,2",true\r\n"say ""hi""",two\\x0alines,5\r\n,"",-1\r\n',
  );
});

Deno.test("ndjsonRows() writes positions, times and counts as the rest of the command line", () => {
  const table = {
    name: "tails" as const,
    columns: ["tail", "time_ns", "size", "fields", "name"].map(text),
  };
  const columns = [[0xffff_ffff_ffff_ffffn], [12n], [2n ** 60n], ['{"a":1}'], ['"\u202e']];
  assertEquals(
    ndjsonRows({ table, fileOffset: 0, rows: 1, columns }),
    '{"tail":"0xffffffffffffffff","time_ns":"12","size":9007199254740991,"fields":{"a":1},' +
      '"name":"\\"\\u202e","saturated":true}\n',
  );
});

function text(name: string) {
  return { name, type: "text" as const, nullable: true };
}

function number(name: string) {
  return { name, type: "i32" as const, nullable: true };
}

Deno.test("packets of AUX samples in compressed records have no place in the file", async () => {
  const sampling = {
    type: 0,
    ids: [11n],
    sampleType: SampleType.Identifier | SampleType.Cpu | SampleType.Aux,
    flags: ["sampleIdAll"],
    auxSampleSize: 64,
  } as const;
  const file = new PerfFileBuilder({ events: [auxEvent("intel_pt//u", 1), sampling] });
  file.add(intelPtInfo());
  using ring = new ZstdRing();
  const aux = new Uint8Array([...ptPsb, ...ptPsbEnd, 0, 0, 0, 0, 0, 0]);
  file.add(
    compressed(await ring.flush(file.encode(sample(sampling, { id: 11n, cpu: 3, aux })))),
  );
  const batches = [
    ...tableBatches(openPerfBytes(file.bytes()), { name: "x", tables: ["packets"] }),
  ];
  assertEquals(batches.reduce((so, { rows }) => so + rows, 0), 8);
  assertEquals(batches[0]!.fileOffset, 0);
});
