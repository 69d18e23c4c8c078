import { isStream, runPerf } from "../testing/perf_dump.ts";

/** A PERF_RECORD_AUX as perf prints it. */
export interface AuxLine {
  readonly fileOffset: bigint;
  readonly timeNs: bigint | null;
  readonly auxOffset: bigint;
  readonly auxSize: bigint;
  readonly flags: bigint;
}

/** A PERF_RECORD_AUXTRACE as perf prints it; -1 stands for no CPU. */
export interface AuxtraceLine {
  readonly fileOffset: bigint;
  readonly auxSize: bigint;
  readonly auxOffset: bigint;
  readonly reference: bigint;
  readonly idx: number;
  readonly tid: number;
  readonly cpu: number;
}

/** What `perf report -D` says about the AUX trace of a recording, in the order of the file. */
export interface PerfView {
  readonly aux: readonly AuxLine[];
  readonly auxtrace: readonly AuxtraceLine[];
  /** Where the last FINISHED_ROUND stands; null if there is none. */
  readonly lastRound: bigint | null;
  /** Size of the kernel's records: all of its types after FINISHED_INIT, where perf's own end. */
  readonly dataBytes: number;
  /** The first line that says that perf did not read everything; null if it did. */
  readonly failure: string | null;
}

/** The CPU and the time stand before a record that has them. */
const LINE = /^(?:\d+ (\d+) )?(0x[0-9a-f]+) \[0x[0-9a-f]+\]: PERF_RECORD_(AUX|AUXTRACE) (.*)$/;
const ROUND = /^(0x[0-9a-f]+) \[0x[0-9a-f]+\]: PERF_RECORD_FINISHED_ROUND/;
const RECORD = /^(0x[0-9a-f]+)(?:@\S+)? \[(0x[0-9a-f]+)\]: event: (\d+)$/;
const FINISHED_INIT = 82;
/** Types from here on are perf's. */
const FIRST_OF_PERF = 64;
const FIELD = /(\w+): (-?\w+)/g;

/** Reads a line of `perf report -D`; null if it is about something else. */
export function parseLine(
  line: string,
): { readonly aux: AuxLine } | { readonly auxtrace: AuxtraceLine } | null {
  const [, time, fileOffset, type, text = ""] = LINE.exec(line) ?? [];
  if (fileOffset === undefined) return null;
  const fields = new Map([...text.matchAll(FIELD)].map(([, key, value]) => [key, value]));
  const value = (key: string) => BigInt(fields.get(key) ?? "x");
  const place = {
    fileOffset: BigInt(fileOffset),
    auxOffset: value("offset"),
    auxSize: value("size"),
  };
  if (type === "AUX") {
    const timeNs = time === undefined || time === "0" ? null : BigInt(time);
    return { aux: { ...place, timeNs, flags: value("flags") } };
  }
  const [idx, tid, cpu] = ["idx", "tid", "cpu"].map((key) => Number(fields.get(key)));
  return { auxtrace: { ...place, reference: value("ref"), idx: idx!, tid: tid!, cpu: cpu! } };
}

/** Asks a perf about the AUX trace of a recording, without decoding it, except in a stream. */
export async function perfView(path: string, perf: string): Promise<PerfView> {
  const aux: AuxLine[] = [];
  const auxtrace: AuxtraceLine[] = [];
  const records: { fileOffset: bigint; size: number; type: number }[] = [];
  let lastRound: bigint | null = null;
  // perf finds its way in a stream only through a pipe, and if it decodes.
  const piped = isStream(path);
  const from = piped ? ["-i", "-"] : ["--no-itrace", "-i", path];
  const failure = await runPerf(["report", "-D", ...from], (line) => {
    const [, at, size, type] = RECORD.exec(line) ?? [];
    if (at !== undefined) {
      records.push({ fileOffset: BigInt(at), size: Number(size), type: Number(type) });
    }
    const [, round] = ROUND.exec(line) ?? [];
    if (round !== undefined) lastRound = BigInt(round);
    const parsed = parseLine(line);
    if (parsed === null) return;
    if ("aux" in parsed) aux.push(parsed.aux);
    else auxtrace.push(parsed.auxtrace);
  }, { perf, ...(piped && { input: await Deno.readFile(path) }) });
  aux.sort((a, b) => Number(a.fileOffset - b.fileOffset));
  auxtrace.sort((a, b) => Number(a.fileOffset - b.fileOffset));
  const start = records.find(({ type }) => type === FINISHED_INIT)?.fileOffset ?? 0n;
  const dataBytes = records
    .filter(({ type, fileOffset }) => type < FIRST_OF_PERF && fileOffset > start)
    .reduce((bytes, { size }) => bytes + size, 0);
  return { aux, auxtrace, lastRound, dataBytes, failure };
}
