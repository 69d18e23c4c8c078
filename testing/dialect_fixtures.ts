import { AuxRecording, cpuRings, type RecordingOptions, step, TID } from "./aux_recording.ts";
import { compressed2Push, LARGEST_PADDED_PIECE, LARGEST_PIECE } from "./compressed_pushes.ts";
import { mixedRecording } from "./mixed_coresight.ts";
import type { Fixture } from "./mutants.ts";
import {
  auxEvent,
  auxtraceError,
  auxtraceInfo,
  AuxtraceType,
  ByteWriter,
  cmdline,
  comm,
  compressed,
  compressedFeature,
  encodeRecord,
  type EventSpec,
  headerAttr,
  lost,
  nrcpus,
  oldHeader,
  type PerfFileBuilder,
  type PerfFileOptions,
  type RecordSpec,
  RecordType,
  sample,
  SampleType,
  simpleperfIndex,
  simpleperfTracingData,
  textFeature,
} from "./perf_builder.ts";
import { ptBytes, randomPtCases } from "./pt_cases.ts";
import { randomNumbers as randomBelow } from "./packet_pieces.ts";
import { randomNumbers } from "./random_numbers.ts";
import { concat, ZstdRing } from "./zstd_ring.ts";

type ByteOrder = "little" | "big";

const BYTE_ORDERS: readonly ByteOrder[] = ["little", "big"];
const WRITERS = ["7.2", "6.16", "6.16 --aio"] as const;
const utf8 = new TextEncoder();
/** A push of more zstd bytes than a record can hold, of records of this size. */
const NOISE = 66_000;
const NOISY_RECORD = 11_000;
/** Large records of zeros, whose zstd bytes are few. */
const LARGE_RECORD = 60_000;
const LARGE_COUNT = 20;
const MAGIC = 0x32454c4946524550n;
const LAST = comm({ pid: 1, tid: 1, comm: "work" });
const TEXTS = [
  "hello from program 1234\n",
  "\t\n\t\nDDDDGGGG",
  "größer — 大\n",
  "PERFILE2 and 2\n",
];

/**
 * Recordings in what perf's dialects and their surroundings add: COMPRESSED2 of each writer, large
 * pushes, text between records, second recordings, padding, and records of old and unknown layouts.
 */
export async function dialectFixtures(): Promise<Fixture[]> {
  const fixtures: Fixture[] = [];
  for (const byteOrder of BYTE_ORDERS) {
    const isLittle = byteOrder === "little";
    const add = (name: string, built: Noted, after = new Uint8Array(0)) =>
      fixtures.push({
        name: `dialect ${name}, ${byteOrder}`,
        bytes: concat([built.recording.bytes(), after]),
        borders: built.borders,
        isDialect: true,
      });
    for (const writer of WRITERS) {
      add(`compressed by ${writer}`, await compressed2({ byteOrder, pipe: !isLittle }, writer));
    }
    add("large push", await largePush({ byteOrder, pipe: isLittle }));
    add("text", withTexts({ byteOrder, pipe: true }));
    add("text in compressed", await textInCompressed({ byteOrder, pipe: true }));
    add("two pipes", twoPipes(byteOrder), Uint8Array.of(0, 0, 0));
    add("two files", aux({ byteOrder }), aux({ byteOrder: "big" }).recording.bytes());
    add("padded pipe", aux({ byteOrder, pipe: true }), new Uint8Array(5));
    add("padded data", aux({ byteOrder }).add(new Uint8Array(isLittle ? 7 : 1)));
    fixtures.push({ name: `dialect old headers, ${byteOrder}`, ...oldHeaders(byteOrder) });
    add("old simpleperf", oldSimpleperf({ byteOrder }));
    add("mixed CoreSight", new Noted(mixedRecording(byteOrder)));
    for (const [name, info] of UNKNOWN_INFOS) add(name, aux({ byteOrder, info }));
  }
  return fixtures;
}

/** AUXTRACE_INFO of layouts that are shorter or newer than those that are known. */
const UNKNOWN_INFOS: readonly [string, RecordSpec][] = [
  ["short intel_pt", auxtraceInfo(AuxtraceType.intel_pt, [8n, 31n])],
  ["cs_etm version 2", auxtraceInfo(AuxtraceType.cs_etm, [2n, 8n << 32n | 4n, 0n, 1n, 2n])],
  ["arm_spe version 9", auxtraceInfo(AuxtraceType.arm_spe, [9n, 4n, 8n, 1n, 7n, 0n, 3n])],
  ["unknown type", auxtraceInfo(77, [1n, 2n, 3n])],
];

/** A recording, and where each piece of it begins and ends. */
class Noted {
  readonly borders = new Map<number, number>();
  readonly recording: Pick<PerfFileBuilder, "bytes">;
  readonly #file: PerfFileBuilder;

  constructor(recording: PerfFileBuilder | AuxRecording) {
    this.recording = recording;
    this.#file = recording instanceof AuxRecording ? recording.file : recording;
  }

  /** Appends records, and bytes as they are. */
  add(...pieces: readonly (RecordSpec | Uint8Array)[]): this {
    for (const piece of pieces) {
      const start = this.#file.position;
      if (piece instanceof Uint8Array) this.#file.raw(piece);
      else this.#file.add(piece, { id: 1n, cpu: 0, tid: TID, timeNs: step(0) });
      if (this.#file.position - start >= 8) this.borders.set(start, this.#file.position);
    }
    return this;
  }

  /** Ends with AUX data that follows the rest of a ring. */
  trace(start = 0n): this {
    const payload = ptBytes(randomPtCases(randomBelow(7), 8));
    const size = payload.length;
    this.#file.aux({ offset: start, size, id: 1n, cpu: 0, tid: TID, timeNs: step(1) });
    this.#file.auxtrace({ idx: 0, cpu: 0, tid: TID, offset: start, payload }).finishedRound();
    return this;
  }
}

function aux(options: RecordingOptions): Noted {
  return new Noted(new AuxRecording({ rings: cpuRings(1), ...options })).trace().trace(4096n);
}

function noise(seed: number): RecordSpec {
  const random = randomNumbers(seed);
  const body = (out: ByteWriter) => {
    for (let at = 8; at < NOISY_RECORD; at++) out.u8(random() & 0xff);
  };
  return { type: RecordType.Comm, bare: true, body };
}

/** Two pushes, of which the second has more than one record, and AUX data after each. */
async function compressed2(
  options: PerfFileOptions & { readonly byteOrder: ByteOrder },
  writer: (typeof WRITERS)[number],
): Promise<Noted> {
  using ring = new ZstdRing();
  const recording = new AuxRecording(options);
  const noted = new Noted(recording);
  const little = options.byteOrder === "little";
  const encode = (record: RecordSpec) => recording.file.encode(record, { id: 1n, cpu: 0 });
  const largest = 16 + (writer === "7.2" ? LARGEST_PADDED_PIECE : LARGEST_PIECE);
  for (const size of [0, NOISE]) {
    const records = [encode(lost(1n, 5n)), encode(comm({ pid: 1, tid: 2, comm: "work" }))];
    for (let at = 0; at < size; at += NOISY_RECORD) records.push(encode(noise(at + 1)));
    const zstd = await ring.flush(concat(records));
    const push = compressed2Push(zstd, { little, writer });
    for (let at = 0; at < push.length; at += largest) noted.add(push.subarray(at, at + largest));
    noted.trace(BigInt(size));
  }
  return noted;
}

/** One COMPRESSED record of more than a MiB of records. */
async function largePush(options: PerfFileOptions): Promise<Noted> {
  using ring = new ZstdRing();
  const recording = new AuxRecording({ ...options, features: [compressedFeature(1 << 21)] });
  const body = (out: ByteWriter) => out.zeros(LARGE_RECORD - 8);
  const large: RecordSpec = { type: RecordType.Comm, bare: true, body };
  const bytes = recording.file.encode(large);
  const push = concat(Array<Uint8Array>(LARGE_COUNT).fill(bytes));
  return new Noted(recording).add(compressed(await ring.flush(push))).trace();
}

function withTexts(options: PerfFileOptions): Noted {
  const noted = new Noted(new AuxRecording(options));
  for (const [n, text] of TEXTS.entries()) noted.add(utf8.encode(text)).trace(BigInt(n) << 12n);
  return noted.add(utf8.encode("the end\n"));
}

/** Text between the pieces of a record that is compressed. */
async function textInCompressed(options: PerfFileOptions): Promise<Noted> {
  using ring = new ZstdRing();
  const recording = new AuxRecording(options);
  const noted = new Noted(recording);
  const records = concat(
    [1, 2, 3].map((tid) => recording.file.encode(comm({ pid: 1, tid, comm: "work" }), { id: 1n })),
  );
  const half = records.length / 2 + 4;
  for (const part of [records.subarray(0, half), records.subarray(half)]) {
    noted.add(compressed(await ring.flush(part)), utf8.encode(TEXTS[0]!));
  }
  return noted.trace();
}

function twoPipes(byteOrder: ByteOrder): Noted {
  const second = aux({ byteOrder: "big", pipe: true }).recording.bytes();
  return aux({ byteOrder, pipe: true }).add(second);
}

/** A stream of Google's perf 3.3, with samples whose branches have no place in the hardware. */
function oldHeaders(byteOrder: ByteOrder): Omit<Fixture, "name"> {
  const event: EventSpec = {
    name: "cycles",
    type: 0,
    ids: [1n],
    sampleType: SampleType.Ip | SampleType.Time | SampleType.BranchStack,
    branchSampleType: 1n << 17n,
  };
  const headers = [
    ...[textFeature("hostname", "host"), textFeature("version", "3.3.0-4")],
    ...[textFeature("arch", "ppc64"), nrcpus(2, 2), cmdline(["perf", "record"])],
  ];
  const values = { ip: 1n, timeNs: 5n, hwIdx: -1n, branches: [{ from: 1n, to: 2n, cycles: 3 }] };
  const records = [...headers.map(oldHeader), headerAttr(event), sample(event, values), LAST];
  const out = new ByteWriter(byteOrder === "little");
  out.u64(MAGIC);
  out.u64(16n);
  const borders = new Map<number, number>();
  for (const record of records) {
    const start = out.size;
    out.bytes(encodeRecord(out.little, record));
    borders.set(start, out.size);
  }
  return { bytes: out.toBytes(), borders, isDialect: true };
}

/** Tracing data inside its record, an index without the number of its entries, and an error. */
function oldSimpleperf(options: PerfFileOptions): Noted {
  const index: { fileOffset: number; size: number }[] = [];
  const recording = new AuxRecording({
    ...options,
    events: [auxEvent("cs-etm", 1)],
    features: [simpleperfIndex(index)],
    info: auxtraceInfo(AuxtraceType.cs_etm, [1n, 8n << 32n, 0n]),
  });
  const error = { code: 1, cpu: 0, pid: 1, tid: 1, ip: 1n, timeNs: 1n, message: "lost" };
  const blob = Uint8Array.from({ length: 2012 }, (_, i) => i);
  const noted = new Noted(recording).add(simpleperfTracingData(blob)).trace();
  noted.add(auxtraceError(error)).trace(4096n);
  index.push(...recording.file.auxtraceRecords);
  return noted;
}
