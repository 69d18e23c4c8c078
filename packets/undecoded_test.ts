import { assertEquals } from "@std/assert";
import { openPerfBytes } from "../system/mod.ts";
import { AuxRecording } from "../testing/aux_recording.ts";
import { barrierFrame, formatFrames } from "../testing/etm_packets.ts";
import { mixedRuns, mixedUnits } from "../testing/mixed_coresight.ts";
import { auxOutputHwId, auxtraceInfo, AuxtraceType } from "../testing/perf_builder.ts";
import { sequentialSource, undecodedText } from "../parsers/internal.ts";
import { checkFile, parsePerfFile } from "../parsers/perf/mod.ts";
import { randomNumbers } from "../testing/random_numbers.ts";
import {
  decoderCheck,
  formatFacts,
  Mark,
  type PacketStream,
  payloadFormat,
  payloadQueues,
  QueueReader,
  undecodedTrace,
} from "./mod.ts";

const RAW = 0x100n;

function undecodedOf(bytes: Uint8Array): unknown[] {
  using file = openPerfBytes(bytes);
  const recording = payloadQueues(file);
  return undecodedTrace(recording, payloadFormat(formatFacts(file, recording)));
}

Deno.test("undecodedTrace() reads ids in frames wherever a payload is cut", () => {
  const payload = formatFrames(mixedRuns);
  const sums = (size: number) => {
    const recording = new AuxRecording({ info: mixedUnits });
    for (let at = 0; at < payload.length; at += size) {
      const part = payload.subarray(at, at + size);
      recording.chunk(0, { offset: BigInt(at), payload: part });
    }
    recording.aux(0, { offset: 0n, size: payload.length });
    return undecodedOf(recording.bytes());
  };
  const whole = sums(payload.length);
  assertEquals(whole.length, 3);
  for (const size of [8, 24, 40, 104]) assertEquals(sums(size), whole, `chunks of ${size}`);
});

Deno.test("undecodedTrace() counts nothing of a barrier, and nothing after it before an id", () => {
  // No id stands before the barrier but that of the first byte.
  const frames = [0x12 << 1 | 1, ...new Array(14).fill(0x22), 0, ...new Array(15).fill(0x22), 0];
  const recording = new AuxRecording({ info: mixedUnits });
  const payload = new Uint8Array([...frames, ...barrierFrame, ...new Uint8Array(16)]);
  recording.chunk(0, { offset: 0n, payload });
  recording.aux(0, { offset: 0n, size: payload.length });
  assertEquals(undecodedOf(recording.bytes()), [
    { traceId: 0x12, cpu: 2, what: "PTM", bytes: 29 },
  ]);
});

Deno.test("undecodedTrace() does not know whose the bytes after a loss are before an id", () => {
  const first = Uint8Array.of(0x12 << 1 | 1, ...new Array(14).fill(0x22), 0);
  const second = Uint8Array.of(...new Array(15).fill(0x22), 0);
  for (const [gap, bytes] of [[0n, 29], [4096n, 14]] as const) {
    const recording = new AuxRecording({ info: mixedUnits });
    recording.chunk(0, { offset: 0n, payload: first });
    recording.chunk(0, { offset: 16n + gap, payload: second });
    recording.aux(0, { offset: 0n, size: 32 + Number(gap) });
    assertEquals(undecodedOf(recording.bytes()), [{ traceId: 0x12, cpu: 2, what: "PTM", bytes }]);
  }
});

Deno.test("undecodedTrace() does not call a CPU an STM whose HW_ID record is missing", () => {
  const recording = new AuxRecording({ info: mixedUnits });
  recording.file.add(auxOutputHwId(0x10n), { id: 1n, cpu: 0 });
  const payload = formatFrames(mixedRuns);
  recording.chunk(0, { offset: 0n, payload });
  recording.aux(0, { offset: 0n, size: payload.length });
  const what = "STM, ITM or a CPU without its AUX_OUTPUT_HW_ID record";
  assertEquals(
    undecodedOf(recording.bytes()),
    [[0x11, 40], [0x12, 23], [0x20, 100]].map(
      ([traceId, bytes]) => ({ traceId, cpu: null, what, bytes }),
    ),
  );
});

Deno.test("decoderCheck() goes by the trace units of a stream whose payload has passed", () => {
  const recording = new AuxRecording({ info: mixedUnits });
  recording.chunk(0, { offset: 0n, payload: formatFrames(mixedRuns) });
  const bytes = recording.bytes();
  let at = 0;
  const stream = sequentialSource((into) => {
    const part = bytes.subarray(at, at += into.length);
    into.set(part);
    return part.length || null;
  });
  const file = parsePerfFile(stream);
  const { findings } = checkFile(file, { also: [decoderCheck(file)] });
  assertEquals(
    findings.filter(({ check }) => check === "payload-decoded").map(({ message }) => message),
    ["no decoder for ETMv3 (CPU 1, trace ID 0x11)", "no decoder for PTM (CPU 2, trace ID 0x12)"],
  );
});

Deno.test("undecodedTrace() names bytes without frames by the unit of their CPU", () => {
  const rings = [{ cpu: 0, tid: 1 }, { cpu: 2, tid: 2 }, { cpu: 7, tid: 3 }];
  const recording = new AuxRecording({ info: mixedUnits, rings });
  for (const idx of rings.keys()) {
    recording.chunk(idx, { offset: 0n, size: 16 * (idx + 1) });
    recording.aux(idx, { offset: 0n, size: 16 * (idx + 1), flags: RAW });
  }
  assertEquals(undecodedOf(recording.bytes()), [
    { traceId: null, cpu: 2, what: "PTM", bytes: 32 },
    {
      traceId: null,
      cpu: null,
      what: "bytes without frames of a CPU that is not in AUXTRACE_INFO",
      bytes: 48,
    },
  ]);
});

Deno.test("undecodedTrace() does not guess at trace of a recording that describes no units", () => {
  const recording = new AuxRecording({
    info: auxtraceInfo(AuxtraceType.cs_etm, [1n, 8n << 32n, 0n]),
  });
  const payload = formatFrames([{ id: 0x10, bytes: [1, 2, 3] }]);
  recording.chunk(0, { offset: 0n, payload });
  recording.aux(0, { offset: 0n, size: payload.length });
  assertEquals(undecodedOf(recording.bytes()), [
    { traceId: 0x10, cpu: null, what: "trace units that are not described", bytes: 3 },
  ]);
});

Deno.test("undecodedTrace() counts the bytes that are skipped for that reason, whatever the frames", () => {
  const random = randomNumbers(7);
  for (let round = 0; round < 200; round++) {
    // Half are valid frames, the others any bytes at all.
    const runs = Array.from({ length: 1 + random() % 30 }, () => ({
      id: [0, 0x10, 0x11, 0x12, 0x20, 0x7b][random() % 6]!,
      bytes: Array.from({ length: random() % 40 }, () => random() & 0xff),
    }));
    const payload = round % 2 === 0
      ? formatFrames(runs)
      : Uint8Array.from({ length: 16 * (1 + random() % 20) }, () => random() & 0xff);
    const recording = new AuxRecording({ info: mixedUnits });
    recording.chunk(0, { offset: 0n, payload });
    recording.aux(0, { offset: 0n, size: payload.length });
    using file = openPerfBytes(recording.bytes());
    const { queues, ...facts } = payloadQueues(file);
    const format = payloadFormat(formatFacts(file, facts));
    const sums = new Map<string, number>();
    let stream: PacketStream | null = null;
    const reader = new QueueReader(format, {
      isDone: false,
      mark: () => {},
      open: (opened) => stream = opened,
      packet() {
        const reason = stream!.cursor.kind === Mark.Skipped ? stream!.reason() : null;
        if (reason?.startsWith("no decoder")) {
          sums.set(reason, (sums.get(reason) ?? 0) + stream!.cursor.size);
        }
        return true;
      },
    });
    for (const item of queues[0]!.items()) reader.take(item);
    reader.finish();
    const found = undecodedTrace({ queues }, format);
    assertEquals(
      new Map(found.map((trace) => [undecodedText(trace), trace.bytes])),
      sums,
      `round ${round}`,
    );
  }
});

Deno.test("undecodedTrace() names a trace unit of an unknown kind by its magic number", () => {
  const unit = [0x6060606060606060n, 3n, 2n, 0n, 0x13n];
  const recording = new AuxRecording({
    info: auxtraceInfo(AuxtraceType.cs_etm, [1n, 8n << 32n | 1n, 0n, ...unit]),
  });
  const payload = formatFrames([{ id: 0x13, bytes: [1, 2, 3] }]);
  recording.chunk(0, { offset: 0n, payload });
  recording.aux(0, { offset: 0n, size: payload.length });
  assertEquals(undecodedOf(recording.bytes()), [
    { traceId: 0x13, cpu: 3, what: "a trace unit of magic 0x6060606060606060", bytes: 3 },
  ]);
});
