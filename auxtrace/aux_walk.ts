import { FormatError, joinU64 } from "../parsers/internal.ts";
import { AUX_LOSS_FLAGS, AuxtraceAt } from "../parsers/perf/abi.ts";
import {
  layoutOf,
  readAuxFields,
  readChunkFields,
  readHwId,
  readLostEvents,
} from "../parsers/perf/internal.ts";
import {
  type AuxFields,
  AuxFlag,
  type AuxtraceErrorRecord,
  Feature,
  type PerfFile,
  type RecordCursor,
  RecordType,
  SampleType,
} from "../parsers/perf/mod.ts";
import { checkArgument } from "./arguments.ts";
import type {
  AuxAnnouncement,
  AuxBasis,
  AuxChunkHeader,
  AuxLoss,
  AuxMode,
  AuxQueue,
  AuxSampleData,
  RecordCounts,
  TraceError,
} from "./aux_events.ts";
import { PADDING, type QueueBuilder } from "./aux_queue.ts";
import { Kernel32, namesKernel32 } from "./kernel_32.ts";
import { lastTailOf } from "./last_tail.ts";
import { traitsOf } from "./payload_traits.ts";
import { QueueFinder } from "./queue_finder.ts";
import { readable } from "./recording_facts.ts";
import { safeSum } from "./safe_sum.ts";
import { SilenceWatch } from "./silence.ts";
import { asksForSnapshots } from "./snapshot_option.ts";

/**
 * Takes what a walk finds, in the order of the file. AUX and LOST records come late where their
 * queue was not yet known.
 */
export interface AuxListener {
  /** An AUXTRACE record, before its payload is passed: `presentSize` is not yet known. */
  chunkStart?(chunk: AuxChunkHeader, walk: WalkFacts): void;
  /** The same record, when its payload has been passed. */
  chunk?(chunk: AuxChunkHeader, walk: WalkFacts): void;
  /** An AUX record. */
  announcement?(announcement: AuxAnnouncement, walk: WalkFacts): void;
  /** A loss, when it is found. */
  loss?(loss: AuxLoss, walk: WalkFacts): void;
  /** AUX data in the sample under the cursor. */
  sample?(sample: AuxSampleData, cursor: RecordCursor): void;
  /** `hw_id` of an AUX_OUTPUT_HW_ID record, in halves. */
  hardwareId?(id: { readonly cpu: number; readonly high: number; readonly low: number }): void;
  /** The end of the records, after the last loss. */
  end?(walk: WalkFacts): void;
}

/** What listeners may ask the walk, as far as the records have been read. */
export type WalkFacts = Omit<AuxWalk, "record" | "finish">;

/** AUX and LOST records that are held until a chunk tells whether queues are per CPU. */
const MAX_HELD = 1 << 16;
const U32 = 2 ** 32;
const MAX_U32 = U32 - 1;
const U64_END = 1n << 64n;
const NO_TIME = { timeHigh: 0, timeLow: 0 };

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

type OwnChunk = Mutable<Omit<AuxChunkHeader, "queue">> & {
  queue: QueueBuilder;
  /** Size of a chunk that is larger than any file; only its record is there. */
  exactSize?: bigint;
};

/** The AUX record that was read last, or one that is held; its queue is null until it is told. */
type OwnAnnouncement = Mutable<Omit<AuxAnnouncement, "queue">> & { queue: QueueBuilder | null };

/**
 * The only walk over a recording's AUX data: it finds the queues, gives each chunk, AUX record,
 * sample and loss to its queue, and tells its listeners.
 *
 * Feed it each record of a {@linkcode RecordCursor} with {@linkcode record}, then call
 * {@linkcode finish}. An AUXTRACE record names its queue by `idx`. An AUX record belongs to the
 * queue of its CPU, or of its thread where queues belong to threads; which of the two is known from
 * the first AUXTRACE record, so AUX records before that are held, up to 65,536 of them: after so many
 * ID_INDEX decides, else the CPU. Where no AUXTRACE record comes, a queue is a pair of CPU and
 * thread. AUX data of a sample belongs to the queue that ID_INDEX gives the sample's id. Memory does
 * not depend on the number of records.
 *
 * Source: perf's `auxtrace_queues__add_event()`, `auxtrace_queues__sample_queue()`.
 */
export class AuxWalk {
  /** Counts over all records so far. */
  readonly counts: RecordCounts = {
    auxRecords: 0,
    truncatedRecords: 0,
    partialRecords: 0,
    collisionRecords: 0,
    lostRecords: 0,
    lostEvents: 0,
    errorRecords: 0,
  };
  /** FINISHED_ROUND records so far. */
  rounds = 0;
  /** Whether chunks are snapshots. */
  isSnapshot = false;
  /** Bytes by which a tail can lie beyond `offset + size` of its chunk. */
  slack = 0;
  /** Whether compressed records were met. */
  compressed = false;
  /** The first record of samples or ids that cannot be decoded; null where all can. */
  damage: FormatError | null = null;
  /** The first position that 64 bits cannot hold; null if 64 bits hold all. */
  beyond: FormatError | null = null;
  readonly #file: PerfFile;
  readonly #listeners: readonly AuxListener[];
  readonly #kernel: Kernel32;
  readonly #finder: QueueFinder;
  readonly #silence = new SilenceWatch();
  /** What to tell of records whose queue is not yet known; null when they are no longer held. */
  #held: (() => void)[] | null = [];
  /** The AUXTRACE record whose payload is being passed. */
  #open: OwnChunk | null = null;
  #hasChunks = false;
  #hasSamples = false;
  #eventsSeen = 0;
  #mayHaveSamples = false;

  /**
   * Begins before the first record.
   *
   * @param isKernel32 Whether the recording names a 32-bit kernel, unless its ARCH is to be asked.
   * @throws {TypeError} If `file` is not an open recording.
   */
  constructor(
    file: PerfFile,
    listeners: readonly AuxListener[],
    isKernel32: () => boolean = () => namesKernel32(file),
  ) {
    const isFile = typeof file?.findAuxtraceInfo === "function";
    checkArgument(isFile, "a PerfFile, as openPerfFile() returns it", file);
    this.#file = file;
    this.#kernel = new Kernel32(isKernel32);
    this.#finder = new QueueFinder(this.#kernel);
    this.#listeners = listeners;
    file.findAuxtraceInfo();
    this.#readInfo();
    this.#readCommandLine();
    this.#lookAtEvents();
  }

  /** The queues, in the order in which they were met. */
  get queues(): readonly AuxQueue[] {
    return this.#finder.queues;
  }

  /** Whether the kernel counts in 32 bits. */
  get wraps(): boolean {
    return this.#kernel.wraps;
  }

  /** Whether the head of a 32-bit kernel wrapped. */
  get hasWrapped(): boolean {
    return this.#kernel.hasWrapped;
  }

  /** What the tails are known from, as far as the records have been read. */
  get basis(): AuxBasis {
    if (this.#hasChunks) return "chunks";
    if (this.#hasSamples) return "samples";
    return this.counts.auxRecords > 0 ? "announcements" : "none";
  }

  /** How the AUX data is carried, as far as the records have been read. */
  get mode(): AuxMode {
    if (this.basis === "none") return "none";
    if (this.basis === "samples") return "sample";
    return this.isSnapshot ? "snapshot" : "full";
  }

  /** Takes in the record under the cursor. */
  record(cursor: RecordCursor): void {
    if (this.#open !== null) this.#closeChunk(this.#open, cursor);
    if (cursor.type !== RecordType.Sample) this.#other(cursor);
    else if (this.#mayHaveSamples) this.#sample(cursor);
    if (this.#silence.isWatching) this.#silence.record(cursor);
  }

  /** Takes in a record that is no sample. */
  #other(cursor: RecordCursor): void {
    switch (cursor.type) {
      case RecordType.Aux:
        return this.#aux(cursor);
      case RecordType.Auxtrace:
        return this.#openChunk(cursor);
      case RecordType.FinishedRound:
        this.rounds++;
        return;
      case RecordType.HeaderAttr:
        return this.#lookAtEvents();
      case RecordType.AuxtraceInfo:
        return this.#readInfo();
      case RecordType.HeaderFeature:
        return this.#readCommandLine();
      case RecordType.Lost:
        return this.#lost(cursor);
      case RecordType.IdIndex:
        return this.#idIndex(cursor);
      case RecordType.AuxOutputHwId:
        return this.#hardwareId(cursor);
      case RecordType.AuxtraceError:
        return this.#error(cursor);
      case RecordType.Compressed:
      case RecordType.Compressed2:
        this.compressed = true;
    }
  }

  /** Tells what is known only when the cursor has reached the end. */
  finish(cursor: RecordCursor): void {
    if (this.#open !== null) this.#closeChunk(this.#open, cursor);
    this.#readCommandLine();
    this.#release("pair");
    if (this.mode === "full") {
      const { queues } = this.#finder;
      for (const queue of queues) {
        this.#coverLast(queue);
        queue.wraps = this.wraps;
      }
      for (const queue of queues) {
        for (const range of queue.missing()) this.#tellLoss({ kind: "missing", queue, ...range });
      }
      for (const silent of this.#silence.found()) this.#tellLoss({ kind: "silent", ...silent });
    }
    for (const listener of this.#listeners) listener.end?.(this);
  }

  /** Takes in what AUXTRACE_INFO says. */
  #readInfo(): void {
    const { auxtraceInfo } = this.#file;
    if (auxtraceInfo?.snapshot === true) this.isSnapshot = true;
    this.slack = traitsOf(auxtraceInfo?.type).slack ?? 0;
  }

  /** Takes in what CMDLINE says, where neither AUXTRACE_INFO nor a flag of AUX records tells. */
  #readCommandLine(): void {
    if (this.isSnapshot || (this.#file.auxtraceInfo?.snapshot ?? null) !== null) return;
    const line = readable(() => this.#file.feature(Feature.cmdline));
    if (line !== null && asksForSnapshots(line)) this.isSnapshot = true;
  }

  #openChunk(cursor: RecordCursor): void {
    const fields = readChunkFields(cursor);
    if (fields === null) return;
    this.#kernel.lookAt(fields.offsetHigh);
    const queue = this.#finder.withIdx(fields, cursor.fileOffset);
    if (!this.#hasChunks) {
      this.#hasChunks = true;
      this.#release(fields.cpu === null ? "thread" : "cpu");
    }
    const { fileOffset } = cursor;
    const { size, offsetHigh: high } = fields;
    const chunk: OwnChunk = {
      queue,
      number: queue.chunks,
      fileOffset,
      payloadOffset: fileOffset + cursor.size,
      fileName: cursor.fileName,
      size,
      presentSize: size,
      high,
      low: fields.offsetLow,
      recordHigh: high,
      streamHigh: high,
      referenceHigh: fields.referenceHigh,
      referenceLow: fields.referenceLow,
      rounds: this.rounds,
    };
    if (size === Number.MAX_SAFE_INTEGER) chunk.exactSize = cursor.u64(AuxtraceAt.Size);
    this.#place(chunk, queue, size - Number(PADDING));
    this.#open = chunk;
    for (const listener of this.#listeners) listener.chunkStart?.(chunk, this);
  }

  /** Counts a position that at least `size` written bytes follow, if the kernel counts in 32 bits. */
  #place(record: OwnChunk | OwnAnnouncement, queue: QueueBuilder, size: number): void {
    if (this.wraps) this.#kernel.place(record, { queue: this.isSnapshot ? null : queue, size });
  }

  /** Takes in the chunk whose payload the cursor has passed, or found to be cut. */
  #closeChunk(chunk: OwnChunk, { cutPayload }: RecordCursor): void {
    this.#open = null;
    const { queue } = chunk;
    if (cutPayload?.fileOffset === chunk.fileOffset && cutPayload.fileName === chunk.fileName) {
      chunk.presentSize = cutPayload.presentSize;
    }
    if (!this.isSnapshot) this.#follow(chunk);
    queue.addPresent(chunk.presentSize);
    if (chunk.presentSize === chunk.size) queue.chunks++;
    if (chunk.size > queue.largestChunk) queue.largestChunk = chunk.size;
    queue.notePause();
    queue.lastChunk = chunk;
    for (const listener of this.#listeners) listener.chunk?.(chunk, this);
  }

  /** Compares the start of a chunk with the end of the one before. */
  #follow(chunk: OwnChunk): void {
    const { queue } = chunk;
    const { lastChunk: last } = queue;
    if (last !== null && distance(last, chunk) !== last.size) this.#compare(last, chunk);
    queue.cover(chunk, chunk.presentSize);
    if (chunk.presentSize < chunk.size) this.#announceCut(chunk);
    else if (this.#endsBeyondU64(chunk)) this.#noteBeyond(chunk.fileOffset, "PERF_RECORD_AUXTRACE");
  }

  #compare(last: AuxChunkHeader, { queue, high, low, fileOffset }: OwnChunk): void {
    const { wraps, slack } = this;
    const start = joinU64(last.high, last.low);
    const whole = start + BigInt(last.size);
    const end = wraps ? BigInt.asUintN(32, whole) : whole;
    const next = joinU64(high, low);
    const ahead = bytesFrom(end, next, wraps);
    if (ahead >= -PADDING && ahead <= slack) {
      queue.cover(last, last.size + Number(ahead));
      return;
    }
    const timeNs = queue.announced.timeAt(next);
    this.#tellSeam({ start, end, next }, { queue, fileOffset, timeNs });
  }

  /** Tells of a place where positions do not follow on each other. */
  #tellSeam(
    { start, end, next }: { readonly start: bigint; readonly end: bigint; readonly next: bigint },
    where: Pick<AuxLoss, "queue" | "fileOffset" | "timeNs">,
  ): void {
    const { wraps } = this;
    const isGap = bytesFrom(end, next, wraps) > 0n;
    const kind = isGap ? "gap" : bytesFrom(start, next, wraps) >= 0n ? "overlap" : "regression";
    this.#tellLoss({ kind, from: end, to: next, ...where });
  }

  /** Counts as announced what a chunk was cut off. */
  #announceCut(chunk: OwnChunk): void {
    const { queue, fileOffset, presentSize, size, recordHigh, streamHigh, low } = chunk;
    const end = low + presentSize;
    const rest = (chunk.exactSize ?? BigInt(size)) - BigInt(presentSize);
    const carry = Math.floor(end / U32);
    queue.announce({
      recordHigh: recordHigh + carry,
      streamHigh: streamHigh + carry,
      low: end % U32,
      size: chunk.exactSize === undefined ? size - presentSize : size,
      fields: { sizeHigh: Number(rest >> 32n), sizeLow: Number(rest & 0xffff_ffffn) },
      fileOffset,
      origin: NO_TIME,
    });
  }

  /** What the last chunk of a queue may lack at its end is not missing. */
  #coverLast(queue: QueueBuilder): void {
    const { lastChunk: last, announced } = queue;
    const { slack, wraps } = this;
    if (last === null || last.presentSize < last.size || slack === 0) return;
    const found = lastTailOf(last, announced, this);
    if (found === null) return;
    const proven = bytesFrom(joinU64(last.high, last.low), found.tail, wraps);
    queue.cover(last, found.window === null ? Number(proven) : last.size + slack);
  }

  #endsBeyondU64({ high, low, size }: AuxChunkHeader): boolean {
    return high + (low + size) / U32 > MAX_U32 && joinU64(high, low) + BigInt(size) > U64_END - 1n;
  }

  #noteBeyond(offset: number, structure: string): void {
    this.beyond ??= new FormatError("corrupt", {
      structure,
      offset,
      expected: "a position below 2^64",
      actual: "an end beyond it",
      cure: "the record is damaged, or perf did not write it; compare the file with the original",
    });
  }

  #aux(cursor: RecordCursor): void {
    const fields = readAuxFields(cursor);
    if (fields === null) return;
    this.#kernel.lookAt(fields.offsetHigh);
    this.counts.auxRecords++;
    if (fields.flags !== 0) this.#countFlags(fields.flags);
    const record = this.#announcementOf(fields, cursor);
    if (this.#held === null) this.#tellAnnouncement(record);
    else this.#hold(record.origin.cpu, () => this.#tellAnnouncement(record));
  }

  #countFlags(flags: number): void {
    const { counts } = this;
    if (flags & AuxFlag.Truncated) {
      counts.truncatedRecords++;
      this.#silence.expect();
    }
    if (flags & AuxFlag.Partial) counts.partialRecords++;
    if (flags & AuxFlag.Collision) counts.collisionRecords++;
    if (flags & AuxFlag.Overwrite) this.isSnapshot = true;
  }

  #announcementOf(fields: AuxFields, cursor: RecordCursor): OwnAnnouncement {
    const { offsetHigh: high, offsetLow: low, sizeHigh, sizeLow, flags } = fields;
    const { wraps } = this;
    const endLow = low + sizeLow;
    const endHigh = high + sizeHigh + (endLow > MAX_U32 ? 1 : 0);
    const isBeyond = !wraps && endHigh > MAX_U32;
    const size = isBeyond ? (MAX_U32 - high) * U32 + (MAX_U32 - low) : sizeHigh * U32 + sizeLow;
    const record: OwnAnnouncement = {
      queue: null,
      fileOffset: cursor.fileOffset,
      fields,
      high,
      low,
      recordHigh: high,
      streamHigh: high,
      size: Math.min(size, Number.MAX_SAFE_INTEGER),
      endHigh: wraps ? 0 : isBeyond ? MAX_U32 : endHigh,
      endLow: isBeyond ? MAX_U32 : endLow >>> 0,
      flags,
      origin: cursor.origin(),
    };
    if (isBeyond && !this.isSnapshot) this.#noteBeyond(record.fileOffset, "PERF_RECORD_AUX");
    return record;
  }

  #lost(cursor: RecordCursor): void {
    const { counts } = this;
    counts.lostRecords++;
    const events = readLostEvents(cursor);
    if (events === null) return;
    counts.lostEvents = safeSum(counts.lostEvents, events);
    const { fileOffset, timeNs, cpu, tid } = cursor;
    const loss = { kind: "lost", fileOffset, timeNs, events } as const;
    const tell = () => this.#tellLoss({ ...loss, queue: this.#finder.find({ cpu, tid }) ?? null });
    if (this.#held === null) tell();
    else this.#hold(cpu, tell);
  }

  /** Holds a record of a CPU until a chunk tells whose the queues are, but not for ever. */
  #hold(cpu: number | null, tell: () => void): void {
    this.#held!.push(tell);
    if (this.#held!.length < MAX_HELD) return;
    this.#release(this.#finder.ownersByIds() ?? (cpu === null ? "thread" : "cpu"));
  }

  /** Tells of the records that were held. */
  #release(owners: "cpu" | "thread" | "pair"): void {
    const held = this.#held;
    if (held === null) return;
    this.#held = null;
    this.#finder.owners = owners;
    for (const tell of held) tell();
  }

  #tellAnnouncement(record: OwnAnnouncement): void {
    const { origin, flags } = record;
    const queue = this.#finder.findOrAdd(origin, record.fileOffset);
    record.queue = queue;
    this.#place(record, queue, record.size);
    const announcement = record as AuxAnnouncement;
    queue.announced.add(announcement);
    if (!this.isSnapshot) {
      const isOwned = queue.idx !== null || queue.cpu !== null || queue.tid !== null;
      if (isOwned || !this.#hasChunks) queue.announce(announcement);
      if (this.basis === "announcements") this.#followAnnouncement(announcement, queue);
    }
    if ((flags & AuxFlag.Truncated) !== 0 || this.#silence.isWatching) {
      this.#silence.announcement(announcement);
    }
    for (const listener of this.#listeners) listener.announcement?.(announcement, this);
    if ((flags & AUX_LOSS_FLAGS) !== 0) this.#tellFlags(announcement);
  }

  /** Tells of the losses that an AUX record's flags say. */
  #tellFlags(
    { queue, fileOffset, high, low, endHigh, endLow, flags, origin }: AuxAnnouncement,
  ): void {
    const loss = {
      queue,
      fileOffset,
      from: joinU64(high, low),
      to: joinU64(endHigh, endLow),
      timeNs: joinU64(origin.timeHigh, origin.timeLow) || null,
    };
    if (flags & AuxFlag.Truncated) this.#tellLoss({ kind: "truncated", ...loss });
    if (flags & AuxFlag.Partial) this.#tellLoss({ kind: "partial", ...loss });
    if (flags & AuxFlag.Collision) this.#tellLoss({ kind: "collision", ...loss });
  }

  /** Compares the start of an AUX record with the end of the one before, where no chunk tells. */
  #followAnnouncement(record: AuxAnnouncement, queue: QueueBuilder): void {
    const { fileOffset, origin: { timeHigh, timeLow } } = record;
    const { lastAnnounced: last } = queue;
    const next = joinU64(record.high, record.low);
    queue.lastAnnounced = { start: next, end: joinU64(record.endHigh, record.endLow) };
    if (last === null || last.end === next) return;
    const timeNs = joinU64(timeHigh, timeLow) || null;
    this.#tellSeam({ ...last, next }, { queue, fileOffset, timeNs });
  }

  /** Tells of a loss; what is left out is not known. */
  #tellLoss(
    { kind, queue, fileOffset, from = null, to = null, timeNs, events = null, error = null }:
      SomeLoss,
  ): void {
    const loss = { kind, queue, fileOffset, from, to, timeNs, events, error };
    for (const listener of this.#listeners) listener.loss?.(loss, this);
  }

  #error(cursor: RecordCursor): void {
    this.counts.errorRecords++;
    const { fileOffset } = cursor;
    const record = cursor.record();
    const told = record.type === "auxtrace_error" ? record : null;
    const { cpu = null, tid = null } = told ?? {};
    const loss = { fileOffset, timeNs: told?.timeNs || null, error: told && traceError(told) };
    const tell = () =>
      this.#tellLoss({ kind: "error", queue: this.#finder.find({ cpu, tid }) ?? null, ...loss });
    if (this.#held === null) tell();
    else this.#hold(cpu, tell);
  }

  /** Sees whether samples of the events that have come since the last time can hold trace data. */
  #lookAtEvents(): void {
    const { events } = this.#file;
    for (; this.#eventsSeen < events.length; this.#eventsSeen++) {
      const { sampleType } = layoutOf(events[this.#eventsSeen]!);
      if ((sampleType & SampleType.Aux) !== 0) this.#mayHaveSamples = true;
    }
  }

  #sample(cursor: RecordCursor): void {
    const { event } = cursor;
    if (event === null || (layoutOf(event).sampleType & SampleType.Aux) === 0) return;
    const record = cursor.record();
    if (record.type === "raw" && record.error !== null) this.damage ??= record.error;
    if (record.type !== "sample" || record.aux === undefined) return;
    this.#hasSamples = true;
    const queue = this.#finder.ofSample(record.id ?? null, cursor, cursor.fileOffset);
    queue.samples++;
    queue.addPresent(record.aux.length);
    for (const listener of this.#listeners) listener.sample?.({ queue, bytes: record.aux }, cursor);
  }

  #idIndex(cursor: RecordCursor): void {
    const record = cursor.record();
    if (record.type === "raw" && record.error !== null) this.damage ??= record.error;
    if (record.type === "id_index") this.#finder.addIds(record.entries);
  }

  #hardwareId(cursor: RecordCursor): void {
    const id = readHwId(cursor);
    const { cpu } = cursor;
    if (id === null || cpu === null) return;
    for (const listener of this.#listeners) listener.hardwareId?.({ cpu, ...id });
  }
}

function traceError(
  { errorType, code, format, cpu, pid, tid, ip, message, machinePid, vcpu }: AuxtraceErrorRecord,
): TraceError {
  return { errorType, code, format, cpu, pid, tid, ip, message, machinePid, vcpu };
}

/** A loss, of which what is not known can be left out. */
type SomeLoss = Pick<AuxLoss, "kind" | "queue" | "fileOffset" | "timeNs"> & Partial<AuxLoss>;

/** Bytes from the start of a chunk to that of another; exact up to 2^53. */
function distance(from: AuxChunkHeader, to: AuxChunkHeader): number {
  return (to.high - from.high) * U32 + (to.low - from.low);
}

/** Bytes from one position to another, negative if that comes before it. */
function bytesFrom(from: bigint, to: bigint, wraps: boolean): bigint {
  return wraps ? BigInt.asIntN(32, to - from) : to - from;
}
