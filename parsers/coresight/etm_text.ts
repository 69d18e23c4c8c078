import { joinU64 } from "../internal.ts";
import { isIs1 } from "./_etm_tables.ts";
import { CoresightCursor } from "./coresight_cursor.ts";
import type { EtmCursor } from "./etm_cursor.ts";
import { type EtmField, etmFields } from "./etm_fields.ts";
import { EtmKind, etmKindNames } from "./etm_kind.ts";
import { ETE_VERSION } from "./trace_unit.ts";

/** What the packets are, as OpenCSD puts it. */
const DESCRIPTIONS: Readonly<Partial<Record<EtmKind, string>>> = {
  [EtmKind.Async]: "Alignment Synchronisation.",
  [EtmKind.Discard]: "Discard.",
  [EtmKind.Overflow]: "Overflow.",
  [EtmKind.TraceInfo]: "Trace Info.",
  [EtmKind.Timestamp]: "Timestamp.",
  [EtmKind.TraceOn]: "Trace On.",
  [EtmKind.Exception]: "Exception.",
  [EtmKind.ExceptionReturn]: "Exception Return.",
  [EtmKind.PeReset]: "PE Reset.",
  [EtmKind.TransactionFail]: "Transaction Fail.",
  [EtmKind.Instrumentation]: "Instrumentation.",
  [EtmKind.TransactionStart]: "Transaction Start.",
  [EtmKind.TransactionCommit]: "Transaction Commit.",
  [EtmKind.CycleCountF2]: "Cycle Count format 2.",
  [EtmKind.CycleCountF1]: "Cycle Count format 1.",
  [EtmKind.CycleCountF3]: "Cycle Count format 3.",
  [EtmKind.NumberedDataSync]: "Data Synchronisation Marker - Numbered.",
  [EtmKind.UnnumberedDataSync]: "Data Synchronisation Marker - Unnumbered.",
  [EtmKind.Commit]: "Commit",
  [EtmKind.CancelF1]: "Cancel Format 1.",
  [EtmKind.CancelF1Mispredict]: "Cancel Format 1 + Mispredict.",
  [EtmKind.Mispredict]: "Mispredict.",
  [EtmKind.CancelF2]: "Cancel Format 2.",
  [EtmKind.CancelF3]: "Cancel Format 3.",
  [EtmKind.ConditionalF2]: "Conditional Instruction, format 2.",
  [EtmKind.ConditionalFlush]: "Conditional Flush.",
  [EtmKind.ConditionalResultF4]: "Conditional Result, format 4.",
  [EtmKind.ConditionalResultF2]: "Conditional Result, format 2.",
  [EtmKind.ConditionalResultF3]: "Conditional Result, format 3.",
  [EtmKind.ConditionalResultF1]: "Conditional Result, format 1.",
  [EtmKind.ConditionalF1]: "Conditional Instruction, format 1.",
  [EtmKind.ConditionalF3]: "Conditional Instruction, format 3.",
  [EtmKind.Ignore]: "Ignore.",
  [EtmKind.Event]: "Trace Event.",
  [EtmKind.Context]: "Context Packet.",
  [EtmKind.AddressContext32Is0]: "Address & Context, Long, 32 bit, IS0.",
  [EtmKind.AddressContext32Is1]: "Address & Context, Long, 32 bit, IS1.",
  [EtmKind.AddressContext64Is0]: "Address & Context, Long, 64 bit, IS0.",
  [EtmKind.AddressContext64Is1]: "Address & Context, Long, 64 bit, IS1.",
  [EtmKind.TimestampMarker]: "Timestamp Marker",
  [EtmKind.AddressMatch]: "Exact Address Match.",
  [EtmKind.AddressShortIs0]: "Address, Short, IS0.",
  [EtmKind.AddressShortIs1]: "Address, Short, IS1.",
  [EtmKind.Address32Is0]: "Address, Long, 32 bit, IS0.",
  [EtmKind.Address32Is1]: "Address, Long, 32 bit, IS1.",
  [EtmKind.Address64Is0]: "Address, Long, 64 bit, IS0.",
  [EtmKind.Address64Is1]: "Address, Long, 64 bit, IS1.",
  [EtmKind.Q]: "Q Packet.",
  [EtmKind.SourceMatch]: "Exact Source Address Match.",
  [EtmKind.SourceShortIs0]: "Source Address, Short, IS0.",
  [EtmKind.SourceShortIs1]: "Source Address, Short, IS1.",
  [EtmKind.Source32Is0]: "Source Address, Long, 32 bit, IS0.",
  [EtmKind.Source32Is1]: "Source Address, Long, 32 bit, IS1.",
  [EtmKind.Source64Is0]: "Source Address, Long, 64 bit, IS0.",
  [EtmKind.Source64Is1]: "Source Address, Long, 64 bit, IS1.",
  [EtmKind.AtomF6]: "Atom format 6.",
  [EtmKind.AtomF5]: "Atom format 5.",
  [EtmKind.AtomF2]: "Atom format 2.",
  [EtmKind.AtomF4]: "Atom format 4.",
  [EtmKind.AtomF1]: "Atom format 1.",
  [EtmKind.AtomF3]: "Atom format 3.",
};

/** Name and description by kind. */
const HEADS: readonly string[] = etmKindNames.map((name, kind) => {
  const description = DESCRIPTIONS[kind as EtmKind];
  return description === undefined ? name : `${name} : ${description}`;
});

/**
 * Writes name and payload of the packet under the cursor, close to what OpenCSD's `trc_pkt_lister`
 * prints; only the name of a mark.
 */
export function etmText(cursor: EtmCursor | CoresightCursor): string {
  const head = HEADS[cursor.kind]!;
  const etm = cursor instanceof CoresightCursor ? cursor.etm : cursor;
  if (etm === null || cursor.kind < EtmKind.Async) return head;
  return head + payloadText(etm);
}

function payloadText(etm: EtmCursor): string {
  const { kind, bytes, start } = etm;
  if (kind >= EtmKind.AtomF6) return `; ${atomText(etm)}`;
  switch (kind) {
    case EtmKind.TraceInfo:
      return traceInfoText(etm);
    case EtmKind.Timestamp: {
      const { cycles } = etmFields(etm);
      const suffix = cycles === undefined ? "" : `; CC=${hex(cycles)}`;
      return `; Updated val = ${timeText(etm)}${suffix}`;
    }
    case EtmKind.Exception:
      return exceptionText(etm);
    case EtmKind.Instrumentation: {
      const { exceptionLevel, value } = etmFields(etm);
      return `; EL${exceptionLevel}, Value=${hex(value)}`;
    }
    case EtmKind.CycleCountF1:
    case EtmKind.CycleCountF2:
    case EtmKind.CycleCountF3:
      return `; Count=${hex(etmFields(etm).cycles ?? 0)}`;
    case EtmKind.Commit:
      return `; Commit(${etmFields(etm).commits})`;
    case EtmKind.CancelF1:
      return `; Cancel(${etmFields(etm).cancels})`;
    case EtmKind.CancelF1Mispredict:
    case EtmKind.CancelF2:
    case EtmKind.CancelF3:
      return `; ${leadingAtoms(etm)}Cancel(${etmFields(etm).cancels}), Mispredict`;
    case EtmKind.Mispredict:
      return `; ${leadingAtoms(etm)}Mispredict`;
    case EtmKind.Context:
      return bytes[start] === 0x80 ? "; Ctxt: Same" : contextText(etm, start + 1);
    case EtmKind.AddressContext32Is0:
    case EtmKind.AddressContext32Is1:
      return `; ${addressText(etm)}${contextText(etm, start + 5)}`;
    case EtmKind.AddressContext64Is0:
    case EtmKind.AddressContext64Is1:
      return `; ${addressText(etm)}${contextText(etm, start + 9)}`;
    case EtmKind.AddressMatch:
    case EtmKind.SourceMatch:
      return `, [${bytes[start]! & 3}]; ${addressText(etm)}; `;
    case EtmKind.AddressShortIs0:
    case EtmKind.AddressShortIs1:
    case EtmKind.SourceShortIs0:
    case EtmKind.SourceShortIs1:
      return `; ${addressText(etm)} ${shortText(etm)}`;
    case EtmKind.Q:
      return qText(etm);
    default:
      return kind >= EtmKind.Address32Is0 && kind <= EtmKind.Source64Is1
        ? `; ${addressText(etm)}; `
        : "";
  }
}

function atomText({ atoms, atomCount }: EtmCursor): string {
  let text = "";
  for (let i = 0; i < atomCount; i++) text += (atoms >>> i & 1) === 1 ? "E" : "N";
  return text;
}

function leadingAtoms(etm: EtmCursor): string {
  return etm.atomCount === 0 ? "" : `Atom: ${atomText(etm)}, `;
}

function addressText({ addressHigh, addressLow, addressBits }: EtmCursor): string {
  const digits = upper(addressHigh) + upper(addressLow);
  return `Addr=0x${addressBits === 64 ? digits : knownText(digits, addressBits)}`;
}

function timeText({ timeHigh, timeLow, timeBits }: EtmCursor): string {
  if (timeBits === 64) return hex(joinU64(timeHigh, timeLow));
  return `0x${knownText(upper(timeHigh) + upper(timeLow), timeBits)}`;
}

/** Of 16 digits those that are known, and which bits these are, as OpenCSD writes it. */
function knownText(digits: string, bits: number): string {
  if (bits === 0) return "?".repeat(16);
  const unknown = 16 - Math.ceil(bits / 4);
  return `${"?".repeat(unknown)}${digits.slice(unknown)} (${bits - 1}:0)`;
}

/** The bits that a short address changed. */
function shortText({ bytes, start, addressLow }: EtmCursor): string {
  const bits = (bytes[start + 1]! < 0x80 ? 9 : 17) - isIs1[bytes[start]!]!;
  return `~[0x${(addressLow & (1 << bits) - 1).toString(16).toUpperCase()}]`;
}

function traceInfoText(etm: EtmCursor): string {
  const info = Number(etmFields(etm).info ?? 0);
  const state = etm.config.version >= ETE_VERSION ? `, TSTATE.${info >> 6 & 1}` : "";
  const threshold = info & 1 ? `; CC_THRESHOLD=${hex(etm.cycleThreshold)}` : "";
  return `; INFO=${hex(info)} { CC.${info & 1}${state} }${threshold}`;
}

function exceptionText(etm: EtmCursor): string {
  const { name, addressInterpretation } = etmFields(etm);
  const follows = ["", " Ret Addr Follows;", " Ret Addr Follows, Match Prev;", ""];
  return `;  ${name};${follows[Number(addressInterpretation)]}`;
}

function contextText({ bytes, contextId, vmid }: EtmCursor, at: number): string {
  const info = bytes[at]!;
  const state = info & 0x10 ? "AArch64," : "AArch32, ";
  const security = info & 0x20 ? "NS" : "S";
  const id = info & 0x80 ? `CID=0x${contextId.toString(16).padStart(8, "0")}; ` : "";
  const machine = info & 0x40 ? `VMID=0x${vmid.toString(16).padStart(4, "0")}; ` : "";
  return `; Ctxt: ${state}EL${info & 3}, ${security}; ${id}${machine}`;
}

function qText(etm: EtmCursor): string {
  const { bytes, start } = etm;
  const header = bytes[start]!;
  const { count } = etmFields(etm);
  if (header === 0xaf) return "; Count(Unknown)";
  const text = `; Count(${count})`;
  if (header === 0xac) return text;
  if (header < 0xa3) return `${text}; [${header & 3}]; ${addressText(etm)}`;
  const changed = header < 0xaa
    ? shortText(etm)
    : `~[0x${etm.addressLow.toString(16).toUpperCase()}]`;
  return `${text}; ${addressText(etm)} ${changed}`;
}

function hex(value: EtmField | undefined): string {
  return `0x${BigInt(value ?? 0).toString(16)}`;
}

function upper(half: number): string {
  return half.toString(16).toUpperCase().padStart(8, "0");
}
