import {
  type ExtractedFile,
  type ExtractedQueue,
  type Extraction,
  extractPieces,
  findTraceCpu,
  findTraceEvent,
  type PayloadQueue,
  payloadQueues,
  type PayloadRecording,
  planExtraction,
} from "../../packets/mod.ts";
import { placeOf } from "../../parsers/internal.ts";
import { coresightSnapshot, type SnapshotFile } from "../../parsers/coresight/mod.ts";
import { libiptArguments } from "../../parsers/intel_pt/mod.ts";
import type { PerfFile } from "../../parsers/perf/mod.ts";
import { type AnswerOptions, complain, complainOfCut, openSeekable } from "../_common.ts";
import { toOutput } from "../_failure.ts";
import type { Inputs } from "../_inputs.ts";
import { InputFiles } from "../output/input_files.ts";
import type { OutputFile } from "../output/output_file.ts";
import { OutputFolder } from "../output/output_folder.ts";
import { outputName } from "../output/output_name.ts";
import { Progress } from "../output/progress.ts";
import { queueCells, textTable } from "../output/table.ts";
import { jsonText } from "../../text/mod.ts";
import { type AnswerText, type Conclude, eachRecording } from "./_each_recording.ts";
import { extractedBefore } from "./_extracted_before.ts";
import { noPayloadLine } from "./_payload_input.ts";
import { selectQueues } from "./_select_queues.ts";

/** Options of `auxtail extract`. */
export interface ExtractCommandOptions extends AnswerOptions {
  readonly output: string;
  readonly queue?: readonly number[] | undefined;
  readonly cpu?: readonly number[] | undefined;
  readonly force?: boolean | undefined;
}

const READER_GONE = "the reader of standard output is gone: what was half written is removed";
const PIECE_SIZE = 1 << 16;
/** A CoreSight snapshot has two files for each trace unit and each buffer. */
const MAX_SNAPSHOT_FILES = 1 << 14;

/** A file of text. */
interface TextFile {
  readonly name: string;
  readonly lines: Iterable<string>;
}

/**
 * Writes the payload of recordings to files, and says which; exit code 2 if one was cut. Several get
 * a folder each.
 */
export async function extract(options: ExtractCommandOptions, inputs: Inputs): Promise<void> {
  const { output, force = false } = options;
  const ofFolders = { inputs: new InputFiles(inputs.inputs, inputs.list), force };
  using folders = new DisposableStack();
  const open = (path: string, isInFolder: boolean) =>
    toOutput(() => folders.use(new OutputFolder(path, { ...ofFolders, isInFolder })));
  const top = open(output, false);
  const whole: OutputFolder[] = [];
  const taken = new Set<string>();
  const joining = { schema: "auxtail.extracts/1", hasNoName: true };
  const answers = { ...options, output: undefined };
  await eachRecording(inputs, answers, joining, (path, out, { progress }, name) => {
    using undo = new DisposableStack();
    const place = inputs.many ? `${output}/${outputName(name, taken)}` : output;
    const folder = inputs.many ? undo.use(open(place, true)) : top;
    // One recording is whole before it is told of, also to a reader that is gone.
    const written = () => inputs.many ? whole.push(folder) : toOutput(() => folder.commit());
    const to = { options: { ...options, progress }, folder, place, written };
    const conclude = extractOne(path, out, to);
    undo.move();
    return conclude;
  }).catch((error) => {
    const isLost = inputs.many && error instanceof Deno.errors.BrokenPipe;
    throw isLost ? new Deno.errors.Interrupted(READER_GONE) : error;
  });
  OutputFolder.commitAll(whole);
}

function extractOne(
  path: string,
  out: AnswerText,
  { options, folder, place, written }: {
    readonly options: ExtractCommandOptions;
    readonly folder: OutputFolder;
    /** Where the folder is. */
    readonly place: string;
    /** Is called when all files are written. */
    readonly written: () => void;
  },
): Conclude {
  const { force = false } = options;
  using file = openSeekable(path);
  const recording = payloadQueues(file);
  const queues = selectQueues(recording.queues, options);
  const extraction = planExtraction(recording, queues);
  const files = extraction.queues.flatMap(({ files }) => files);
  const snapshot = snapshotOf(recording, files);
  const manifest = () => manifestLines(file, path, { recording, extraction, files, snapshot });
  const texts: TextFile[] = snapshot.map(({ name, text }) => ({ name, lines: [text.trimEnd()] }));
  texts.push({ name: "manifest.json", lines: manifest() });
  const names = [...files, ...texts].map(({ name }) => name);
  toOutput(() => claimNames(place, folder, { names, force }));
  writeFiles(queues, extraction, { options, folder, files, texts });
  written();
  if (options.format === "json") out.lines(manifest());
  else if (recording.queues.length === 0) out.line(noPayloadLine(recording.announced));
  else out.lines(tableLines(extraction));
  const { cut } = recording;
  const { secondRecording } = file;
  return () => complainOfCut(path, cut, secondRecording);
}

/** Refuses files that are there; with `force` those of an earlier run go. */
function claimNames(
  output: string,
  folder: OutputFolder,
  { names, force }: { readonly names: readonly string[]; readonly force: boolean },
): void {
  for (const name of force ? extractedBefore(output) : names) folder.claim(name);
}

/** The files that make the folder a snapshot for OpenCSD; none for other traces. */
function snapshotOf(
  { info, hwIds }: PayloadRecording,
  files: readonly ExtractedFile[],
): SnapshotFile[] {
  if (info?.type !== "cs_etm" || !("cpus" in info) || files.length === 0) return [];
  if (2 * info.cpus.length * files.length > MAX_SNAPSHOT_FILES) {
    complain(`no snapshot for trc_pkt_lister: ${files.length} files are too many; use --queue`);
    return [];
  }
  return coresightSnapshot({ info, hwIds }, files);
}

/** The manifest, which may be longer than one text can be. */
function manifestLines(
  file: PerfFile,
  path: string,
  of: {
    readonly recording: PayloadRecording;
    readonly extraction: Extraction;
    readonly files: readonly ExtractedFile[];
    readonly snapshot: readonly SnapshotFile[];
  },
): Generator<string> {
  const { container, byteOrder, finalised, packed } = file;
  const { queues, ...extraction } = of.extraction;
  const { info, cut } = of.recording;
  const cpu = findTraceCpu(file);
  const event = findTraceEvent(file);
  const libipt = info?.type === "intel_pt" && "tscMask" in info
    ? libiptArguments(info, cpu, event)
    : null;
  const ofBuffers = of.snapshot.length > 0 && Object.fromEntries(
    of.files.map(({ name }, n) => [name, ["-ss_dir", ".", "-src_name", `BUFFER_${n}`]]),
  );
  const facts = {
    schema: "auxtail.extract/1",
    input: {
      path,
      container,
      byteOrder,
      finalised,
      cut: cut && placeOf(cut),
      packed,
    },
    ...extraction,
    cpu,
    event,
    auxtraceInfo: info,
    arguments: {
      ...(libipt && { ptdump: libipt, ptxed: libipt }),
      ...(ofBuffers && { trcPktLister: ofBuffers }),
    },
    ...(ofBuffers && { snapshot: of.snapshot.map(({ name }) => name) }),
  };
  return objectLines(jsonText(facts, 2), { queues: queues.values().map(queueLines) });
}

function queueLines({ files, marks, ...queue }: ExtractedQueue): Generator<string> {
  return objectLines(jsonText(queue), {
    files: files.values().map(({ ranges, ...file }) =>
      objectLines(jsonText(file), { ranges: ranges.values().map(objectLine) })
    ),
    marks: marks.values().map(objectLine),
  });
}

function objectLine(value: object): string[] {
  return [jsonText(value)];
}

/** Adds lists to the JSON text of an object. */
function* objectLines(
  json: string,
  lists: Readonly<Record<string, Iterable<Iterable<string>>>>,
): Generator<string> {
  let start = json.replace(/\s*}$/, ",");
  for (const [name, items] of Object.entries(lists)) {
    yield `${start}"${name}":[`;
    let separator = "";
    for (const lines of items) {
      for (const line of lines) {
        yield separator + line;
        separator = "";
      }
      separator = ",";
    }
    start = "],";
  }
  yield "]}";
}

/** Writes all files. */
function writeFiles(
  queues: readonly PayloadQueue[],
  { mode }: Extraction,
  to: {
    readonly options: ExtractCommandOptions;
    readonly folder: OutputFolder;
    readonly files: readonly ExtractedFile[];
    readonly texts: readonly TextFile[];
  },
): void {
  const { options, folder, files, texts } = to;
  const outputs = new Map<string, OutputFile>();
  const total = files.reduce((so, { size }) => so + size, 0);
  using progress = new Progress(total, options);
  const buffer = new Uint8Array(PIECE_SIZE);
  let done = 0;
  let current: OutputFile | null = null;
  for (const queue of queues) {
    for (const piece of extractPieces(queue, mode)) {
      if (piece.type === "mark") continue;
      const { name, bytes } = piece;
      const output = outputs.get(name) ?? toOutput(() => folder.file(name));
      outputs.set(name, output);
      if (output !== current) current?.close();
      current = output;
      for (let from = 0; from < bytes.size;) {
        const count = bytes.read(from, buffer);
        if (count === 0) throw new RangeError(`Cannot read byte ${from} of ${bytes.size}`);
        toOutput(() => output.append(buffer.subarray(0, count)));
        from += count;
        progress.at(done += count);
      }
    }
  }
  current?.close();
  for (const { name, lines } of texts) toOutput(() => appendLines(folder.file(name), lines));
}

function appendLines(file: OutputFile, lines: Iterable<string>): void {
  const encoder = new TextEncoder();
  let text = "";
  for (const line of lines) {
    text += `${line}\n`;
    if (text.length < PIECE_SIZE) continue;
    file.append(encoder.encode(text));
    text = "";
  }
  file.append(encoder.encode(text));
  file.close();
}

function tableLines({ queues }: Extraction): string[] {
  const rows = queues.flatMap((queue) => {
    const { files, marks } = queue;
    const marksOf = Map.groupBy(marks, ({ file }) => file ?? files[0]?.name);
    return files.map(({ name, size, ranges }) => [
      ...queueCells(queue),
      name,
      `${size}`,
      `${ranges.length}`,
      `${marksOf.get(name)?.length ?? 0}`,
    ]);
  });
  return textTable(["queue", "cpu", "tid", "file", "bytes", "streams", "marks"], rows);
}
