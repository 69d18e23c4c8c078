import {
  countPart,
  decodePart,
  type PacketForm,
  type PartBytes,
  type PartEnd,
  type PartTask,
  type StreamCounts,
} from "../packets/internal.ts";
import { type FormatFacts, type PacketFilter, payloadFormat, TextBuffer } from "../packets/mod.ts";
import { jsonText } from "../text/mod.ts";

/** What a worker does with every part. Plain data. */
export interface PacketWork {
  /** What decides how payload is decoded. */
  readonly facts: FormatFacts;
  /** Path of the recording: a file, or the folder that its files are in. */
  readonly path: string;
  /** Whether it is a folder. */
  readonly isFolder: boolean;
  /** What to print; null to count. */
  readonly print: { readonly form: PacketForm; readonly filter: PacketFilter } | null;
}

/** A part to print. */
export interface PrintTask extends PartTask {
  /** Memory for its text. */
  readonly memory: ArrayBuffer;
}

/** What came of a printed part. */
export interface PrintedPart extends PartEnd {
  /** Its text, in the memory of the task if that sufficed. */
  readonly text: Uint8Array<ArrayBuffer>;
  /** Number of packets and marks in it. */
  readonly printed: number;
}

/** What came of a counted part. */
export interface CountedPart extends PartEnd {
  /** Its counts. */
  readonly counts: StreamCounts;
}

/** Longest text of a part. What is longer is left to those who can write piece by piece. */
const MAX_TEXT = 1 << 24;

/** Does the work for a part; null if that failed. */
export type PacketWorker<Task, Reply> = (task: Task) => Reply | null;

/** Makes the function that counts parts. */
export function counter(work: PacketWork): PacketWorker<PartTask, CountedPart> {
  const format = payloadFormat(work.facts);
  const read = fileReader(work);
  return nullIfFailed((task: PartTask) => countPart(task, { format, read }));
}

/** Makes the function that prints parts. */
export function printer(
  work: PacketWork,
  print: NonNullable<PacketWork["print"]>,
): PacketWorker<PrintTask, PrintedPart> {
  const format = payloadFormat(work.facts);
  const read = fileReader(work);
  const options = { ...print, format, read, json: jsonText, flush: refuseLong };
  const out = new TextBuffer();
  return nullIfFailed((task: PrintTask) => {
    out.bytes = new Uint8Array(task.memory);
    out.view = new DataView(task.memory);
    out.length = 0;
    const end = decodePart(task, out, options);
    return { ...end, text: out.text() };
  });
}

function refuseLong({ length }: TextBuffer): void {
  if (length > MAX_TEXT) throw new RangeError("The text is too long");
}

/** Who decodes a part again that failed meets the error in its place. */
function nullIfFailed<Task, Reply>(work: (task: Task) => Reply): PacketWorker<Task, Reply> {
  return (task) => {
    try {
      return work(task);
    } catch {
      return null;
    }
  };
}

/** Reads from the files of a recording, of which one is open at a time. */
function fileReader({ path, isFolder }: PacketWork) {
  let opened: { readonly part: string | null; readonly file: Deno.FsFile } | null = null;
  const open = (part: string | null) => {
    opened?.file.close();
    opened = null;
    opened = { part, file: Deno.openSync(isFolder ? `${path}/${part ?? "data"}` : path) };
    return opened;
  };
  return ({ part, fileOffset, size }: PartBytes, from: number, into: Uint8Array): number => {
    const { file } = opened === null || opened.part !== part ? open(part) : opened;
    file.seekSync(fileOffset + from, Deno.SeekMode.Start);
    return file.readSync(into.subarray(0, size - from)) ?? 0;
  };
}
