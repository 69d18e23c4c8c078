import { AuxRecording } from "./aux_recording.ts";
import { barrierFrame, etmAsync, etmAtoms, formatFrames, type FrameRun } from "./etm_packets.ts";
import { auxtraceInfo, AuxtraceType, type RecordSpec } from "./perf_builder.ts";

const ETM = [0x4040404040404040n, 0n, 7n, ...[0x1001n, 0x10n, 0x28000ea1n, 0x4100f403n, 0x488n]];
/** AUXTRACE_INFO of an ETMv4 on CPU 0, an ETMv3 on CPU 1 and a PTM on CPU 2: ids 0x10 to 0x12. */
export const mixedUnits: RecordSpec = auxtraceInfo(AuxtraceType.cs_etm, [
  1n,
  8n << 32n | 3n,
  0n,
  ...[...ETM, 0n, 0xccn],
  ...[0x3030303030303030n, 1n, 4n, 0n, 0x11n, 0n, 0x410cf250n],
  ...[0x3030303030303030n, 2n, 4n, 0n, 0x12n, 0n, 0x411cf301n],
]);

/** Bytes of all sources; those of ids 0 and 0x7d are padding and triggers. */
export const mixedRuns: readonly FrameRun[] = [
  { id: 0x10, bytes: [...etmAsync, ...etmAtoms("E")] },
  { id: 0x11, bytes: new Array(40).fill(0x11) },
  { id: 0x12, bytes: new Array(7).fill(0x22) },
  { id: 0x20, bytes: new Array(100).fill(0x33) },
  { id: 0x7d, bytes: [1] },
  { id: 0x12, bytes: new Array(16).fill(0x44) },
  { id: 0x10, bytes: etmAtoms("EEE") },
];
const REST = [
  { id: 0x20, bytes: new Array(9).fill(0x33) },
  { id: 0x10, bytes: [...etmAsync, ...etmAtoms("N")] },
];

/** A recording of these sources in two runs of the sink. */
export function mixedRecording(byteOrder: "little" | "big" = "little"): AuxRecording {
  const payload = new Uint8Array([
    ...formatFrames(mixedRuns),
    ...barrierFrame,
    ...formatFrames(REST),
  ]);
  const recording = new AuxRecording({ info: mixedUnits, byteOrder });
  recording.chunk(0, { offset: 0n, payload });
  recording.aux(0, { offset: 0n, size: payload.length });
  return recording;
}
