import type { LossKind, ReplayReport } from "../auxtrace/mod.ts";
import type { AuxFacts, AuxRecordFacts, ChunkFacts } from "./aux_facts.ts";
import {
  type AuxView,
  hex,
  ListsBuilder,
  lossKey,
  lossLine,
  NO_QUEUE,
  nonZero,
  queueKey,
  type QueueOwner,
  rangeLine,
} from "./aux_views.ts";

/** A loss that a recording is known to have; CPU and thread are null where `idx` tells the queue. */
export interface KnownLoss extends QueueOwner {
  readonly kind: LossKind;
  readonly fileOffset: number;
  readonly from: bigint | null;
  readonly to: bigint | null;
}

/** What is known of a recording beside its records. */
export interface KnownAnswer {
  readonly mode: ReplayReport["recording"]["mode"];
  readonly basis: ReplayReport["basis"];
  /** The machine; null if unknown. */
  readonly arch: string | null;
  /** Whether the trace is Intel BTS, of which whole records count. */
  readonly isBts: boolean;
  /** Size of the file. */
  readonly fileSize: number;
  /** The last tail of each queue that has one, by `idx`, or by CPU and thread. */
  readonly lastTails: readonly (QueueOwner & { readonly lastTail: bigint | null })[];
  readonly losses: readonly KnownLoss[];
}

const AUXTRACE_SIZE = 48;
const BTS_SIZE = 24;
const PADDING = 7n;
const U32 = 2n ** 32n;
const U64 = 2n ** 64n;
const DATA_LOSSES: readonly LossKind[] = [
  "truncated",
  "partial",
  "collision",
  "lost",
  "silent",
  "error",
];
const SEAMS: readonly LossKind[] = ["gap", "overlap", "regression"];

/** A queue as its records tell. */
interface Queue extends QueueOwner {
  readonly chunks: ChunkFacts[];
  readonly auxRecords: AuxRecordFacts[];
  samples: number[];
}

/** What every view of a recording has to say, from its records and what is known of it. */
export function expectedView(facts: AuxFacts, answer: KnownAnswer): Required<AuxView> {
  const queues = queuesOf(facts);
  const isFull = answer.mode === "full";
  const wraps = countsIn32Bits(facts, answer);
  const position = (text: string) => wraps ? BigInt(text) % U32 : BigInt(text);
  const losses = answer.losses.map((loss) => ({ ...loss, queue: queueOf(loss, queues) }));
  const [chunks, auxRecords, traceBytes, tails] = [1, 2, 3, 4].map(() => new ListsBuilder());
  for (const queue of queues) {
    const key = queueKey(queue);
    const whole = queue.chunks.filter((chunk) => presentSize(chunk, answer) === chunk.size);
    for (const { fileOffset, auxOffset, size } of whole) {
      chunks!.add(key, rangeLine(fileOffset, position(auxOffset), size));
    }
    for (const record of queue.auxRecords) auxRecords!.add(key, auxRecordLine(record));
    for (const line of traceOf(queue, answer, wraps)) traceBytes!.add(key, line);
    if (!isFull) continue;
    const stored = answer.basis === "announcements"
      ? queue.auxRecords.map(({ auxOffset, auxSize }) => BigInt(auxOffset) + BigInt(auxSize))
      : queue.chunks.slice(1).map(({ auxOffset }) => position(auxOffset));
    const last = answer.lastTails.find((of) => queueKey(of) === key)?.lastTail ?? null;
    if (stored.length < whole.length && last !== null) stored.push(last);
    for (const tail of stored) tails!.add(key, hex(tail));
  }
  const bytes = (of: (queue: Queue) => number) =>
    nonZero(queues.map((queue) => [queueKey(queue), of(queue)]));
  return {
    queues: namesOf(queues),
    queuesWithBytes: namesOf(queues.filter(hasBytes)),
    chunks: chunks!.lists,
    auxRecords: auxRecords!.lists,
    allAuxRecords: facts.auxRecords.map(auxRecordLine).sort(),
    presentBytes: bytes(({ chunks, samples }) =>
      sum([...samples, ...chunks.map((chunk) => presentSize(chunk, answer))])
    ),
    traceBytes: traceBytes!.lists,
    announcedBytes: bytes(({ auxRecords }) => sum(auxRecords.map(({ auxSize }) => auxSize))),
    missingBytes: nonZero(
      losses.filter(({ kind }) => kind === "missing")
        .map(({ queue, from, to }) => [queue, Number(to! - from!)]),
    ),
    tails: tails!.lists,
    roundedTails: Object.fromEntries(
      Object.entries(tails!.lists).map(([key, all]) => [key, all.map((tail) => hex(Number(tail)))]),
    ),
    losses: losses.map(lossLine).sort(),
    lossCounts: nonZero(
      losses.filter(({ queue }) => queue !== NO_QUEUE)
        .map(({ queue, kind }) => [`${queue}: ${kind}`, 1]),
    ),
    marks: losses.filter(({ queue, kind }) =>
      isMark(kind) && queues.some((of) => queueKey(of) === queue && hasBytes(of))
    ).map(({ queue, kind, from, to }) => `${queue}: ${kind} at ${hex(markAt(kind, from!, to!))}`)
      .sort(),
    findings: {
      "aux-loss": offsetsOf(losses.filter(({ kind }) => DATA_LOSSES.includes(kind))),
      "chunk-continuity": offsetsOf([
        ...losses.filter(({ kind }) => SEAMS.includes(kind)),
        ...wraps ? [] : chunksBeyondU64(facts),
      ]),
      "payload-present": presentFindings(losses, queues),
    },
  };
}

function auxRecordLine({ fileOffset, auxOffset, auxSize, flags }: AuxRecordFacts): string {
  return `${rangeLine(fileOffset, BigInt(auxOffset), auxSize)}, ${flags}`;
}

/** The queues: those of chunks, of samples, and of AUX records that neither explains. */
function queuesOf(facts: AuxFacts): Queue[] {
  const queues: Queue[] = [];
  const of = (owner: QueueOwner, isSame: (queue: Queue) => boolean) => {
    let queue = queues.find(isSame);
    if (queue === undefined) {
      queues.push(queue = { ...owner, chunks: [], auxRecords: [], samples: [] });
    }
    return queue;
  };
  for (const chunk of facts.chunks) {
    const { idx, cpu, tid } = chunk;
    of({ idx, cpu, tid }, (queue) => queue.idx === idx).chunks.push(chunk);
  }
  for (const { idx, cpu, tid, size } of facts.samples) {
    // ID_INDEX of the only such recordings gives the queue of a CPU.
    const owner = { idx, cpu, tid: idx === null ? tid : null };
    of(owner, (queue) => queueKey(queue) === queueKey(owner)).samples.push(size);
  }
  for (const record of facts.auxRecords) {
    const { cpu, tid } = record;
    const queue = queues.find((of) => of.idx !== null && cpu !== null && of.cpu === cpu) ??
      queues.find((of) => of.idx !== null && of.cpu === null && of.tid === tid) ??
      of({ idx: null, cpu, tid }, (of) => of.idx === null && of.cpu === cpu && of.tid === tid);
    queue.auxRecords.push(record);
  }
  return queues;
}

/** Whether the kernel counts in 32 bits, so that perf goes below 0 for a chunk before a wrap. */
function countsIn32Bits({ chunks, auxRecords }: AuxFacts, { arch }: KnownAnswer): boolean {
  return arch === "i686" &&
    [...chunks, ...auxRecords].every(({ auxOffset }) =>
      BigInt(auxOffset) < U32 || BigInt(auxOffset) >= U64 - U32
    );
}

/** Chunks that end where no position is. */
function chunksBeyondU64({ chunks }: AuxFacts): ChunkFacts[] {
  return chunks.filter(({ auxOffset, size }) => BigInt(auxOffset) + BigInt(size) > U64);
}

function presentSize({ fileOffset, size }: ChunkFacts, { fileSize }: KnownAnswer): number {
  return Math.min(size, fileSize - fileOffset - AUXTRACE_SIZE);
}

/**
 * Each chunk's bytes without padding: position in the file, position in the stream, and size. The
 * positions count on where the kernel's wrap.
 */
function traceOf(queue: Queue, answer: KnownAnswer, wraps: boolean): string[] {
  let stream = 0n;
  const samples = queue.samples.map((size) => {
    stream += BigInt(size);
    return `sample ${stream - BigInt(size)} ${size}`;
  });
  const ends = queue.auxRecords.map(({ auxOffset, auxSize }) =>
    BigInt(auxOffset) + BigInt(auxSize)
  );
  let position = BigInt(queue.chunks[0]?.auxOffset ?? 0);
  const chunks = queue.chunks.flatMap((chunk, n) => {
    const start = BigInt(chunk.auxOffset);
    const end = start + BigInt(chunk.size);
    const isEnd = (at: bigint) => at <= end && at >= end - PADDING;
    const next = queue.chunks[n + 1];
    const possible = answer.mode !== "full"
      ? []
      : next !== undefined && isEnd(BigInt(next.auxOffset))
      ? [BigInt(next.auxOffset)]
      : new Set(ends.filter(isEnd));
    const [only = end, ...others] = possible;
    const size = Math.min(
      Number((others.length > 0 ? end : only) - start),
      presentSize(chunk, answer),
    );
    const whole = answer.isBts ? size - size % BTS_SIZE : size;
    position = wraps ? position + BigInt.asIntN(32, start - position) : start;
    const at = chunk.fileOffset + AUXTRACE_SIZE;
    return whole === 0 ? [] : [`${at} ${position} ${whole}`];
  });
  return [...chunks, ...samples];
}

function namesOf(queues: readonly Queue[]): string[] {
  return queues.map((queue) => `${queue.idx}: ${queueKey(queue)}`).sort();
}

function hasBytes({ chunks, samples }: Queue): boolean {
  return chunks.length > 0 || samples.length > 0;
}

function queueOf(loss: KnownLoss, queues: readonly Queue[]): string {
  const queue = loss.idx === null
    ? queues.find(({ auxRecords }) =>
      auxRecords.some(({ fileOffset }) => fileOffset === loss.fileOffset)
    )
    : queues.find(({ idx }) => idx === loss.idx);
  return queue === undefined ? lossKey(loss) : queueKey(queue);
}

function isMark(kind: LossKind): boolean {
  return kind !== "lost" && kind !== "silent" && kind !== "error";
}

/** Where a mark stands: a gap at its start, an overlap at the next chunk, a flag at its end. */
function markAt(kind: LossKind, from: bigint, to: bigint): bigint {
  return kind === "gap" || kind === "missing" ? from : to;
}

function presentFindings(
  losses: readonly (KnownLoss & { readonly queue: string })[],
  queues: readonly Queue[],
): number[] {
  const missing = losses.filter(({ kind }) => kind === "missing");
  const isEmpty = (key: string) => queues.some((of) => queueKey(of) === key && !hasBytes(of));
  const empty = new Map<string, number>();
  for (const { queue, fileOffset } of missing.toReversed()) {
    if (isEmpty(queue)) empty.set(queue, Math.min(fileOffset, empty.get(queue) ?? Infinity));
  }
  const others = missing.filter(({ queue }) => !isEmpty(queue));
  return [...others.map(({ fileOffset }) => fileOffset), ...empty.values()].sort((a, b) => a - b);
}

function offsetsOf(places: readonly { readonly fileOffset: number }[]): number[] {
  return [...new Set(places.map(({ fileOffset }) => fileOffset))].sort((a, b) => a - b);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((so, number) => so + number, 0);
}
