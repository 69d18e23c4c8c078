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
