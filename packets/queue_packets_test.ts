import { assertEquals, assertThrows } from "@std/assert";
import { bytesSource, FormatError } from "../parsers/internal.ts";
import { parsePerfFile, type PerfFile } from "../parsers/perf/mod.ts";
import { AuxRecording, cpuRings, type RecordingOptions } from "../testing/aux_recording.ts";
import { AuxFlag, auxtraceInfo } from "../testing/perf_builder.ts";
import { ptIp, ptPsb, ptTnt } from "../testing/pt_packets.ts";
import { type QueuePacketOptions, queuePackets } from "./queue_packets.ts";

const TRACE = Uint8Array.from([...ptPsb, ...ptIp("TIP", 6, 0x4000n), ...ptTnt("TN")]);

function opened(recording: AuxRecording): PerfFile {
  return parsePerfFile(bytesSource(recording.bytes()));
}

function fileOf(options: RecordingOptions = {}): PerfFile {
  const recording = new AuxRecording({ rings: cpuRings(2), ...options });
  recording.aux(0, { offset: 0n, size: TRACE.length, flags: AuxFlag.Truncated });
  recording.chunk(0, { offset: 0n, payload: TRACE });
  recording.aux(1, { offset: 0n, size: TRACE.length });
  recording.chunk(1, { offset: 0n, payload: TRACE });
  return opened(recording);
}

function lines(file: PerfFile, options?: QueuePacketOptions): string[] {
  return [...queuePackets(file, options)].map(({ type, kind, queue, cpu, auxOffset, size }) =>
    [type, kind, queue, cpu, auxOffset, size].join(" ")
  );
}

Deno.test("queuePackets() yields packets, and losses after the bytes before them", () => {
  const file = fileOf();
  assertEquals(lines(file), [
    "packet PSB 0 0 0 16",
    "packet TIP 0 0 16 9",
    "packet TNT 0 0 25 1",
    "mark TRUNCATED 0 0 26 ",
    "packet PSB 1 1 0 16",
    "packet TIP 1 1 16 9",
    "packet TNT 1 1 25 1",
  ]);
  const [tip] = queuePackets(file, { queue: 1, kinds: ["TIP"] });
  assertEquals(tip?.fields, { ip: 0x4000n, ipBytes: 8, payload: 0x4000n });
});

Deno.test("queuePackets() yields the queues and kinds that are asked for", () => {
  const file = fileOf();
  assertEquals(lines(file, { cpu: 1, kinds: ["TNT"] }), ["packet TNT 1 1 25 1"]);
  assertEquals(lines(file, { kinds: ["TRUNCATED"] }), ["mark TRUNCATED 0 0 26 "]);
  assertEquals(lines(file, { cpu: 2 }), []);
  assertEquals(lines(file, { queue: 0, cpu: 1 }), []);
});

Deno.test("queuePackets() leaves the queues of threads out if a CPU is asked for", () => {
  const recording = new AuxRecording({ rings: [{ cpu: -1, tid: 100 }, { cpu: 0, tid: -1 }] });
  for (const idx of [0, 1]) recording.aux(idx, { offset: 0n, size: TRACE.length });
  recording.chunk(0, { offset: 0n, payload: TRACE });
  recording.chunk(1, { offset: 0n, payload: TRACE });
  const file = opened(recording);
  assertEquals(lines(file, { cpu: 0, kinds: ["TNT"] }), ["packet TNT 1 0 25 1"]);
  assertEquals(lines(file, { tid: 100, kinds: ["TNT"] }), ["packet TNT 0 0 25 1"]);
});

Deno.test("queuePackets() takes steps through long queues, and finds what spans two", () => {
  const recording = new AuxRecording();
  const size = (1 << 13) + 3;
  const payload = new Uint8Array(2 * size).fill(0x06); // TNT packets of a byte
  payload.set(ptPsb, 0);
  payload.set(ptIp("TIP", 6, 0x5000n), (1 << 13) - 4);
  recording.aux(0, { offset: 0x1000n, size: payload.length });
  recording.chunk(0, { offset: 0x1000n, payload });
  const values = [...queuePackets(opened(recording), { kinds: ["TIP", "TNT"] })];
  assertEquals(values.filter(({ kind }) => kind === "TNT").length, payload.length - 16 - 9);
  const tips = values.filter(({ kind }) => kind === "TIP");
  assertEquals(tips.map(({ auxOffset }) => auxOffset), [0x1000n + 8188n]);
});

Deno.test("queuePackets() refuses types of trace without a format", () => {
  const file = fileOf({ info: auxtraceInfo(77, []) });
  const error = assertThrows(() => [...queuePackets(file)], FormatError);
  assertEquals(error.fault, "unsupported");
});
