import {
  aux,
  auxEvent,
  auxtrace,
  comm,
  type EventSpec,
  finishedRound,
  intelPtInfo,
  PerfFileBuilder,
  sample,
  SampleType,
  usualFeatures,
} from "../testing/perf_builder.ts";

const SAMPLE_SIZE = 40;
const SAMPLES_PER_ROUND = 25_000;
const CALLERS = 30;
const CHAINS_PER_ROUND = 2_500;
const RAW_SIZE = 65_452;
const RAW_PER_ROUND = 25;
const CHUNK_SIZE = 64 * 1024;
const CHUNKS_PER_ROUND = 8;
const TID = 4242;

/**
 * Writes a file of about `size` bytes: samples of 40 bytes, FINISHED_ROUND after each 25,000.
 *
 * @returns The number of samples.
 */
export function writeSamples(path: string, size: number): number {
  const fields = SampleType.Ip | SampleType.Tid | SampleType.Time | SampleType.Period;
  return writeRounds(path, { size, sampleSize: SAMPLE_SIZE, fields, samples: SAMPLES_PER_ROUND });
}

/** Writes what {@linkcode writeSamples} does, of samples with {@linkcode CALLERS} addresses each. */
export function writeCallchains(path: string, size: number): number {
  const fields = SampleType.Ip | SampleType.Tid | SampleType.Time | SampleType.Period |
    SampleType.Callchain;
  const sampleSize = SAMPLE_SIZE + 8 + 8 * CALLERS;
  return writeRounds(path, { size, sampleSize, fields, samples: CHAINS_PER_ROUND });
}

/** Writes what {@linkcode writeSamples} does, of samples with as many bytes as a record can have. */
export function writeRawSamples(path: string, size: number): number {
  const fields = SampleType.Ip | SampleType.Tid | SampleType.Time | SampleType.Period |
    SampleType.Raw;
  const sampleSize = SAMPLE_SIZE + 4 + RAW_SIZE;
  return writeRounds(path, { size, sampleSize, fields, samples: RAW_PER_ROUND });
}

function writeRounds(
  path: string,
  { size, sampleSize, fields, samples }: {
    size: number;
    sampleSize: number;
    fields: number;
    samples: number;
  },
): number {
  const event: EventSpec = {
    type: 1,
    ids: [1n],
    samplePeriod: 4000n,
    sampleType: fields,
    flags: ["sampleIdAll"],
  };
  const round = new PerfFileBuilder({ events: [event] });
  for (let i = 0; i < samples; i++) {
    const ip = BigInt(0x400000 + i);
    const callchain = Array.from({ length: CALLERS }, (_, n) => ip + BigInt(n * i));
    const raw = new Uint8Array(RAW_SIZE).fill(i);
    round.add(sample(event, { ip, pid: TID, tid: TID, period: 4000n, callchain, raw }));
  }
  const bytes = round.finishedRound().records();
  const view = new DataView(bytes.buffer);

  using out = new RecordFile(path, new PerfFileBuilder({ events: [event] }));
  let timeNs = 1_000_000_000n;
  let written = 0;
  for (; written * sampleSize < size; written += samples) {
    for (let i = 0; i < samples; i++, timeNs += 100n) {
      view.setBigUint64(i * sampleSize + 24, timeNs, true);
    }
    out.write(bytes);
  }
  out.finish();
  return written;
}

/**
 * Writes a file with `auxSize` bytes of AUX data, all holes: the ring of CPU 0 in chunks of
 * 64 KiB, an AUX record before each, FINISHED_ROUND after each eight. It takes about one block of
 * disk per chunk.
 */
export function writeSparseAux(path: string, auxSize: number): void {
  const builder = new PerfFileBuilder().add(intelPtInfo());
  using out = new RecordFile(path, builder);
  writeAux(out, { builder, auxSize, writePayload: () => out.skip(CHUNK_SIZE) });
  out.finish();
}

/** Writes what {@linkcode writeSparseAux} does in chunks of 256 bytes, without holes. */
export function writeShortChunks(path: string, auxSize: number): void {
  const builder = new PerfFileBuilder().add(intelPtInfo());
  const chunkSize = 256;
  const payload = new Uint8Array(chunkSize).fill(0x5a);
  using out = new RecordFile(path, builder);
  writeAux(out, { builder, auxSize, chunkSize, writePayload: () => out.write(payload) });
  out.finish();
}

/** Writes what {@linkcode writeSparseAux} does as a pipe stream, without holes. */
export function writeAuxStream(path: string, auxSize: number): void {
  const builder = new PerfFileBuilder({ pipe: true }).add(intelPtInfo());
  const payload = new Uint8Array(CHUNK_SIZE).fill(0x5a);
  using out = new RecordFile(path, builder);
  writeAux(out, { builder, auxSize, writePayload: () => out.write(payload) });
}

function writeAux(
  out: RecordFile,
  { builder, auxSize, chunkSize = CHUNK_SIZE, writePayload }: {
    builder: PerfFileBuilder;
    auxSize: number;
    chunkSize?: number;
    writePayload: () => void;
  },
): void {
  const payload = new Uint8Array(chunkSize);
  const auxRecord = builder.encode(
    aux({ offset: 0n, size: BigInt(chunkSize) }),
    { id: 1n, tid: TID, cpu: 0 },
  );
  const auxtraceRecord = builder.encode(
    auxtrace({ idx: 0, cpu: 0, tid: TID, offset: 0n, payload }),
  );
  const auxView = new DataView(auxRecord.buffer);
  const auxtraceView = new DataView(auxtraceRecord.buffer);
  const round = builder.encode(finishedRound);
  for (let chunk = 0; chunk * chunkSize < auxSize; chunk++) {
    const auxOffset = BigInt(chunk * chunkSize);
    auxView.setBigUint64(8, auxOffset, true);
    auxView.setBigUint64(40, BigInt(1_000_000_000 + chunk * 1000), true);
    auxtraceView.setBigUint64(16, auxOffset, true);
    out.write(auxRecord);
    out.write(auxtraceRecord);
    writePayload();
    if ((chunk + 1) % CHUNKS_PER_ROUND === 0) out.write(round);
  }
}

/**
 * Writes recordings of 4 KB into a new folder: two rings in four rounds, each a chunk of 256 bytes,
 * what perf writes of a machine, and a process. No two are alike.
 */
export function writeSmall(folder: string, count: number): void {
  Deno.mkdirSync(folder);
  for (let n = 0; n < count; n++) {
    const builder = new PerfFileBuilder({
      events: [auxEvent("intel_pt//", 2)],
      features: usualFeatures("x86_64", [
        "/usr/bin/perf",
        "record",
        "-e",
        "intel_pt//",
        `job-${n}`,
      ]),
    });
    builder.add(intelPtInfo()).add(comm({ pid: TID, tid: TID, comm: `job-${n}` }), { id: 1n });
    for (let round = 0; round < 4; round++) {
      for (const idx of [0, 1]) {
        const offset = BigInt(256 * (n + round));
        const timeNs = BigInt(1_000_000_000 + n * 1_000_000 + round * 10_000_000);
        const place = { offset, cpu: idx, tid: TID };
        builder.aux({ ...place, size: 256, id: BigInt(idx + 1), timeNs });
        builder.auxtrace({ ...place, idx, size: 256 });
      }
      builder.finishedRound();
    }
    Deno.writeFileSync(`${folder}/${String(n).padStart(5, "0")}.data`, builder.bytes());
  }
}

/** A recording on disk that is too large to be built in memory. */
class RecordFile implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #dataOffset: number;
  #size: number;

  /** Starts with what `builder` has: the header, events and first records. */
  constructor(path: string, builder: PerfFileBuilder) {
    this.#file = Deno.openSync(path, { write: true, create: true, truncate: true });
    this.#dataOffset = builder.position - builder.records().length;
    this.#size = 0;
    this.write(builder.bytes());
  }

  /** Appends bytes. */
  write(bytes: Uint8Array): void {
    this.#size += bytes.length;
    while (bytes.length > 0) bytes = bytes.subarray(this.#file.writeSync(bytes));
  }

  /** Appends a hole of `size` bytes. */
  skip(size: number): void {
    this.#size = this.#file.seekSync(size, Deno.SeekMode.Current);
  }

  /** Sets the file's size and the size of the data section in its header, at byte 48. */
  finish(): void {
    this.#file.truncateSync(this.#size);
    const dataSize = new DataView(new ArrayBuffer(8));
    dataSize.setBigUint64(0, BigInt(this.#size - this.#dataOffset), true);
    this.#file.seekSync(48, Deno.SeekMode.Start);
    this.#file.writeSync(new Uint8Array(dataSize.buffer));
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}
