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
    "aux-loss warning: PERF_RECORD_AUXTRACE_ERROR: perf could not decode the trace here",
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
    "payload-announced warning: queue 0 (CPU 0): no AUX record announces 320 of 480 bytes; " +
    "an AUX record that was lost takes its flags with it",
  ]);
});

oracleTest("auxChecks() finds in the corpus what its README says", ["corpus"], () => {
  assertEquals(corpusFindings("edge/as_aux_after.data"), ["payload-announced warning"]);
  assertEquals(corpusFindings("simpleperf/etm.perf_with_missing_aux_data.data"), [
    "payload-present error",
    "payload-present error",
  ]);
  assertEquals(corpusFindings("edge/parquet-2pow64.data"), ["chunk-continuity error"]);
  assertEquals(corpusFindings("lab2/truncperf0.data"), ["aux-loss warning", "aux-loss warning"]);
});
