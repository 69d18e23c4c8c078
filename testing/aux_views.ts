import { auxChecks, type LossKind, replayReport } from "../auxtrace/mod.ts";
import { perfettoPackets, type RowBatch, tableBatches, type TableName } from "../convert/mod.ts";
import { type PayloadBytes, payloadQueues } from "../packets/mod.ts";
import { checkFile, type PerfFile } from "../parsers/perf/mod.ts";
import { collectReport } from "../report/mod.ts";
import { protoFields, protoMessage, protoText } from "./proto_reader.ts";

/** Whose an AUX buffer was, with the queue's `idx`. */
export interface QueueOwner {
  readonly idx: number | null;
  readonly cpu: number | null;
  readonly tid: number | null;
}

/**
 * What one view of a recording says of its AUX data; it says nothing of what is left out. Queues are
 * keys, by {@linkcode queueKey}; lists are sorted.
 */
export interface AuxView {
  /** The queues. */
  readonly queues?: readonly string[];
  /** Those of which the file holds chunks or samples. */
  readonly queuesWithBytes?: readonly string[];
  /** Chunks of a queue, as position in the file, position in the stream, and size. */
  readonly chunks?: Lists;
  /** The same of AUX records, with their flags. */
  readonly auxRecords?: Lists;
  /** AUX records of all queues. */
  readonly allAuxRecords?: readonly string[];
  /** Bytes of a queue: those that the file holds. */
  readonly presentBytes?: Counts;
  /** Those without padding, and what Intel BTS holds beside whole records, by chunk. */
  readonly traceBytes?: Lists;
  /** Those that AUX records announce. */
  readonly announcedBytes?: Counts;
  /** Announced bytes that are not there. */
  readonly missingBytes?: Counts;
  /** Tails of a queue, in order. */
  readonly tails?: Lists;
  /** The same as numbers: rounded above 2^53. */
  readonly roundedTails?: Lists;
  /** Losses with queue, position in the file, and range. */
  readonly losses?: readonly string[];
  /** Number of losses by queue and kind. */
  readonly lossCounts?: Counts;
  /** Marks in the payload with their queue and position. */
  readonly marks?: readonly string[];
  /** Positions in the file where a check found a loss, by check. */
  readonly findings?: Readonly<Record<string, readonly number[]>>;
}

/** Lists by queue; queues without entries are left out. */
export type Lists = Readonly<Record<string, readonly string[]>>;
/** Numbers by queue; zeros are left out. */
export type Counts = Readonly<Record<string, number>>;

/** The views, by name. */
export const AUX_VIEWS: Readonly<Record<string, (file: PerfFile) => AuxView>> = {
  replay,
  payload,
  check,
  tables,
  report,
  perfetto,
};

const MOST_LOSSES = 1000;

/** A queue by CPU and thread: the name of its group in a trace for Perfetto. */
export function queueKey({ idx, cpu, tid }: QueueOwner): string {
  if (cpu === null) return tid === null ? "no owner" : `thread ${tid}`;
  return idx === null && tid !== null ? `CPU ${cpu}, thread ${tid}` : `CPU ${cpu}`;
}

/** A chunk, or an AUX record without its flags, as a line. */
export function rangeLine(fileOffset: bigint | number, auxOffset: bigint, size: unknown): string {
  return `${hex(fileOffset)}: ${hex(auxOffset)} + ${size}`;
}

/** A loss as a line. */
export function lossLine(
  { kind, queue, fileOffset, from, to }: {
    readonly kind: string;
    readonly queue: string;
    readonly fileOffset: bigint | number;
    readonly from: bigint | null;
    readonly to: bigint | null;
  },
): string {
  return `${hex(fileOffset)}: ${kind} of ${queue}, ${hex(from)} to ${hex(to)}`;
}

/** Where a loss belongs to no queue. */
export const NO_QUEUE = "no queue";

function replay(file: PerfFile): AuxView {
  const tails = new ListsBuilder();
  const { queues, losses } = replayReport(file, {
    maxFlagged: MOST_LOSSES,
    onStep: ({ tail }, queue) => {
      if (tail !== null) tails.add(queueKey(queue), hex(tail));
    },
  });
  const counts = (key: "presentBytes" | "announcedBytes" | "missingBytes") =>
    nonZero(queues.map((queue) => [queueKey(queue), queue[key]]));
  return {
    queues: queues.map((queue) => `${queue.idx}: ${queueKey(queue)}`).sort(),
    presentBytes: counts("presentBytes"),
    announcedBytes: counts("announcedBytes"),
    missingBytes: counts("missingBytes"),
    tails: tails.lists,
    losses: losses.map(({ queue: idx, cpu, tid, ...loss }) =>
      lossLine({ ...loss, queue: lossKey({ idx, cpu, tid }) })
    ).sort(),
  };
}

function payload(file: PerfFile): AuxView {
  const bytes = new ListsBuilder();
  const marks: string[] = [];
  const { queues, mode } = payloadQueues(file);
  for (const queue of queues) {
    const key = queueKey(queue);
    const runs: Run[] = [];
    for (const item of queue.items()) {
      const last = runs.at(-1);
      if (item.type === "mark") {
        marks.push(`${key}: ${item.mark} at ${hex(item.auxOffset)}`);
      } else if (mode === "sample") {
        bytes.add(key, `sample ${item.auxOffset} ${item.size}`);
      } else if (last !== undefined && follows(item, last)) {
        runs[runs.length - 1] = { ...last, size: last.size + item.size };
      } else {
        runs.push(item);
      }
    }
    for (const { fileOffset, auxOffset, size } of runs) {
      bytes.add(key, `${fileOffset} ${auxOffset} ${size}`);
    }
  }
  return {
    queuesWithBytes: queues.map((queue) => `${queue.idx}: ${queueKey(queue)}`).sort(),
    traceBytes: bytes.lists,
    marks: marks.sort(),
  };
}

type Run = Pick<PayloadBytes, "fileOffset" | "auxOffset" | "size">;

/** Whether bytes follow others in the file: the payloads of two chunks never do. */
function follows({ fileOffset, auxOffset }: Run, before: Run): boolean {
  return fileOffset === before.fileOffset! + before.size &&
    auxOffset === before.auxOffset + BigInt(before.size);
}

function check(file: PerfFile): AuxView {
  const { findings } = checkFile(file, { also: [auxChecks(file)] });
  const of = (name: string) =>
    findings.filter(({ check, message }) => check === name && !message.includes("LOST_SAMPLES"))
      .map(({ fileOffset }) => fileOffset).sort((a, b) => a - b);
  return {
    findings: {
      "aux-loss": [...new Set(of("aux-loss"))],
      "chunk-continuity": of("chunk-continuity"),
      "payload-present": of("payload-present"),
    },
  };
}

function tables(file: PerfFile): AuxView {
  const chunks = new ListsBuilder();
  const tails = new ListsBuilder();
  const auxRecords: string[] = [];
  const losses: string[] = [];
  const wanted: TableName[] = ["chunks", "aux_records", "tails", "losses"];
  for (const batch of tableBatches(file, { name: "a recording", tables: wanted })) {
    for (const row of rowsOf(batch)) {
      const owner = {
        idx: row.queue as number | null,
        cpu: row.cpu as number | null,
        tid: row.tid as number | null,
      };
      const fileOffset = row.file_offset as bigint;
      const auxOffset = row.aux_offset as bigint;
      switch (batch.table.name) {
        case "chunks":
          chunks.add(queueKey(owner), rangeLine(fileOffset, auxOffset, row.size));
          break;
        case "aux_records":
          auxRecords.push(`${rangeLine(fileOffset, auxOffset, row.aux_size)}, ${row.flags}`);
          break;
        case "tails":
          if (row.tail !== null) tails.add(queueKey(owner), hex(row.tail as bigint));
          break;
        case "losses":
          losses.push(lossLine({
            kind: row.kind as string,
            queue: lossKey(owner),
            fileOffset,
            from: row.from_offset as bigint | null,
            to: row.to_offset as bigint | null,
          }));
      }
    }
  }
  return {
    chunks: chunks.lists,
    allAuxRecords: auxRecords.sort(),
    tails: tails.lists,
    losses: losses.sort(),
  };
}

function* rowsOf({ table, rows, columns }: RowBatch): Generator<Record<string, unknown>> {
  for (let n = 0; n < rows; n++) {
    yield Object.fromEntries(table.columns.map(({ name }, i) => [name, columns[i]!.at(n)]));
  }
}

function report(file: PerfFile): AuxView {
  const steps = collectReport(file, { name: "a recording" });
  let step = steps.next();
  while (!step.done) step = steps.next();
  const { chart, replay } = step.value;
  // Of snapshots a chart shows the heads.
  const isFull = replay.recording.mode === "full";
  const tails = new ListsBuilder();
  const lossCounts: [string, number][] = [];
  for (const queue of chart.queues) {
    const key = queueKey(queue);
    if (isFull) { for (const tail of queue.tails.max) tails.add(key, hex(tail)); }
    for (const { kind, count } of queue.marks) {
      if (isLoss(kind)) lossCounts.push([`${key}: ${kind}`, count]);
    }
  }
  return {
    queues: chart.queues.map((queue) => `${queue.idx}: ${queueKey(queue)}`).sort(),
    roundedTails: tails.lists,
    lossCounts: nonZero(lossCounts),
  };
}

/** Numbers of the fields that are read of Perfetto's messages, as in its `.proto` files. */
const Packet = { trackEvent: 11, trackDescriptor: 60 } as const;
const Track = { uuid: 1, name: 2, parentUuid: 5 } as const;
const Event = { annotation: 4, type: 9, track: 11, name: 23, counter: 30, double: 44 } as const;
const Annotation = { uint: 3, pointer: 7, name: 10 } as const;
const ROOT = "AUX area tracing";

function perfetto(file: PerfFile): AuxView {
  const tracks = new Map<bigint, { readonly name: string; readonly parent: bigint | null }>();
  const auxRecords = new ListsBuilder();
  const tails = new ListsBuilder();
  const losses: string[] = [];
  for (const piece of perfettoPackets(file)) {
    for (const { value } of protoFields(piece)) {
      const packet = protoMessage(value as Uint8Array);
      const track = packet.get(Packet.trackDescriptor);
      if (track instanceof Uint8Array) addTrack(track);
      const event = packet.get(Packet.trackEvent);
      if (event instanceof Uint8Array) addEvent(event);
    }
  }
  return { auxRecords: auxRecords.lists, roundedTails: tails.lists, losses: losses.sort() };

  function addTrack(descriptor: Uint8Array): void {
    const fields = protoMessage(descriptor);
    tracks.set(fields.get(Track.uuid) as bigint, {
      name: protoText(fields.get(Track.name)),
      parent: (fields.get(Track.parentUuid) ?? null) as bigint | null,
    });
  }

  function addEvent(event: Uint8Array): void {
    const fields = protoMessage(event);
    const track = tracks.get(fields.get(Event.track) as bigint)!;
    const group = track.parent === null ? ROOT : tracks.get(track.parent)!.name;
    const name = protoText(fields.get(Event.name));
    const facts = factsOf(event);
    const fileOffset = facts.get("file_offset")!;
    if (name === "AUX") {
      const range = rangeLine(fileOffset, facts.get("aux_offset")!, facts.get("aux_size"));
      auxRecords.add(group, `${range}, ${facts.get("flags")}`);
    } else if (isLoss(name)) {
      const queue = group === ROOT ? NO_QUEUE : group;
      const [from = null, to = null] = [facts.get("from"), facts.get("to")];
      losses.push(lossLine({ kind: name, queue, fileOffset, from, to }));
    } else if (/^(?:queue \d+: )?tail$/.test(track.name)) {
      const value = fields.get(Event.counter) ?? fields.get(Event.double);
      tails.add(group, hex(typeof value === "bigint" ? Number(value) : doubleOf(value!)));
    }
  }

  function factsOf(event: Uint8Array): Map<string, bigint> {
    const facts = new Map<string, bigint>();
    for (const { field, value } of protoFields(event)) {
      if (field !== Event.annotation) continue;
      const annotation = protoMessage(value as Uint8Array);
      const fact = annotation.get(Annotation.pointer) ?? annotation.get(Annotation.uint);
      facts.set(protoText(annotation.get(Annotation.name)), fact as bigint);
    }
    return facts;
  }

  function doubleOf(bytes: Uint8Array): number {
    return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true);
  }
}

const LOSSES: Readonly<Record<LossKind, true>> = {
  truncated: true,
  partial: true,
  collision: true,
  gap: true,
  overlap: true,
  regression: true,
  missing: true,
  lost: true,
  silent: true,
  error: true,
};

function isLoss(name: string): boolean {
  return name in LOSSES;
}

/** The queue of a loss. */
export function lossKey(owner: QueueOwner): string {
  const { idx, cpu, tid } = owner;
  return idx === null && cpu === null && tid === null ? NO_QUEUE : queueKey(owner);
}

/** Collects lines by queue. */
export class ListsBuilder {
  readonly lists: Record<string, string[]> = {};

  add(queue: string, line: string): void {
    (this.lists[queue] ??= []).push(line);
  }
}

/** Sums numbers by name. */
export function nonZero(entries: readonly (readonly [string, number])[]): Counts {
  const counts: Record<string, number> = {};
  for (const [name, count] of entries) {
    if (count > 0) counts[name] = (counts[name] ?? 0) + count;
  }
  return counts;
}

/** A position as text. */
export function hex(value: bigint | number | null): string {
  return value === null ? "?" : `0x${value.toString(16)}`;
}
