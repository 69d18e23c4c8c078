import { ByteWriter } from "../encoders/byte_writer.ts";
import { RecordType } from "../parsers/perf/abi.ts";

/** Largest zstd payload of a record by perf 6.16 to 7.1. Source: builtin-record.c `zstd_compress()`. */
export const LARGEST_PIECE = 65519;
/** Largest one whose padded record still has a size of 16 bits. */
export const LARGEST_PADDED_PIECE = 65512;

/** How COMPRESSED2 records are laid out. */
export interface Compressed2Layout {
  /** Whether the recording is little endian. */
  readonly little: boolean;
  /**
   * `7.2`: each record is right. `6.16`: only the first of a push is patched, with the sum of all.
   * `6.16 --aio`: none is patched.
   */
  readonly writer: "7.2" | "6.16" | "6.16 --aio";
  /** What the buffer held where nothing writes `data_size`. */
  readonly leftOver?: bigint;
}

/**
 * Lays out the zstd bytes of one push of ring data as COMPRESSED2 records.
 *
 * Source: tools/perf/builtin-record.c `record__pushfn()`, `record__aio_pushfn()` and
 * `process_comp_header()`, and recordings by perf 6.17.13.
 */
export function compressed2Push(zstd: Uint8Array, layout: Compressed2Layout): Uint8Array {
  const { little, writer, leftOver = 0x5a5a_5a5a_5a5a_5a5an } = layout;
  const out = new ByteWriter(little);
  const largest = writer === "7.2" ? LARGEST_PADDED_PIECE : LARGEST_PIECE;
  const count = Math.ceil(zstd.length / largest);
  for (let n = 0; n < count; n++) {
    const piece = zstd.subarray(n * largest, (n + 1) * largest);
    const ofRun = 16 * (count - 1) + zstd.length;
    const isPatched = writer === "7.2" || (writer === "6.16" && n === 0);
    const dataSize = writer === "6.16" ? ofRun : piece.length;
    const padded = Math.ceil((16 + dataSize) / 8) * 8;
    out.u32(RecordType.Compressed2);
    out.u16(0);
    out.u16(isPatched ? padded % 0x10000 : 16 + piece.length);
    out.u64(isPatched ? BigInt(dataSize) : leftOver);
    out.bytes(piece);
    // The padding is written with the patched size: it fails where that is too small.
    if (isPatched && padded < 0x10000) out.zeros(padded - 16 - dataSize);
  }
  return out.toBytes();
}
