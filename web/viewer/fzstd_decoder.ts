import { Decompress } from "fzstd";
import type { ZstdDecoder } from "../../parsers/perf/mod.ts";

/** Largest history that a stream may ask for, in bytes, as zstd's own program has it. */
const MAX_WINDOW = 1 << 27;
const MAGIC = 0xfd2f_b528;
const NO_BYTES = new Uint8Array(0);
/**
 * How much fzstd gets at once, as it decodes all of that before it returns: at most 16 blocks of 128
 * KiB come out of so little.
 */
const SLICE_SIZE = 64;

/**
 * Decodes zstd in plain JavaScript, for a browser, piece by piece.
 *
 * It holds the history that the stream asks for, of at most 128 MiB, and 2 MiB of what it decoded.
 * `perf record -z` asks for 0.5 to 8 MiB, by its level.
 */
export function fzstdDecoder(): ZstdDecoder {
  const blocks: Uint8Array[] = [];
  const stream = new Decompress((block: Uint8Array) => blocks.push(block));
  let piece: Uint8Array = NO_BYTES;
  let isStarted = false;
  return {
    push(next) {
      piece = next;
    },
    read(into) {
      let size = 0;
      while (size < into.length) {
        const block = blocks.shift();
        if (block !== undefined) {
          const part = block.subarray(0, into.length - size);
          into.set(part, size);
          size += part.length;
          if (part.length < block.length) blocks.unshift(block.subarray(part.length));
        } else if (piece.length > 0) {
          if (!isStarted) checkWindow(piece);
          isStarted = true;
          const slice = piece.slice(0, SLICE_SIZE);
          piece = piece.subarray(slice.length);
          stream.push(slice);
        } else {
          break;
        }
      }
      return size;
    },
  };
}

/** Refuses a frame that wants more memory than it may have, before it is allocated. */
function checkWindow(frame: Uint8Array): void {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (frame.length < 14 || view.getUint32(0, true) !== MAGIC) return;
  const window = windowSize(view);
  if (window > MAX_WINDOW) throw new Error(`a window of ${window} bytes`);
}

/** Size of the history, in bytes. Source: RFC 8878, section 3.1.1.1. */
function windowSize(view: DataView): number {
  const flags = view.getUint8(4);
  if ((flags & 0x20) === 0) {
    const descriptor = view.getUint8(5);
    const base = 2 ** (10 + (descriptor >> 3));
    return base + base / 8 * (descriptor & 7);
  }
  const at = 5 + [0, 1, 2, 4][flags & 3]!;
  switch (flags >> 6) {
    case 0:
      return view.getUint8(at);
    case 1:
      return view.getUint16(at, true) + 256;
    case 2:
      return view.getUint32(at, true);
    default:
      return at + 8 <= view.byteLength ? Number(view.getBigUint64(at, true)) : Infinity;
  }
}
