import { assertEquals } from "@std/assert";
import { dtlBoot, dtlDispatch } from "../../testing/dtl_entries.ts";
import { pieces, randomNumbers, readPieces, type Seen } from "../../testing/packet_pieces.ts";
import { concat } from "../../testing/perf_builder.ts";
import { Mark } from "../packet_cursor.ts";
import { DtlCursor, dtlFields, DtlKind, dtlText } from "./mod.ts";

const dispatch = {
  dispatchReason: 8,
  preemptReason: 5,
  processorId: 0x1234,
  enqueueToDispatch: 1,
  readyToEnqueue: 2,
  waitingToReady: 0xfffffffe,
  timebase: 0x123456789abcn,
  faultAddress: 0xfedcba9876543210n,
  srr0: 0xc000000000012344n,
  srr1: 0x8000000000009033n,
};
const boot = { bootTimebase: 0x1122n, frequency: 512_000_000n };
const stream = concat([
  dtlBoot({ ...boot, byteOrder: "little" }),
  dtlDispatch(dispatch),
  dtlDispatch({ ...dispatch, processorId: 1 }),
]);

function read(parts: Iterable<Uint8Array>): Seen[] {
  return readPieces(new DtlCursor(), parts, dtlText);
}

Deno.test("DtlCursor reads back every entry that was encoded", () => {
  const cursor = new DtlCursor(stream);
  assertEquals([cursor.next(), cursor.kind], [true, DtlKind.Boot]);
  assertEquals(dtlFields(cursor), boot);
  assertEquals(dtlText(cursor), "BOOT timebase 4386 frequency 512000000");
  assertEquals([cursor.next(), cursor.kind], [true, DtlKind.Dispatch]);
  assertEquals(dtlFields(cursor), dispatch);
  assertEquals(
    dtlText(cursor),
    "DISPATCH timebase 20015998343868 processor 4660 dispatch_reason 8 preempt_reason 5 " +
      "enqueue_to_dispatch 1 ready_to_enqueue 2 waiting_to_ready 4294967294 " +
      "fault_addr 0xfedcba9876543210 srr0 0xc000000000012344 srr1 0x8000000000009033",
  );
  assertEquals(cursor.next(), true);
  assertEquals(dtlFields(cursor), { ...dispatch, processorId: 1 });
  assertEquals([cursor.next(), cursor.rest], [false, 0]);
});

Deno.test("DtlCursor reads the BOOT entry in the byte order of the machine", () => {
  const cursor = new DtlCursor(dtlBoot({ ...boot, byteOrder: "big" }), { byteOrder: "big" });
  assertEquals(cursor.next(), true);
  assertEquals(dtlFields(cursor), boot);
});

Deno.test("DtlCursor reads the same entries wherever the stream is cut into pieces, or ends", () => {
  const whole = read([stream]);
  for (let size = 1; size <= stream.length; size++) {
    assertEquals(read(pieces(stream, [size])), whole);
    const end = size - size % 48;
    const cut: Seen[] = end < size ? [[Mark.Cut, end, size - end, "CUT"]] : [];
    assertEquals(read([stream.subarray(0, size)]), [...whole.slice(0, end / 48), ...cut]);
  }
});

Deno.test("DtlCursor reads random bytes", () => {
  const random = randomNumbers(3);
  for (let run = 0; run < 200; run++) {
    const bytes = Uint8Array.from({ length: random(500) }, () => random(256));
    const size = read([bytes]).reduce((sum, [, , size]) => sum + size, 0);
    assertEquals(size, bytes.length);
  }
});
