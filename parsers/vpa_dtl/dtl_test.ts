import { assertEquals } from "@std/assert";
import { corpusPath, oracleTest } from "../../testing/corpus.ts";
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
const fields = {
  ...dispatch,
  dispatchReasonName: "virtual_memory_page_fault",
  preemptReasonName: "migration_hibernation_page_fault",
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
  assertEquals(dtlText(cursor), "BOOT boot_tb: 4386, tb_freq: 512000000");
  assertEquals([cursor.next(), cursor.kind], [true, DtlKind.Dispatch]);
  assertEquals(dtlFields(cursor), fields);
  assertEquals(
    dtlText(cursor),
    "DISPATCH timebase:20015998343868, dispatch_reason:virtual_memory_page_fault, " +
      "preempt_reason:migration_hibernation_page_fault, enqueue_to_dispatch_time:1, " +
      "ready_to_enqueue_time:2, waiting_to_ready_time:4294967294, processor_id:4660, " +
      "fault_addr:0xfedcba9876543210, srr0:0xc000000000012344, srr1:0x8000000000009033",
  );
  assertEquals(cursor.next(), true);
  assertEquals(dtlFields(cursor), { ...fields, processorId: 1 });
  assertEquals([cursor.next(), cursor.rest], [false, 0]);
});

Deno.test("DtlCursor reads the BOOT entry in the byte order of the machine, or of the frequency", () => {
  for (const byteOrder of ["little", "big"] as const) {
    for (const options of [{ byteOrder }, { byteOrder: null }, {}]) {
      const cursor = new DtlCursor(dtlBoot({ ...boot, byteOrder }), options);
      assertEquals(cursor.next(), true);
      assertEquals(dtlFields(cursor), boot);
    }
  }
  const swapped = new DtlCursor(dtlBoot({ ...boot, byteOrder: "big" }), { byteOrder: "little" });
  assertEquals(swapped.next(), true);
  assertEquals(dtlFields(swapped).frequency, 0x0080_841e_0000_0000n);
});

// Source: the tables of perf's powerpc-vpadtl.c.
Deno.test("dtlText() names the reasons that perf names, and gives the others by number", () => {
  const reasons = (dispatchReason: number, preemptReason: number) => {
    const cursor = new DtlCursor(dtlDispatch({ ...dispatch, dispatchReason, preemptReason }));
    cursor.next();
    const { dispatchReasonName, preemptReasonName } = dtlFields(cursor);
    const inText = /dispatch_reason:(\w+), preempt_reason:(\w+),/.exec(dtlText(cursor))!.slice(1);
    assertEquals(inText, [
      dispatchReasonName ?? `${dispatchReason}`,
      preemptReasonName ?? `${preemptReason}`,
    ]);
    return [dispatchReasonName, preemptReasonName];
  };
  assertEquals(Array.from({ length: 12 }, (_, n) => reasons(n, n)), [
    ["external_interrupt", "unused"],
    ["firmware_internal_event", "firmware_internal_event"],
    ["H_PROD", "H_CEDE"],
    ["decrementer_interrupt", "H_CONFER"],
    ["system_reset", "time_slice"],
    ["firmware_internal_event", "migration_hibernation_page_fault"],
    ["conferred_cycles", "virtual_memory_page_fault"],
    ["time_slice", "H_CONFER_ADJUNCT"],
    ["virtual_memory_page_fault", "hcall_adjunct"],
    ["expropriated_adjunct", "HDEC_adjunct"],
    ["priv_doorbell", null],
    [null, null],
  ]);
  assertEquals(reasons(255, 255), [null, null]);
});

oracleTest(
  "DtlCursor reads the entries of a file, whose byte order nothing tells",
  ["corpus"],
  () => {
    const cursor = new DtlCursor(Deno.readFileSync(corpusPath("edge/dtl.bin")));
    assertEquals(cursor.next(), true);
    assertEquals(dtlFields(cursor).frequency, 512_000_000n);
    const reasons: unknown[] = [];
    while (cursor.next()) reasons.push(/reason:.*(?=, enqueue)/.exec(dtlText(cursor))?.[0]);
    assertEquals(reasons, [
      "reason:decrementer_interrupt, preempt_reason:H_CEDE",
      "reason:priv_doorbell, preempt_reason:H_CEDE",
      "reason:200, preempt_reason:99",
    ]);
  },
);

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
