import { Decompress } from "fzstd";
import type { ZstdDecoder } from "../../parsers/perf/mod.ts";

/** Largest history that a stream may ask for, in bytes, as zstd's own program has it. */
const MAX_WINDOW = 1 << 27;
const MAGIC = 0xfd2f_b528;
const NO_BYTES = new Uint8Array(0);

/**
 * Decodes zstd in plain JavaScript, for a browser, piece by piece.
 *
 * It holds the history that the stream asks for, of at most 128 MiB, and one decoded piece. `perf
 * record -z` asks for 0.5 to 8 MiB, by its level.
 */
export function fzstdDecoder(): ZstdDecoder {
  const parts: Uint8Array[] = [];
  let size = 0;
  let most = 0;
  let isStarted = false;
  const stream = new Decompress((part: Uint8Array) => {
    size += part.length;
    if (size > most) throw new Error("more than that");
    parts.push(part);
  });
  return {
    decode(piece, maxSize) {
      if (!isStarted) checkWindow(piece);
      isStarted = true;
      parts.length = 0;
      size = 0;
      most = maxSize;
      // What a push leaves over keeps the stream's list of pieces from growing: it is joined, and
      // forgotten, by the next one.
      stream.push(piece.subarray(0, -1));
      stream.push(piece.subarray(-1));
      return joined(parts, size);
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

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const [only = NO_BYTES, second] = parts;
  if (second === undefined) return only;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
