import { FixedSizeCursor, type PacketCursor } from "../internal.ts";
import { DtlKind, dtlKindNames } from "./packet_kind.ts";

const ENTRY_SIZE = 48;

/** Reasons of a dispatch by number. Source: perf's `powerpc-vpadtl.c`. */
const DISPATCH_REASONS = [
  "external_interrupt",
  "firmware_internal_event",
  "H_PROD",
  "decrementer_interrupt",
  "system_reset",
  "firmware_internal_event",
  "conferred_cycles",
  "time_slice",
  "virtual_memory_page_fault",
  "expropriated_adjunct",
  "priv_doorbell",
];
/** Reasons of a preemption by number. Source: the same. */
const PREEMPT_REASONS = [
  "unused",
  "firmware_internal_event",
  "H_CEDE",
  "H_CONFER",
  "time_slice",
  "migration_hibernation_page_fault",
  "virtual_memory_page_fault",
  "H_CONFER_ADJUNCT",
  "hcall_adjunct",
  "HDEC_adjunct",
];

/** Options of {@linkcode DtlCursor}. */
export interface DtlOptions {
  /**
   * Byte order of the recording machine, in which the BOOT entry is. Unless given, the one in which
   * the frequency is the lower number: the timebase of no machine counts 2^32 times a second.
   */
  readonly byteOrder?: "little" | "big" | null;
}

/**
 * Moves over the entries of a PowerPC Dispatch Trace Log of a virtual processor area (VPA) in place.
 *
 * Entries of the hypervisor are big endian. Source: `struct dtl_entry` of the kernel's
 * arch/powerpc/include/asm/lppaca.h.
 *
 * @example Which processor ran
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { DtlCursor, dtlFields } from "@auxtail/auxtail/vpa-dtl";
 *
 * const bytes = new Uint8Array(48);
 * bytes[3] = 7; // processor
 * bytes[23] = 1; // timebase
 * const entries = new DtlCursor(bytes);
 * entries.next();
 * assertEquals(dtlFields(entries).processorId, 7);
 * ```
 */
export class DtlCursor extends FixedSizeCursor implements PacketCursor {
  readonly #byteOrder: "little" | "big" | null;

  /** Starts before the first entry of `bytes`. */
  constructor(bytes?: Uint8Array, { byteOrder = null }: DtlOptions = {}) {
    super(bytes);
    this.#byteOrder = byteOrder;
  }

  /** Whether the BOOT entry under the cursor is little endian. */
  get isLittle(): boolean {
    if (this.#byteOrder !== null) return this.#byteOrder === "little";
    const at = this.start + 8;
    return this.view.getBigUint64(at, true) <= this.view.getBigUint64(at);
  }

  /** Size of every record. */
  protected override packetSize(): number {
    return ENTRY_SIZE;
  }

  /** Kind of the record at `at`. */
  protected override packetKind(at: number): number {
    return this.view.getBigUint64(at + 16) === 0n ? DtlKind.Boot : DtlKind.Dispatch;
  }
}

/** A dispatch. Source: `struct dtl_entry`. */
export interface DtlDispatch {
  /** Why the processor was dispatched. */
  readonly dispatchReason: number;
  /** The same as perf names it; null for a number that it does not know. */
  readonly dispatchReasonName: string | null;
  /** Why it had been preempted. */
  readonly preemptReason: number;
  /** The same as perf names it; null for a number that it does not know. */
  readonly preemptReasonName: string | null;
  /** The physical processor. */
  readonly processorId: number;
  /** Ticks from being enqueued to being dispatched. */
  readonly enqueueToDispatch: number;
  /** Ticks from being ready to being enqueued. */
  readonly readyToEnqueue: number;
  /** Ticks from waiting to being ready. */
  readonly waitingToReady: number;
  /** Time of the dispatch, in ticks. */
  readonly timebase: bigint;
  /** Address of the fault that it waited for. */
  readonly faultAddress: bigint;
  /** Where it continues. */
  readonly srr0: bigint;
  /** The machine state that it continues with. */
  readonly srr1: bigint;
}

/** The entry that has timebase 0. */
export interface DtlBoot {
  /** The timebase when the system started, in ticks. */
  readonly bootTimebase: bigint;
  /** Ticks per second. */
  readonly frequency: bigint;
}

/** Returns the entry under the cursor by name; marks have no fields. */
export function dtlFields(
  cursor: DtlCursor,
): Partial<DtlDispatch & DtlBoot> {
  if (cursor.kind === DtlKind.Boot) return bootFields(cursor);
  return cursor.kind === DtlKind.Dispatch ? dispatchFields(cursor) : {};
}

/**
 * Describes the entry under the cursor with the names and in the order of `perf script`; then what
 * this leaves out, addresses in hex.
 */
export function dtlText(cursor: DtlCursor): string {
  const name = dtlKindNames[cursor.kind]!;
  if (cursor.kind === DtlKind.Boot) {
    const { bootTimebase, frequency } = bootFields(cursor);
    return `${name} boot_tb: ${bootTimebase}, tb_freq: ${frequency}`;
  }
  if (cursor.kind !== DtlKind.Dispatch) return name;
  const entry = dispatchFields(cursor);
  return [
    `${name} timebase:${entry.timebase}`,
    `dispatch_reason:${entry.dispatchReasonName ?? entry.dispatchReason}`,
    `preempt_reason:${entry.preemptReasonName ?? entry.preemptReason}`,
    `enqueue_to_dispatch_time:${entry.enqueueToDispatch}`,
    `ready_to_enqueue_time:${entry.readyToEnqueue}`,
    `waiting_to_ready_time:${entry.waitingToReady}`,
    `processor_id:${entry.processorId}`,
    `fault_addr:0x${entry.faultAddress.toString(16)}`,
    `srr0:0x${entry.srr0.toString(16)}`,
    `srr1:0x${entry.srr1.toString(16)}`,
  ].join(", ");
}

function dispatchFields({ view, start }: DtlCursor): DtlDispatch {
  const dispatchReason = view.getUint8(start);
  const preemptReason = view.getUint8(start + 1);
  return {
    dispatchReason,
    dispatchReasonName: DISPATCH_REASONS[dispatchReason] ?? null,
    preemptReason,
    preemptReasonName: PREEMPT_REASONS[preemptReason] ?? null,
    processorId: view.getUint16(start + 2),
    enqueueToDispatch: view.getUint32(start + 4),
    readyToEnqueue: view.getUint32(start + 8),
    waitingToReady: view.getUint32(start + 12),
    timebase: view.getBigUint64(start + 16),
    faultAddress: view.getBigUint64(start + 24),
    srr0: view.getBigUint64(start + 32),
    srr1: view.getBigUint64(start + 40),
  };
}

function bootFields({ view, start, isLittle }: DtlCursor): DtlBoot {
  return {
    bootTimebase: view.getBigUint64(start, isLittle),
    frequency: view.getBigUint64(start + 8, isLittle),
  };
}
