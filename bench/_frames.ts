const FRAME_SIZE = 16;
/** A recorder names the trace id again about as often. */
const FRAMES_PER_ID = 8;
const SYNC_ZEROS = 11;

/**
 * Bytes of one trace unit between its first and its last A-Sync packet, out of formatted frames
 * which begin with that unit or name it.
 */
export function syncedBytes(frames: Uint8Array, traceId: number): Uint8Array {
  const bytes = deformatted(frames, traceId);
  const syncs: number[] = [];
  let zeros = 0;
  bytes.forEach((byte, index) => {
    if (byte === 0x80 && zeros >= SYNC_ZEROS) syncs.push(index - SYNC_ZEROS);
    zeros = byte === 0 ? zeros + 1 : 0;
  });
  return bytes.slice(syncs[0], syncs.at(-1));
}

function deformatted(frames: Uint8Array, traceId: number): Uint8Array {
  const out: number[] = [];
  let id = traceId;
  for (let at = 0; at + FRAME_SIZE <= frames.length; at += FRAME_SIZE) {
    const frame = frames.subarray(at, at + FRAME_SIZE);
    const aux = frame[FRAME_SIZE - 1]!;
    for (let i = 0; i < FRAME_SIZE - 1; i += 2) {
      const even = frame[i]!;
      const bit = aux >> (i / 2) & 1;
      const odd = i + 1 < FRAME_SIZE - 1 ? [frame[i + 1]!] : [];
      const before = id;
      if (even & 1) id = even >> 1;
      else if (id === traceId) out.push(even | bit);
      if ((even & 1 && bit ? before : id) === traceId) out.push(...odd);
    }
  }
  return Uint8Array.from(out);
}

/** Puts the bytes of one trace unit into frames; what is left of the last one belongs to id 0. */
export function framesOf(bytes: Uint8Array, traceId: number): Uint8Array {
  const frames: number[] = [];
  for (let next = 0; next < bytes.length;) {
    const frame = new Array<number>(FRAME_SIZE).fill(0);
    const isNamed = frames.length % (FRAMES_PER_ID * FRAME_SIZE) === 0;
    for (let i = 0; i < FRAME_SIZE - 1; i += 2) {
      const left = bytes.length - next;
      let aux = 0;
      if (i === 0 && isNamed) {
        frame[i] = traceId << 1 | 1;
      } else if (left === 0 || left === 1 && i < FRAME_SIZE - 2) {
        frame[i] = 1;
        aux = left;
      } else {
        frame[i] = bytes[next]! & 0xfe;
        aux = bytes[next++]! & 1;
      }
      frame[FRAME_SIZE - 1]! |= aux << i / 2;
      if (i < FRAME_SIZE - 2 && next < bytes.length) frame[i + 1] = bytes[next++]!;
      if (left === aux) break;
    }
    frames.push(...frame);
  }
  return Uint8Array.from(frames);
}
