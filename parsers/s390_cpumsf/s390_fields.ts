import { S390Kind, s390KindNames } from "./packet_kind.ts";
import type { S390Cursor } from "./s390_cursor.ts";

/** A basic entry. Source: `struct hws_basic_entry`. */
export interface S390Basic {
  /** Number of unique instruction addresses. */
  readonly uniqueInstructions: number;
  /** T: dynamic address translation is on. */
  readonly dat: boolean;
  /** W: the CPU waits. */
  readonly wait: boolean;
  /** P: problem state, that is user space. */
  readonly problemState: boolean;
  /** AS: address-space control. */
  readonly addressSpace: number;
  /** I: the entry is invalid. */
  readonly invalid: boolean;
  /** CL: 1 for a host, 2 for a guest, 0 if not told. */
  readonly configurationLevel: number;
  /** Primary address-space number. */
  readonly primaryAsn: number;
  /** Address of the instruction. */
  readonly instructionAddress: bigint;
  /** Program parameter of the guest. */
  readonly guestProgramParameter: bigint;
  /** Program parameter of the host; Linux keeps the process id in its low half. */
  readonly hostProgramParameter: bigint;
}

/** Head of a diagnostic entry. Source: `struct hws_diag_entry`. */
export interface S390Diagnostic {
  /** Number of the format, at least 0x8001. */
  readonly def: number;
  /** I: the entry is invalid. */
  readonly invalid: boolean;
}

/** End of a block. Source: `struct hws_trailer_entry`. */
export interface S390Trailer {
  /** F: the block is full. */
  readonly full: boolean;
  /** A: an alert is asked for when the block is full. */
  readonly alert: boolean;
  /** T: the timestamp is that of STCKE. */
  readonly extendedClock: boolean;
  /** Size of basic entries in bytes; 0 where the type of the machine decides. */
  readonly basicSize: number;
  /** Size of diagnostic entries in bytes; 0 where the type of the machine decides, or for none. */
  readonly diagnosticSize: number;
  /** Number of samples that were lost. */
  readonly overflows: bigint;
  /** Time of the block in units of the TOD clock: 2^-12 microseconds. */
  readonly timestamp: bigint;
  /** TOD clock at time 0 of the recording; null if the kernel did not tell it. */
  readonly todBase: bigint | null;
  /** Time of the block in nanoseconds of the recording's clock; null without `todBase`. */
  readonly timeNs: bigint | null;
}

/** Returns the entry under the cursor by name; marks and unused room have no fields. */
export function s390Fields(
  cursor: S390Cursor,
): S390Basic | S390Diagnostic | S390Trailer | Record<string, never> {
  switch (cursor.kind) {
    case S390Kind.Basic:
      return basicFields(cursor);
    case S390Kind.Diagnostic:
      return diagnosticFields(cursor);
    case S390Kind.Trailer:
      return trailerFields(cursor);
    default:
      return {};
  }
}

/** Describes the entry under the cursor in the words of `perf script -D`. */
export function s390Text(cursor: S390Cursor): string {
  switch (cursor.kind) {
    case S390Kind.Basic:
      return basicText(basicFields(cursor));
    case S390Kind.Diagnostic: {
      const { def, invalid } = diagnosticFields(cursor);
      return words(`Diag Def:${def.toString(16)}`, invalid && "I");
    }
    case S390Kind.Trailer:
      return trailerText(trailerFields(cursor));
    default:
      return s390KindNames[cursor.kind]!;
  }
}

function basicFields({ view, start }: S390Cursor): S390Basic {
  const high = view.getUint32(start);
  const low = view.getUint32(start + 4);
  return {
    uniqueInstructions: high >>> 8 & 0xf,
    dat: (high & 1 << 5) !== 0,
    wait: (high & 1 << 4) !== 0,
    problemState: (high & 1 << 3) !== 0,
    addressSpace: high >>> 1 & 3,
    invalid: (high & 1) !== 0,
    configurationLevel: low >>> 30,
    primaryAsn: low & 0xffff,
    instructionAddress: view.getBigUint64(start + 8),
    guestProgramParameter: view.getBigUint64(start + 16),
    hostProgramParameter: view.getBigUint64(start + 24),
  };
}

function diagnosticFields({ view, start }: S390Cursor): S390Diagnostic {
  return { def: view.getUint16(start), invalid: (view.getUint32(start) & 1) !== 0 };
}

function trailerFields({ view, start }: S390Cursor): S390Trailer {
  const flags = view.getUint32(start);
  const hasTodBase = view.getUint32(start + 48) >>> 31 === 1;
  const timestamp = view.getBigUint64(start + (hasTodBase ? 17 : 16));
  const todBase = hasTodBase ? view.getBigUint64(start + 56) : null;
  return {
    full: flags >>> 31 === 1,
    alert: (flags >>> 30 & 1) === 1,
    extendedClock: (flags >>> 29 & 1) === 1,
    basicSize: view.getUint16(start + 4),
    diagnosticSize: view.getUint16(start + 6),
    overflows: view.getBigUint64(start + 8),
    timestamp,
    todBase,
    timeNs: todBase === null ? null : todToNs(BigInt.asUintN(64, timestamp - todBase)),
  };
}

/** 125/512 ns per unit, rounded down in two steps as the kernel does. */
function todToNs(tod: bigint): bigint {
  return (tod >> 9n) * 125n + ((tod & 0x1ffn) * 125n >> 9n);
}

function basicText(entry: S390Basic): string {
  const { dat, wait, problemState, invalid } = entry;
  const flags = [dat && "T", wait && "W", problemState && "P", invalid && "I"];
  return words(
    `Basic Def:0001 Inst:${hex(entry.uniqueInstructions, 4)}`,
    flags.filter((flag) => flag !== false).join(""),
    `AS:${entry.addressSpace} ASN:${hex(entry.primaryAsn, 4)}`,
    `IA:${hex(entry.instructionAddress, 18)} CL:${entry.configurationLevel}`,
    `HPP:${hex(entry.hostProgramParameter, 18)} GPP:${hex(entry.guestProgramParameter, 18)}`,
  );
}

function trailerText(trailer: S390Trailer): string {
  const { full, alert, extendedClock, basicSize, diagnosticSize, overflows } = trailer;
  return words(
    "Trailer",
    full && "F",
    alert && "A",
    extendedClock && "T",
    `bsdes:${basicSize} dsdes:${diagnosticSize} Overflow:${overflows}`,
    `Time:${hex(trailer.timestamp)} C:${Number(trailer.todBase !== null)}`,
    `TOD:${hex(trailer.todBase ?? 0n)}`,
  );
}

/** As C's `%#0*x`: 0 has no prefix. */
function hex(value: number | bigint, width = 0): string {
  const digits = value.toString(16);
  return BigInt(value) === 0n
    ? digits.padStart(width, "0")
    : `0x${digits.padStart(width - 2, "0")}`;
}

function words(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false && part !== "").join(" ");
}
