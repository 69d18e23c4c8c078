import { assertEquals } from "@std/assert";
import { openPerfBytes } from "../system/mod.ts";
import { AuxRecording } from "../testing/aux_recording.ts";
import { formatFrames } from "../testing/etm_packets.ts";
import { mixedRuns, mixedUnits } from "../testing/mixed_coresight.ts";
import { auxOutputHwId, auxtraceInfo, AuxtraceType } from "../testing/perf_builder.ts";
import { formatFacts, payloadFormat, payloadQueues, undecodedTrace } from "./mod.ts";

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
