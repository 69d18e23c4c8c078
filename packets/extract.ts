import type { AuxMode } from "../auxtrace/mod.ts";
import type { PayloadBytes, PayloadMark } from "./payload_item.ts";
import type { PayloadQueue, PayloadRecording } from "./payload_recording.ts";

/** What becomes of a recording's trace: files of bare payload, and where their bytes come from. */
export interface Extraction extends Pick<PayloadRecording, "type" | "mode"> {
  /** The rings. */
  readonly queues: readonly ExtractedQueue[];
}

/** What becomes of one ring. */
export interface ExtractedQueue extends Pick<PayloadQueue, "idx" | "cpu" | "tid"> {
  /** Bytes in all files. */
  readonly size: number;
  /** The files, in the order of their first bytes. */
  readonly files: readonly ExtractedFile[];
  /** What is known to be lost, in the order of the ring's stream. */
  readonly marks: readonly ExtractedMark[];
}

/** A file of payload bytes. */
export interface ExtractedFile {
  /** Its name. */
  readonly name: string;
  /** Its size in bytes. */
  readonly size: number;
  /** CoreSight: whether it holds the stream of one source, rather than frames of several. */
  readonly raw: boolean;
  /** CPU that the bytes are of; null if they are of several, or it is not known. */
  readonly cpu: number | null;
  /** The streams in it: a decoder has to start again with each. */
  readonly ranges: readonly ExtractedRange[];
}

/** A stream in a file. */
export interface ExtractedRange extends Pick<PayloadBytes, "auxOffset" | "size" | "reference"> {
  /** Position of its first byte in the file. */
  readonly position: bigint;
}

/** A mark between bytes. */
export interface ExtractedMark extends Omit<PayloadMark, "type"> {
  /** The file that the bytes before the mark went to; null before the first. */
  readonly file: string | null;
  /** Number of bytes of that file before the mark. */
  readonly position: bigint;
}

/** Bytes, and the name of the file that they are appended to. */
export interface ExtractPiece {
  /** Discriminates pieces from marks. */
  readonly type: "piece";
  /** Name of the file: letters, digits, `-` and `.`, none of them from the recording. */
  readonly name: string;
  /** The bytes. */
  readonly bytes: PayloadBytes;
}

type Draft<T> = { -readonly [Key in keyof T]: T[Key] };
interface DraftFile extends Draft<Omit<ExtractedFile, "ranges">> {
  readonly ranges: Draft<ExtractedRange>[];
}

/**
 * Says which files the trace of some rings becomes, without reading a byte of it.
 *
 * A ring becomes one file. Each snapshot becomes a file of its own, and raw CoreSight bytes one for
 * each CPU, as nothing in them tells the source.
 */
export function planExtraction(
  { type, mode }: Pick<PayloadRecording, "type" | "mode">,
  queues: readonly PayloadQueue[],
): Extraction {
  return { type, mode, queues: queues.map((queue) => planQueue(queue, mode)) };
}

/** Yields the bytes of a ring with the names of their files, and the marks between them. */
export function* extractPieces(
  queue: PayloadQueue,
  mode: AuxMode,
): Generator<ExtractPiece | PayloadMark> {
  const base = baseName(queue);
  let snapshot = -1;
  let part: string | null = null;
  let end: number | null = -1;
  for (const item of queue.items()) {
    if (item.type === "mark") {
      yield item;
      continue;
    }
    if (item.part !== part || item.fileOffset !== end) snapshot++;
    ({ part } = item);
    end = item.fileOffset === null ? null : item.fileOffset + item.size;
    const number = mode === "snapshot" ? `-${snapshot}` : "";
    const source = item.raw ? `-cpu${item.cpu ?? "-unknown"}` : "";
    yield { type: "piece", name: `${base}${number}${source}.bin`, bytes: item };
  }
}

function planQueue(queue: PayloadQueue, mode: AuxMode): ExtractedQueue {
  const { idx, cpu, tid } = queue;
  const files = new Map<string, DraftFile>();
  const marks: ExtractedMark[] = [];
  let file: DraftFile | null = null;
  let size = 0;
  for (const piece of extractPieces(queue, mode)) {
    if (piece.type === "mark") {
      const { mark, auxOffset, size } = piece;
      const position = BigInt(file?.size ?? 0);
      marks.push({ mark, auxOffset, size, file: file?.name ?? null, position });
      continue;
    }
    const { name, bytes } = piece;
    file = files.get(name) ?? { name, size: 0, raw: bytes.raw, cpu: bytes.cpu, ranges: [] };
    files.set(name, file);
    append(file, bytes);
    size += bytes.size;
  }
  return { idx, cpu, tid, size, files: [...files.values()], marks };
}

function append(file: DraftFile, { auxOffset, size, follows, cpu, reference }: PayloadBytes): void {
  const last = file.ranges.at(-1);
  if (
    follows === "nothing" || last === undefined || last.auxOffset + BigInt(last.size) !== auxOffset
  ) {
    file.ranges.push({ auxOffset, size, position: BigInt(file.size), reference });
  } else {
    last.size += size;
  }
  file.size += size;
  if (file.cpu !== cpu) file.cpu = null;
}

function baseName({ idx, cpu, tid }: PayloadQueue): string {
  if (idx !== null) return `queue-${idx}`;
  return `samples${cpu === null ? "" : `-cpu${cpu}`}${tid === null ? "" : `-tid${tid}`}`;
}
