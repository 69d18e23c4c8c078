import { joinU64 } from "../internal.ts";
import { SpeKind } from "./packet_kind.ts";
import {
  decodeSpeInstruction,
  decodeSpePhysical,
  decodeSpeVirtual,
  type SpeInstructionAddress,
  type SpePhysicalAddress,
  type SpeVirtualAddress,
} from "./spe_address.ts";
import type { SpeCursor } from "./spe_cursor.ts";
import { decodeSpeEvents, type SpeEvents } from "./spe_events.ts";
import { decodeSpeOperation, type SpeOperation } from "./spe_operation.ts";

/** Payload of a packet by name. */
export type SpeFields =
  | Record<string, never>
  | SpeTicks
  | SpeEvents
  | SpeDataSource
  | SpeContext
  | SpeOperation
  | SpeInstructionAddress
  | SpeVirtualAddress
  | SpePhysicalAddress
  | SpeUnknownAddress
  | SpeLatency
  | SpeUnknownCounter;

/** Payload of TIMESTAMP. */
export interface SpeTicks {
  /** Ticks of the generic timer. */
  readonly ticks: bigint;
}

/** Payload of DATA-SOURCE. */
export interface SpeDataSource {
  /** Its meaning depends on the CPU's model. Exact below 2^53; models use 16 bits at most. */
  readonly dataSource: number;
}

/** Payload of CONTEXT. */
export interface SpeContext {
  /** Exception level of the CONTEXTIDR register. */
  readonly el: number;
  /** Its value: the process id, where the kernel writes it. */
  readonly contextId: number;
}

/** Payload of addresses without a meaning yet. */
export interface SpeUnknownAddress {
  /** Index of the packet. */
  readonly index: number;
  /** All 64 bits. */
  readonly payload: bigint;
}

/** Payload of TOTAL-LATENCY, ISSUE-LATENCY and TRANSLATION-LATENCY. */
export interface SpeLatency {
  /** CPU cycles, at most 0xffff. */
  readonly cycles: number;
}

/** Payload of counters without a meaning yet. */
export interface SpeUnknownCounter {
  /** Index of the packet. */
  readonly index: number;
  /** The count. */
  readonly count: number;
}

/** Returns the payload of the packet under the cursor by name; marks and padding have none. */
export function speFields(cursor: SpeCursor): SpeFields {
  const { kind, index, high, low } = cursor;
  switch (kind) {
    case SpeKind.Timestamp:
      return { ticks: joinU64(high, low) };
    case SpeKind.Events:
      return decodeSpeEvents(high, low);
    case SpeKind.DataSource:
      return { dataSource: high * 2 ** 32 + low };
    case SpeKind.Context:
      return { el: index + 1, contextId: low };
    case SpeKind.Operation:
      return decodeSpeOperation(index, low);
    case SpeKind.Pc:
    case SpeKind.Target:
    case SpeKind.PreviousTarget:
      return decodeSpeInstruction(high, low);
    case SpeKind.Va:
      return decodeSpeVirtual(high, low);
    case SpeKind.Pa:
      return decodeSpePhysical(high, low);
    case SpeKind.Address:
      return { index, payload: joinU64(high, low) };
    case SpeKind.TotalLatency:
    case SpeKind.IssueLatency:
    case SpeKind.TranslationLatency:
      return { cycles: low };
    case SpeKind.Counter:
      return { index, count: low };
    default:
      return {};
  }
}
