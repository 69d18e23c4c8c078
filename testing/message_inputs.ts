/**
 * Inputs, built by hand, that make a reader say what is wrong with them: one for each message.
 *
 * @module
 */

import { gzipSync } from "node:zlib";
import { auxChecks, AuxWalk, replayReport } from "../auxtrace/mod.ts";
import { ByteWriter } from "../encoders/byte_writer.ts";
import { decoderCheck, payloadFormat } from "../packets/mod.ts";
import { PayloadIndex } from "../packets/payload_index.ts";
import { openRawPayload } from "../cli/actions/_payload_input.ts";
import { Cursor } from "../parsers/cursor.ts";
import { type ByteSource, bytesSource, FormatError } from "../parsers/internal.ts";
import { decodeCpuMap } from "../parsers/perf/cpu_map.ts";
import { decodeBpfPrograms } from "../parsers/perf/features/bpf.ts";
import { decodeBuildIds } from "../parsers/perf/features/build_ids.ts";
import { decodeEventDesc } from "../parsers/perf/features/event_desc.ts";
import { decodeMemoryTopology } from "../parsers/perf/features/memory.ts";
import { decodeTracingData } from "../parsers/perf/features/tracing_data.ts";
import {
  checkFile,
  parsePerfFile,
  type PerfFile,
  type PerfFileOptions as ReadOptions,
  type Zstd,
} from "../parsers/perf/mod.ts";
import { openPerfBytes, unpack } from "../system/mod.ts";
import {
  auxEvent,
  auxtraceError,
  auxtraceIndex,
  auxtraceInfo,
  AuxtraceType,
  compressed,
  contextSwitch,
  type EventSpec,
  Feature,
  intelPtInfo,
  lost,
  lostSamples,
  PerfFileBuilder,
  type PerfFileOptions,
  type RecordSpec,
  RecordType,
  sample,
  SampleType,
  textFeature,
  wordRecord,
  ZstdRing,
} from "./perf_builder.ts";
import { VERSION } from "../text/mod.ts";
import { findingPlaces, placesIn } from "./message_sites.ts";
import { concat } from "./zstd_ring.ts";

/** What a reader says of an input, and the places of the code that made it say so. */
export interface Told {
  readonly texts: readonly string[];
  readonly places: readonly string[];
}

type Write = (out: ByteWriter) => void;
type Input = () => Told | Promise<Told>;

/** Where bytes that are decoded alone stand in their file. */
const BASE = 0x1000;
const ID = { id: 1n, cpu: 0 };
const AUX = { offset: 0n, size: 8, ...ID };
const CHUNK = { idx: 0, cpu: 0, offset: 0n, size: 8 };
const INFO = auxtraceInfo(AuxtraceType.hisi_ptt, [8n]);

function told(errors: readonly (FormatError | null | undefined)[]): Told {
  const given = errors.filter((error) => error instanceof FormatError);
  return {
    texts: given.map(({ message, cure }) => `${message}; ${cure}`),
    places: given.flatMap(({ stack, cause }) => [
      ...placesIn(stack),
      ...placesIn((cause as Error | undefined)?.stack),
    ]),
  };
}

function thrown(use: () => unknown): Told {
  try {
    use();
  } catch (error) {
    if (error instanceof FormatError) return told([error]);
    throw error;
  }
  return told([]);
}

function file(options: PerfFileOptions = {}): PerfFileBuilder {
  return new PerfFileBuilder(options);
}

/** Opens bytes and walks over their records: what could not be decoded of the file, and where it ends early. */
function walked(bytes: Uint8Array<ArrayBuffer>, options: ReadOptions = {}): Told {
  return thrownOrTold(() => {
    using opened = parsePerfFile(bytes, options);
    const cursor = opened.recordCursor();
    while (cursor.next());
    return told([...opened.damage, cursor.cut]);
  });
}

function thrownOrTold(use: () => Told): Told {
  let result: Told | null = null;
  const error = thrown(() => result = use());
  return result ?? error;
}

/** Decodes the records of a file. */
function decoded(builder: PerfFileBuilder): Told {
  const errors = [...parsePerfFile(builder.bytes()).records()]
    .map((record) => record.type === "raw" ? record.error : null);
  return told(errors);
}

/** Decodes bytes as a structure named `x`. */
function structure(decode: (body: Cursor) => unknown, write: Write): Told {
  const out = new ByteWriter(true);
  write(out);
  return thrown(() => decode(new Cursor(out.toBytes(), BASE, true, "x")));
}

/** Checks a file in all ways. */
function checked(bytes: Uint8Array<ArrayBuffer>, options: ReadOptions = {}): Told {
  using opened = openPerfBytes(bytes, options);
  return checkedFile(opened);
}

function checkedFile(opened: PerfFile): Told {
  let texts: string[] = [];
  const places = findingPlaces(() => {
    texts = checkFile(opened, { also: [auxChecks(opened), decoderCheck(opened)] }).findings
      .map(
        ({ check, severity, fileOffset, message, cure }) =>
          `${check} ${severity} at 0x${fileOffset.toString(16)}: ${message}; ${cure}`,
      );
  });
  return { texts, places };
}

function patched(
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
  value: bigint,
): Uint8Array<ArrayBuffer> {
  new DataView(bytes.buffer).setBigUint64(at, value, true);
  return bytes;
}

function bare(type: number, size: number): RecordSpec {
  return { type, bare: true, body: (out) => out.zeros(size) };
}

function text(words: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(words);
}

/** The magic of a tar archive of POSIX, where it stands in the head of a member. */
function tar(): Uint8Array<ArrayBuffer> {
  return concat([text("perf.data"), new Uint8Array(248), text("ustar"), new Uint8Array(250)]);
}

/** A directory: its file `data`, and those of the rings. */
function directory(...parts: readonly (Uint8Array<ArrayBuffer> | null)[]): ReadOptions {
  const none = new Uint8Array();
  return {
    parts: parts.map((bytes, n) => ({
      name: `data.${n}`,
      source: bytesSource(bytes ?? none),
      isMissing: bytes === null,
    })),
  };
}

/** Walks over the AUX data of a file. */
function replayed(builder: PerfFileBuilder): Told {
  return thrownOrTold(() => {
    const opened = parsePerfFile(builder.bytes());
    replayReport(opened);
    const walk = new AuxWalk(opened, []);
    const cursor = opened.recordCursor();
    while (cursor.next()) walk.record(cursor);
    walk.finish(cursor);
    return told([walk.beyond]);
  });
}

/** A decoder that gives these bytes for the first piece. */
function givesOnce(bytes: Uint8Array): Zstd {
  return () => {
    let isGiven = false;
    return {
      push() {},
      read(into) {
        if (isGiven) return 0;
        isGiven = true;
        into.set(bytes);
        return bytes.length;
      },
    };
  };
}

/** The start of a zstd frame. */
const ZSTD_FRAME = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0);

/** A decoder that takes no data. */
const failing: Zstd = () => ({
  push() {},
  read() {
    throw new Error("no zstd data");
  },
});

/** A decoder that gives records of 65,528 bytes without end. */
const endless: Zstd = () => {
  const record = file().encode(bare(200, 65_520));
  let at = 0;
  return {
    push() {},
    read(into) {
      const part = record.subarray(at, at + into.length);
      into.set(part);
      at = (at + part.length) % record.length;
      return part.length;
    },
  };
};

/** A source that cannot go back, except to what stands before its records. */
function passing(bytes: Uint8Array): ByteSource {
  const { data } = parsePerfFile(bytes).header;
  let at = 0;
  const source = {
    size: Infinity,
    read(offset: number, into: Uint8Array) {
      const part = offset < at && offset >= data.offset
        ? bytes.subarray(0, 0)
        : bytes.subarray(offset, offset + into.length);
      if (offset >= bytes.length) source.size = bytes.length;
      at = Math.max(at, offset);
      into.set(part);
      return part.length;
    },
  };
  return source;
}

function gzip(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gzipSync(bytes));
}

/** Unpacks bytes to their end. */
function unpacked(bytes: Uint8Array): Told {
  const { read } = bytesSource(bytes);
  let at = 0;
  const { stream, close } = unpack((into) => {
    const count = read(at, into);
    at += count;
    return count;
  });
  const result = thrown(() => {
    while ((stream(new Uint8Array(100)) ?? 0) > 0);
  });
  close();
  return result;
}

/** An event whose samples hold AUX data. */
const AUX_SAMPLES: EventSpec = {
  ...auxEvent("s", 1),
  sampleType: SampleType.Tid | SampleType.Cpu | SampleType.Aux,
};

const words = (...values: readonly number[]): Write => (out) => values.forEach((n) => out.u16(n));
const longs = (...values: readonly bigint[]): Write => (out) => out.u64s(values);

function tracing(title: string): Write {
  return (out) => {
    out.bytes(new Uint8Array([0x17, 0x08, 0x44]));
    out.text("tracing0.6\0");
    out.u8(0);
    out.u8(8);
    out.u32(4096);
    out.text(title);
  };
}

/** The inputs by name. */
export const MESSAGE_INPUTS: Readonly<Record<string, Input>> = {
  // What does not start as a recording does
  "an empty file": () => walked(text("")),
  "a file of three bytes": () => walked(text("PER")),
  "a file of text": () => walked(text("10\n1000-1008:1\n")),
  "a file of zeros": () => walked(new Uint8Array(64)),
  "a file of another kind": () => walked(new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0])),
  "a file that is xz": () => walked(new Uint8Array([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4])),
  "a file that is tar": () => walked(tar()),
  "a file that is tar, packed as gzip": () =>
    thrown(() => parsePerfFile(tar(), { packed: "gzip" })),
  "a file that is gzip, read by a reader that does not unpack": () =>
    walked(gzip(text("PERFILE2"))),
  "a file that is gzip twice": () =>
    thrown(() => parsePerfFile(gzip(text("PERFILE2")), { packed: "gzip" })),
  "a stream that ends inside its gzip data": () => unpacked(gzip(text("some text")).slice(0, -3)),
  "gzip data with a wrong checksum": () => {
    const bytes = gzip(text("some text"));
    return unpacked(bytes.with(-5, bytes.at(-5)! ^ 1));
  },
  "other bytes after gzip data": () =>
    unpacked(concat([gzip(text("some text")), text("more text")])),
  "a header that ends after 12 bytes": () => walked(file().bytes().slice(0, 12)),
  "a header that ends after 40 bytes": () => walked(file().bytes().slice(0, 40)),
  "a header of an unknown size": () => walked(patched(file().bytes(), 8, 71n)),
  "records inside the header": () => walked(patched(file().bytes(), 40, 24n)),
  "an old header of an unknown size of attributes": () =>
    walked(patched(file({ legacyMagic: true }).bytes(), 16, 81n)),

  // Attributes and sections
  "attributes that are too small": () => walked(patched(file().finishedRound().bytes(), 16, 79n)),
  "ids at a damaged position": () => {
    const bytes = file().finishedRound().bytes();
    const { data } = parsePerfFile(bytes).header;
    return walked(patched(bytes, data.offset - 16, 1n << 50n));
  },
  "attributes that a stream cannot go back to": () => {
    const bytes = file().finishedRound().bytes();
    const { data, attrSize } = parsePerfFile(bytes).header;
    const ids = patched(bytes, data.offset - 16, BigInt(data.offset + 8 + attrSize));
    let at = 0;
    const source: ByteSource = {
      size: Infinity,
      read(offset, into) {
        at = Math.max(at, offset);
        const piece = ids.subarray(offset, offset + into.length);
        into.set(piece);
        return piece.length;
      },
    };
    return told(parsePerfFile(source).damage);
  },
  "a feature section that was cut off": () => {
    const features = [textFeature("hostname", "testbox")];
    const bytes = file({ features }).finishedRound().bytes();
    return thrown(() => parsePerfFile(bytes.slice(0, -10)).feature(Feature.hostname));
  },
  "a feature section that is larger than the cap": () => {
    const features = [textFeature("hostname", "testbox")];
    const bytes = file({ features }).finishedRound().bytes();
    return thrown(() => parsePerfFile(bytes, { maxFeatureSize: 32 }).feature(Feature.hostname));
  },
  "a feature section that a stream has passed": () => {
    const features = [textFeature("hostname", "testbox")];
    const bytes = file({ features }).finishedRound().bytes();
    const { data } = parsePerfFile(bytes).header;
    const opened = parsePerfFile(
      passing(patched(bytes, data.offset + data.size, BigInt(data.offset))),
    );
    const cursor = opened.recordCursor();
    while (cursor.next());
    return thrown(() => opened.feature(Feature.hostname));
  },
  "more events than the cap": () =>
    walked(file({ events: [auxEvent("a", 1), auxEvent("b", 1)] }).bytes(), { maxEvents: 1 }),
  "an attribute of 32 bytes": () => {
    const attr = wordRecord(RecordType.HeaderAttr, [32n << 32n, 0n, 0n, 0n]);
    return walked(file({ pipe: true }).add(attr).bytes());
  },

  // Records that end early
  "a file that lacks a part of its records": () => walked(file().aux(AUX).bytes().slice(0, 300)),
  "a file that lacks all of its records": () => {
    const bytes = file().finishedRound().bytes();
    return walked(bytes.slice(0, parsePerfFile(bytes).header.data.offset - 8));
  },
  "an unfinished file that ends before its records": () => {
    const bytes = file({ finalised: false }).bytes();
    return walked(bytes.slice(0, bytes.length - 8));
  },
  "an unfinished file that ends inside a record": () =>
    walked(file({ finalised: false }).aux(AUX).bytes().slice(0, -8)),
  "a stream that ends inside a record": () =>
    walked(file({ pipe: true }).aux(AUX).bytes().slice(0, -8)),
  "a stream that ends inside the header of a record": () =>
    walked(file({ pipe: true }).aux(AUX).finishedRound().bytes().slice(0, -4)),
  "a stream that ends inside a payload": () =>
    walked(file({ pipe: true }).auxtrace({ ...CHUNK, size: 64 }).bytes().slice(0, -24)),
  "a stream that ends after its header": () => walked(file({ pipe: true }).bytes().slice(0, 16)),
  "a stream of text after its header": () => {
    const header = file({ pipe: true }).bytes().slice(0, 16);
    return walked(concat([header, text("sh: prog: not found\n")]));
  },
  "a stream that was cut inside a record before another recording": () =>
    walked(concat([
      file({ pipe: true }).add(bare(RecordType.Switch, 16)).bytes().slice(0, -16),
      file({ pipe: true }).finishedRound().bytes(),
    ])),
  "a payload that is read and was cut off": () => {
    const opened = parsePerfFile(
      file({ finalised: false }).auxtrace({ ...CHUNK, size: 64 }).bytes().slice(0, -24),
    );
    const [chunk] = opened.auxChunks();
    return thrown(() => chunk?.read());
  },
  "a data section that ends inside a record": () => {
    const bytes = file().aux(AUX).bytes();
    return walked(patched(bytes, 48, 56n));
  },
  "a file of a directory that ends inside a record": () =>
    walked(file().finishedRound().bytes(), directory(file().aux(AUX).records().slice(0, -8))),
  "a directory that lacks a file": () =>
    walked(file().finishedRound().bytes(), directory(null, file().aux(AUX).records())),
  "bytes that are no record": () =>
    walked(
      file({ pipe: true }).raw(text("\u0000hello, world: no record\u0000")).finishedRound().bytes(),
    ),
  "bytes that are no record, up to the end": () =>
    walked(file({ pipe: true }).raw(text("\u0000hello, world: no record\u0000")).bytes()),
  "a data section that ends inside what is no record": () =>
    walked(file().raw(text("\u0000hello, world")).bytes()),
  "a record of size 0": () => walked(file().raw(new Uint8Array(8)).finishedRound().bytes()),

  // Records that cannot be decoded
  "a field that is not there": () => structure((body) => body.u32(), (out) => out.u16(1)),
  "a record without its last field": () => decoded(file().add(bare(RecordType.ItraceStart, 4))),
  "a record that is shorter than its trailer": () => decoded(file().add(bare(RecordType.Comm, 16))),
  "a count that is too large": () => decoded(file().add(wordRecord(RecordType.IdIndex, [5n]))),
  "an update of an unknown kind": () =>
    decoded(file().add(wordRecord(RecordType.EventUpdate, [9n, 1n]))),
  "a sample of an unknown event": () => {
    const events = [auxEvent("a", 1), { ...auxEvent("b", 1), ids: [2n] }];
    const record: RecordSpec = { type: RecordType.Sample, bare: true, body: longs(9n, 0n, 0n, 0n) };
    return decoded(file({ events }).add(record));
  },
  "a READ of an unknown event": () => {
    const events = [auxEvent("a", 1), { ...auxEvent("b", 1), ids: [2n] }];
    const record: RecordSpec = {
      type: RecordType.Read,
      bare: true,
      body: longs(1n, 1n, 0n, 0n, 0n, 9n),
    };
    return decoded(file({ events }).add(record));
  },
  "a stack with more valid bytes than it has": () => {
    const event: EventSpec = { type: 1, name: "s", ids: [1n], sampleType: SampleType.StackUser };
    const record: RecordSpec = { type: RecordType.Sample, bare: true, body: longs(8n, 0n, 9n) };
    return decoded(file({ events: [event] }).add(record));
  },
  "AUXTRACE_INFO with words that are not there": () =>
    walked(file().add(auxtraceInfo(AuxtraceType.cs_etm, [1n, 9n, 0n])).bytes()),
  "AUXTRACE_INFO of a newer CoreSight": () =>
    walked(file().add(auxtraceInfo(AuxtraceType.cs_etm, [3n, 0n, 0n])).bytes()),
  "AUXTRACE_INFO of a trace unit that header version 0 does not have": () =>
    walked(
      file().add(auxtraceInfo(AuxtraceType.cs_etm, [0n, 1n, 0n, 7n, 0n, 0n, 0n, 0n, 0n])).bytes(),
    ),

  // Compressed records
  "a compressed record without a decoder": () =>
    walked(file().add(compressed(new Uint8Array(8))).bytes()),
  "a compressed record of a decoder that cannot be had": () =>
    walked(file().add(compressed(new Uint8Array(8))).bytes(), {
      zstd: () => {
        throw new Error("no such library");
      },
    }),
  "a compressed record that is damaged": () =>
    walked(file().add(compressed(ZSTD_FRAME)).bytes(), { zstd: failing }),
  "a compressed record that continues the zstd stream of another file": () =>
    walked(file().add(compressed(new Uint8Array(8))).bytes(), { zstd: failing }),
  "a compressed record inside another": () => {
    const inner = file().encode(compressed(new Uint8Array(8)));
    return walked(file().add(compressed(new Uint8Array(8))).bytes(), {
      zstd: givesOnce(inner),
    });
  },
  "zstd data that decodes to nothing": async () => {
    using ring = new ZstdRing();
    const piece = compressed(await ring.flush(file().finishedRound().records()));
    return walked(file().add(piece).bytes(), { zstd: givesOnce(new Uint8Array()) });
  },
  "a compressed record that is larger than the ring": () => {
    const write = (out: ByteWriter) => [1, 1, 1, 1, 4096].forEach((word) => out.u32(word));
    const piece = compressed(new Uint8Array(8));
    return walked(file({ features: [{ bit: Feature.compressed, write }] }).add(piece).bytes(), {
      zstd: endless,
    });
  },
  "a compressed record that is larger than any ring": () =>
    walked(file({ pipe: true }).add(compressed(new Uint8Array(8))).bytes(), { zstd: endless }),
  "more compressed records than the cap": () =>
    walked(file({ pipe: true }).add(compressed(new Uint8Array(8))).bytes(), {
      zstd: endless,
      maxDecompressedSize: 1000,
    }),
  "compressed records whose last block is not whole": async () => {
    using ring = new ZstdRing();
    const whole = await ring.flush(file().aux(AUX).records());
    const bytes = file().add(compressed(whole.slice(0, -3))).finishedRound().bytes();
    const cursor = openPerfBytes(bytes).recordCursor();
    while (cursor.next());
    return told([cursor.cut]);
  },
  "compressed records that end inside a record": async () => {
    using ring = new ZstdRing();
    const records = file().aux(AUX).records();
    const bytes = file().add(compressed(await ring.flush(records.slice(0, 20)))).finishedRound()
      .bytes();
    const cursor = openPerfBytes(bytes).recordCursor();
    while (cursor.next());
    return told([cursor.cut]);
  },
  "a stream whose compressed records end inside a record": async () => {
    using ring = new ZstdRing();
    const records = file().aux(AUX).records();
    const piece = compressed(await ring.flush(records.slice(0, 20)));
    const cursor = openPerfBytes(file({ pipe: true }).add(piece).bytes()).recordCursor();
    while (cursor.next());
    return told([cursor.cut]);
  },

  // Feature sections and maps of CPUs
  "a feature of another version": () => structure(decodeMemoryTopology, longs(2n, 4096n, 0n)),
  "a bitmap of memory blocks that is too short": () =>
    structure(decodeMemoryTopology, longs(1n, 4096n, 1n, 0n, 0n, 129n, 7n, 7n)),
  "ids of an event that are not there": () =>
    structure(decodeEventDesc, (out) => {
      for (const word of [1, 64]) out.u32(word);
      out.zeros(64);
      for (const word of [9, 0]) out.u32(word);
    }),
  "fewer events than announced": () =>
    structure(decodeEventDesc, (out) => {
      for (const word of [3, 64]) out.u32(word);
      out.zeros(2 * 72);
    }),
  "a build id of 21 bytes": () =>
    structure(decodeBuildIds, (out) => {
      out.u32(0);
      out.u16(0x8000);
      out.u16(44);
      out.zeros(4 + 20);
      out.u8(21);
      out.zeros(11);
    }),
  "an entry of build ids that is too small": () =>
    structure(decodeBuildIds, (out) => {
      out.u32(0);
      out.u16(1);
      out.u16(12);
    }),
  "an entry of build ids that goes over the end": () =>
    structure(decodeBuildIds, (out) => {
      out.u32(0);
      out.u16(1);
      out.u16(44);
    }),
  "a BPF program of a small description": () =>
    structure(decodeBpfPrograms, (out) => {
      for (const word of [1, 79, 0, 0, 0]) out.u32(word);
    }),
  "tracing data without its magic": () =>
    structure(decodeTracingData, (out) => out.text("tracing abc")),
  "tracing data with another title": () => structure(decodeTracingData, tracing("header_pace\0")),
  "tracing data that ends inside a title": () => structure(decodeTracingData, tracing("header")),
  "a map of CPUs of an unknown type": () => structure(decodeCpuMap, words(3)),
  "a list of CPUs that is too short": () => structure(decodeCpuMap, words(0, 3, 1, 2)),
  "a mask of CPUs that is too short": () =>
    structure(decodeCpuMap, (out) => {
      words(1, 5, 4)(out);
      out.zeros(16);
    }),
  "a mask of words that no machine has": () => structure(decodeCpuMap, words(1, 0, 2)),
  "a mask with a CPU that no machine has": () =>
    structure(decodeCpuMap, (out) => {
      words(1, 2049, 4)(out);
      out.zeros(8192);
      out.u32(1);
    }),
  "a range of CPUs that goes back": () => structure(decodeCpuMap, words(2, 0, 5, 4)),

  // The walk over AUX data, and its payload
  "an AUX record that ends beyond 2^64": () =>
    replayed(file().aux({ ...AUX, offset: (1n << 64n) - 16n, size: 4096 })),
  "more queues than any machine has": () => {
    const builder = file();
    for (let idx = 0; idx <= 8192; idx++) builder.auxtrace({ idx, cpu: idx, offset: 0n, size: 0 });
    return replayed(builder);
  },
  "AUX data of compressed samples that is over the cap": async () => {
    using ring = new ZstdRing();
    const builder = file({ events: [AUX_SAMPLES] }).add(intelPtInfo());
    const record = sample(AUX_SAMPLES, { pid: 1, tid: 1, cpu: 0, aux: new Uint8Array(64) });
    const piece = compressed(await ring.flush(builder.encode(record)));
    using opened = openPerfBytes(builder.add(piece).bytes());
    const walk = new AuxWalk(opened, [new PayloadIndex(opened, { maxHeldBytes: 8 })]);
    return thrown(() => {
      const cursor = opened.recordCursor();
      while (cursor.next()) walk.record(cursor);
    });
  },
  "a file that becomes shorter while its payload is read": () => {
    const bytes = file().add(intelPtInfo()).aux(AUX).auxtrace(CHUNK).bytes();
    let isGone = false;
    using opened = parsePerfFile({
      size: bytes.length,
      read(offset, into) {
        const piece = isGone ? bytes.subarray(0, 0) : bytes.subarray(offset, offset + into.length);
        into.set(piece);
        return piece.length;
      },
    });
    const index = new PayloadIndex(opened);
    const walk = new AuxWalk(opened, [index]);
    const cursor = opened.recordCursor();
    while (cursor.next()) walk.record(cursor);
    walk.finish(cursor);
    const [queue] = index.recording(walk, null).queues;
    isGone = true;
    return thrown(() => {
      for (const item of queue!.items()) if (item.type === "bytes") item.read(0, new Uint8Array(8));
    });
  },
  "a bare trace that becomes shorter while it is read": () => {
    const path = Deno.makeTempFileSync();
    try {
      Deno.writeFileSync(path, new Uint8Array(64));
      using input = openRawPayload(path, "intel_pt", {});
      const [queue] = input.queues;
      const [item] = queue!.items();
      Deno.truncateSync(path, 0);
      return thrown(() => item?.type === "bytes" && item.read(0, new Uint8Array(8)));
    } finally {
      Deno.removeSync(path);
    }
  },
  "trace data of an unknown type": () =>
    thrown(() =>
      payloadFormat({
        type: "unknown",
        info: null,
        hwIds: new Map(),
        time: null,
        byteOrder: "little",
        cpuid: null,
        records: false,
      })
    ),

  // Findings of a check: the file
  "a sound file, checked": () =>
    checked(file().add(intelPtInfo()).aux(AUX).auxtrace(CHUNK).finishedRound().bytes()),
  "an unfinished file, checked": () => checked(file({ finalised: false }).finishedRound().bytes()),
  "a section that was cut off, checked": () =>
    checked(
      file({ features: [textFeature("hostname", "testbox")] }).finishedRound().bytes().slice(
        0,
        -10,
      ),
    ),
  "a section far after the end of the file, checked": () => {
    const bytes = file({ features: [textFeature("hostname", "testbox")] }).finishedRound().bytes();
    const { data } = parsePerfFile(bytes).header;
    return checked(patched(bytes, data.offset + data.size, 1n << 45n));
  },
  "sections that overlap, checked": () => {
    const bytes = file({ features: [textFeature("hostname", "testbox")] }).finishedRound().bytes();
    const { data } = parsePerfFile(bytes).header;
    return checked(patched(bytes, data.offset + data.size, BigInt(data.offset)));
  },
  "attributes that are too small, checked": () =>
    checked(patched(file().finishedRound().bytes(), 16, 79n)),
  "a stream without an event, checked": () =>
    checked(file({ pipe: true, events: [] }).add(bare(RecordType.Switch, 0)).bytes()),
  "a stream without a record, checked": () => {
    const bytes = file({ pipe: true }).bytes().slice(0, 16);
    return checked(bytes);
  },
  "attributes that do not fill their section, checked": () => {
    const bytes = file({ events: [auxEvent("a", 1), auxEvent("b", 1)] }).finishedRound().bytes();
    const { attrs } = parsePerfFile(bytes).header;
    return checked(patched(bytes, 32, BigInt(attrs.size - 8)));
  },
  "events whose ids are in different places, checked": () => {
    const other = { ...auxEvent("b", 1), ids: [2n], sampleType: SampleType.Tid | SampleType.Id };
    return checked(file({ events: [auxEvent("a", 1), other] }).finishedRound().bytes());
  },
  "a feature section that is damaged, checked": () => {
    const feature = { bit: Feature.nrcpus, write: (out: ByteWriter) => out.u32(4) };
    return checked(file({ features: [feature] }).finishedRound().bytes());
  },

  // Findings of a check: records
  "a record that is too small, checked": () =>
    checked(file().add(bare(RecordType.Aux, 16)).bytes()),
  "a record of the kernel that is no multiple of 8, checked": () =>
    checked(file().add(bare(RecordType.Switch, 36)).bytes()),
  "a record of perf that is no multiple of 8, checked": () =>
    checked(file().add(bare(RecordType.CpuMap, 12)).bytes()),
  "a record that cannot be decoded, checked": () =>
    checked(file().add(bare(RecordType.ItraceStart, 16)).bytes()),
  "an id of no event, checked": () =>
    checked(
      file({ events: [auxEvent("a", 1), { ...auxEvent("b", 1), ids: [2n] }] })
        .add(contextSwitch(0), { id: 9n }).bytes(),
    ),
  "a stream that was cut, checked": () =>
    checked(file({ pipe: true }).aux(AUX).bytes().slice(0, -8)),
  "text after a stream, checked": () =>
    checked(file({ pipe: true }).finishedRound().raw(text("Done.\n")).bytes()),
  "text between the records of a stream, checked": () => {
    const builder = file({ pipe: true }).finishedRound().raw(text("hello\n"));
    for (let n = 0; n < 4; n++) builder.finishedRound();
    return checked(builder.bytes());
  },
  "zeros between the records of a stream, checked": () => {
    const builder = file({ pipe: true }).finishedRound().raw(new Uint8Array(3));
    for (let n = 0; n < 4; n++) builder.finishedRound();
    return checked(builder.bytes());
  },
  "a second recording in one stream, checked": () => {
    const second = file({ pipe: true }).finishedRound().bytes();
    return checked(file({ pipe: true }).finishedRound().raw(second).bytes());
  },
  "a stream that was cut before a second recording, checked": () => {
    const first = file({ pipe: true }).finishedRound().bytes();
    const cut = file({ pipe: true }).add(bare(RecordType.Switch, 16)).bytes().slice(0, -16);
    return checked(concat([cut, first]));
  },
  "AUXTRACE_INFO of an unknown layout, checked": () =>
    checked(file().add(auxtraceInfo(AuxtraceType.cs_etm, [3n, 0n, 0n])).bytes()),
  "a record that comes a round too late, checked": () => {
    const builder = file({ events: [auxEvent("a", 3)] });
    for (const [n, timeNs] of [10n, 20n, 9n].entries()) {
      builder.add(contextSwitch(0), { id: BigInt(n + 1), cpu: n, timeNs }).finishedRound();
    }
    return checked(builder.bytes());
  },
  "time that goes back inside a ring, once, checked": () =>
    checked(
      file().add(contextSwitch(0), { ...ID, timeNs: 9n }).add(contextSwitch(0), {
        ...ID,
        timeNs: 5n,
      })
        .bytes(),
    ),

  "compressed records that perf cannot read, checked": async () => {
    using ring = new ZstdRing();
    const zstd = await ring.flush(file().finishedRound().records());
    const record: RecordSpec = {
      type: RecordType.Compressed2,
      bare: true,
      body(out) {
        out.u64(0n);
        out.bytes(zstd);
      },
    };
    return checked(file({ pipe: true }).add(record).bytes());
  },

  // Findings of a check: AUX data without what describes it
  "AUX data without AUXTRACE_INFO, checked": () => checked(file().auxtrace(CHUNK).bytes()),
  "AUX data of a PMU that perf does not know, checked": () =>
    checked(
      file({ features: [textFeature("version", `auxtail ${VERSION}`)] }).auxtrace(CHUNK).bytes(),
    ),

  // Findings of a check: the index of AUXTRACE records
  "an AUXTRACE record that is not in the index, checked": () =>
    checked(file({ features: [auxtraceIndex([])] }).auxtrace(CHUNK).add(INFO).bytes()),
  "an entry of the index with another size, checked": () => {
    const { position: fileOffset } = file();
    return checked(
      file({ features: [auxtraceIndex([{ fileOffset, size: 40 }])] }).auxtrace(CHUNK).add(INFO)
        .bytes(),
    );
  },
  "an entry of the index without a record, checked": () =>
    checked(
      file({ features: [auxtraceIndex([{ fileOffset: 0x40, size: 48 }])] }).finishedRound().bytes(),
    ),
  "an index that announces more than it holds, checked": () => {
    const feature = { bit: Feature.auxtrace, write: (out: ByteWriter) => out.u64(3n) };
    return checked(file({ features: [feature] }).finishedRound().bytes());
  },
  "an index that a stream does not hold, checked": () => {
    const entries = Array.from({ length: 20 }, () => ({ fileOffset: 0, size: 48 }));
    const bytes = file({ features: [auxtraceIndex(entries)] }).finishedRound().bytes();
    return checkedFile(parsePerfFile(passing(bytes), { maxFeatureSize: 200 }));
  },

  // Findings of a check: AUX data
  "flags and records of losses, checked": () =>
    checked(
      file().add(intelPtInfo()).aux({ ...AUX, flags: 5n }).auxtrace(CHUNK).add(lost(1n, 1n), ID)
        .add(lostSamples(2n), ID).add(
          auxtraceError({
            code: 8,
            cpu: 0,
            pid: 1,
            tid: 2,
            ip: 0x40n,
            timeNs: 9n,
            message: "data lost",
          }),
        ).bytes(),
    ),
  "an AUXTRACE_ERROR record that is cut, checked": () =>
    checked(file().add(bare(RecordType.AuxtraceError, 16)).bytes()),
  "a queue that fell silent, checked": () =>
    checked(
      file().add(intelPtInfo()).aux({ ...AUX, flags: 1n, timeNs: 1n }).auxtrace(CHUNK)
        .add(contextSwitch(0), { ...ID, timeNs: 600_000_000n }).bytes(),
    ),
  "chunks that do not follow on each other, checked": () =>
    checked(
      file().auxtrace(CHUNK).auxtrace({ ...CHUNK, offset: 16n }).auxtrace({ ...CHUNK, offset: 0n })
        .add(INFO).bytes(),
    ),
  "announced bytes that are missing, checked": () =>
    checked(
      file().add(intelPtInfo()).aux({ ...AUX, size: 64 }).auxtrace({ ...CHUNK, size: 32 }).bytes(),
    ),
  "a queue without a chunk, checked": () =>
    checked(file().add(intelPtInfo()).aux({ ...AUX, size: 64 }).bytes()),
  "bytes that no AUX record announces, checked": () =>
    checked(file().add(intelPtInfo()).aux(AUX).auxtrace({ ...CHUNK, size: 64 }).bytes()),
  "trace that there is no decoder for, checked": () =>
    checked(file().add(auxtraceInfo(8, [])).aux(AUX).auxtrace(CHUNK).bytes()),
  "a position beyond 2^64, checked": () =>
    checked(
      file().aux({ ...AUX, offset: (1n << 64n) - 16n, size: 4096 }).auxtrace(CHUNK).add(INFO)
        .bytes(),
    ),
  "more queues than any machine has, checked": () => {
    const builder = file();
    for (let idx = 0; idx <= 8192; idx++) builder.auxtrace({ idx, cpu: idx, offset: 0n, size: 0 });
    return checked(builder.add(INFO).bytes());
  },
};
