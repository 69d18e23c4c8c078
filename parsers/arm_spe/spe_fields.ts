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

/**
 * Payload of a packet by name. TIMESTAMP has `ticks` of the generic timer, DATA-SOURCE `dataSource`,
 * whose meaning depends on the CPU's model, CONTEXT `el` and the `contextId` of its CONTEXTIDR (the
 * process id, where the kernel writes it), latencies `cycles`, which are at most 0xffff; addresses and
 * counters without a meaning yet have an `index`, and `payload` or `count`.
 */
export type SpeFields =
  | SpeEvents
  | SpeOperation
  | SpeInstructionAddress
  | SpeVirtualAddress
  | SpePhysicalAddress
  | Readonly<Record<string, bigint | number>>;

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
