import { joinU64 } from "../internal.ts";

/** Address of an instruction: PC, TARGET and PREVIOUS-TARGET. */
export interface SpeInstructionAddress {
  /** All 64 bits: the top byte, which is not recorded, is 0xff if `nonSecure` and `el` is 1 or 2. */
  readonly address: bigint;
  /** Exception level. */
  readonly el: number;
  /** Bit 63, NS. */
  readonly nonSecure: boolean;
  /** Bit 60, NSE: with `nonSecure` the Realm state, without it Root. */
  readonly nse: boolean;
}

/** Virtual address of data. */
export interface SpeVirtualAddress {
  /** The address; its top byte is a copy of what stands below it. */
  readonly address: bigint;
  /** The recorded top byte: the tag of the pointer. */
  readonly tag: number;
}

/** Physical address of data. */
export interface SpePhysicalAddress {
  /** The address, 56 bits. */
  readonly address: bigint;
  /** Bit 63, NS. */
  readonly nonSecure: boolean;
  /** Bit 60, NSE: with `nonSecure` the Realm address space, without it that of Root. */
  readonly nse: boolean;
  /** Bit 62, CH: whether the access was checked against a tag. */
  readonly checked: boolean;
  /** Physical address tag. */
  readonly pat: number;
}

const LOW_56 = 0xffffffffffffffn;
const TOP_BYTE = 0xffn << 56n;

/** Decodes an instruction's address from the halves of the payload. */
export function decodeSpeInstruction(high: number, low: number): SpeInstructionAddress {
  const el = high >>> 29 & 3;
  const nonSecure = high >>> 31 !== 0;
  const address = joinU64(high, low) & LOW_56;
  return {
    address: nonSecure && (el === 1 || el === 2) ? address | TOP_BYTE : address,
    el,
    nonSecure,
    nse: (high >>> 28 & 1) !== 0,
  };
}

/** Decodes a virtual address from the halves of the payload. */
export function decodeSpeVirtual(high: number, low: number): SpeVirtualAddress {
  const address = joinU64(high, low) & LOW_56;
  const isHigh = (high >>> 20 & 0xf) === 0xf;
  return { address: isHigh ? address | TOP_BYTE : address, tag: high >>> 24 };
}

/** Decodes a physical address from the halves of the payload. */
export function decodeSpePhysical(high: number, low: number): SpePhysicalAddress {
  return {
    address: joinU64(high, low) & LOW_56,
    nonSecure: high >>> 31 !== 0,
    nse: (high >>> 28 & 1) !== 0,
    checked: (high >>> 30 & 1) !== 0,
    pat: high >>> 24 & 0xf,
  };
}
