import { joinU64, Mark, type PacketCursor } from "../internal.ts";
import { SpeKind, speKindNames } from "./packet_kind.ts";
import {
  decodeSpeInstruction,
  decodeSpePhysical,
  decodeSpeVirtual,
  type SpeInstructionAddress,
  type SpePhysicalAddress,
  type SpeVirtualAddress,
} from "./spe_address.ts";
import { SpeCursor, type SpeOptions } from "./spe_cursor.ts";
import { decodeSpeEvents, type SpeEvents } from "./spe_events.ts";
import { decodeSpeOperation, type SpeOperation } from "./spe_operation.ts";

const RECORD = Mark.Cut + 1;

/** One sampled operation. What its packets do not say is null. */
export interface SpeRecord {
  /** Position of its first packet in the stream. */
  readonly offset: number;
  /** Bytes up to the end of its last packet. */
  readonly size: number;
  /** Whether a TIMESTAMP or END ended it, rather than the stream's end. */
  readonly complete: boolean;
  /** Bytes in it that are no packet. */
  readonly damagedBytes: number;
  /** The instruction. */
  readonly pc: SpeInstructionAddress | null;
  /** Where a branch went to. */
  readonly target: SpeInstructionAddress | null;
  /** Target of the branch that was taken before. */
  readonly previousTarget: SpeInstructionAddress | null;
  /** Virtual address of the data. */
  readonly va: SpeVirtualAddress | null;
  /** Physical address of the data. */
  readonly pa: SpePhysicalAddress | null;
  /** Cycles from dispatch to completion. */
  readonly totalLatency: number | null;
  /** Cycles from dispatch to issue. */
  readonly issueLatency: number | null;
  /** Cycles of address translation. */
  readonly translationLatency: number | null;
  /** What happened to the operation. */
  readonly events: SpeEvents | null;
  /** What it was. */
  readonly operation: SpeOperation | null;
  /** Where loaded data came from. Exact below 2^53; models use 16 bits at most. */
  readonly dataSource: number | null;
  /** CONTEXTIDR_EL1. */
  readonly contextEl1: number | null;
  /** CONTEXTIDR_EL2. */
  readonly contextEl2: number | null;
  /** Ticks of the generic timer. */
  readonly timestamp: bigint | null;
}

/**
 * Puts the packets of sampled operations together, record by record, without an object for each.
 *
 * A record starts at the first packet after the one before, padding left out, and ends with
 * TIMESTAMP or END. Of packets that a record has twice the last one counts. The stream comes in
 * pieces as it does for `SpeCursor`; a record may lie in several.
 *
 * @example Latencies
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { SpeKind, SpeRecordCursor } from "@auxtail/auxtail/arm-spe";
 *
 * const records = new SpeRecordCursor(new Uint8Array([0x98, 34, 0, 0x01, 0x98, 5, 0, 0x01]));
 * const latencies: number[] = [];
 * while (records.next()) {
 *   if (records.has(SpeKind.TotalLatency)) latencies.push(records.low[SpeKind.TotalLatency]!);
 * }
 * assertEquals(latencies, [34, 5]);
 * ```
 */
export class SpeRecordCursor implements PacketCursor {
  /** The kind of all records. */
  readonly kind: number = RECORD;
  /** Empty: a record may lie in several pieces. */
  readonly bytes: Uint8Array = new Uint8Array(0);
  /** See {@linkcode SpeRecordCursor.bytes}. */
  readonly start = 0;
  /** Position of the first packet in the stream. */
  offset = 0;
  /** Bytes up to the end of the last packet. */
  size = 0;
  /** Whether a TIMESTAMP or END ended it. */
  isComplete = false;
  /** Bytes in it that are no packet. */
  damagedBytes = 0;
  /** Low halves of the payloads by `SpeKind`, valid where {@linkcode SpeRecordCursor.has} says so. */
  readonly low: Uint32Array = new Uint32Array(speKindNames.length);
  /** High halves. */
  readonly high: Uint32Array = new Uint32Array(speKindNames.length);
  /** Class of the operation, if the record has one. */
  operationClass = 0;
  /** CONTEXTIDR by index: of EL1 and EL2; -1 where the record has none. */
  readonly contexts: Float64Array = new Float64Array(4);

  readonly #packets: SpeCursor;
  /** A bit for each kind that the record has. */
  #kinds = 0;
  #isOpen = false;
  #isLast = false;

  /** Starts before the first record of `bytes`. */
  constructor(bytes?: Uint8Array, options?: SpeOptions) {
    this.#packets = new SpeCursor(bytes, options);
  }

  /** After `next()` returned false: how many of the last bytes the next piece has to begin with. */
  get rest(): number {
    return this.#packets.rest;
  }

  /** Continues with the next piece: the `rest` of the one before, then new bytes. */
  refill(bytes: Uint8Array): void {
    this.#packets.refill(bytes);
  }

  /** Says that no more bytes follow: packets that no TIMESTAMP or END ends become a record. */
  end(): void {
    this.#isLast = true;
    this.#packets.end();
  }

  /** Ticks of the generic timer; null if the record has no timestamp. */
  get timestamp(): bigint | null {
    return this.has(SpeKind.Timestamp)
      ? joinU64(this.high[SpeKind.Timestamp]!, this.low[SpeKind.Timestamp]!)
      : null;
  }

  /** Whether the record has a packet of this kind. */
  has(kind: SpeKind): boolean {
    return (this.#kinds >>> kind & 1) === 1;
  }

  /** Moves to the next record; false where the bytes, or all of them, are used up. */
  next(): boolean {
    if (!this.#isOpen) this.#clear();
    const packets = this.#packets;
    while (packets.next()) {
      const { kind } = packets;
      if (kind === SpeKind.Pad || kind === SpeKind.Alignment) continue;
      if (!this.#isOpen) {
        this.#isOpen = true;
        this.offset = packets.offset;
      }
      this.#take(kind);
      if (kind === SpeKind.Timestamp || kind === SpeKind.End) {
        this.#isOpen = false;
        this.isComplete = true;
        return true;
      }
    }
    const isCutOff = this.#isLast && this.#isOpen;
    if (isCutOff) this.#isOpen = false;
    return isCutOff;
  }

  /** Makes a value of the record. */
  toRecord(): SpeRecord {
    const { low, high } = this;
    return {
      offset: this.offset,
      size: this.size,
      complete: this.isComplete,
      damagedBytes: this.damagedBytes,
      pc: this.#instruction(SpeKind.Pc),
      target: this.#instruction(SpeKind.Target),
      previousTarget: this.#instruction(SpeKind.PreviousTarget),
      va: this.has(SpeKind.Va) ? decodeSpeVirtual(high[SpeKind.Va]!, low[SpeKind.Va]!) : null,
      pa: this.has(SpeKind.Pa) ? decodeSpePhysical(high[SpeKind.Pa]!, low[SpeKind.Pa]!) : null,
      totalLatency: this.#number(SpeKind.TotalLatency),
      issueLatency: this.#number(SpeKind.IssueLatency),
      translationLatency: this.#number(SpeKind.TranslationLatency),
      events: this.has(SpeKind.Events)
        ? decodeSpeEvents(high[SpeKind.Events]!, low[SpeKind.Events]!)
        : null,
      operation: this.has(SpeKind.Operation)
        ? decodeSpeOperation(this.operationClass, low[SpeKind.Operation]!)
        : null,
      dataSource: this.#number(SpeKind.DataSource),
      contextEl1: this.#context(1),
      contextEl2: this.#context(2),
      timestamp: this.timestamp,
    };
  }

  #clear(): void {
    this.#kinds = 0;
    this.isComplete = false;
    this.damagedBytes = 0;
    this.contexts.fill(-1);
  }

  #take(kind: number): void {
    const { index, low, high, offset, size } = this.#packets;
    this.size = offset + size - this.offset;
    this.#kinds |= 1 << kind;
    this.low[kind] = low;
    this.high[kind] = high;
    if (kind === SpeKind.Operation) this.operationClass = index;
    else if (kind === SpeKind.Context) this.contexts[index] = low;
    else if (kind <= Mark.Cut) this.damagedBytes += size;
  }

  #instruction(kind: SpeKind): SpeInstructionAddress | null {
    return this.has(kind) ? decodeSpeInstruction(this.high[kind]!, this.low[kind]!) : null;
  }

  #number(kind: SpeKind): number | null {
    return this.has(kind) ? this.high[kind]! * 2 ** 32 + this.low[kind]! : null;
  }

  #context(el: number): number | null {
    const contextId = this.contexts[el - 1]!;
    return contextId < 0 ? null : contextId;
  }
}

/** Yields the records of a whole stream as values that are safe to keep. */
export function* speRecords(bytes: Uint8Array, options?: SpeOptions): Generator<SpeRecord> {
  const cursor = new SpeRecordCursor(bytes, options);
  cursor.end();
  while (cursor.next()) yield cursor.toRecord();
}
