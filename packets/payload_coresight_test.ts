import { assertEquals } from "@std/assert";
import { coresightSnapshotInfo } from "../testing/aux_recording.ts";
import { AuxFlag, auxOutputHwId, auxtraceInfo, AuxtraceType } from "../testing/perf_builder.ts";
import { lineOf, PatternRecording } from "../testing/pattern_recording.ts";

const RAW = 0x100n;

/** The AUXTRACE_INFO of CoreSight with one ETMv4. */
const info = auxtraceInfo(AuxtraceType.cs_etm, [
  1n,
  8n << 32n | 1n,
  0n,
  ...[0x4040404040404040n, 0n, 7n],
  ...[0x1001n, 0x10n, 0x28000ea1n, 0x4100f403n, 0x488n, 0n, 0xccn],
]);

function items(recording: PatternRecording, queue = 0): string[] {
  return recording.read().queues[queue]!.items().map((item) =>
    lineOf(item) + (item.type === "bytes" ? ` cpu ${item.cpu}${item.raw ? " raw" : ""}` : "")
  ).toArray();
}

Deno.test("payloadQueues() cuts CoreSight into one stream for each AUX record", () => {
  const recording = new PatternRecording({ info })
    .aux(0, { offset: 0n, size: 16 })
    .aux(0, { offset: 16n, size: 48, flags: AuxFlag.Truncated })
    .bytesAt(0, 0n, 64)
    .aux(0, { offset: 64n, size: 16, flags: RAW })
    .bytesAt(0, 64n, 16);
  assertEquals(items(recording), [
    "start 0x0 16 cpu 0",
    "start 0x10 48 cpu 0",
    "truncated 0x40 null",
    "start 0x40 16 cpu 0 raw",
  ]);
});

Deno.test("payloadQueues() goes on with a CoreSight fragment in the next chunk", () => {
  const recording = new PatternRecording({ info })
    .bytesAt(0, 0n, 40)
    .bytesAt(0, 40n, 8)
    .bytesAt(0, 48n, 32)
    .aux(0, { offset: 16n, size: 48 })
    .aux(0, { offset: 0n, size: 16 })
    .aux(0, { offset: 64n, size: 16 });
  assertEquals(items(recording), [
    "start 0x0 16 cpu 0",
    "start 0x10 24 cpu 0",
    "on 0x28 8 cpu 0",
    "on 0x30 16 cpu 0",
    "start 0x40 16 cpu 0",
  ]);
});

Deno.test("payloadQueues() ends the stream of a CoreSight fragment at a gap", () => {
  const recording = new PatternRecording({ info })
    .bytesAt(0, 0n, 16)
    .bytesAt(0, 32n, 16)
    .aux(0, { offset: 0n, size: 48 });
  assertEquals(items(recording), [
    "start 0x0 16 cpu 0",
    "gap 0x10 16",
    "missing 0x10 16",
    "resume 0x20 16 cpu 0",
  ]);
});

Deno.test("payloadQueues() keeps CoreSight bytes that no AUX record is about, by themselves", () => {
  const recording = new PatternRecording({ info })
    .bytesAt(0, 0n, 96)
    .aux(0, { offset: 16n, size: 16, flags: RAW })
    .aux(0, { offset: 48n, size: 16 });
  assertEquals(items(recording), [
    "start 0x0 16 cpu 0 raw",
    "start 0x10 16 cpu 0 raw",
    "start 0x20 16 cpu 0 raw",
    "start 0x30 16 cpu 0",
    "start 0x40 32 cpu 0",
  ]);
  assertEquals(items(new PatternRecording({ info }).bytesAt(0, 0n, 96)), ["start 0x0 96 cpu 0"]);
});

Deno.test("payloadQueues() finds the AUX records of a thread's CoreSight ring by its tid", () => {
  const recording = new PatternRecording({ info, rings: [{ cpu: -1, tid: 7 }] });
  for (const [n, cpu] of [3, 1].entries()) {
    recording.file.aux({ id: 1n, offset: BigInt(16 * n), size: 16, cpu, tid: 7 });
    recording.file.aux({ id: 1n, offset: BigInt(16 * n), size: 8, cpu, tid: 8 });
  }
  recording.bytesAt(0, 0n, 32);
  assertEquals(items(recording), ["start 0x0 16 cpu 3", "start 0x10 16 cpu 1"]);
});

Deno.test("payloadQueues() counts the AUX records of a CoreSight snapshot back from their ends", () => {
  const { Overwrite: overwrite } = AuxFlag;
  const recording = new PatternRecording({ info: coresightSnapshotInfo })
    .aux(0, { offset: 0x100n, size: 0x1000, flags: overwrite })
    .aux(0, { offset: 0x140n, size: 0x40, flags: overwrite | AuxFlag.Partial })
    .bytesAt(0, 0xc0n, 0x80)
    .aux(0, { offset: 0x160n, size: 0x20, flags: overwrite })
    .bytesAt(0, 0x100n, 0x60);
  assertEquals(items(recording), [
    "start 0xc0 64 cpu 0",
    "start 0x100 64 cpu 0",
    "partial 0x140 null",
    "start 0x100 64 cpu 0",
    "start 0x140 32 cpu 0",
  ]);
});

Deno.test("payloadQueues() tells the trace ids that the kernel gave to the CPUs", () => {
  const recording = new PatternRecording({ info });
  recording.file.add(auxOutputHwId(0x21n), { id: 1n, cpu: 2 });
  recording.file.add(auxOutputHwId(0x0100_0012_3456_7834n), { id: 1n, cpu: 3 });
  recording.file.add(auxOutputHwId(0x1000_0000_0000_0035n), { id: 1n, cpu: 4 });
  assertEquals([...recording.bytesAt(0, 0n, 8).read().hwIds], [
    [2, { traceId: 0x21, sinkId: null }],
    [3, { traceId: 0x34, sinkId: 0x12345678 }],
  ]);
  const ofIntel = new PatternRecording();
  ofIntel.file.add(auxOutputHwId(0x21n), { id: 1n, cpu: 2 });
  assertEquals(ofIntel.bytesAt(0, 0n, 8).read().hwIds.size, 0);
});
