import { zstdCompressSync } from "node:zlib";
import { RecordType } from "../parsers/perf/abi.ts";
import { compressed2Push } from "./compressed_pushes.ts";
import { recordTypeName } from "../parsers/perf/record_type.ts";
import { randomNumbers } from "./random_numbers.ts";
import {
  AUXTRACE_RECORD,
  joinParts,
  RECORD_HEADER,
  type RecordingParts,
  recordingParts,
  viewOf,
} from "./recording_parts.ts";
import { concat } from "./zstd_ring.ts";

/** A sound recording to make mutants of. */
export interface Fixture {
  /** Its name, of which the random numbers depend. */
  readonly name: string;
  /** Its bytes. */
  readonly bytes: Uint8Array;
  /** Ends of pieces that do not tell their sizes as records do, by where they start. */
  readonly borders?: ReadonlyMap<number, number>;
  /** Whether its mutants also get what dialects and other programs add. */
  readonly isDialect?: boolean;
}

/** A damaged recording. */
export interface Mutant {
  /** The whole file. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What was done to the fixture, step by step. */
  readonly steps: readonly string[];
}

/** A field in a structure: its offset and size in bytes. */
type Field = readonly [name: string, offset: number, size: 2 | 4 | 8];

const HEADER_FIELDS: readonly Field[] = [
  ["magic", 0, 8],
  ["size", 8, 8],
  ["attr_size", 16, 8],
  ["attrs.offset", 24, 8],
  ["attrs.size", 32, 8],
  ["data.offset", 40, 8],
  ["data.size", 48, 8],
  ["features", 72, 8],
  ["features[1]", 80, 8],
];
const RECORD_FIELDS: readonly Field[] = [["type", 0, 4], ["misc", 4, 2], ["record size", 6, 2]];
/** Fields by type of record. Source: perf_event.h, tools/lib/perf event.h. */
const FIELDS: Readonly<Record<number, readonly Field[]>> = {
  [RecordType.Aux]: [["aux_offset", 8, 8], ["aux_size", 16, 8], ["flags", 24, 8]],
  [RecordType.Auxtrace]: [
    ["size", 8, 8],
    ["offset", 16, 8],
    ["reference", 24, 8],
    ["idx", 32, 4],
    ["tid", 36, 4],
    ["cpu", 40, 4],
  ],
  [RecordType.AuxtraceInfo]: [["type", 8, 4], ["priv[0]", 16, 8], ["priv[1]", 24, 8]],
  [RecordType.IdIndex]: [["nr", 8, 8], ["id", 16, 8], ["idx", 24, 8], ["cpu", 32, 8], [
    "tid",
    40,
    8,
  ]],
  [RecordType.Lost]: [["id", 8, 8], ["lost", 16, 8]],
  [RecordType.LostSamples]: [["lost", 8, 8]],
  [RecordType.AuxOutputHwId]: [["hw_id", 8, 8]],
  [RecordType.ItraceStart]: [["pid", 8, 4], ["tid", 12, 4]],
  [RecordType.AuxtraceError]: [["type", 8, 4], ["code", 12, 4], ["cpu", 16, 4], ["fmt", 28, 4], [
    "time",
    40,
    8,
  ]],
  [RecordType.Compressed2]: [["data_size", 8, 8]],
  [RecordType.TimeConv]: [["time_shift", 8, 8], ["time_mult", 16, 8], ["time_zero", 24, 8]],
  [RecordType.HeaderTracingData]: [["size", 8, 4]],
};
const TYPES: readonly number[] = Object.values(RecordType);
const WORDS = 12;
const TEXT = "ready: 3 of 4 \n\tgrößer\x1b[0m\x07 PERFILE2 DDDDGGGG";
/** More queues than a recording may have. */
const MANY = 9000;

/**
 * Damages a recording so that the damage gets past the first checks: the fields, records and
 * sections of perf.data are known here.
 *
 * Of the same fixture, donors and seed the mutant is the same, until this file changes.
 *
 * @param donors Recordings that records are taken from.
 * @param seed An integer.
 */
export function mutantOf(fixture: Fixture, donors: readonly Fixture[], seed: number): Mutant {
  let start = 0x811c9dc5 ^ Math.imul(seed + 1, 0x9e3779b1);
  for (const char of fixture.name) start = Math.imul(start ^ char.charCodeAt(0), 0x01000193);
  return new Mutation(fixture, donors, randomNumbers(start || 1)).mutant();
}

/** One mutant in the making. */
class Mutation {
  readonly #parts: RecordingParts;
  readonly #donors: readonly Fixture[];
  readonly #random: () => number;
  readonly #steps: string[] = [];
  readonly #isDialect: boolean;

  constructor(fixture: Fixture, donors: readonly Fixture[], random: () => number) {
    const { bytes, borders, isDialect = false } = fixture;
    this.#parts = recordingParts(bytes, borders);
    this.#isDialect = isDialect;
    this.#donors = donors;
    this.#random = random;
    for (let n = 0; n < 8; n++) random();
  }

  mutant(): Mutant {
    for (let left = 1 + this.#below(this.#chance(4) ? 8 : 3); left > 0; left--) this.#step();
    if (this.#isDialect) this.#addForeign();
    if (this.#chance(12)) this.#compress();
    const isStale = this.#chance(10);
    const { head, records, tail } = this.#parts;
    let bytes = isStale ? concat([head, ...records, tail]) : joinParts(this.#parts);
    if (isStale) this.#steps.push("sizes and offsets of sections as before");
    if (this.#chance(16)) bytes = this.#cutFile(bytes);
    if (this.#isDialect && this.#chance(4)) bytes = this.#follow(bytes);
    return { bytes, steps: this.#steps };
  }

  #step(): void {
    const steps: readonly [weight: number, run: () => void][] = [
      [12, () => this.#setField()],
      [3, () => this.#setFieldOfAll()],
      [2, () => this.#shiftPositions()],
      [2, () => this.#setInHead()],
      [2, () => this.#setInTail()],
      [3, () => this.#setInPayload()],
      [2, () => this.#swapRecords()],
      [2, () => this.#dropRecords()],
      [3, () => this.#repeatRecord()],
      [3, () => this.#resizeRecord()],
      [2, () => this.#changeType()],
      [2, () => this.#insertRecord()],
      [3, () => this.#splice()],
      [1, () => this.#swapBytes()],
    ];
    let at = this.#below(steps.reduce((so, [weight]) => so + weight, 0));
    steps.find(([weight]) => (at -= weight) < 0)?.[1]();
  }

  #setField(): void {
    this.#withRecord((record, n) => {
      const field = this.#pick(this.#fieldsOf(record));
      this.#set(record, field, `${nameOf(record, this.#parts)} ${n}`);
    });
  }

  /** The fields that are known, or the header's, or any word. */
  #fieldsOf(record: Uint8Array): readonly Field[] {
    const known = FIELDS[this.#typeOf(record)]?.filter((field) => fits(record, field)) ?? [];
    if (known.length > 0 && !this.#chance(3)) return known;
    if (this.#chance(4)) return RECORD_FIELDS;
    const end = record.length - record.length % 4;
    const ofStart = 4 * this.#below(Math.min(WORDS, end / 4));
    const ofEnd = end - 8 - 8 * this.#below(8);
    const offset = this.#chance(2) || ofEnd < RECORD_HEADER ? ofStart : ofEnd;
    return [[`+${offset}`, offset, offset + 8 <= record.length && offset % 8 === 0 ? 8 : 4]];
  }

  /** Gives a field the same value in all records of a type. */
  #setFieldOfAll(): void {
    this.#withRecord((record) => {
      const type = this.#typeOf(record);
      const field = this.#pick(this.#fieldsOf(record));
      const value = this.#value(this.#read(record, field), field[2]);
      for (const other of this.#parts.records) {
        if (this.#typeOf(other) === type && fits(other, field)) this.#write(other, field, value);
      }
      this.#steps.push(`all ${nameOf(record, this.#parts)}: ${field[0]} = 0x${value.toString(16)}`);
    });
  }

  /** Moves the positions of all AUX and AUXTRACE records to the neighbourhood of a limit. */
  #shiftPositions(): void {
    const by = this.#value(0n, 8) - BigInt(8 * this.#below(1024));
    for (const record of this.#parts.records) {
      const type = this.#typeOf(record);
      const field = type === RecordType.Aux
        ? FIELDS[type]![0]!
        : type === RecordType.Auxtrace
        ? FIELDS[type]![1]!
        : null;
      if (field === null || !fits(record, field)) continue;
      this.#write(record, field, BigInt.asUintN(64, this.#read(record, field) + by));
    }
    this.#steps.push(`positions + ${by}`);
  }

  #setInHead(): void {
    const { head, pipe } = this.#parts;
    const known = pipe ? HEADER_FIELDS.slice(0, 2) : HEADER_FIELDS;
    const at = 4 * this.#below(Math.floor(head.length / 4));
    const field = this.#chance(2) ? this.#pick(known) : [`+${at}`, at, 4] as const;
    if (fits(head, field)) this.#set(head, field, "header");
  }

  #setInTail(): void {
    const { tail, features } = this.#parts;
    if (tail.length < 8) return;
    const entry = 8 * this.#below(Math.max(2 * features, 1));
    const at = 4 * this.#below(Math.floor(tail.length / 4));
    const field = this.#chance(2) ? ["entry", entry, 8] as const : [`+${at}`, at, 4] as const;
    if (fits(tail, field)) this.#set(tail, field, "sections");
  }

  #setInPayload(): void {
    const { records } = this.#parts;
    const chunks = records.filter((record) => record.length > AUXTRACE_RECORD);
    if (chunks.length === 0) return;
    const record = this.#pick(chunks);
    const from = this.#typeOf(record) === RecordType.Auxtrace ? AUXTRACE_RECORD : RECORD_HEADER;
    const at = from + this.#below(record.length - from);
    const end = Math.min(at + 1 + this.#below(this.#chance(2) ? 8 : 256), record.length);
    for (let i = at; i < end; i++) record[i] = this.#random();
    this.#steps.push(`${nameOf(record, this.#parts)}: random bytes from ${at} to ${end}`);
  }

  #swapRecords(): void {
    this.#withRecord((record, n) => {
      const { records } = this.#parts;
      const other = this.#below(records.length);
      records[n] = records[other]!;
      records[other] = record;
      this.#steps.push(`swap records ${n} and ${other}`);
    });
  }

  #dropRecords(): void {
    this.#withRecord((_, n) => {
      const count = this.#chance(2) ? 1 : 1 + this.#below(8);
      this.#parts.records.splice(n, count);
      this.#steps.push(`drop ${count} records from ${n}`);
    });
  }

  /** Repeats a record, also with one of its fields counting up, so that there are many queues. */
  #repeatRecord(): void {
    this.#withRecord((record, n) => {
      const isSmall = record.length <= 128;
      const times = isSmall && this.#chance(40)
        ? record.length <= 64 ? MANY : MANY / 6
        : isSmall && this.#chance(8)
        ? 500
        : 1 + this.#below(4);
      const field = this.#chance(2) ? null : this.#pick(this.#fieldsOf(record));
      const copies = Array.from({ length: times }, (_, i) => {
        const copy = record.slice();
        if (field !== null) {
          const value = this.#read(copy, field) + BigInt(i);
          this.#write(copy, field, BigInt.asUintN(8 * field[2], value));
        }
        return copy;
      });
      this.#parts.records.splice(n, 0, ...copies);
      const name = nameOf(record, this.#parts);
      this.#steps.push(`repeat ${name} ${n} ${times} times, counting ${field?.[0] ?? "nothing"}`);
    });
  }

  /** Cuts a record, or lengthens it, mostly with the size that it says of itself. */
  #resizeRecord(): void {
    this.#withRecord((record, n) => {
      const by = this.#chance(2) ? 8 * (1 + this.#below(8)) : 1 + this.#below(64);
      const size = Math.max(this.#chance(2) ? record.length - by : record.length + by, 8);
      const resized = new Uint8Array(size);
      resized.set(record.subarray(0, size));
      for (let i = record.length; i < size; i++) resized[i] = this.#random();
      const isTold = !this.#chance(4);
      if (isTold && this.#typeOf(record) === RecordType.Auxtrace && size >= AUXTRACE_RECORD) {
        this.#write(resized, ["size", 8, 8], BigInt(size - AUXTRACE_RECORD));
      } else if (isTold) {
        this.#write(resized, ["record size", 6, 2], BigInt(Math.min(size, 0xffff)));
      }
      this.#parts.records[n] = resized;
      const name = nameOf(record, this.#parts);
      this.#steps.push(`${name} ${n}: ${size} bytes, ${isTold ? "and says so" : "not said"}`);
    });
  }

  #changeType(): void {
    this.#withRecord((record, n) => {
      const name = nameOf(record, this.#parts);
      this.#write(record, ["type", 0, 4], BigInt(this.#pick(TYPES)));
      this.#steps.push(`${name} ${n}: now ${nameOf(record, this.#parts)}`);
    });
  }

  /** Makes a record of a known type, with the trailer of another one. */
  #insertRecord(): void {
    this.#withRecord((neighbour, n) => {
      const type = this.#pick(TYPES);
      const body = 8 * (1 + this.#below(16));
      const trailer = neighbour.slice(RECORD_HEADER).slice(-8 * this.#below(6));
      const record = concat([new Uint8Array(RECORD_HEADER + body), trailer]);
      this.#write(record, ["type", 0, 4], BigInt(type));
      this.#write(record, ["record size", 6, 2], BigInt(record.length));
      for (let at = RECORD_HEADER; at < RECORD_HEADER + body; at += 8) {
        if (!this.#chance(3)) this.#write(record, ["", at, 8], this.#value(0n, 8));
      }
      this.#parts.records.splice(n, 0, record);
      this.#steps.push(`insert ${nameOf(record, this.#parts)} of ${record.length} bytes at ${n}`);
    });
  }

  /** Inserts records of another recording, or takes its header. Their byte order may differ. */
  #splice(): void {
    const donor = this.#pick(this.#donors);
    const { head, records } = recordingParts(donor.bytes);
    const { records: ours } = this.#parts;
    if (this.#chance(8)) {
      this.#parts.head = head;
      this.#steps.push(`header of ${donor.name}`);
    } else if (records.length > 0) {
      const from = this.#below(records.length);
      const taken = records.slice(from, from + 1 + this.#below(8));
      const at = this.#below(ours.length + 1);
      ours.splice(at, this.#below(3), ...taken);
      this.#steps.push(`${taken.length} records of ${donor.name} from ${from} at ${at}`);
    }
  }

  /** Turns the bytes of every word of a record round. */
  #swapBytes(): void {
    this.#withRecord((record, n) => {
      for (let at = 0; at + 4 <= record.length; at += 4) record.subarray(at, at + 4).reverse();
      this.#steps.push(`record ${n} in the other byte order`);
    });
  }

  /** Inserts foreign bytes between records, or compresses some as other perfs do. */
  #addForeign(): void {
    for (let left = this.#below(4); left > 0; left--) {
      if (this.#chance(3)) this.#compressAs();
      else this.#insertForeign();
    }
  }

  /** Text, zeros, the start of a recording or any bytes, of any size. */
  #insertForeign(): void {
    const { records } = this.#parts;
    const size = 1 + this.#below(this.#chance(3) ? 400 : 24);
    const kind = this.#pick(["text", "zeros", "start", "bytes"] as const);
    const bytes = kind === "text"
      ? Uint8Array.from({ length: size }, (_, i) => TEXT.charCodeAt((i + size) % TEXT.length))
      : kind === "start"
      ? recordingParts(this.#pick(this.#donors).bytes).head.slice(0, size)
      : Uint8Array.from({ length: size }, () => kind === "zeros" ? 0 : this.#random());
    const at = this.#below(records.length + 1);
    this.#steps.push(`${bytes.length} foreign bytes at ${at}: ${kind}`);
    // Steps after this one take what is there for records.
    const neighbour = records[at] ?? new Uint8Array(RECORD_HEADER);
    records.splice(at, at < records.length ? 1 : 0, concat([bytes, neighbour]));
  }

  /** Puts a run of records into one push of COMPRESSED2 records, as one of its writers does. */
  #compressAs(): void {
    const { records, little } = this.#parts;
    const from = this.#below(records.length);
    const run = records.slice(from, from + 1 + this.#below(32));
    if (run.length === 0) return;
    const writer = this.#pick(["7.2", "6.16", "6.16 --aio"] as const);
    const leftOver = this.#value(0n, 8);
    const zstd = new Uint8Array(zstdCompressSync(concat(run)));
    const whole = this.#chance(2) ? zstd.subarray(0, this.#below(zstd.length)) : zstd;
    records.splice(from, run.length, compressed2Push(whole, { little, writer, leftOver }));
    this.#steps.push(`compress ${run.length} records from ${from} as ${writer}: ${whole.length}`);
  }

  /** Lets zeros, or another recording, follow. */
  #follow(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const zeros = new Uint8Array(this.#below(9));
    const donor = this.#pick(this.#donors);
    const next = this.#chance(2) ? donor.bytes : new Uint8Array(0);
    this.#steps.push(`then ${zeros.length} zeros, then ${next.length} bytes of ${donor.name}`);
    return concat([bytes, zeros, next]);
  }

  /** Puts a run of records into one compressed record. */
  #compress(): void {
    const { records } = this.#parts;
    const from = this.#below(records.length);
    const run: Uint8Array[] = [];
    let size = 0;
    for (const record of records.slice(from, from + 1 + this.#below(32))) {
      if ((size += record.length) > 0x8000) break;
      run.push(record);
    }
    if (run.length === 0) return;
    const zstd = new Uint8Array(zstdCompressSync(concat(run)));
    const isSecond = this.#chance(2);
    const start = isSecond ? 16 : RECORD_HEADER;
    const record = new Uint8Array(start + zstd.length + (isSecond ? -zstd.length & 7 : 0));
    record.set(zstd, start);
    const type = isSecond ? RecordType.Compressed2 : RecordType.Compressed;
    this.#write(record, ["type", 0, 4], BigInt(type));
    this.#write(record, ["record size", 6, 2], BigInt(record.length));
    if (isSecond) this.#write(record, ["data_size", 8, 8], BigInt(zstd.length));
    records.splice(from, run.length, record);
    this.#steps.push(`compress ${run.length} records from ${from}`);
  }

  #cutFile(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const size = this.#below(bytes.length);
    this.#steps.push(`the first ${size} bytes`);
    return bytes.slice(0, size);
  }

  #set(bytes: Uint8Array, field: Field, where: string): void {
    const value = this.#value(this.#read(bytes, field), field[2]);
    this.#write(bytes, field, value);
    this.#steps.push(`${where}: ${field[0]} = 0x${value.toString(16)}`);
  }

  /** A value where arithmetic breaks, or a neighbour of what was there. */
  #value(before: bigint, size: 2 | 4 | 8): bigint {
    const { records } = this.#parts;
    const near = BigInt(this.#below(17) - 8);
    const values = [
      ...[0n, 1n, before + 1n, before - 1n, before + near, -before, before << 1n],
      ...[-1n, -2n, -8n, 1n << BigInt(8 * size - 1), (1n << BigInt(8 * size - 1)) - 1n],
      ...[31n, 32n, 33n, 53n, 63n].flatMap((
        bit,
      ) => [1n << bit, (1n << bit) - 1n, (1n << bit) + 1n]),
      (1n << 32n) + near,
      -(1n << 32n) + near,
      before ^ 1n << BigInt(this.#below(8 * size)),
      BigInt(this.#below(64)),
      BigInt(this.#random()),
      BigInt(this.#random()) << BigInt(this.#below(33)),
      BigInt(records.length > 0 ? this.#pick(records).length : 8),
    ];
    return BigInt.asUintN(8 * size, this.#pick(values));
  }

  #withRecord(use: (record: Uint8Array, n: number) => void): void {
    const { records } = this.#parts;
    if (records.length === 0) return;
    const n = this.#below(records.length);
    use(records[n]!, n);
  }

  #typeOf(record: Uint8Array): number {
    return viewOf(record).getUint32(0, this.#parts.little);
  }

  #read(bytes: Uint8Array, [, offset, size]: Field): bigint {
    const view = viewOf(bytes);
    const { little } = this.#parts;
    if (size === 8) return view.getBigUint64(offset, little);
    return BigInt(size === 4 ? view.getUint32(offset, little) : view.getUint16(offset, little));
  }

  #write(bytes: Uint8Array, [, offset, size]: Field, value: bigint): void {
    const view = viewOf(bytes);
    const { little } = this.#parts;
    if (size === 8) view.setBigUint64(offset, value, little);
    else if (size === 4) view.setUint32(offset, Number(value), little);
    else view.setUint16(offset, Number(value), little);
  }

  #pick<T>(values: readonly T[]): T {
    return values[this.#below(values.length)]!;
  }

  /** True once in `times`. */
  #chance(times: number): boolean {
    return this.#below(times) === 0;
  }

  /** From 0 up to `limit` - 1. */
  #below(limit: number): number {
    return this.#random() % Math.max(limit, 1);
  }
}

function fits(bytes: Uint8Array, [, offset, size]: Field): boolean {
  return offset + size <= bytes.length;
}

function nameOf(record: Uint8Array, { little }: RecordingParts): string {
  return recordTypeName(viewOf(record).getUint32(0, little)).replace("PERF_RECORD_", "");
}
