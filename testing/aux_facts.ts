import { CORPUS_ANSWERS } from "./corpus_answers.ts";
import { corpusPath, fixtureNames, fixturePath } from "./corpus.ts";
import { barePipe, finalise } from "./perf_repair.ts";
import { isPipe, runPerf } from "./perf_dump.ts";
import { perfPrograms } from "./perf_programs.ts";

/** PERF_RECORD_AUXTRACE; null stands for no CPU, or no thread. */
export interface ChunkFacts {
  readonly fileOffset: number;
  readonly idx: number;
  readonly cpu: number | null;
  readonly tid: number | null;
  readonly auxOffset: string;
  readonly size: number;
}

/** PERF_RECORD_AUX, with the CPU and the thread of its trailer. */
export interface AuxRecordFacts {
  readonly fileOffset: number;
  readonly cpu: number | null;
  readonly tid: number | null;
  readonly auxOffset: string;
  readonly auxSize: number;
  readonly flags: number;
}

/** A sample with AUX data; its queue is the one that ID_INDEX gives its id. */
export interface AuxSampleFacts {
  readonly fileOffset: number;
  readonly cpu: number | null;
  readonly tid: number | null;
  readonly idx: number | null;
  readonly size: number;
}

/** What a recording holds of AUX area tracing, record by record in the order of the file. */
export interface AuxFacts {
  /**
   * `perf`: `perf report -D` of the file by perf 6.1, `newer perf`: by the oldest that reads it,
   * `copy`: of a copy that was repaired so that perf 6.1 reads it, `reader`: a reader that shares no
   * code with auxtail, as no perf reads such a file.
   */
  readonly from: "perf" | "newer perf" | "copy" | "reader";
  readonly chunks: readonly ChunkFacts[];
  readonly auxRecords: readonly AuxRecordFacts[];
  readonly samples: readonly AuxSampleFacts[];
}

/** perf counts the positions of a stream from the end of its header. */
const PIPE_HEADER_SIZE = 16;
const HEADER = /^0x([0-9a-f]+)(?:@\S+)? \[0x[0-9a-f]+\]: event: \d+$/;
const HEX = /^\. {2}([0-9a-f]{4}): {2}((?:[0-9a-f]{2} )+)/;
const AUX =
  /^(?:(\d+) )?(?:\d+ )?0x\S+ \[\S+\]: PERF_RECORD_AUX offset: (\S+) size: (\S+) flags: (\S+)/;
const AUXTRACE = new RegExp(
  "PERF_RECORD_AUXTRACE size: (\\S+) +offset: (\\S+) +ref: \\S+ +" +
    "idx: (\\d+) +tid: (-?\\d+) +cpu: (-?\\d+)",
);
const SAMPLE = /^(?:(\d+) )?(?:\d+ )?0x\S+ \[\S+\]: PERF_RECORD_SAMPLE.*?: -?\d+\/(-?\d+):/;
const SAMPLE_DATA = /^\. \.\.\. .* data: size (\d+) bytes$/;
const ID = /^ \.\.\. id: (\d+) +idx: (\d+) /;

/** The AUX recordings whose facts are kept: fixtures by name, those of the corpus by folder, too. */
export function auxRecordingNames(): string[] {
  const fixtures = fixtureNames(".replay.json").map((name) => name.replace(".replay.json", ""));
  return [...fixtures, ...Object.keys(CORPUS_ANSWERS)];
}

/** Where the recording of a name is. */
export function auxRecordingPath(name: string): string {
  return isOfCorpus(name) ? corpusPath(name) : fixturePath(`${name}.perf.data`);
}

/** Whether a recording is one of the corpus. */
export function isOfCorpus(name: string): boolean {
  return name.includes("/");
}

/** What is known of the recordings, by name. */
export function readAuxFacts(): Record<string, AuxFacts> {
  return JSON.parse(Deno.readTextFileSync(fixturePath("aux_facts.json")));
}

/** What a perf prints of a recording, or the installed one of a copy that it can read; null if none reads it. */
export async function perfFacts(path: string): Promise<AuxFacts | null> {
  const file = Deno.readFileSync(path);
  for (const perf of perfPrograms()) {
    const facts = await dumpFacts(file, perf.path);
    if (facts !== null) return { from: perf.path === "perf" ? "perf" : "newer perf", ...facts };
  }
  const facts = await dumpFacts((isPipe(file) ? barePipe : finalise)(file));
  return facts && { from: "copy", ...facts };
}

/** AUX samples are listed where AUX data is decoded, which some does not survive. */
async function dumpFacts(
  file: Uint8Array<ArrayBuffer>,
  perf = "perf",
): Promise<Omit<AuxFacts, "from"> | null> {
  return await dumpWith([], file, perf) ?? await dumpWith(["--no-itrace"], file, perf);
}

async function dumpWith(
  options: readonly string[],
  file: Uint8Array<ArrayBuffer>,
  perf: string,
): Promise<Omit<AuxFacts, "from"> | null> {
  const name = Deno.makeTempFileSync();
  try {
    Deno.writeFileSync(name, file);
    const [path, input] = isPipe(file) ? ["-", { input: file }] : [name, {}];
    const dump = new Dump(isPipe(file) ? PIPE_HEADER_SIZE : 0);
    const args = ["report", "-D", ...options, "-i", path];
    const failure = await runPerf(args, (line) => dump.line(line), { perf, ...input });
    return failure === null ? dump.facts() : null;
  } finally {
    Deno.removeSync(name);
  }
}

/** Reads the lines of `perf report -D`, which come in the order of time. */
class Dump {
  readonly #chunks: ChunkFacts[] = [];
  readonly #auxRecords: AuxRecordFacts[] = [];
  readonly #samples: AuxSampleFacts[] = [];
  readonly #ids = new Map<string, number>();
  readonly #origin: number;
  #fileOffset = 0;
  /** The record's bytes as perf has swapped them: 64 bits at a time. */
  #bytes: number[] = [];
  #sample: Omit<AuxSampleFacts, "size"> | null = null;

  constructor(origin: number) {
    this.#origin = origin;
  }

  line(line: string): void {
    const [, fileOffset] = HEADER.exec(line) ?? [];
    if (fileOffset !== undefined) {
      this.#fileOffset = this.#origin + parseInt(fileOffset, 16);
      this.#bytes = [];
      this.#sample = null;
    }
    const [, , bytes] = HEX.exec(line) ?? [];
    if (bytes !== undefined && this.#bytes.length < 64) {
      this.#bytes.push(...bytes.trim().split(" ").map((byte) => parseInt(byte, 16)));
    }
    this.#id(line);
    this.#aux(line);
    this.#auxtrace(line);
    this.#sampled(line);
  }

  facts(): Omit<AuxFacts, "from"> {
    return {
      chunks: inFileOrder(this.#chunks),
      auxRecords: inFileOrder(this.#auxRecords),
      samples: inFileOrder(this.#samples),
    };
  }

  #id(line: string): void {
    const [, id, idx] = ID.exec(line) ?? [];
    if (id !== undefined) this.#ids.set(id, Number(idx));
  }

  #aux(line: string): void {
    const [, cpu, auxOffset, auxSize, flags] = AUX.exec(line) ?? [];
    if (auxOffset === undefined) return;
    this.#auxRecords.push({
      fileOffset: this.#fileOffset,
      cpu: cpu === undefined ? null : Number(cpu),
      tid: this.#tid(32),
      auxOffset: hex(auxOffset),
      auxSize: Number(auxSize),
      flags: Number(flags),
    });
  }

  #auxtrace(line: string): void {
    const [, size, auxOffset, idx, tid, cpu] = AUXTRACE.exec(line) ?? [];
    if (auxOffset === undefined) return;
    this.#chunks.push({
      fileOffset: this.#fileOffset,
      idx: Number(idx),
      cpu: unlessAll(cpu),
      tid: unlessAll(tid),
      auxOffset: hex(auxOffset),
      size: Number(size),
    });
  }

  #sampled(line: string): void {
    const [, cpu, tid] = SAMPLE.exec(line) ?? [];
    if (tid !== undefined) {
      this.#sample = {
        fileOffset: this.#fileOffset,
        cpu: cpu === undefined ? null : Number(cpu),
        tid: Number(tid),
        idx: this.#ids.get(`${this.#u64(8)}`) ?? null,
      };
    }
    const [, size] = SAMPLE_DATA.exec(line) ?? [];
    if (size !== undefined && this.#sample !== null) {
      this.#samples.push({ ...this.#sample, size: Number(size) });
    }
  }

  /** The thread of a trailer, which begins with process and thread. */
  #tid(at: number): number | null {
    return this.#bytes.length < at + 8 ? null : Number(this.#u64(at) >> 32n);
  }

  #u64(at: number): bigint {
    return new DataView(Uint8Array.from(this.#bytes).buffer).getBigUint64(at, true);
  }
}

function inFileOrder<T extends { readonly fileOffset: number }>(all: readonly T[]): T[] {
  return all.toSorted((a, b) => a.fileOffset - b.fileOffset);
}

function unlessAll(text: string | undefined): number | null {
  return text === "-1" ? null : Number(text);
}

function hex(text: string): string {
  return `0x${BigInt(text).toString(16)}`;
}
