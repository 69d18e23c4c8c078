import { gzipSync, zstdCompressSync } from "node:zlib";
import { assertEquals } from "@std/assert";
import { unpack } from "../system/unpack.ts";
import { nodeZstd } from "../system/mod.ts";
import {
  type ColumnType,
  csvRows,
  ndjsonRows,
  perfettoPackets,
  type RowBatch,
  tableBatches,
  type TableName,
  TABLES,
} from "../convert/mod.ts";
import {
  type ByteSource,
  bytesSource,
  checkFile,
  openPerfBytes,
  openPerfStream,
  parsePerfFile,
  parsePerfStream,
  type PerfFile,
  type PerfStream,
  type RecordCursor,
  RecordType,
  type ReplayOptions,
  replayReport,
} from "../mod.ts";
import { auxChecks, ReportReplay } from "../auxtrace/mod.ts";
import {
  decoderCheck,
  filteredSummary,
  formatFacts,
  NdjsonWriter,
  PacketPrinter,
  packetSummary,
  type PacketWriter,
  type PayloadFormat,
  payloadFormat,
  type PayloadQueue,
  payloadQueues,
  QueueReader,
  TextBuffer,
  TextWriter,
} from "../packets/mod.ts";
import { countQueue, SummaryCounter } from "../packets/summary.ts";
import { sequentialSource } from "../parsers/sequential_source.ts";
import { concat } from "./zstd_ring.ts";
import { bytesItem, countedInParts, QUEUE } from "./parts_decoding.ts";
import { collectReport, reportPage } from "../report/mod.ts";
import { jsonText } from "../text/mod.ts";

/** A way to read a recording; `n` chooses between variants. */
export type Way = (bytes: Uint8Array<ArrayBuffer>, n: number) => unknown;

const CHUNK_SIZES = [1, 7, 13, 333, 4099];
const ALL_TABLES = Object.keys(TABLES) as TableName[];
const FORWARD_TABLES = ALL_TABLES.filter((name) => name !== "packets");
const REGISTERS = ["TRCIDR0", "TRCIDR2", "TRCCONFIGR", "TRCDEVARCH"];
const NO_ASSETS = { chartScript: "", chartStyle: "" };
const JUDGED: readonly ReplayOptions[] = [
  {},
  { bits: 8 },
  { bits: 52, perf: "released", fromArch: "x86_64" },
  { perf: "released", fromArch: "armv7l", maxFlagged: 0 },
];
const text = new TextDecoder("utf-8", { fatal: true });

/**
 * The library's ways to read a recording, by name.
 *
 * Only a FormatError may end one. Values of tables have to fit their columns, lines of NDJSON have to
 * be JSON, there are as many packets as are counted, and as many records in a stream as in the file.
 * `n` chooses the size of the chunks of a stream, and what is done
 * with it.
 */
export const WAYS: Readonly<Record<string, Way>> = {
  replay: (bytes, n) => jsonText(replayReport(openPerfBytes(bytes), JUDGED[n % JUDGED.length])),
  check: (bytes) => {
    const file = openPerfBytes(bytes);
    jsonText(checkFile(file, { also: [auxChecks(file), decoderCheck(file)] }));
  },
  features: (bytes) => {
    const file = openPerfBytes(bytes);
    file.findAuxtraceInfo();
    jsonText([file.features().values, file.events, file.auxtraceInfo, file.damage]);
  },
  records: (bytes) => openPerfBytes(bytes).records().forEach((record) => jsonText(record)),
  walk: (bytes, n) => compareWalks(bytes, n),
  // One in three: it takes as long as four of the others.
  packed: (bytes, n) => n % 3 === 0 ? comparePacked(bytes, n) : null,
  "records by time": (bytes) => openPerfBytes(bytes).records({ order: "time" }).forEach(() => {}),
  chunks: (bytes) => openPerfBytes(bytes).auxChunks().forEach((chunk) => chunk.read()),
  packets: (bytes, n) => readPackets(openPerfBytes(bytes), n),
  report: (bytes) => readReport(openPerfBytes(bytes)),
  tables: (bytes) => readTables(openPerfBytes(bytes), ALL_TABLES),
  perfetto: (bytes) => perfettoPackets(openPerfBytes(bytes)).forEach(() => {}),
  directory: (bytes) => countPackets(asDirectory(bytes)),
  stream: (bytes, n) => readStream(bytes, n),
  "forward only": (bytes, n) => readForward(bytes, n),
  "in parts": (bytes, n) => countInParts(openPerfBytes(bytes), n),
  "bare payload": (bytes, n) => readBare(openPerfBytes(bytes), n),
};

function readPackets(file: PerfFile, n: number): void {
  const recording = payloadQueues(file);
  if (recording.queues.length === 0) return;
  const facts = formatFacts(file, recording);
  const formats = [payloadFormat(facts), payloadFormat({ ...facts, fromStart: true })];
  if (facts.type === "arm_spe") formats.push(payloadFormat({ ...facts, records: true }));
  for (const format of formats) {
    const { kindNames } = format;
    const kinds = [kindNames[n % kindNames.length]!, "TRUNCATED"];
    const filter = { from: BigInt(n), to: BigInt(n) << BigInt(n % 64), kinds, limit: Infinity };
    const { totals } = packetSummary(recording, format);
    jsonText(totals);
    let packets = 0;
    jsonText(filteredSummary(recording, format, filter));
    for (const queue of recording.queues) {
      const ndjson = new NdjsonWriter(queue, { kindNames, json: jsonText });
      printQueue(queue, format, new TextWriter(format), () => {});
      printQueue(queue, format, ndjson, (lines) => {
        packets += linesOf(lines).filter(({ mark }) => mark === undefined).length;
      });
    }
    assertEquals(packets, totals.packets);
  }
}

function countPackets(file: PerfFile): void {
  const recording = payloadQueues(file);
  if (recording.queues.length === 0) return;
  packetSummary(recording, payloadFormat(formatFacts(file, recording)));
}

/** Prints a queue, and hands the text on piece by piece: it can be long. */
function printQueue(
  queue: PayloadQueue,
  format: PayloadFormat,
  writer: PacketWriter,
  use: (text: string) => void,
): void {
  const out = new TextBuffer();
  const flush = () => {
    use(text.decode(out.text()));
    out.length = 0;
  };
  const { kindNames } = format;
  const reader = new QueueReader(format, new PacketPrinter(writer, out, { kindNames, flush }));
  for (const item of queue.items()) reader.take(item);
  reader.finish();
  flush();
}

/** The same records again in `data.0`, and a `data.1` that is missing. */
function asDirectory(bytes: Uint8Array): PerfFile {
  const { data } = openPerfBytes(bytes).header;
  const parts = [
    { name: "data.0", source: bytesSource(bytes.subarray(data.offset)) },
    { name: "data.1", source: bytesSource(new Uint8Array(0)), isMissing: true },
  ];
  return parsePerfFile(bytesSource(bytes), { zstd: nodeZstd, parts });
}

async function readReport(file: PerfFile): Promise<void> {
  const steps = collectReport(file, { name: "mutant" });
  let step = steps.next();
  while (!step.done) step = steps.next();
  await reportPage(step.value, NO_ASSETS);
}

function readTables(file: PerfFile, tables: readonly TableName[]): void {
  for (const batch of tableBatches(file, { name: "mutant", tables })) {
    assertValues(batch);
    csvRows(batch);
    linesOf(ndjsonRows(batch));
  }
}

/**
 * Walks over the records of the file, of a stream and of a source that cannot go back: they have the
 * same records and ends, and the same replay.
 */
async function compareWalks(bytes: Uint8Array<ArrayBuffer>, n: number): Promise<void> {
  const expected = walkOver(openPerfBytes(bytes));
  const stream = await parsePerfStream(chunksOf(bytes, chunkSize(n)), { zstd: nodeZstd });
  assertSame(await walkStream(stream), expected);
  assertSame(walkOver(parsePerfFile(forwardSource(bytes, n), { zstd: nodeZstd })), expected);
}

/** Does the same with two packed parts, and reads them again with a damaged byte, or without an end. */
async function comparePacked(bytes: Uint8Array<ArrayBuffer>, n: number): Promise<void> {
  const expected = walkOver(openPerfBytes(bytes));
  const pack = n % 2 === 0 ? gzipSync : zstdCompressSync;
  const middle = n % bytes.length;
  const parts = [bytes.subarray(0, middle), bytes.subarray(middle)];
  const packed = concat(parts.map((part) => new Uint8Array(pack(part))));
  assertSame(await walkStream(await openPerfStream(chunksOf(packed, chunkSize(n)))), expected);
  const unpacked = (packed: Uint8Array) => {
    const { stream, close } = unpack(readerOf(packed, n));
    const file = parsePerfFile(sequentialSource(stream), { zstd: nodeZstd, close });
    try {
      return walkOver(file);
    } finally {
      file[Symbol.dispose]();
    }
  };
  assertSame(unpacked(packed), expected);
  const at = Math.imul(n, 0x9e3779b1) >>> 0;
  packed[at % packed.length]! ^= 1 << at % 8;
  unpacked(n % 4 === 0 ? packed.subarray(0, (at >>> 8) % packed.length) : packed);
}

function walkOver(file: PerfFile): WalkEnd {
  const walk = new Walk(file);
  const cursor = file.recordCursor();
  while (cursor.next()) walk.record(cursor);
  return walk.end(cursor);
}

async function walkStream({ file, walk: run }: PerfStream): Promise<WalkEnd> {
  const walk = new Walk(file);
  return walk.end(await run((cursor) => walk.record(cursor)));
}

/**
 * Of a damaged file, sections can stand where a source that cannot go back has passed, and events come
 * late. It does not look back for a recording that starts before the damage either.
 */
function assertSame(forward: WalkEnd, expected: WalkEnd): void {
  if (expected.fault !== undefined && expected.second !== null) return;
  assertEquals(forward, {
    ...expected,
    ...forward.hasPassed && { answer: forward.answer, hasPassed: true },
  });
}

/** What a walk over all records found. */
interface WalkEnd {
  readonly answer: string;
  /** Whether bytes or records had passed before it was known what they are. */
  readonly hasPassed: boolean;
  readonly [other: string]: unknown;
}

/** A walk over all records. */
class Walk {
  readonly #file: PerfFile;
  readonly #replay: ReportReplay;
  #count = 0;
  /** Whether AUX data came before its description. */
  #lacksInfo = false;
  /** Events that were known when the first record of one came. */
  #eventsAtFirst: number | null = null;
  /** A hash of what is known of each record. */
  #records = 0;

  constructor(file: PerfFile) {
    this.#file = file;
    this.#replay = new ReportReplay(file);
  }

  record(cursor: RecordCursor): void {
    this.#count++;
    if (cursor.type < RecordType.HeaderAttr) this.#eventsAtFirst ??= this.#file.events.length;
    const isChunk = cursor.type === RecordType.Auxtrace;
    if (isChunk && this.#file.auxtraceInfo === null) this.#lacksInfo = true;
    for (const value of [cursor.type, cursor.fileOffset, cursor.size, cursor.payloadSize]) {
      this.#records = Math.imul(this.#records ^ value, 0x01000193);
    }
    this.#replay.record(cursor);
  }

  end(cursor: RecordCursor): WalkEnd {
    const { cut, strayTexts, trailingBytes } = cursor;
    const report = this.#replay.finish(cursor);
    const ends = {
      fault: cut?.fault,
      strayTexts,
      trailingBytes,
      second: this.#file.secondRecording?.fileOffset ?? null,
    };
    const { conclusion: _, advice: __, notes: ___, input: ____, ...answer } = report;
    const { events, damage } = this.#file;
    const hasPassed = this.#file.features().errors.some(({ fault }) => fault === "unsupported") ||
      damage.some(({ detail }) => detail.structure.startsWith("perf_file_attr")) ||
      (this.#eventsAtFirst ?? events.length) < events.length ||
      (this.#lacksInfo && this.#file.auxtraceInfo !== null);
    return {
      hasPassed,
      count: this.#count,
      records: this.#records,
      ...ends,
      answer: jsonText(answer),
    };
  }
}

/** Counts the packets of each queue at once, and in parts of a few bytes. */
async function countInParts(file: PerfFile, n: number): Promise<void> {
  const recording = payloadQueues(file);
  if (recording.queues.length === 0) return;
  const format = payloadFormat({ ...formatFacts(file, recording), fromStart: n % 2 === 0 });
  for (const queue of recording.queues.slice(0, 4)) {
    // What is compressed is in no file as it is, so that no part is made of it.
    const items = [...queue.items()].filter((item) =>
      item.type === "mark" || item.fileOffset !== null
    );
    const counter = new SummaryCounter(format);
    countQueue({ ...queue, items: () => generate(items) }, format, counter);
    const { bytes: _, marks: __, ...counts } = counter.counts();
    const parts = await countedInParts(items, chunkSize(n) + 64, format);
    const { bytes: ___, marks: ____, ...inParts } = parts;
    assertEquals(inParts, counts);
  }
}

function* generate<T>(items: readonly T[]): Generator<T> {
  yield* items;
}

/** Decodes payload as bytes of a trace unit with these registers. */
function readBare(file: PerfFile, n: number): void {
  const registers = Object.fromEntries(
    REGISTERS.map((name, i) => [name, Math.imul(n, i + 3) >>> 0]),
  );
  const facts = {
    ...formatFacts(file, { type: "cs_etm", info: null, hwIds: new Map() }),
    registers,
  };
  const format = payloadFormat({ ...facts, fromStart: n % 2 === 0 });
  for (const chunk of file.auxChunks()) {
    const bytes = chunk.read();
    const facts = { auxOffset: 0n, follows: "nothing" } as const;
    const items = [{
      ...bytesItem(bytes, { from: 0, to: bytes.length, ...facts }),
      raw: n % 3 > 0,
    }];
    const queue = {
      ...QUEUE,
      *items() {
        yield* items;
      },
    };
    const { packets } = packetSummary({ queues: [queue] }, format).totals;
    let lines = 0;
    printQueue(
      queue,
      format,
      new NdjsonWriter(queue, { kindNames: format.kindNames, json: jsonText }),
      (text) => {
        lines += linesOf(text).filter(({ mark }) => mark === undefined).length;
      },
    );
    assertEquals(lines, packets);
  }
}

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function readStream(bytes: Uint8Array, n: number): Promise<void> {
  const chunks = chunksOf(bytes, chunkSize(n));
  const stream = await parsePerfStream(chunks, { zstd: nodeZstd });
  for await (const record of stream.records()) void record.type;
}

function forwardSource(bytes: Uint8Array, n: number): ByteSource {
  return sequentialSource(readerOf(bytes, n));
}

function readerOf(bytes: Uint8Array, n: number): (into: Uint8Array) => number {
  const most = chunkSize(n) * 16;
  let at = 0;
  return (into) => {
    const part = bytes.subarray(at, at + Math.min(into.length, most));
    into.set(part);
    at += part.length;
    return part.length;
  };
}

function chunkSize(n: number): number {
  return CHUNK_SIZES[n % CHUNK_SIZES.length]!;
}

/** Reads from a source that cannot go back. */
async function readForward(bytes: Uint8Array, n: number): Promise<void> {
  const file = parsePerfFile(forwardSource(bytes, n), { zstd: nodeZstd });
  if (n % 3 === 0) readTables(file, FORWARD_TABLES);
  else if (n % 3 === 1) perfettoPackets(file).forEach(() => {});
  else await readReport(file);
}

function assertValues({ table, columns, rows }: RowBatch): void {
  for (const [i, { name, type, nullable }] of table.columns.entries()) {
    const column = columns[i]!;
    assertEquals(column.length, rows);
    for (const value of column) {
      if (value === null ? !nullable : !FITS[type](value)) {
        throw new TypeError(`${value} is no ${type}: column ${name} of ${table.name}`);
      }
    }
  }
}

const FITS: Readonly<Record<ColumnType, (value: unknown) => boolean>> = {
  u64: (value) => typeof value === "bigint" && BigInt.asUintN(64, value) === value,
  u32: (value) => typeof value === "number" && value >>> 0 === value,
  i32: (value) => typeof value === "number" && (value | 0) === value,
  f64: (value) => typeof value === "number" && Number.isFinite(value),
  bool: (value) => typeof value === "boolean",
  text: (value) => typeof value === "string",
};

function linesOf(ndjson: string): Record<string, unknown>[] {
  return ndjson.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}
