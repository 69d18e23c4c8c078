/** How a whole input is packed, where auxtail unpacks it. */
export type Packing = "gzip" | "zstd";

/** A format that whole files are packed in. */
export interface PackedKind {
  /** Its name. */
  readonly name: string;
  /** The command that unpacks a file, without the file. */
  readonly command: string;
}

interface KnownKind extends PackedKind {
  readonly magic: readonly number[];
  /** Position of the magic; at the start unless given. */
  readonly at?: number;
}

/** So many of its first bytes tell how a file is packed. */
export const PACKED_START = 262;

const KINDS: readonly KnownKind[] = [
  { name: "gzip", command: "gzip -d", magic: [0x1f, 0x8b] },
  { name: "zstd", command: "zstd -d", magic: [0x28, 0xb5, 0x2f, 0xfd] },
  { name: "xz", command: "xz -d", magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { name: "bzip2", command: "bzip2 -d", magic: [0x42, 0x5a, 0x68] },
  { name: "lz4", command: "lz4 -d", magic: [0x04, 0x22, 0x4d, 0x18] },
  { name: "compress", command: "gzip -d", magic: [0x1f, 0x9d] },
  { name: "zip", command: "unzip", magic: [0x50, 0x4b, 0x03, 0x04] },
  { name: "7z", command: "7z x", magic: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c] },
  { name: "tar", command: "tar -xf", magic: [0x75, 0x73, 0x74, 0x61, 0x72], at: 257 }, // ustar
];

/** The first 4 bytes of a zstd frame that holds no data, little endian, without the lowest 4 bits. */
const SKIPPABLE = 0x0184_d2a5;

/** Tells by its first bytes in which format a file is packed; null if in none that is known. */
export function packedKind(start: Uint8Array): PackedKind | null {
  return KINDS.find(({ magic, at = 0 }) => magic.every((byte, i) => start[at + i] === byte)) ??
    null;
}

/** Tells by the first 4 bytes whether an input is gzip or zstd; null if it is neither. */
export function packingOf(start: Uint8Array): Packing | null {
  const { name } = packedKind(start) ?? {};
  if (name === "gzip" || name === "zstd") return name;
  if (start.length < 4) return null;
  const magic = new DataView(start.buffer, start.byteOffset).getUint32(0, true);
  return magic >>> 4 === SKIPPABLE ? "zstd" : null;
}
