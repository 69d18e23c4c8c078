import { joinU64 } from "../internal.ts";
import { isIs1 } from "./_etm_tables.ts";
import { CoresightCursor } from "./coresight_cursor.ts";
import type { EtmCursor } from "./etm_cursor.ts";
import { atomText, type EtmField, etmFields, securityState } from "./etm_fields.ts";
import { etmHeads, EtmKind } from "./etm_kind.ts";
import { ETE_VERSION } from "./trace_unit.ts";

/**
 * Writes name and payload of the packet under the cursor, close to what OpenCSD's `trc_pkt_lister`
 * prints; only the name of a mark.
 */
export function etmText(cursor: EtmCursor | CoresightCursor): string {
  const head = etmHeads[cursor.kind]!;
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
      return `; EL${exceptionLevel}; Payload=${hex(value)}`;
    }
    case EtmKind.CycleCountF1:
    case EtmKind.CycleCountF2:
    case EtmKind.CycleCountF3:
      return cycleCountText(etm);
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

function cycleCountText(etm: EtmCursor): string {
  const { cycles, commits } = etmFields(etm);
  const text = `; Count=${hex(cycles ?? 0)}`;
  return commits === undefined ? text : `${text}; Commit(${commits ?? "Unknown"})`;
}

/** What OpenCSD calls the security states. */
const SECURITY_WORDS = { "Secure": "S", "Non-secure": "NS", "Root": "Root", "Realm": "Realm" };

function contextText({ bytes, contextId, vmid, config }: EtmCursor, at: number): string {
  const info = bytes[at]!;
  const state = info & 0x10 ? "AArch64," : "AArch32, ";
  const security = SECURITY_WORDS[securityState(info)];
  const id = info & 0x80 && config.contextIdSize > 0
    ? `CID=0x${contextId.toString(16).padStart(8, "0")}; `
    : "";
  const machine = info & 0x40 && config.vmidSize > 0
    ? `VMID=0x${vmid.toString(16).padStart(4, "0")}; `
    : "";
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
