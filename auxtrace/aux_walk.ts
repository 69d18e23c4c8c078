import { FLOAT, FormatError, joinU64 } from "../parsers/internal.ts";
import { AUX_LOSS_FLAGS } from "../parsers/perf/abi.ts";
import {
  type ChunkFields,
  layoutOf,
  readAuxFields,
  readChunkFields,
  readHwId,
  readLostEvents,
} from "../parsers/perf/internal.ts";
import {
  type AuxFields,
  AuxFlag,
  Feature,
  type IdIndexEntry,
  type PerfFile,
  type RecordCursor,
  type RecordOrigin,
  RecordType,
  SampleType,
} from "../parsers/perf/mod.ts";
import type {
  AuxAnnouncement,
  AuxBasis,
  AuxChunkHeader,
  AuxListener,
  AuxLoss,
  AuxMode,
  RecordCounts,
} from "./aux_events.ts";
import { type AuxQueue, PADDING, QueueBuilder } from "./aux_queue.ts";
import { readable } from "./recording_facts.ts";
import { SilenceWatch } from "./silence.ts";

/** Most queues of a recording; more than any machine has CPUs. */
const MAX_QUEUES = 8192;
/** AUX and LOST records that are held until a chunk tells whether queues are per CPU. */
const MAX_HELD = 1 << 16;
const MAX_IDS = 1 << 20;
/** Bytes by which Intel BTS can drop the end of what it read, to keep its records whole. */
const BTS_SLACK = 23;
const U32 = 2 ** 32;
const MAX_U32 = U32 - 1;
const U64_END = 1n << 64n;
const NO_TIME = { timeHigh: 0, timeLow: 0 };
/** Machines whose kernel counts in 32 bits, so that AUX positions wrap at 4 GiB. */
const ARCH_32_BIT = /^(i[3-6]86|arm(v[4-7].*)?|mips|mipsel|ppc|powerpc|riscv32|s390|sparc|parisc)$/;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

type OwnChunk = Mutable<Omit<AuxChunkHeader, "queue">> & { queue: Queue };
type Queue = QueueBuilder<OwnChunk>;

/** The AUX record that was read last, or one that is held; its queue is null until it is told. */
type OwnAnnouncement = Mutable<Omit<AuxAnnouncement, "queue">> & { queue: Queue | null };

/** A LOST record, and who wrote it. */
interface OwnLoss {
  readonly loss: Omit<AuxLoss, "queue">;
  readonly cpu: number | null;
  readonly tid: number | null;
}

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
  /** Whether the kernel counts in 32 bits. */
  wraps = false;
  /** Whether a position wrapped, or would have under a kernel of 32 bits. */
  hasWrapped = false;
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
  readonly #startListeners: readonly AuxListener[];
  readonly #chunkListeners: readonly AuxListener[];
  readonly #announcementListeners: readonly AuxListener[];
  readonly #queues: Queue[] = [];
  readonly #byIdx = new Map<number, Queue>();
  readonly #byCpu = new Map<number, Queue>();
  readonly #byTid = new Map<number, Queue>();
  readonly #byPair = new Map<string, Queue>();
  readonly #ids = new Map<bigint, IdIndexEntry>();
  readonly #silence = new SilenceWatch();
  /** Records whose queue is not yet known; null when they are no longer held. */
  #held: (OwnAnnouncement | OwnLoss)[] | null = [];
  /** Whether queues without an idx are those of CPUs, of threads, or of pairs of both. */
  #owners: "cpu" | "thread" | "pair" = "pair";
  /** The AUXTRACE record whose payload is being passed. */
  #open: OwnChunk | null = null;
  #hasChunks = false;
  #hasSamples = false;
  #eventsSeen = 0;
  #mayHaveSamples = false;
  /** Whether a position was met that 32 bits cannot count; null before the first position. */
  #fits32: boolean | null = null;

  /** Begins before the first record. */
  constructor(file: PerfFile, listeners: readonly AuxListener[]) {
    this.#file = file;
    this.#listeners = listeners;
    this.#startListeners = listeners.filter(({ chunkStart }) => chunkStart !== undefined);
    this.#chunkListeners = listeners.filter(({ chunk }) => chunk !== undefined);
    this.#announcementListeners = listeners.filter(({ announcement }) =>
      announcement !== undefined
    );
    file.findAuxtraceInfo();
    this.#readInfo();
    this.#lookAtEvents();
  }

  /** The queues, in the order in which they were met. */
  get queues(): readonly AuxQueue[] {
    return this.#queues;
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
        this.#aux(cursor);
        break;
      case RecordType.Auxtrace:
        this.#openChunk(cursor);
        break;
      case RecordType.FinishedRound:
        this.rounds++;
        break;
      case RecordType.HeaderAttr:
        this.#lookAtEvents();
        break;
      case RecordType.AuxtraceInfo:
        this.#readInfo();
        break;
      case RecordType.Lost:
        this.#lost(cursor);
        break;
      case RecordType.IdIndex:
        this.#idIndex(cursor);
        break;
      case RecordType.AuxOutputHwId:
        this.#hardwareId(cursor);
        break;
      case RecordType.AuxtraceError:
        this.#error(cursor);
        break;
      case RecordType.Compressed:
      case RecordType.Compressed2:
        this.compressed = true;
        break;
    }
  }

  /** Tells what is known only when the cursor has reached the end. */
  finish(cursor: RecordCursor): void {
    if (this.#open !== null) this.#closeChunk(this.#open, cursor);
    this.#release("pair");
    if (this.mode === "full") {
      for (const queue of this.#queues) {
        this.#coverLast(queue);
        queue.wraps = this.wraps;
      }
      for (const queue of this.#queues) {
        for (const range of queue.missing()) {
          this.#tellLoss({ kind: "missing", queue, ...range, events: null });
        }
      }
      for (const { queue, ...when } of this.#silence.found()) {
        this.#tellLoss({ kind: "silent", queue, ...when, to: null, events: null });
      }
    }
    for (const listener of this.#listeners) listener.end?.(this);
  }

  /** Takes in what AUXTRACE_INFO says. */
  #readInfo(): void {
    const { auxtraceInfo } = this.#file;
    if (auxtraceInfo?.snapshot === true) this.isSnapshot = true;
    if (auxtraceInfo?.type === "intel_bts") this.slack = BTS_SLACK;
  }

  /** Finds out from the machine's name, and from all positions, whether the kernel counts in 32 bits. */
  #lookAtHigh(high: number): void {
    if (this.#fits32 === null) {
      this.wraps = ARCH_32_BIT.test(readable(() => this.#file.feature(Feature.arch)) ?? "");
    }
    this.#fits32 = high === 0 || high === MAX_U32;
    if (!this.#fits32) this.wraps = false;
  }

  #openChunk(cursor: RecordCursor): void {
    const fields = readChunkFields(cursor);
    if (fields === null) return;
    if (this.#fits32 !== false) this.#lookAtHigh(fields.offsetHigh);
    const queue = this.#queueOf(fields, cursor);
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
    if (this.wraps) this.#place(chunk, queue);
    this.#open = chunk;
    for (const listener of this.#startListeners) listener.chunkStart!(chunk, this);
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
    for (const listener of this.#chunkListeners) listener.chunk!(chunk, this);
  }

  /** Compares the start of a chunk with the end of the one before. */
  #follow(chunk: OwnChunk): void {
    const { queue } = chunk;
    const { lastChunk: last } = queue;
    if (last !== null && distance(last, chunk) !== last.size) this.#compare(last, chunk);
    queue.cover(chunk, chunk.presentSize);
    if (this.wraps && chunk.low + chunk.size > U32) this.hasWrapped = true;
    if (chunk.presentSize < chunk.size) this.#announceCut(chunk);
    else if (this.#endsBeyondU64(chunk)) this.#noteBeyond(chunk.fileOffset, "PERF_RECORD_AUXTRACE");
  }

  #compare(
    last: OwnChunk,
    { queue, high, low, fileOffset }: OwnChunk,
  ): void {
    const { wraps, slack } = this;
    const start = joinU64(last.high, last.low);
    const whole = start + BigInt(last.size);
    const end = wraps ? BigInt.asUintN(32, whole) : whole;
    const next = joinU64(high, low);
    const ahead = wraps ? BigInt.asIntN(32, next - end) : next - end;
    if (ahead >= -PADDING && ahead <= slack) {
      queue.cover(last, last.size + Number(ahead));
      return;
    }
    const isAfterStart = (wraps ? BigInt.asIntN(32, next - start) : next - start) >= 0n;
    const kind = ahead > 0n ? "gap" : isAfterStart ? "overlap" : "regression";
    const timeNs = queue.announced.timeAt(next);
    this.#tellLoss({ kind, queue, fileOffset, from: end, to: next, timeNs, events: null });
  }

  /** Counts as announced what a chunk was cut off. */
  #announceCut(chunk: OwnChunk): void {
    const { queue, fileOffset, presentSize, size, recordHigh, streamHigh, low } = chunk;
    const end = low + presentSize;
    const carry = Math.floor(end / U32);
    queue.announce({
      recordHigh: recordHigh + carry,
      streamHigh: streamHigh + carry,
      low: end % U32,
      size: size - presentSize,
      fileOffset,
      origin: NO_TIME,
    });
  }

  /** What the last chunk of a queue may lack at its end is not missing. */
  #coverLast(queue: Queue): void {
    const { lastChunk: last, announced } = queue;
    const { slack } = this;
    if (last === null || last.presentSize < last.size || slack === 0) return;
    const start = joinU64(last.high, last.low);
    const end = start + BigInt(last.size);
    const tail = announced.onlyEndWithin(end - PADDING, end + BigInt(slack));
    queue.cover(last, tail === null ? last.size + slack : Number(tail - start));
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
    });
  }

  #aux(cursor: RecordCursor): void {
    const fields = readAuxFields(cursor);
    if (fields === null) return;
    if (this.#fits32 !== false) this.#lookAtHigh(fields.offsetHigh);
    this.counts.auxRecords++;
    if (fields.flags !== 0) this.#countFlags(fields.flags);
    const record = this.#announcementOf(fields, cursor);
    if (this.#held === null) this.#tellAnnouncement(record);
    else this.#hold(record);
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
    const record: OwnAnnouncement = {
      queue: null,
      fileOffset: FLOAT,
      fields,
      high,
      low: FLOAT,
      recordHigh: high,
      streamHigh: high,
      size: FLOAT,
      endHigh: wraps ? 0 : isBeyond ? MAX_U32 : endHigh,
      endLow: FLOAT,
      flags,
      origin: cursor.origin(),
    };
    record.fileOffset = cursor.fileOffset;
    record.low = low;
    record.size = Math.min(
      isBeyond ? (MAX_U32 - high) * U32 + (MAX_U32 - low) : sizeHigh * U32 + sizeLow,
      Number.MAX_SAFE_INTEGER,
    );
    record.endLow = isBeyond ? MAX_U32 : endLow >>> 0;
    if (isBeyond && !this.isSnapshot) this.#noteBeyond(record.fileOffset, "PERF_RECORD_AUX");
    return record;
  }

  #lost(cursor: RecordCursor): void {
    const { counts } = this;
    counts.lostRecords++;
    const events = readLostEvents(cursor);
    if (events === null) return;
    counts.lostEvents = sum(counts.lostEvents, events);
    const { fileOffset, timeNs, cpu, tid } = cursor;
    const loss = { kind: "lost", fileOffset, from: null, to: null, timeNs, events } as const;
    if (this.#held === null) this.#tellLost({ loss, cpu, tid });
    else this.#hold({ loss, cpu, tid });
  }

  #hold(record: OwnAnnouncement | OwnLoss): void {
    this.#held!.push(record);
    if (this.#held!.length === MAX_HELD) this.#release(this.#likelyOwners(record));
  }

  /** Whose the queues are where no chunk has told for long. */
  #likelyOwners(record: OwnAnnouncement | OwnLoss): "cpu" | "thread" {
    for (const { cpu } of this.#ids.values()) return cpu === null ? "thread" : "cpu";
    const { cpu } = "loss" in record ? record : record.origin;
    return cpu === null ? "thread" : "cpu";
  }

  /** Tells of the records that were held. */
  #release(owners: "cpu" | "thread" | "pair"): void {
    const held = this.#held;
    if (held === null) return;
    this.#held = null;
    this.#owners = owners;
    for (const record of held) {
      if ("loss" in record) this.#tellLost(record);
      else this.#tellAnnouncement(record);
    }
  }

  #tellLost({ loss, cpu, tid }: OwnLoss): void {
    this.#tellLoss({ ...loss, queue: this.#ownerOf(cpu, tid) ?? null });
  }

  #tellAnnouncement(record: OwnAnnouncement): void {
    const { origin, flags } = record;
    const queue = this.#ownerOf(origin.cpu, origin.tid) ??
      this.#newOwner(origin, record.fileOffset);
    record.queue = queue;
    if (this.wraps) this.#place(record, queue);
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
    for (const listener of this.#announcementListeners) listener.announcement!(announcement, this);
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
      events: null,
    };
    if (flags & AuxFlag.Truncated) this.#tellLoss({ kind: "truncated", ...loss });
    if (flags & AuxFlag.Partial) this.#tellLoss({ kind: "partial", ...loss });
    if (flags & AuxFlag.Collision) this.#tellLoss({ kind: "collision", ...loss });
  }

  /** Compares the start of an AUX record with the end of the one before, where no chunk tells. */
  #followAnnouncement(record: AuxAnnouncement, queue: Queue): void {
    const { fileOffset, origin: { timeHigh, timeLow } } = record;
    const { lastAnnounced: last } = queue;
    const next = joinU64(record.high, record.low);
    queue.lastAnnounced = { start: next, end: joinU64(record.endHigh, record.endLow) };
    if (last === null || last.end === next) return;
    const kind = next > last.end ? "gap" : next >= last.start ? "overlap" : "regression";
    const timeNs = joinU64(timeHigh, timeLow) || null;
    this.#tellLoss({ kind, queue, fileOffset, from: last.end, to: next, timeNs, events: null });
  }

  #tellLoss(loss: AuxLoss): void {
    for (const listener of this.#listeners) listener.loss?.(loss, this);
  }

  #error(cursor: RecordCursor): void {
    this.counts.errorRecords++;
    const { fileOffset } = cursor;
    const record = cursor.record();
    const { cpu, tid, timeNs } = record.type === "auxtrace_error"
      ? record
      : { cpu: null, tid: null, timeNs: null };
    const queue = this.#ownerOf(cpu, tid) ?? null;
    this.#tellLoss({
      kind: "error",
      queue,
      fileOffset,
      from: null,
      to: null,
      timeNs,
      events: null,
    });
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
    const { cpu, tid } = cursor;
    const entry = record.id === null ? undefined : this.#ids.get(record.id);
    const queue = entry === undefined
      ? this.#pairOf(cpu, tid, cursor.fileOffset)
      : this.#queueOf(entry, cursor);
    queue.samples++;
    queue.addPresent(record.aux.length);
    for (const listener of this.#listeners) listener.sample?.({ queue, bytes: record.aux }, cursor);
  }

  #idIndex(cursor: RecordCursor): void {
    const record = cursor.record();
    if (record.type === "raw" && record.error !== null) this.damage ??= record.error;
    if (record.type !== "id_index") return;
    for (const entry of record.entries) {
      if (this.#ids.size >= MAX_IDS) return;
      if (entry.idx <= MAX_U32 && isU32(entry.cpu) && isU32(entry.tid)) {
        this.#ids.set(entry.id, entry);
      }
    }
  }

  #hardwareId(cursor: RecordCursor): void {
    const id = readHwId(cursor);
    const { cpu } = cursor;
    if (id === null || cpu === null) return;
    for (const listener of this.#listeners) listener.hardwareId?.({ cpu, ...id });
  }

  /** The queue with an idx. One that only AUX records spoke of until now gets its idx here. */
  #queueOf(
    { idx, cpu, tid }: Pick<ChunkFields, "idx" | "cpu" | "tid">,
    cursor: RecordCursor,
  ): Queue {
    let queue = this.#byIdx.get(idx);
    if (queue !== undefined) return queue;
    const known = cpu !== null
      ? this.#byCpu.get(cpu)
      : tid !== null
      ? this.#byTid.get(tid)
      : undefined;
    if (known !== undefined && known.idx === null) {
      queue = known;
      queue.idx = idx;
      queue.tid = tid;
    } else {
      queue = this.#add(new QueueBuilder({ idx, cpu, tid, wraps: this.wraps }), cursor.fileOffset);
      if (cpu !== null && known === undefined) this.#byCpu.set(cpu, queue);
      else if (cpu === null && tid !== null && known === undefined) this.#byTid.set(tid, queue);
    }
    this.#byIdx.set(idx, queue);
    return queue;
  }

  /** The queue of an AUX record's CPU, or of its thread where that CPU has none. */
  #ownerOf(cpu: number | null, tid: number | null): Queue | undefined {
    if (cpu === null && tid === null && this.#byIdx.size === 1) {
      for (const only of this.#byIdx.values()) return only;
    }
    return (cpu === null ? undefined : this.#byCpu.get(cpu)) ??
      (tid === null ? undefined : this.#byTid.get(tid)) ?? this.#byPair.get(`${cpu} ${tid}`);
  }

  #newOwner({ cpu, tid }: RecordOrigin, fileOffset: number): Queue {
    if (this.#owners === "cpu" && cpu !== null) {
      const queue = this.#add(
        new QueueBuilder({ idx: null, cpu, tid: null, wraps: this.wraps }),
        fileOffset,
      );
      this.#byCpu.set(cpu, queue);
      return queue;
    }
    if (this.#owners === "thread" && tid !== null) {
      const queue = this.#add(
        new QueueBuilder({ idx: null, cpu: null, tid, wraps: this.wraps }),
        fileOffset,
      );
      this.#byTid.set(tid, queue);
      return queue;
    }
    return this.#pairOf(cpu, tid, fileOffset);
  }

  #pairOf(cpu: number | null, tid: number | null, fileOffset: number): Queue {
    const key = `${cpu} ${tid}`;
    let queue = this.#byPair.get(key);
    if (queue === undefined) {
      queue = this.#add(new QueueBuilder({ idx: null, cpu, tid, wraps: this.wraps }), fileOffset);
      this.#byPair.set(key, queue);
    }
    return queue;
  }

  #add(queue: Queue, fileOffset: number): Queue {
    if (this.#queues.length >= MAX_QUEUES) {
      throw new FormatError("unsupported", {
        structure: "AUX queue",
        offset: fileOffset,
        expected: `at most ${MAX_QUEUES} queues`,
        actual: "more",
      });
    }
    this.#queues.push(queue);
    return queue;
  }

  /**
   * Reduces a position to what a 32-bit kernel counts, and counts on where its counter wraps. perf
   * computes a chunk's position in 64 bits, so one before a wrap is 2^64 less something.
   */
  #place(
    record: { high: number; readonly low: number; streamHigh: number },
    queue: Queue,
  ): void {
    record.high = 0;
    record.streamHigh = 0;
    if (this.isSnapshot) return;
    const { low } = record;
    const last = queue.position ?? low;
    const ahead = (low - last) | 0;
    queue.position = last + ahead < 0 ? low : last + ahead;
    record.streamHigh = Math.floor(queue.position / U32);
    if (record.streamHigh > 0) this.hasWrapped = true;
  }
}

/** Bytes from the start of a chunk to that of another; exact up to 2^53. */
function distance(from: AuxChunkHeader, to: AuxChunkHeader): number {
  return (to.high - from.high) * U32 + (to.low - from.low);
}

function isU32(value: number | null): boolean {
  return value === null || (value >= 0 && value <= MAX_U32);
}

/** Adds sizes that a damaged recording may claim; saturates where numbers stop being exact. */
export function sum(a: number, b: number): number {
  return Math.min(a + b, Number.MAX_SAFE_INTEGER);
}
