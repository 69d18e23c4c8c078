/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import {
  pause,
  RingMemory,
  type RingPlace,
  type WriterReport,
  type WriterTask,
} from "./simulated_ring.ts";

/** Most bytes of one write: words of 8 bytes times 2^13. */
const MAX_WRITE_BITS = 13;

self.onmessage = ({ data }: MessageEvent<{ place: RingPlace; task: WriterTask }>) => {
  const { place, task } = data;
  using memory = new RingMemory(place.fd, place.ringSize);
  self.postMessage(null);
  self.postMessage(task.kind === "words" ? writeWords(memory, task.size) : storeHeads(memory));
};

/** Plays the kernel's side of the protocol. Source: kernel/events/ring_buffer.c. */
function writeWords(memory: RingMemory, size: number): WriterReport {
  const positions = memory.positions();
  const stopFlag = memory.stopFlag();
  const words = new Float64Array(memory.ring.buffer);
  const ringSize = memory.ring.length;
  const start = Number(positions[0]!);
  let head = start;
  let lastTail = start;
  let waits = 0;
  let badTails = 0;
  let random = 1;
  while (head < start + size && Atomics.load(stopFlag, 0) === 0) {
    const tail = Number(Atomics.load(positions, 1));
    if (tail < lastTail || tail > head) badTails++;
    lastTail = tail;
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    const wanted = 8 * (1 + (random >>> (32 - MAX_WRITE_BITS)));
    // One byte stays free, so that a full ring and an empty one differ.
    const room = Math.min(ringSize - 1 - (head - tail), start + size - head, wanted) & ~7;
    if (room <= 0) {
      waits++;
      pause();
      continue;
    }
    const first = (head % ringSize) / 8;
    for (let index = first, end = first + room / 8; index < end; index++, head += 8) {
      words[index & (words.length - 1)] = head;
    }
    Atomics.store(positions, 0, BigInt(head));
  }
  return { written: head - start, waits, badTails };
}

/** A head that was read in two halves of different times shows: its halves differ. */
function storeHeads(memory: RingMemory): WriterReport {
  const positions = memory.positions();
  const halves = new Uint32Array(2);
  const head = new BigUint64Array(halves.buffer);
  const stopFlag = memory.stopFlag();
  let written = 0;
  while (written < 2 ** 32 - 1 && Atomics.load(stopFlag, 0) === 0) {
    halves.fill(++written);
    Atomics.store(positions, 0, head[0]!);
  }
  return { written, waits: 0, badTails: 0 };
}
