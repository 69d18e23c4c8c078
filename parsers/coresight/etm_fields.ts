import { joinU64 } from "../internal.ts";
import { fieldEnd, fieldValue } from "./_etm_sizes.ts";
import { CoresightCursor } from "./coresight_cursor.ts";
import type { EtmCursor } from "./etm_cursor.ts";
import { EtmKind } from "./etm_kind.ts";

/** Names of the exception types of A profile, as OpenCSD has them. Source: Arm IHI 0064, I_EXCEPT. */
const EXCEPTIONS: Readonly<Record<number, string>> = {
  0: "PE Reset",
  1: "Debug Halt",
  2: "Call",
  3: "Trap",
  4: "System Error",
  6: "Inst Debug",
  7: "Data Debug",
  10: "Alignment",
  11: "Inst Fault",
  12: "Data Fault",
  14: "IRQ",
  15: "FIQ",
};

/** A value of a packet. */
export type EtmField = number | bigint | boolean | string | null;

/** Payload by name. */
export type EtmFields = Record<string, EtmField>;

/**
 * Tells the payload of the packet under the cursor by name.
 *
 * Addresses, timestamps and values of 64 bits are bigint. Atoms are text, the oldest first. What a
 * packet may have and does not have is left out; `null` stands for a count that it says is unknown, and
 * for an address or timestamp of which a loss left only the low bits: these are
 * `partialAddress` and `partialTimestamp`, and `knownBits` says how many.
 */
export function etmFields(cursor: EtmCursor | CoresightCursor): EtmFields {
  const etm = cursor instanceof CoresightCursor ? cursor.etm : cursor;
  if (etm === null) return {};
  const { kind, bytes, start } = etm;
  const header = bytes[start]!;
  switch (kind) {
    case EtmKind.TraceInfo:
      return traceInfo(bytes, start);
    case EtmKind.Timestamp:
      return { ...timestamp(etm), ...timeCycles(etm) };
    case EtmKind.Exception:
      return exception(bytes, start);
    case EtmKind.Instrumentation: {
      const view = new DataView(bytes.buffer, bytes.byteOffset + start);
      return { exceptionLevel: view.getUint8(1) & 3, value: view.getBigUint64(2, true) };
    }
    case EtmKind.CycleCountF1:
      return cycleCountF1(etm);
    case EtmKind.CycleCountF2:
      return cycleCountF2(etm);
    case EtmKind.CycleCountF3: {
      const cycles = etm.cycleThreshold + (header & 3);
      return etm.config.omitsCommits ? { cycles } : { cycles, commits: (header >> 2 & 3) + 1 };
    }
    case EtmKind.NumberedDataSync:
    case EtmKind.UnnumberedDataSync:
      return { marker: header & 7 };
    case EtmKind.Commit:
      return { commits: fieldValue(bytes, start + 1) };
    case EtmKind.CancelF1:
    case EtmKind.CancelF1Mispredict:
      return { cancels: fieldValue(bytes, start + 1) };
    case EtmKind.CancelF2:
      return { cancels: 1, atoms: atomText(etm) };
    case EtmKind.CancelF3:
      return { cancels: (header >> 1 & 3) + 2, atoms: atomText(etm) };
    case EtmKind.Event:
      return { events: header & 0xf };
    case EtmKind.Context:
      return header === 0x80 ? { same: true } : context(etm, start + 1);
    case EtmKind.AddressContext32Is0:
    case EtmKind.AddressContext32Is1:
      return { ...address(etm), ...context(etm, start + 5) };
    case EtmKind.AddressContext64Is0:
    case EtmKind.AddressContext64Is1:
      return { ...address(etm), ...context(etm, start + 9) };
    case EtmKind.AddressMatch:
    case EtmKind.SourceMatch:
      return { match: header & 3, ...address(etm) };
    case EtmKind.Q:
      return q(etm);
    case EtmKind.ConditionalF1:
      return { key: fieldValue(bytes, start + 1) };
    case EtmKind.ConditionalF2:
      return { code: header & 3 };
    case EtmKind.ConditionalF3:
      return { count: bytes[start + 1]! >> 1 & 0x3f, final: (bytes[start + 1]! & 1) === 1 };
    case EtmKind.ConditionalResultF1:
      return conditionalResults(etm);
    case EtmKind.ConditionalResultF2:
      return { increment: header & 4 ? 2 : 1, token: header & 3 };
    case EtmKind.ConditionalResultF3:
      return { tokens: (header & 0xf) << 8 | bytes[start + 1]! };
    case EtmKind.ConditionalResultF4:
      return { token: header & 3 };
    case EtmKind.Mispredict:
      return { atoms: atomText(etm) };
    default:
      if (kind >= EtmKind.AtomF6 && kind <= EtmKind.AtomF3) return { atoms: atomText(etm) };
      return kind >= EtmKind.AddressShortIs0 && kind <= EtmKind.Source64Is1 ? address(etm) : {};
  }
}

/** Atoms of a packet, the oldest first. */
export function atomText({ atoms, atomCount }: EtmCursor): string {
  let text = "";
  for (let i = 0; i < atomCount; i++) text += (atoms >>> i & 1) === 1 ? "E" : "N";
  return text;
}

function traceInfo(bytes: Uint8Array, start: number): EtmFields {
  const fields: EtmFields = {};
  const sections = bytes[start + 1]!;
  let at = fieldEnd(bytes, start + 1);
  ["info", "key", "speculation", "cycleThreshold", "window"].forEach((name, i) => {
    if ((sections >> i & 1) === 0) return;
    fields[name] = fieldValue(bytes, at);
    at = fieldEnd(bytes, at);
  });
  return fields;
}

function timestamp({ timeHigh, timeLow, timeBits }: EtmCursor): EtmFields {
  const ticks = joinU64(timeHigh, timeLow);
  return timeBits === 64
    ? { timestamp: ticks }
    : { timestamp: null, partialTimestamp: ticks, knownBits: timeBits };
}

function timeCycles({ bytes, start, config }: EtmCursor): EtmFields {
  if (bytes[start] !== 3) return {};
  let at = start + 1;
  while (bytes[at]! >= 0x80 && at < start + 9) at++;
  const cycles = fieldValue(bytes, at + 1);
  return { cycles: cycles & (2 ** config.cycleCountBits - 1) };
}

function exception(bytes: Uint8Array, start: number): EtmFields {
  const info = bytes[start + 1]!;
  const type = info >> 1 & 0x1f | (info >= 0x80 ? (bytes[start + 2]! & 0x1f) << 5 : 0);
  return {
    type,
    name: EXCEPTIONS[type] ?? "Reserved",
    addressInterpretation: info >> 5 & 2 | info & 1,
  };
}

function cycleCountF1({ bytes, start, config, cycleThreshold }: EtmCursor): EtmFields {
  const commits = config.omitsCommits ? {} : { commits: fieldValue(bytes, start + 1) };
  const at = config.omitsCommits ? start + 1 : fieldEnd(bytes, start + 1);
  const isKnown = (bytes[start]! & 1) === 0;
  return { cycles: isKnown ? cycleThreshold + fieldValue(bytes, at) : null, ...commits };
}

/** Counts from 1 on, or with bit 0 of the header, up to the most elements that are speculative. */
function cycleCountF2({ bytes, start, config, cycleThreshold }: EtmCursor): EtmFields {
  const { omitsCommits, maxSpeculation } = config;
  const counts = bytes[start + 1]!;
  const cycles = cycleThreshold + (counts & 0xf);
  if (omitsCommits) return { cycles };
  const commits = counts >> 4;
  if ((bytes[start]! & 1) === 0) return { cycles, commits: commits + 1 };
  return { cycles, commits: maxSpeculation === null ? null : maxSpeculation - 15 + commits };
}

/** Security states by the bits NSE and NS of a context. */
const SECURITY_STATES = ["Secure", "Non-secure", "Root", "Realm"] as const;

/** The security state that the information byte of a context tells. */
export function securityState(info: number): typeof SECURITY_STATES[number] {
  return SECURITY_STATES[info >> 2 & 2 | info >> 5 & 1]!;
}

function context({ bytes, contextInfo, contextId, vmid }: EtmCursor, at: number): EtmFields {
  const info = bytes[at]!;
  return {
    exceptionLevel: contextInfo & 3,
    aarch64: (info & 0x10) !== 0,
    nonSecure: (info & 0x20) !== 0,
    rootOrRealm: (info & 0x08) !== 0,
    securityState: securityState(info),
    ...(info & 0x80 ? { contextId } : {}),
    ...(info & 0x40 ? { vmid } : {}),
  };
}

function address({ addressHigh, addressLow, addressBits, instructionSet }: EtmCursor): EtmFields {
  const address = joinU64(addressHigh, addressLow);
  const known = addressBits === 64
    ? { address }
    : { address: null, partialAddress: address, knownBits: addressBits };
  return { ...known, instructionSet: `IS${instructionSet}` };
}

function q(etm: EtmCursor): EtmFields {
  const { bytes, start } = etm;
  const header = bytes[start]!;
  if (header === 0xaf) return { count: null };
  if (header === 0xac) return { count: fieldValue(bytes, start + 1) };
  if (header < 0xa3) {
    return { count: fieldValue(bytes, start + 1), match: header & 3, ...address(etm) };
  }
  const long = header >= 0xaa;
  const at = long ? start + 5 : start + (bytes[start + 1]! < 0x80 ? 2 : 3);
  return { count: fieldValue(bytes, at), ...address(etm) };
}

/** One or two results: four bits of result, then the key, low bits first. */
function conditionalResults({ bytes, start }: EtmCursor): EtmFields {
  const header = bytes[start]!;
  const first = fieldValue(bytes, start + 1);
  const fields = { key: first >>> 4, result: first & 0xf, instruction: header & 1 };
  if (header >= 0x6e) return fields;
  const second = fieldValue(bytes, fieldEnd(bytes, start + 1));
  return {
    ...fields,
    secondKey: second >>> 4,
    secondResult: second & 0xf,
    secondInstruction: header >> 1 & 1,
  };
}
