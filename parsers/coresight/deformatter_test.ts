import { assertEquals } from "@std/assert";
import { barrierFrame, formatFrames } from "../../testing/etm_packets.ts";
import { Deformatter, FRAME_SIZE, FrameStep } from "./deformatter.ts";

/** Reads all frames; what there is at each barrier, and all bytes by id. */
function read(bytes: Uint8Array): {
  opened: number[];
  atBarriers: number[][];
  bytes: Record<number, number[]>;
} {
  const opened: number[] = [];
  const atBarriers: number[][] = [];
  const found: Record<number, number[]> = {};
  const frames = new Deformatter((id) => opened.push(id));
  frames.refill(bytes);
  for (;;) {
    const step = frames.next();
    if (step === FrameStep.More) return { opened, atBarriers, bytes: found };
    if (step === FrameStep.Barrier) {
      atBarriers.push([...frames.sources].map(({ id }) => id));
      frames.passBarrier();
    } else {
      const { source } = frames;
      (found[source.id] ??= []).push(...source.bytes.subarray(0, source.end));
      source.keep(0);
    }
  }
}

Deno.test("Deformatter forgets all sources at a barrier, however many there were", () => {
  const runs = [{ id: 0x10, bytes: [1, 2, 3] }, { id: 0x12, bytes: [4, 5] }];
  const part = [...formatFrames(runs), ...barrierFrame];
  const bytes = Uint8Array.from({ length: 300 * part.length }, (_, i) => part[i % part.length]!);
  const { atBarriers, opened } = read(bytes);
  assertEquals(atBarriers.length, 300);
  assertEquals(new Set(atBarriers.map((ids) => `${ids}`)), new Set(["0,16,18"]));
  assertEquals(opened.length, 1 + 3 * 300); // at the start and at each barrier the source without id
});

Deno.test("Deformatter takes no id, and no bytes, over a barrier", () => {
  const frames = formatFrames([{ id: 0x10, bytes: [1, 2, 3] }]);
  const plain = new Array(FRAME_SIZE).fill(0).with(1, 7); // no id in it: before any id after a barrier
  const { bytes } = read(Uint8Array.from([...frames, ...barrierFrame, ...plain]));
  assertEquals(bytes[0x10]?.slice(0, 3), [1, 2, 3]);
  assertEquals(bytes[0]?.filter((byte) => byte !== 0), [7]);
});

Deno.test("Deformatter takes four words of 7fffffff for a barrier, and nothing less", () => {
  assertEquals(read(Uint8Array.from(barrierFrame)).atBarriers.length, 1);
  for (let at = 0; at < FRAME_SIZE; at++) {
    const frame = Uint8Array.from(barrierFrame.with(at, barrierFrame[at]! ^ 0x80));
    assertEquals(read(frame).atBarriers.length, 0, `byte ${at}`);
  }
});

Deno.test("Deformatter gives all bytes of a long source with their places, whatever is kept of them", () => {
  const bytes = Array.from({ length: 7000 }, (_, i) => (i * 7 ^ i >> 8) & 0xff);
  const runs = [
    { id: 0x10, bytes },
    { id: 0x11, bytes: bytes.slice(0, 33) },
    { id: 0x10, bytes: bytes.slice(1) },
    { id: 0x12, bytes: bytes.slice(2) },
  ];
  const formatted = formatFrames(runs);
  for (const kept of [0, 1, 20, 1500]) {
    const found: Record<number, number[]> = {};
    const frames = new Deformatter(() => null);
    frames.refill(formatted);
    while (frames.next() === FrameStep.Bytes) {
      const { source } = frames;
      const of = found[source.id] ??= [];
      assertEquals(source.position + source.seen, of.length);
      const rest = Math.min(kept, source.end);
      for (let i = 0; i < source.end - rest; i++) {
        const offset = source.offsetOf(i);
        if ((formatted[offset]! ^ source.bytes[i]!) & 0xfe) assertEquals([kept, i, offset], []);
      }
      of.push(...source.bytes.subarray(source.seen, source.end));
      source.keep(rest);
    }
    assertEquals(found[0x10]!.slice(0, 13_999), [...bytes, ...bytes.slice(1)]);
    assertEquals(found[0x11], bytes.slice(0, 33));
    assertEquals(found[0x12]!.slice(0, 6998), bytes.slice(2));
  }
});
