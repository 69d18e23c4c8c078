import { assertEquals } from "@std/assert";
import { openPerfFile } from "../system/mod.ts";
import {
  bytesSource,
  checkFile,
  type Finding,
  parsePerfFile,
  type PerfFile,
} from "../parsers/perf/mod.ts";
import { corpusPath, oracleTest } from "../testing/corpus.ts";
import {
  auxtraceError,
  intelPtInfo,
  lost,
  lostSamples,
  PerfFileBuilder,
} from "../testing/perf_builder.ts";
import { auxChecks } from "./mod.ts";

function findings(file: PerfFile): Finding[] {
  return checkFile(file, { also: [auxChecks(file)] }).findings.filter(({ check }) =>
    ["aux-loss", "chunk-continuity", "payload-present", "payload-announced"].includes(check)
  ) as Finding[];
}

function found(builder: PerfFileBuilder): string[] {
  return findings(parsePerfFile(bytesSource(builder.bytes())))
    .map(({ check, severity, message }) => `${check} ${severity}: ${message}`);
}

function corpusFindings(path: string): string[] {
  using file = openPerfFile(corpusPath(path));
  return findings(file).map(({ check, severity }) => `${check} ${severity}`);
}

Deno.test("auxChecks() warns of every kind of loss that records tell of", () => {
  const whole = new PerfFileBuilder().aux({ offset: 0n, size: 8, id: 1n, cpu: 0 })
    .auxtrace({ idx: 0, cpu: 0, offset: 0n, size: 8 });
  assertEquals(found(whole), []);
  const lossy = new PerfFileBuilder()
    .aux({ offset: 0n, size: 8, id: 1n, cpu: 0, flags: 9n })
    .auxtrace({ idx: 0, cpu: 0, offset: 0n, size: 8 })
    .add(lost(1n, 17n), { id: 1n })
    .add(lostSamples(5n), { id: 1n })
    .add(
      auxtraceError({ code: 5, cpu: 0, pid: 1, tid: 1, ip: 0n, timeNs: 9n, message: "overflow" }),
    );
  assertEquals(found(lossy), [
    "aux-loss warning: PERF_RECORD_AUX: TRUNCATED, COLLISION at aux_offset 0x0, aux_size 8",
    "aux-loss warning: PERF_RECORD_LOST: 17 events were lost",
    "aux-loss warning: PERF_RECORD_LOST_SAMPLES: 5 samples were lost",
    'aux-loss warning: PERF_RECORD_AUXTRACE_ERROR: code 5, "overflow", CPU 0, pid 1, tid 1, ip 0x0',
  ]);
});

Deno.test("auxChecks() calls a queue without chunks an error, and a missing range a warning", () => {
  const partly = new PerfFileBuilder()
    .aux({ offset: 0n, size: 64, id: 1n, cpu: 0 })
    .auxtrace({ idx: 0, cpu: 0, offset: 0n, size: 32 });
  assertEquals(found(partly), [
    "payload-present warning: queue 0 (CPU 0): announced and missing: 0x20 to 0x40",
  ]);
  const without = new PerfFileBuilder()
    .aux({ offset: 0n, size: 64, id: 1n, cpu: 0 })
    .aux({ offset: 0n, size: 32, id: 1n, cpu: 1 })
    .auxtrace({ idx: 1, cpu: 1, offset: 0n, size: 32 });
  assertEquals(found(without), [
    "payload-present error: CPU 0: AUX records announce 64 bytes, and no chunk holds any",
  ]);
});

Deno.test("auxChecks() warns of bytes that no AUX record announces, where the driver skips none", () => {
  const chunk = { idx: 0, cpu: 0, offset: 0n, size: 480 };
  const aux = { offset: 160n, size: 160, id: 1n, cpu: 0 };
  assertEquals(found(new PerfFileBuilder().add(intelPtInfo()).aux(aux).auxtrace(chunk)), [
    "payload-announced warning: queue 0 (CPU 0): no AUX record announces 320 of 480 bytes",
  ]);
});

Deno.test("auxChecks() warns of a queue that no AUX record announces, where others have some", () => {
  for (const byteOrder of ["little", "big"] as const) {
    for (const pipe of [false, true]) {
      const builder = () =>
        new PerfFileBuilder({ byteOrder, pipe }).add(intelPtInfo())
          .auxtrace({ idx: 0, cpu: 0, offset: 0n, size: 64 })
          .auxtrace({ idx: 1, cpu: 1, offset: 0n, size: 480 });
      assertEquals(found(builder()), []);
      assertEquals(found(builder().aux({ offset: 0n, size: 64, id: 1n, cpu: 0 })), [
        "payload-announced warning: queue 1 (CPU 1): no AUX record announces 480 of 480 bytes",
      ]);
    }
  }
});

Deno.test("auxChecks() tells bytes that are in no chunk, and that no AUX record announces", () => {
  const file = new PerfFileBuilder().add(intelPtInfo())
    .aux({ offset: 80n, size: 80, id: 1n, cpu: 0 })
    .aux({ offset: 240n, size: 80, id: 1n, cpu: 0 })
    .auxtrace({ idx: 0, cpu: 0, offset: 0n, size: 160 })
    .auxtrace({ idx: 0, cpu: 0, offset: 240n, size: 80 });
  assertEquals(found(file).filter((text) => text.startsWith("payload-announced")), [
    "payload-announced warning: queue 0 (CPU 0): no AUX record announces 80 of 240 bytes, nor 80 " +
    "bytes between them that no chunk holds",
  ]);
});

Deno.test("auxChecks() takes up to 7 bytes of each chunk for padding", () => {
  for (const [announced, padding] of [[127, 1], [114, 14], [113, 15]] as const) {
    const file = new PerfFileBuilder().add(intelPtInfo())
      .aux({ offset: 0n, size: announced, id: 1n, cpu: 0 })
      .auxtrace({ idx: 0, cpu: 0, offset: 0n, size: 64 })
      .auxtrace({ idx: 0, cpu: 0, offset: 64n, size: 64 });
    const warning = "payload-announced warning: queue 0 (CPU 0): no AUX record announces 15 of " +
      "128 bytes";
    assertEquals([announced, ...found(file)], [announced, ...padding > 14 ? [warning] : []]);
  }
});

Deno.test("auxChecks() does not call the bytes of a cut chunk, or of a snapshot, unannounced", () => {
  const file = new PerfFileBuilder({ finalised: false }).add(intelPtInfo())
    .aux({ offset: 0n, size: 8, id: 1n, cpu: 0 })
    .auxtrace({ idx: 0, cpu: 0, offset: 0n, size: 512 });
  const checksOf = (bytes: Uint8Array) =>
    findings(parsePerfFile(bytesSource(bytes))).map(({ check }) => check);
  assertEquals(checksOf(file.bytes()), ["payload-announced"]);
  assertEquals(checksOf(file.bytes().subarray(0, -8)), ["payload-present"]);
  const snapshot = new PerfFileBuilder().add(intelPtInfo({ snapshot: true }))
    .aux({ offset: 0n, size: 8, id: 1n, cpu: 0, flags: 2n })
    .auxtrace({ idx: 0, cpu: 0, offset: 0n, size: 512 });
  assertEquals(checksOf(snapshot.bytes()), []);
});

Deno.test("auxChecks() names the first record of a queue that has no chunk, or unannounced bytes", () => {
  const file = new PerfFileBuilder().add(intelPtInfo())
    .auxtrace({ idx: 0, cpu: 0, offset: 0n, size: 64 })
    .auxtrace({ idx: 0, cpu: 0, offset: 64n, size: 64 });
  const first = file.position;
  const bytes = file.aux({ offset: 0n, size: 8, id: 1n, cpu: 1 })
    .aux({ offset: 8n, size: 8, id: 1n, cpu: 1 })
    .aux({ offset: 0n, size: 8, id: 1n, cpu: 0 }).bytes();
  const at = (check: string) =>
    findings(parsePerfFile(bytesSource(bytes))).filter((finding) => finding.check === check)
      .map(({ fileOffset }) => fileOffset);
  assertEquals(at("payload-present"), [first]);
  const chunk = first - 2 * (48 + 64);
  assertEquals(at("payload-announced"), [chunk]);
});

oracleTest("auxChecks() finds in the corpus what its README says", ["corpus"], () => {
  const unannounced = (name: string) => {
    using file = openPerfFile(corpusPath(name));
    return findings(file).filter(({ check }) => check === "payload-announced")
      .map(({ severity, message }) => `${severity}: ${message}`);
  };
  assertEquals(unannounced("edge/as_aux_after.data"), [
    "warning: queue 0 (CPU 0): no AUX record announces 320 of 480 bytes",
  ]);
  // 15 units of 16 bytes: 10 that are there, and 5 in the gap.
  assertEquals(unannounced("edge/as_complex.data"), [
    "warning: queue 0 (CPU 0): no AUX record announces 160 of 1280 bytes, nor 80 bytes between " +
    "them that no chunk holds",
  ]);
  assertEquals(corpusFindings("simpleperf/etm.perf_with_missing_aux_data.data"), [
    "payload-present error",
    "payload-present error",
  ]);
  assertEquals(corpusFindings("edge/parquet-2pow64.data"), ["chunk-continuity error"]);
  assertEquals(corpusFindings("lab2/truncperf0.data"), ["aux-loss warning", "aux-loss warning"]);
});

Deno.test("auxChecks() warns of seams between chunks by their kind, and of silent queues", () => {
  const seam = (offset: bigint) =>
    found(
      new PerfFileBuilder().add(intelPtInfo())
        .auxtrace({ idx: 0, cpu: 0, offset: 4096n, size: 64 })
        .auxtrace({ idx: 0, cpu: 0, offset, size: 64 }),
    );
  const warning = "chunk-continuity warning: queue 0 (CPU 0):";
  assertEquals(seam(4160n), []);
  assertEquals(seam(4224n), [`${warning} gap from 0x1040 to 0x1080`]);
  assertEquals(seam(4128n), [`${warning} overlap from 0x1040 to 0x1020`]);
  assertEquals(seam(4032n), [`${warning} regression from 0x1040 to 0xfc0`]);
  const silent = new PerfFileBuilder().add(intelPtInfo())
    .aux({ offset: 0n, size: 8, id: 1n, cpu: 0, flags: 1n, timeNs: 1n })
    .auxtrace({ idx: 0, cpu: 0, offset: 0n, size: 8 })
    .add(lost(1n, 0n), { id: 1n, cpu: 0, timeNs: 1n + 500_000_000n });
  assertEquals(found(silent).sort(), [
    "aux-loss warning: PERF_RECORD_AUX: TRUNCATED at aux_offset 0x0, aux_size 8",
    "aux-loss warning: PERF_RECORD_LOST: 0 events were lost",
    "aux-loss warning: queue 0 (CPU 0): no AUX record follows this TRUNCATED one: the kernel " +
    "stopped the queue",
  ]);
});
