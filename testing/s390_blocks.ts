/** Encodes sample data blocks of s390's CPU-measurement sampling facility: values in, bytes out. */

/** Size of a block and of the trailer at its end. */
const BLOCK_SIZE = 4096;
const TRAILER_SIZE = 64;
const BASIC_SIZE = 32;

/** A basic entry. */
export interface S390Basic {
  readonly instructionAddress: bigint;
  readonly programParameter?: bigint;
  readonly hostProgramParameter?: bigint;
  readonly primaryAsn?: number;
  readonly uniqueInstructions?: number;
  readonly dat?: boolean;
  readonly wait?: boolean;
  readonly problemState?: boolean;
  readonly addressSpace?: number;
  readonly invalid?: boolean;
  readonly configurationLevel?: number;
}

/** A block. */
export interface S390Block {
  /** Each is followed by a diagnostic entry, unless that has no size. */
  readonly samples: readonly S390Basic[];
  /** Size of diagnostic entries in bytes; 0 for none. */
  readonly diagnosticSize: number;
  /** Whether the trailer leaves the sizes to the type of the machine. */
  readonly untold?: boolean;
  readonly overflows?: bigint;
  /** The 16 bytes of the timestamp, as two words. */
  readonly timestamp?: readonly [bigint, bigint];
  /** TOD clock at the start of the machine's clock; null if the trailer has none. */
  readonly todBase?: bigint | null;
}

/** Encodes one block. */
export function s390Block(block: S390Block): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(BLOCK_SIZE);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const sample of block.samples) {
    writeBasic(view, at, sample);
    at += BASIC_SIZE;
    if (block.diagnosticSize > 0) view.setUint16(at, 0x8001);
    at += block.diagnosticSize;
  }
  writeTrailer(view, block);
  return bytes;
}

function writeBasic(view: DataView, at: number, sample: S390Basic): void {
  const fields: readonly (readonly [value: number, lowestBit: number])[] = [
    [1, 48],
    [sample.uniqueInstructions ?? 0, 40],
    [Number(sample.dat ?? false), 37],
    [Number(sample.wait ?? false), 36],
    [Number(sample.problemState ?? false), 35],
    [sample.addressSpace ?? 0, 33],
    [Number(sample.invalid ?? false), 32],
    [sample.configurationLevel ?? 0, 30],
    [sample.primaryAsn ?? 0, 0],
  ];
  const first = fields.reduce((sum, [value, bit]) => sum | BigInt(value) << BigInt(bit), 0n);
  view.setBigUint64(at, first);
  view.setBigUint64(at + 8, sample.instructionAddress);
  view.setBigUint64(at + 16, sample.programParameter ?? 0n);
  view.setBigUint64(at + 24, sample.hostProgramParameter ?? 0n);
}

function writeTrailer(view: DataView, block: S390Block): void {
  const at = BLOCK_SIZE - TRAILER_SIZE;
  const sizes = block.untold ? 0n : BigInt(BASIC_SIZE << 16 | block.diagnosticSize);
  const isFull = 1n << 63n;
  const isExtendedClock = 1n << 61n;
  const todBase = block.todBase ?? null;
  view.setBigUint64(at, isFull | isExtendedClock | sizes);
  view.setBigUint64(at + 8, block.overflows ?? 0n);
  view.setBigUint64(at + 16, block.timestamp?.[0] ?? 0n);
  view.setBigUint64(at + 24, block.timestamp?.[1] ?? 0n);
  view.setBigUint64(at + 48, todBase === null ? 0n : 1n << 63n);
  view.setBigUint64(at + 56, todBase ?? 0n);
}
