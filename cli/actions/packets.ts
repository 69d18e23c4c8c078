import { ValidationError } from "@cliffy/command";
import {
  type PacketForm,
  packetWriter,
  queuesWithoutSync,
  SummaryCounter,
} from "../../packets/internal.ts";
import {
  filteredSummary,
  type PacketFilter,
  PacketPrinter,
  packetSummary,
  type PayloadFormat,
  payloadFormat,
  type PayloadMark,
  type PayloadQueue,
  QueueReader,
  TextBuffer,
  type UndecodedTrace,
  undecodedTrace,
} from "../../packets/mod.ts";
import { undecodedText } from "../../parsers/internal.ts";
import type { UnknownLayoutInfo } from "../../parsers/perf/mod.ts";
import { type AnswerOptions, complain, complainOfCut, endWith } from "../_common.ts";
import type { Inputs } from "../_inputs.ts";
import type { PacketWork } from "../_packet_work.ts";
import type { RawType } from "../_raw_types.ts";
import { Progress } from "../output/progress.ts";
import { formatBytes, jsonText } from "../../text/mod.ts";
import { closestOf } from "./_closest_of.ts";
import { type AnswerText, type Conclude, eachRecording } from "./_each_recording.ts";
import type { PacketJob } from "./_packet_jobs.ts";
import { queueTitle, summaryJson, summaryLines } from "./_packet_summary.ts";
import { noPayloadLine, openPayload, openRawPayload, type PayloadInput } from "./_payload_input.ts";
import { queueSize, withProgress } from "./_queue_progress.ts";
import { selectQueues } from "./_select_queues.ts";
import { checkJobs } from "./_shared_options.ts";

/** Options of `auxtail packets`. */
export interface PacketsCommandOptions extends AnswerOptions {
  readonly queue?: readonly number[] | undefined;
  readonly cpu?: readonly number[] | undefined;
  readonly range?: string | undefined;
  readonly kind?: readonly string[] | undefined;
  readonly limit?: number | undefined;
  readonly records?: boolean | undefined;
  readonly summary?: boolean | undefined;
  readonly jobs: number;
  readonly raw?: RawType | undefined;
  readonly fromStart?: boolean | undefined;
  readonly trcidr0?: string | undefined;
  readonly trcidr2?: string | undefined;
  readonly trcconfigr?: string | undefined;
  readonly trcdevarch?: string | undefined;
}

/** Registers of the trace unit that bare bytes are from. */
const REGISTERS = ["trcidr0", "trcidr2", "trcconfigr", "trcdevarch"] as const;
/** What bytes of these types are read with. */
const CORESIGHT_TYPES: readonly RawType[] = ["cs_etm", "coresight", "etmv4", "ete"];
const MAX_REGISTER = 0xffff_ffff;
/** Major version, 4 or 5, and part number in TRCDEVARCH, and those of trace units. */
const ARCHITECTURE_MASK = 0xefff;
const ETM_ARCHITECTURE = 0x4a13;
/** The major version of an ETE; that of an ETMv4 is 4. */
const ETE_MAJOR = 5;

const MARKS: readonly PayloadMark["mark"][] = [
  ...["gap", "overlap", "regression", "missing"] as const,
  ...["truncated", "partial", "collision"] as const,
];

const NO_FORMAT = {
  type: "unknown",
  kindNames: ["BAD", "SKIPPED", "CUT"],
  syncKind: null,
} as const;

/** Prints or counts the packets of recordings; exit code 2 if one was cut, or is not all decoded. */
export async function packets(options: PacketsCommandOptions, inputs: Inputs): Promise<void> {
  checkOptions(options);
  const range = positions(options.range ?? ",");
  const registers = registersOf(options);
  checkArchitecture(options);
  const joining = options.summary
    ? { schema: "auxtail.packet-summaries/1", hasNoName: true }
    : { schema: "auxtail.packet-lists/1", hasNoName: true, areLines: true };
  await eachRecording(inputs, options, joining, (path, out, options) => {
    const { raw } = options;
    const open = () => raw === undefined ? openPayload(path) : openRawPayload(path, raw, registers);
    return packetsOf(path, out, { options, range, open, many: inputs.many });
  });
}

async function packetsOf(
  path: string,
  out: AnswerText,
  { options, range, open, many }: {
    readonly options: PacketsCommandOptions;
    readonly range: Pick<PacketFilter, "from" | "to">;
    readonly open: () => PayloadInput;
    readonly many: boolean;
  },
): Promise<Conclude> {
  using input = open();
  const queues = selectQueues(input.queues, options);
  const { records = false, fromStart = false } = options;
  const facts = { ...input.facts, records, fromStart };
  if (facts.records && facts.type !== "arm_spe") {
    throw new ValidationError(`--records goes with arm_spe, not with ${facts.type ?? "no trace"}`);
  }
  if (queues.length > 0 && facts.type === null) {
    throw new Deno.errors.InvalidData(
      `${path} does not say what kind of trace it holds: it has no AUXTRACE_INFO record that can ` +
        "be read; compare it with the original, or extract it, and read the files with --raw",
    );
  }
  const format = queues.length > 0 ? payloadFormat(facts) : null;
  const kinds = format && (options.kind?.map((name) => kindName(name, format)) ?? null);
  const filter = { ...range, kinds, limit: options.limit ?? Infinity };
  const total = queues.reduce((so, queue) => so + queueSize(queue), 0);
  using progress = new Progress(total, options);
  const followed = withProgress(queues, progress);
  const print = options.summary ? null : { form: formOf(options), filter };
  const place = options.jobs > 1 && input.isPlain ? placeOf(path) : null;
  const job = format && place && {
    queues: followed,
    format,
    jobs: options.jobs,
    work: { facts, print, ...place },
  };
  const findUndecoded = () => format === null ? [] : undecodedTrace({ queues }, format);
  let undecoded = options.summary ? findUndecoded() : [];
  const printing = {
    path: many ? path : null,
    options,
    queues: followed,
    filter,
    job,
    out,
    undecoded,
  };
  let isWhole = true;
  if (format === null && options.format === "table") out.line(noPayloadLine(input.announced));
  else if (options.summary) await printSummary(format, printing);
  else if (job) isWhole = await printWithJobs(job, out);
  else if (format !== null) isWhole = printQueues(format, printing);
  if (!isWhole) return () => {};
  const layout = unknownLayout(input);
  if (layout !== null) return () => complainOfLayout(path, layout);
  if (!options.summary) undecoded = findUndecoded();
  const skipped = format === null || fromStart ? [] : queuesWithoutSync(queues, format);
  const { cut, second } = input;
  return () => {
    if (format !== null && skipped.length > 0) tellOfNoSync(path, skipped, format);
    complainOfUndecoded(path, undecoded);
    complainOfCut(path, cut, second);
  };
}

/** What AUXTRACE_INFO says where it does not tell the trace units, so that nothing is decoded. */
function unknownLayout({ facts: { info }, queues }: PayloadInput): UnknownLayoutInfo | null {
  const isUnknown = queues.length > 0 && info?.type === "cs_etm" && "layout" in info;
  return isUnknown ? info as UnknownLayoutInfo : null;
}

/** Says that no packet can be decoded, and sets exit code 2. */
function complainOfLayout(path: string, { reason }: UnknownLayoutInfo): void {
  complain(
    `${path}: not decoded, because the trace units are not known: ${reason}; extract it, and ` +
      "read the files with --raw",
  );
  endWith(2);
}

/** Says which trace there is no decoder for, if there is such, and sets exit code 2. */
function complainOfUndecoded(path: string, traces: readonly UndecodedTrace[]): void {
  if (traces.length === 0) return;
  const list = traces.map((trace) => `${undecodedText(trace)}, ${formatBytes(trace.bytes)}`);
  const cure = traces.some(({ cpu }) => cpu !== null)
    ? "; for OpenCSD, which can read trace units, auxtail extract writes it"
    : "";
  complain(`${path}: not complete: ${list.join("; ")}${cure}`);
  endWith(2);
}

/** Says of which queues nothing was decoded for want of a place to start, and what decodes them. */
function tellOfNoSync(
  path: string,
  skipped: readonly PayloadQueue[],
  format: PayloadFormat,
): void {
  const names = skipped.flatMap(({ idx }) => idx === null ? [] : [idx]);
  const where = names.length === 0
    ? ""
    : ` of ${names.length === 1 ? "queue" : "queues"} ${names.join(", ")}`;
  const size = formatBytes(skipped.reduce((so, queue) => so + queueSize(queue), 0));
  complain(
    `${path}: no ${format.kindNames[format.syncKind!]} was found in the ${size}${where}, so that ` +
      "nothing was decoded there; --from-start decodes from the first byte",
  );
}

function checkOptions(options: PacketsCommandOptions): void {
  const { format, summary, limit, jobs, raw } = options;
  checkJobs(jobs);
  if (format === "json" && !summary) {
    throw new ValidationError('--format json goes with --summary; use "ndjson" for packets');
  }
  for (const name of ["queue", "cpu"] as const) {
    if (raw !== undefined && options[name] !== undefined) {
      throw new ValidationError(`--${name} does not go with --raw, which has one queue`);
    }
  }
  for (const name of ["limit", "records"] as const) {
    if (summary && options[name] !== undefined) {
      throw new ValidationError(`--${name} does not go with --summary`);
    }
  }
  if (raw === undefined || !CORESIGHT_TYPES.includes(raw)) {
    const given = REGISTERS.find((name) => options[name] !== undefined);
    if (given !== undefined) {
      throw new ValidationError(`--${given} goes with --raw ${CORESIGHT_TYPES.join(", ")}`);
    }
  }
  if (limit !== undefined && limit < 0) {
    throw new ValidationError(`Cannot stop after ${limit} packets: expected 0 or more`);
  }
}

/** Reads the registers that are given, by their architectural names. */
function registersOf(options: PacketsCommandOptions): Record<string, number> {
  const given = REGISTERS.flatMap((name) => {
    const text = options[name];
    return text === undefined ? [] : [[name.toUpperCase(), register(name, text)] as const];
  });
  return Object.fromEntries(given);
}

/** Refuses the TRCDEVARCH of an ETE for the bytes of an ETMv4, and the other way round. */
function checkArchitecture({ raw, trcdevarch: text }: PacketsCommandOptions): void {
  if (text === undefined || (raw !== "etmv4" && raw !== "ete")) return;
  const kind = (Number(text) >> 12 & 0xf) === ETE_MAJOR ? "ete" : "etmv4";
  if (kind === raw) return;
  const [name, other] = [raw, kind].map((kind) => kind === "ete" ? "an ETE" : "an ETMv4");
  throw new ValidationError(
    `--raw ${raw} is ${name}, but --trcdevarch ${text} is that of ${other}: use --raw ${kind}, or ` +
      "the TRCDEVARCH of the unit that the bytes come from",
  );
}

function register(name: typeof REGISTERS[number], text: string): number {
  const value = /^(?:0x[\da-f]+|\d+)$/i.test(text) ? Number(text) : Infinity;
  if (value > MAX_REGISTER) {
    throw new ValidationError(
      `Cannot read "${text}" of --${name}: expected 32 bits, as 0x28000ea1`,
    );
  }
  if (name === "trcdevarch" && (value & ARCHITECTURE_MASK) !== ETM_ARCHITECTURE) {
    throw new ValidationError(
      `--${name} ${text} is not that of an ETMv4 or ETE, as 0x47724a13 and 0x47705a13 are`,
    );
  }
  return value;
}

/** Reads a range of AUX positions; what is left out is the beginning, or null for no end. */
function positions(text: string): Pick<PacketFilter, "from" | "to"> {
  const parts = text.split(",");
  const [from = "", to = ""] = parts;
  if (parts.length !== 2) {
    throw new ValidationError(`Cannot read the range "${text}": expected FROM,TO`);
  }
  const range = { from: position(from) ?? 0n, to: position(to) };
  if (range.to !== null && range.from > range.to) {
    throw new ValidationError(`Cannot read the range "${text}": FROM is after TO`);
  }
  return range;
}

function position(text: string): bigint | null {
  if (text === "") return null;
  if (/^(?:0x[\da-f]{1,16}|\d{1,20})$/i.test(text)) return BigInt(text);
  throw new ValidationError(`Cannot read the position "${text}": expected 4096 or 0x1000`);
}

/** Finds a kind of packet or mark by name, in upper or lower case. */
function kindName(name: string, { kindNames }: PayloadFormat): string {
  const known = [...kindNames, ...MARKS.map((mark) => mark.toUpperCase())];
  const wanted = name.toUpperCase();
  const found = known.find((kind) => kind.toUpperCase() === wanted);
  if (found !== undefined) return found;
  throw new ValidationError(`Unknown kind "${name}"${closestOf(wanted, known)}`);
}

/** What is printed, and how. */
interface Printing {
  /** Where the recording is, if it is one of several. */
  readonly path: string | null;
  readonly options: PacketsCommandOptions;
  readonly queues: readonly PayloadQueue[];
  readonly filter: PacketFilter;
  /** What workers are asked for; null without them. */
  readonly job: PacketJob | null;
  readonly out: AnswerText;
  /** What there is no decoder for, of a summary. */
  readonly undecoded: readonly UndecodedTrace[];
}

async function printSummary(
  format: PayloadFormat | null,
  { path, options, queues, filter, job, out, undecoded }: Printing,
): Promise<void> {
  const summary = format === null
    ? { queues: [], totals: new SummaryCounter(NO_FORMAT).counts() }
    : options.range !== undefined || options.kind !== undefined
    ? filteredSummary({ queues }, format, filter)
    : job === null
    ? packetSummary({ queues }, format)
    : await (await import("./_packet_jobs.ts")).countWithWorkers(job);
  if (options.format === "table") {
    out.lines(summaryLines(summary));
    for (const trace of undecoded) out.line(`${undecodedText(trace)}, ${trace.bytes} bytes`);
    const reason = "bad" in summary.totals.marks ? format?.badReason : null;
    if (reason) out.line(`bad bytes: ${reason}`);
  } else {
    const json = summaryJson(path, summary, undecoded);
    out.line(jsonText(json, options.format === "json" ? 2 : undefined));
  }
}

/** Prints queue by queue; false if the limit was met before the end. */
function printQueues(
  format: PayloadFormat,
  { options, queues, filter, out }: Printing,
): boolean {
  const form = formOf(options);
  const buffer = new TextBuffer();
  const flush = () => {
    out.bytes(buffer.text());
    buffer.length = 0;
  };
  let { limit } = filter;
  for (const queue of queues) {
    if (limit === 0) return false;
    if (form === "text") buffer.ascii(`${headerLine(queue, format)}\n`);
    const printer = new PacketPrinter(packetWriter(form, format, queue, jsonText), buffer, {
      kindNames: format.kindNames,
      filter: { ...filter, limit },
      flush,
    });
    const reader = new QueueReader(format, printer);
    for (const item of queue.items()) {
      reader.take(item);
      if (printer.isDone) break;
    }
    reader.finish();
    flush();
    limit -= printer.printed;
  }
  return limit > 0;
}

/** Prints with workers; false if the limit was met before the end. */
async function printWithJobs(job: PacketJob, out: AnswerText): Promise<boolean> {
  const { printWithWorkers } = await import("./_packet_jobs.ts");
  const left = await printWithWorkers(job, {
    bytes: (text) => out.bytes(text),
    header: (queue) => {
      if (job.work.print!.form === "text") out.line(headerLine(queue, job.format));
    },
  });
  return left > 0;
}

/** Where workers find the recording. */
function placeOf(path: string): Pick<PacketWork, "path" | "isFolder"> {
  return { path, isFolder: Deno.statSync(path).isDirectory };
}

function formOf({ format }: PacketsCommandOptions): PacketForm {
  return format === "ndjson" ? "ndjson" : "text";
}

function headerLine(queue: PayloadQueue, { type }: PayloadFormat): string {
  return `${queueTitle(queue, type)}, ${queueSize(queue)} bytes`;
}
