import { FixedSizeCursor, type PacketCursor } from "../internal.ts";
import { DtlKind, dtlKindNames } from "./packet_kind.ts";

const ENTRY_SIZE = 48;

/** Options of {@linkcode DtlCursor}. */
export interface DtlOptions {
  /** Byte order of the recording machine, in which the BOOT entry is; little unless given. */
  readonly byteOrder?: "little" | "big";
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
  /** Whether the BOOT entry is little endian. */
  readonly isLittle: boolean;

  /** Starts before the first entry of `bytes`. */
  constructor(bytes?: Uint8Array, { byteOrder = "little" }: DtlOptions = {}) {
    super(bytes);
    this.isLittle = byteOrder === "little";
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
  /** Why it had been preempted. */
  readonly preemptReason: number;
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

/** Describes the entry under the cursor by name and fields, addresses in hex. */
export function dtlText(cursor: DtlCursor): string {
  const name = dtlKindNames[cursor.kind]!;
  if (cursor.kind === DtlKind.Boot) {
    const { bootTimebase, frequency } = bootFields(cursor);
    return `${name} timebase ${bootTimebase} frequency ${frequency}`;
  }
  if (cursor.kind !== DtlKind.Dispatch) return name;
  const entry = dispatchFields(cursor);
  return [
    `${name} timebase ${entry.timebase} processor ${entry.processorId}`,
    `dispatch_reason ${entry.dispatchReason} preempt_reason ${entry.preemptReason}`,
    `enqueue_to_dispatch ${entry.enqueueToDispatch} ready_to_enqueue ${entry.readyToEnqueue}`,
    `waiting_to_ready ${entry.waitingToReady} fault_addr 0x${entry.faultAddress.toString(16)}`,
    `srr0 0x${entry.srr0.toString(16)} srr1 0x${entry.srr1.toString(16)}`,
  ].join(" ");
}

function dispatchFields({ view, start }: DtlCursor): DtlDispatch {
  return {
    dispatchReason: view.getUint8(start),
    preemptReason: view.getUint8(start + 1),
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
