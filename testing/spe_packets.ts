/** Encoders of Arm SPE packets: values in, bytes out. */

/** One byte of padding. */
export const spePad: readonly number[] = [0x00];

/** Ends a record without timestamp. */
export const speEnd: readonly number[] = [0x01];

/** Ends a record. */
export function speTimestamp(ticks: bigint): number[] {
  return [0x71, ...littleEndian(ticks, 8)];
}

/** Bits of what happened, in 1, 2, 4 or 8 bytes. */
export function speEvents(bits: readonly number[], size: number): number[] {
  const bitmap = bits.reduce((sum, bit) => sum | 1n << BigInt(bit), 0n);
  return [0x42 | sizeBits(size), ...littleEndian(bitmap, size)];
}

/** The data source, in 1 or 2 bytes. */
export function speDataSource(value: number, size = 1): number[] {
  return [0x43 | sizeBits(size), ...littleEndian(BigInt(value), size)];
}

/** CONTEXTIDR of exception level 1 to 4. */
export function speContext(el: number, id: number): number[] {
  return [0x64 | el - 1, ...littleEndian(BigInt(id), 4)];
}

/** Class 0 (other), 1 (load or store), 2 (branch) or 3, and its byte. */
export function speOperation(operationClass: number, payload: number): number[] {
  return [0x48 | operationClass, payload];
}

/** An address; those with an index from 8 on have an extended header, others may have one. */
export function speAddress(index: number, payload: bigint, options: SpeHeader = {}): number[] {
  return [...indexedHeader(0xb0, index, options), ...littleEndian(payload, 8)];
}

/** A counter; those with an index from 8 on have an extended header, others may have one. */
export function speCounter(index: number, value: number, options: SpeHeader = {}): number[] {
  return [...indexedHeader(0x98, index, options), ...littleEndian(BigInt(value), 2)];
}

/** Pads from `position` to a multiple of 2, 4, 8 or 16 bytes. */
export function speAlignment(alignment: number, position: number): number[] {
  const header = [0x20 | Math.log2(alignment) - 1, 0x00];
  const size = alignment - position % alignment;
  return Array.from({ length: size }, (_, i) => header[i] ?? 0);
}

/** Form of a header. */
export interface SpeHeader {
  /** Whether an index below 8 gets an extended header, too. */
  readonly extended?: boolean;
}

/** An instruction's address as ADDRESS packets hold it. */
export function speInstruction(
  address: bigint,
  { el, nonSecure, nse = false }: { el: number; nonSecure: boolean; nse?: boolean },
): bigint {
  const low = BigInt.asUintN(56, address);
  return low | BigInt(nse) << 60n | BigInt(el) << 61n | BigInt(nonSecure) << 63n;
}

/** A physical address as ADDRESS packets hold it. */
export function spePhysical(
  address: bigint,
  { nonSecure, nse = false, checked, pat }: {
    nonSecure: boolean;
    nse?: boolean;
    checked: boolean;
    pat: number;
  },
): bigint {
  const space = BigInt(nse) << 60n | BigInt(nonSecure) << 63n;
  return address | BigInt(pat) << 56n | BigInt(checked) << 62n | space;
}

function indexedHeader(header: number, index: number, { extended = false }: SpeHeader): number[] {
  const short = header | index & 7;
  return extended || index > 7 ? [0x20 | index >> 3, short] : [short];
}

function sizeBits(size: number): number {
  return Math.log2(size) << 4;
}

function littleEndian(value: bigint, size: number): number[] {
  return Array.from({ length: size }, (_, i) => Number(value >> BigInt(8 * i) & 0xffn));
}
