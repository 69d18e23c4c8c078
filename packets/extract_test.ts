import { assertEquals } from "@std/assert";
import { bytesSource } from "../parsers/byte_source.ts";
import { parsePerfFile } from "../parsers/perf/perf_file.ts";
import { btsInfo, coresightSnapshotInfo } from "../testing/aux_recording.ts";
import { auxtraceInfo, AuxtraceType, intelPtInfo } from "../testing/perf_builder.ts";
import { bytesOf, pattern, PatternRecording } from "../testing/pattern_recording.ts";
import { extractPieces, planExtraction } from "./extract.ts";
import { payloadQueues } from "./payload.ts";

const coresightInfo = auxtraceInfo(AuxtraceType.cs_etm, [1n, 8n << 32n, 0n]);

/** The plan, and the bytes that go into each file. */
function extracted(recording: PatternRecording) {
  const read = recording.read();
  const plan = planExtraction(read, read.queues);
  const files = new Map<string, number[]>();
  for (const queue of read.queues) {
    for (const piece of extractPieces(queue, read.mode)) {
      if (piece.type === "mark") continue;
      files.set(piece.name, [...files.get(piece.name) ?? [], ...bytesOf(piece.bytes)]);
    }
  }
  return { plan, files };
}

Deno.test("planExtraction() joins what is contiguous, and says where streams start in the file", () => {
  const { plan, files } = extracted(
    new PatternRecording()
      .aux(0, { offset: 0n, size: 20, flags: 1n })
      .bytesAt(0, 0n, 61)
      .bytesAt(0, 61n, 16)
      .bytesAt(0, 0x100n, 8),
  );
  assertEquals(plan.type, "intel_pt");
  assertEquals(plan.mode, "full");
  assertEquals(plan.queues, [{
    idx: 0,
    cpu: 0,
    tid: 4242,
    size: 85,
    files: [{
      name: "queue-0.bin",
      size: 85,
      raw: false,
      cpu: 0,
      ranges: [
        { auxOffset: 0n, size: 77, position: 0n, reference: 0n },
        { auxOffset: 0x100n, size: 8, position: 77n, reference: 0n },
      ],
    }],
    marks: [
      { mark: "truncated", auxOffset: 20n, size: null, file: "queue-0.bin", position: 20n },
      { mark: "gap", auxOffset: 77n, size: 179, file: "queue-0.bin", position: 77n },
    ],
  }]);
  const bytes = [...pattern(0n, 77), ...pattern(0x100n, 8)];
  assertEquals([...files], [["queue-0.bin", bytes]]);
});

Deno.test("planExtraction() gives each snapshot a file", () => {
  const { plan, files } = extracted(
    new PatternRecording({ info: intelPtInfo({ snapshot: true }) })
      .bytesAt(0, 0x40n, 64)
      .bytesAt(0, 0x40n, 64)
      .bytesAt(0, 0x80n, 8),
  );
  assertEquals(plan.queues[0]!.files.map(({ name, size }) => [name, size]), [
    ["queue-0-0.bin", 64],
    ["queue-0-1.bin", 64],
    ["queue-0-2.bin", 8],
  ]);
  assertEquals(files.get("queue-0-2.bin"), [...pattern(0x80n, 8)]);
});

Deno.test("extractPieces() keeps snapshots apart whose offsets touch in two files of a directory", () => {
  const info = coresightSnapshotInfo;
  const first = new PatternRecording({ info })
    .aux(0, { offset: 0x60n, size: 32 })
    .bytesAt(0, 0x40n, 64);
  const second = new PatternRecording({ info })
    .aux(0, { offset: 0xa0n, size: 32 })
    .aux(0, { offset: 0xb0n, size: 16 })
    .bytesAt(0, 0x80n, 64);
  const parts = [first, second].map(({ file }, n) => ({
    name: `data.${n}`,
    source: bytesSource(file.records()),
  }));
  const main = bytesSource(new PatternRecording({ info }).bytes());
  const { queues, mode } = payloadQueues(parsePerfFile(main, { parts }));
  const start = first.file.records().length - 64;
  const pieces = [...extractPieces(queues[0]!, mode)].flatMap((piece) =>
    piece.type === "mark" ? [] : [[piece.name, piece.bytes.part, piece.bytes.fileOffset! - start]]
  );
  assertEquals(pieces, [
    ["queue-0-0.bin", "data.0", 0],
    ["queue-0-0.bin", "data.0", 32],
    ["queue-0-1.bin", "data.1", 64],
    ["queue-0-1.bin", "data.1", 96],
    ["queue-0-1.bin", "data.1", 112],
  ]);
});

Deno.test("planExtraction() starts a range where bytes before it are left out", () => {
  const { plan, files } = extracted(
    new PatternRecording({ info: btsInfo })
      .bytesAt(0, 0n, 50)
      .bytesAt(0, 50n, 48),
  );
  assertEquals(plan.queues[0]!.files[0]!.ranges, [
    { auxOffset: 0n, size: 48, position: 0n, reference: 0n },
    { auxOffset: 50n, size: 48, position: 48n, reference: 0n },
  ]);
  assertEquals(files.get("queue-0.bin"), [...pattern(0n, 48), ...pattern(50n, 48)]);
});

Deno.test("planExtraction() names the CPU of a thread's bytes only if it is one", () => {
  const cpuOf = (...cpus: number[]) => {
    const recording = new PatternRecording({ rings: [{ cpu: -1, tid: 7 }] });
    for (const [n, cpu] of cpus.entries()) {
      const offset = BigInt(16 * n);
      recording.file.aux({ id: 1n, offset, size: 16, cpu, tid: 7 });
      recording.bytesAt(0, offset, 16);
    }
    return extracted(recording).plan.queues[0]!.files.map(({ cpu }) => cpu);
  };
  assertEquals(cpuOf(3, 3, 3), [3]);
  assertEquals(cpuOf(3, 1, 1), [null]);
  assertEquals(cpuOf(3, 1, 3), [null]);
});

Deno.test("planExtraction() gives raw CoreSight bytes a file for each CPU", () => {
  const rings = [{ cpu: -1, tid: 7 }];
  const recording = new PatternRecording({ info: coresightInfo, rings });
  const flags = [0x100n, 0x100n, 0x100n, 0n];
  for (const [n, cpu] of [3, 1, 3, 3].entries()) {
    const offset = BigInt(16 * n);
    recording.file.aux({ id: 1n, offset, size: 16, cpu, tid: 7, flags: flags[n]! });
  }
  const { plan, files } = extracted(recording.bytesAt(0, 0n, 64));
  const summary = plan.queues[0]!.files.map(({ name, raw, cpu, ranges }) => [
    name,
    raw,
    cpu,
    ranges.map(({ auxOffset, position }) => `${auxOffset} at ${position}`).join(", "),
  ]);
  assertEquals(summary, [
    ["queue-0-cpu3.bin", true, 3, "0 at 0, 32 at 16"],
    ["queue-0-cpu1.bin", true, 1, "16 at 0"],
    ["queue-0.bin", false, 3, "48 at 0"],
  ]);
  assertEquals(files.get("queue-0-cpu3.bin"), [...pattern(0n, 16), ...pattern(32n, 16)]);
});
