import type { PacketScan } from "../internal.ts";
import { findAsync, packetSize, trailingZeros, type Window } from "./_etm_sizes.ts";
import { eteExceptionKind, headerTables, Shape } from "./_etm_tables.ts";
import { EtmTime } from "./_etm_time.ts";
import { EtmKind, etmKindNames } from "./etm_kind.ts";
import type { EtmOptions } from "./etm_cursor.ts";
import { type EtmConfig, UNKNOWN_UNIT } from "./trace_unit.ts";

/** Packets that are counted before a counter could overflow. */
const MAX_COUNTED = 2 ** 32 - 1;

/**
 * Counts the packets of one ETMv4 or ETE trace unit, and finds the first and last timestamp.
 *
 * Counts by header byte in a table; addresses and contexts are passed over. The counts are those
 * of {@linkcode EtmCursor}.
 */
export class EtmScan implements PacketScan {
  firstTicks: bigint | null = null;
  endsInSync = false;

  readonly #config: EtmConfig;
  readonly #kinds: Uint8Array;
  readonly #shapes: Uint8Array;
  readonly #packets = new Float64Array(etmKindNames.length);
  readonly #bytes = new Float64Array(etmKindNames.length);
  /** Size by header byte of packets in which nothing has to be looked at; 0 for others. */
  readonly #sizes: Uint8Array;
  /** Such packets by header byte, not yet in the counts above. */
  readonly #passed = new Uint32Array(256);
  /** Bytes, and so at least packets, since these were last added. */
  #unsummed = 0;
  readonly #time: EtmTime;
  readonly #window: Window = { bytes: new Uint8Array(), end: 0 };
  #isSynced: boolean;
  #skipped = 0;
  #rest = 0;

  /** Starts before the first byte of a stream; null for a unit whose bytes are skipped. */
  constructor(config: EtmConfig | null, { synced = false }: EtmOptions = {}) {
    this.#isSynced = synced && config !== null;
    this.#time = new EtmTime(!synced);
    this.#config = config ?? UNKNOWN_UNIT;
    const { kinds, shapes } = headerTables(this.#config);
    this.#kinds = kinds;
    this.#shapes = shapes;
    this.#sizes = shapes.map(fixedSize);
  }

  get packets(): Float64Array {
    this.#sum();
    return this.#packets;
  }

  get bytes(): Float64Array {
    this.#sum();
    return this.#bytes;
  }

  /** Number of timestamps. */
  get timestamps(): number {
    return this.#packets[EtmKind.Timestamp]!;
  }

  get lastTicks(): bigint | null {
    return this.firstTicks === null ? null : this.#time.value;
  }

  push(bytes: Uint8Array): number {
    return this.scan(bytes, bytes.length);
  }

  /** Like {@linkcode push}, for the bytes of a buffer as far as `end`. */
  scan(bytes: Uint8Array, end: number): number {
    this.#window.bytes = bytes;
    this.#window.end = end;
    if (this.#unsummed + end > MAX_COUNTED) this.#sum();
    this.#unsummed += end;
    let at = 0;
    while (at < end) {
      if (!this.#isSynced) {
        at = this.#seek(at);
        if (!this.#isSynced) break;
      }
      at = this.#pass(at);
      if (at === end) break;
      const size = packetSize(this.#shapes[bytes[at]!]!, this.#config, this.#window, at);
      if (size === 0) break;
      if (size < 0) {
        this.#isSynced = false;
        this.#count(EtmKind.Bad, 1);
        at++;
      } else {
        this.#follow(at, size);
        at += size;
      }
    }
    this.#rest = end - at;
    return this.#rest;
  }

  /** See {@linkcode PacketScan.end}. Bytes that are pushed afterwards are those of a new stream. */
  end(): void {
    this.endsInSync = this.#isSynced && this.#rest === 0;
    if (!this.#isSynced) {
      this.#skipped += this.#rest;
      this.#endSkip();
    } else if (this.#rest > 0) {
      this.#count(EtmKind.Cut, this.#rest);
    }
    this.#rest = 0;
    this.#isSynced = false;
    this.#time.expectWhole();
  }

  /** Passes packets of fixed sizes and returns where the first other one is, or one that is cut. */
  #pass(from: number): number {
    const { bytes, end } = this.#window;
    const sizes = this.#sizes;
    const passed = this.#passed;
    let at = from;
    while (at < end) {
      const header = bytes[at]!;
      const size = sizes[header]!;
      // Nearly all have one byte: a step that is foreseen does not wait for the size.
      if (size === 1) {
        at++;
      } else {
        if (size === 0 || size > end - at) break;
        at += size;
      }
      passed[header]!++;
    }
    return at;
  }

  #count(kind: EtmKind, size: number): void {
    this.#packets[kind]!++;
    this.#bytes[kind]! += size;
  }

  #follow(at: number, size: number): void {
    const { bytes } = this.#window;
    const header = bytes[at]!;
    let kind = this.#kinds[header]! as EtmKind;
    switch (kind) {
      case EtmKind.Async:
        if (size === 2) kind = bytes[at + 1] === 3 ? EtmKind.Discard : EtmKind.Overflow;
        break;
      case EtmKind.TraceInfo:
        this.#time.expectWhole();
        break;
      case EtmKind.Timestamp:
        this.#time.read(bytes, at + 1);
        if (this.#time.knownBits === 64) this.firstTicks ??= this.#time.value;
        break;
      case EtmKind.Exception:
        if (this.#shapes[header] === Shape.EteException) kind = eteExceptionKind(bytes, at);
    }
    this.#count(kind, size);
  }

  /** Goes to the next A-Sync, or as far as none can start; returns where. */
  #seek(from: number): number {
    const { bytes, end } = this.#window;
    const isKnown = this.#config !== UNKNOWN_UNIT;
    const first = isKnown ? findAsync(bytes, from, end) : -1;
    this.#isSynced = first >= 0;
    const at = first >= 0 ? first : isKnown ? end - trailingZeros(bytes, from, end) : end;
    this.#skipped += at - from;
    if (this.#isSynced) this.#endSkip();
    return at;
  }

  #endSkip(): void {
    if (this.#skipped > 0) this.#count(EtmKind.Skipped, this.#skipped);
    this.#skipped = 0;
  }

  #sum(): void {
    this.#unsummed = 0;
    for (let header = 0; header < 256; header++) {
      const count = this.#passed[header]!;
      this.#packets[this.#kinds[header]!]! += count;
      this.#bytes[this.#kinds[header]!]! += count * this.#sizes[header]!;
    }
    this.#passed.fill(0);
  }
}

/** Size of packets of a shape; 0 where it is not fixed, or where their content counts. */
function fixedSize(shape: number): number {
  switch (shape) {
    case Shape.Match:
      return 1;
    case Shape.Long32:
      return 5;
    case Shape.Long64:
      return 9;
    default:
      return shape < Shape.Match ? shape : 0;
  }
}
