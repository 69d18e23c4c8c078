import { type PacketCursor, undecodedText, type UndecodedTrace } from "../internal.ts";
import { Deformatter, FRAME_SIZE, FrameStep, type SourceBytes } from "./deformatter.ts";
import { EtmCursor, type EtmOptions } from "./etm_cursor.ts";
import { EtmKind } from "./etm_kind.ts";
import { TRACE_IDS, type TraceUnit } from "./trace_unit.ts";
import { undecodedSource } from "./undecoded_scan.ts";

/**
 * Whose bytes a fragment of AUX data can hold. If frames are `synced`, the first byte of each source
 * starts a packet, unless a barrier is before it.
 */
export interface CoresightSources extends EtmOptions {
  /** The trace units: all of the sink for frames, the one of the CPU for a raw fragment. */
  readonly units: readonly TraceUnit[];
  /** Whether the bytes come from one unit without frames (AUX flag 0x0100). */
  readonly isRaw?: boolean;
}

/**
 * Reads the packets of a whole CoreSight fragment: the bytes of one AUX record.
 *
 * Packets of several sources come in the order in which their last bytes do. `offset` is the
 * position of the packet's first byte in the fragment, `bytes` and `start` lead to the packet's own
 * bytes without those of frames and other sources. Bytes of ids without a unit, of units that are
 * not ETMv4 or ETE, and before the first id are skipped, with one mark for each such id.
 * Nothing is allocated per packet; each id has buffers of at most 22 KiB.
 *
 * @example Two bytes of trace in a frame
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { CoresightCursor } from "@auxtail/auxtail/coresight";
 *
 * const frame = new Uint8Array([0x21, 0xf7, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
 * const cursor = new CoresightCursor({ units: [] }, frame);
 * cursor.end();
 * cursor.next();
 * assertEquals([cursor.traceId, cursor.offset, cursor.size], [0x10, 1, 1]);
 * ```
 */
export class CoresightCursor implements PacketCursor {
  /** See {@linkcode PacketCursor.rest}. */
  rest = 0;

  readonly #sources: CoresightSources;
  readonly #raw: EtmCursor | null;
  /** Whether the first byte of a source starts a packet. */
  #synced: boolean;
  readonly #frames: Deformatter<EtmCursor>;
  /** Stands for marks that belong to no source. */
  readonly #mark = new EtmCursor(null);
  /** The cursor that knows what stands under this one. */
  #current: EtmCursor;
  /** The source that is being read. */
  #source: SourceBytes<EtmCursor> | null = null;
  /** The sources that are ended one after the other. */
  #ending: IterableIterator<SourceBytes<EtmCursor>> | null = null;
  /** Where bytes that are being skipped begin, if that is no longer at hand. */
  readonly #skips = new Map<SourceBytes<EtmCursor>, { from: number; offset: number }>();
  #isBarrier = false;
  #isEnded = false;

  /** Starts before the first byte of a fragment. */
  constructor(sources: CoresightSources, bytes?: Uint8Array) {
    const { units, isRaw = false, synced = false } = sources;
    this.#sources = sources;
    const etm = units[0]?.etm ?? null;
    this.#raw = isRaw ? new EtmCursor(etm, undefined, { synced }) : null;
    this.#current = this.#raw ?? this.#mark;
    this.#synced = synced;
    this.#frames = new Deformatter((id) => {
      const unit = units.find((unit) => unit.traceId === id);
      return new EtmCursor(unit?.etm ?? null, undefined, { synced: this.#synced });
    });
    if (bytes !== undefined) this.refill(bytes);
  }

  /** The source's own cursor, for payload and state; null for what has no source. */
  get etm(): EtmCursor | null {
    return this.#current === this.#mark ? null : this.#current;
  }

  /** What stands under the cursor. */
  get kind(): EtmKind {
    return this.#current.kind;
  }

  /** See {@linkcode PacketCursor.bytes}: a buffer of the source. */
  get bytes(): Uint8Array {
    return this.#current.bytes;
  }

  /** See {@linkcode PacketCursor.start}. */
  get start(): number {
    return this.#current.start;
  }

  /** See {@linkcode PacketCursor.size}. */
  get size(): number {
    return this.#current.size;
  }

  /** Trace id of the packet or mark; 0 for none, as in raw fragments and for barriers. */
  get traceId(): number {
    return this.#source?.id ?? 0;
  }

  /** What the source is, if nothing decodes it; null for one that is decoded. */
  get undecoded(): Omit<UndecodedTrace, "bytes"> | null {
    return undecodedSource(this.#sources, this.traceId);
  }

  /** Why skipped bytes can be no packets; null if only the next sync point is looked for. */
  get skipReason(): string | null {
    const { undecoded } = this;
    if (undecoded !== null) return undecodedText(undecoded);
    if (this.#raw !== null) return null;
    if (this.#source === null) return "less than a frame";
    const { id } = this.#source;
    if (id === 0) return "before the first trace ID";
    return id > TRACE_IDS ? `trace ID 0x${id.toString(16)} is of no trace unit` : null;
  }

  /** See {@linkcode PacketCursor.offset}. */
  get offset(): number {
    const source = this.#source;
    const { offset } = this.#current;
    if (source === null) return this.#raw === null ? this.#frames.offset : offset;
    const skip = this.#skips.get(source);
    if (this.kind === EtmKind.Skipped && skip?.from === offset) return skip.offset;
    return source.offsetOf(offset - source.position);
  }

  /** See {@linkcode PacketCursor.refill}. */
  refill(bytes: Uint8Array): void {
    if (this.#raw === null) this.#frames.refill(bytes);
    else this.#raw.refill(bytes);
  }

  /** See {@linkcode PacketCursor.end}. */
  end(): void {
    this.#isEnded = true;
    this.#raw?.end();
  }

  /** See {@linkcode PacketCursor.next}. */
  next(): boolean {
    if (this.#source !== null && this.#current.next()) return true;
    if (this.#raw !== null) {
      const isThere = this.#raw.next();
      this.rest = this.#raw.rest;
      return isThere;
    }
    return this.#nextSource();
  }

  /** Continues where the packets of a source are used up. */
  #nextSource(): boolean {
    for (;;) {
      if (this.#source !== null) this.#storeRest(this.#source);
      if (this.#ending !== null) {
        if (!this.#endNext(this.#ending)) {
          return this.#isBarrier ? this.#markBarrier() : this.#markRest();
        }
      } else if (this.#isBarrier) {
        this.#isBarrier = false;
        this.#synced = false;
        this.#skips.clear();
        this.#frames.passBarrier();
        continue;
      } else {
        switch (this.#frames.next()) {
          case FrameStep.Bytes:
            this.#aim(this.#frames.source);
            break;
          case FrameStep.Barrier:
            this.#isBarrier = true;
            this.#ending = this.#frames.sources;
            continue;
          case FrameStep.More:
            this.rest = this.#frames.rest;
            if (!this.#isEnded) return false;
            this.#ending = this.#frames.sources;
            continue;
        }
      }
      if (this.#current.next()) return true;
    }
  }

  #aim(source: SourceBytes<EtmCursor>): void {
    source.decoder.aim(source.bytes, { from: 0, to: source.end });
    this.#current = source.decoder;
    this.#source = source;
  }

  /** Keeps what the source's cursor needs again. */
  #storeRest(source: SourceBytes<EtmCursor>): void {
    const { skipFrom, rest } = source.decoder;
    const index = skipFrom - source.position;
    if (skipFrom >= 0 && this.#skips.get(source)?.from !== skipFrom && index < source.end) {
      this.#skips.set(source, { from: skipFrom, offset: source.offsetOf(index) });
    }
    source.keep(rest);
    this.#source = null;
    this.#current = this.#mark;
  }

  /** Ends the next source; false if there is none. */
  #endNext(sources: IterableIterator<SourceBytes<EtmCursor>>): boolean {
    const { done, value } = sources.next();
    if (done) return false;
    value.decoder.end();
    this.#aim(value);
    return true;
  }

  #markBarrier(): true {
    this.#ending = null;
    this.#mark.kind = EtmKind.Barrier;
    this.#mark.size = FRAME_SIZE;
    return true;
  }

  /** Stands on what is left of the fragment and no frame. */
  #markRest(): boolean {
    if (this.rest === 0) return false;
    this.#mark.kind = EtmKind.Skipped;
    this.#mark.size = this.rest;
    this.rest = 0;
    return true;
  }
}
