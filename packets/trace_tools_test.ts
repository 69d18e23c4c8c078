import { assertEquals } from "@std/assert";
import { openPerfFile } from "../system/mod.ts";
import { bytesSource } from "../parsers/byte_source.ts";
import { parsePerfFile, type PerfFile } from "../parsers/perf/perf_file.ts";
import { AuxRecording, type RecordingOptions } from "../testing/aux_recording.ts";
import { corpusPath, oracleTest } from "../testing/corpus.ts";
import { auxEvent, intelPtInfo, textFeature } from "../testing/perf_builder.ts";
import { libiptArguments } from "../parsers/intel_pt/mod.ts";
import { findTraceCpu, findTraceEvent } from "./trace_tools.ts";

function recording(options: RecordingOptions): PerfFile {
  const file = parsePerfFile(bytesSource(new AuxRecording(options).bytes()));
  file.findAuxtraceInfo();
  return file;
}

function argumentsOf(file: PerfFile): string {
  const info = file.findAuxtraceInfo();
  if (info?.type !== "intel_pt" || "layout" in info) throw new TypeError("no Intel PT");
  return libiptArguments(info, findTraceCpu(file), findTraceEvent(file)).join(" ");
}

Deno.test("findTraceCpu() takes x86 numbers from the text, and leaves others as they are", () => {
  const cpu = (cpuid: string) =>
    findTraceCpu(recording({ features: [textFeature("cpuid", cpuid)] }));
  assertEquals(cpu("GenuineIntel,6,158,10"), {
    cpuid: "GenuineIntel,6,158,10",
    family: 6,
    model: 158,
    stepping: 10,
  });
  for (const cpuid of ["0x00000000410fd0c0", "IBM,3906,704,M03,3.6,002f", ""]) {
    assertEquals(cpu(cpuid), { cpuid, family: null, model: null, stepping: null });
  }
  assertEquals(findTraceCpu(recording({})), null);
});

Deno.test("libiptArguments() tells the MTC period if the event has MTC", () => {
  const ratios = "--nom-freq 30 --cpuid-0x15.eax 84 --cpuid-0x15.ebx 2";
  const withConfig = (config: bigint) =>
    argumentsOf(recording({ events: [{ ...auxEvent("intel_pt//u", 1), config }] }));
  assertEquals(withConfig(0x300e601n), `--mtc-freq 3 ${ratios}`);
  assertEquals(withConfig(0x0e401n), ratios);
});

Deno.test("libiptArguments() leaves out what the recording does not tell", () => {
  const info = intelPtInfo();
  const events = [{ ...auxEvent("intel_pt//u", 1), type: 9, config: 0x300e601n }];
  const file = recording({ info, events });
  assertEquals(findTraceEvent(file), null);
  assertEquals(argumentsOf(file), "--nom-freq 30 --cpuid-0x15.eax 84 --cpuid-0x15.ebx 2");
});

// perf report --header-only: cpuid GenuineIntel,6,78,3; config 0x300e601. perf report -D: MTC bit
// 0x200, MTC freq bits 0x3c000, TSC:CTC 100 to 2, max non-turbo ratio 12
oracleTest("libiptArguments() says of a real file what perf prints of it", ["corpus"], () => {
  using file = openPerfFile(corpusPath("quipper/perf.data.intel_pt-4.14"));
  const expected =
    "--cpu 6/78/3 --mtc-freq 3 --nom-freq 12 --cpuid-0x15.eax 2 --cpuid-0x15.ebx 100";
  assertEquals(argumentsOf(file), expected);
  assertEquals(findTraceEvent(file), { name: "intel_pt//", config: 0x300e601n });
});
