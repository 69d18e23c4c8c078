import { assertEquals } from "@std/assert";
import { replayReport } from "../auxtrace/mod.ts";
import type { PerfFile } from "../mod.ts";
import { openPerfBytes, openPerfFile } from "../system/mod.ts";
import { AuxRecording, coresightSnapshotInfo } from "../testing/aux_recording.ts";
import {
  auxEvent,
  type FeatureSpec,
  sampleTime,
  SampleType,
  wordFeature,
} from "../testing/perf_builder.ts";
import { reportFacts } from "./facts.ts";

type Facts = Record<string, Record<string, string>>;

/** Facts by the titles of their groups, and by their names. */
function factsOf(file: PerfFile): Facts {
  using _file = file;
  return Object.fromEntries(
    reportFacts(file, replayReport(file)).map(({ title, rows }) =>
      [title, Object.fromEntries(rows)] as const
    ),
  );
}

/** What is said of a file in `testdata/` as such. */
function fileFacts(name: string): Record<string, string> {
  return factsOf(openPerfFile(`testdata/${name}.perf.data`))["File"]!;
}

Deno.test("reportFacts() says of a file how it was written and where it ends", () => {
  const size = (name: string) => `${Deno.statSync(`testdata/${name}.perf.data`).size} bytes`;
  const usual = { "byte order": "little endian", "compressed": "no" };
  assertEquals(fileFacts("aux_demo_fits"), {
    container: "file",
    size: size("aux_demo_fits"),
    ...usual,
    "finished by the recorder": "yes",
  });
  assertEquals(fileFacts("aux_unfinalised")["finished by the recorder"], "no");
  assertEquals(fileFacts("aux_big_endian")["byte order"], "big endian");
  assertEquals(fileFacts("aux_compressed")["compressed"], "yes");
  // A pipe has no end that a recorder could forget.
  assertEquals(fileFacts("aux_pipe"), { container: "pipe", size: size("aux_pipe"), ...usual });
  const { cut, damage } = fileFacts("aux_cut");
  assertEquals([cut !== undefined, damage], [true, undefined]);
});

Deno.test("reportFacts() leaves out what a recording does not say, whole groups too", () => {
  const titles = (name: string) => Object.keys(factsOf(openPerfFile(`testdata/${name}.perf.data`)));
  assertEquals(titles("aux_demo_fits"), ["File", "Host", "Recorder", "Events", "AUX trace"]);
  assertEquals(titles("aux_unfinalised"), ["File", "Events", "AUX trace"]);
  assertEquals(titles("perf_plain").includes("AUX trace"), false);
});

Deno.test("reportFacts() says of events their type, config, period, ids and samples", () => {
  const event = auxEvent("intel_pt//u", 2);
  const events = [
    event,
    { ...event, name: "a", ids: [9n], type: 1, config: 255n, samplePeriod: 4000n, sampleType: 0n },
    { ...event, name: "b", ids: [], samplePeriod: 99n, flags: ["freq" as const] },
    {
      ...event,
      name: "c",
      ids: [7n, 8n],
      samplePeriod: 0n,
      sampleType: SampleType.Ip | SampleType.Time,
    },
  ];
  const rows = factsOf(openPerfBytes(new AuxRecording({ events }).bytes()))["Events"]!;
  // `auxEvent` is intel_pt, of type 8, with each sample's task, time, CPU and id.
  const samples = "samples TID TIME CPU IDENTIFIER";
  assertEquals(rows, {
    "intel_pt//u": `type 8, config 0x0, period 1, 2 ids, ${samples}`,
    "a": "type 1, config 0xff, period 4000, 1 id",
    "b": `type 8, config 0x0, 99 Hz, 0 ids, ${samples}`,
    "c": "type 8, config 0x0, 2 ids, samples IP TIME",
  });
});

Deno.test("reportFacts() writes the words of AUXTRACE_INFO: masks in hexadecimal, factors in digits", () => {
  const facts = factsOf(openPerfFile("testdata/aux_demo_fits.perf.data"))["AUX trace"]!;
  // As `perf report -D` prints them of this file.
  const expected = {
    "type": "intel_pt",
    "mode": "full",
    "pmu_type": "8",
    "time_shift": "31",
    "time_mult": "1431655765",
    "cap_user_time_zero": "true",
    "tsc_mask": "0x400",
    "snapshot": "false",
    "mtc_period_mask": "0x3c000",
    "tsc_ctc_denominator": "84",
  };
  const found = Object.keys(expected).map((name) => [name, facts[name]]);
  assertEquals(Object.fromEntries(found), expected);
});

Deno.test("reportFacts() writes the words of each CoreSight trace unit by their names", () => {
  const recording = new AuxRecording({ info: coresightSnapshotInfo });
  const facts = factsOf(openPerfBytes(recording.bytes()))["AUX trace"]!;
  // The words of `coresightSnapshotInfo`: TRCCONFIGR 0x1001, TRCIDR0 0x28000ea1.
  const [unit = ""] = facts["cpus"]!.split("; TRCIDR1");
  assertEquals(
    unit,
    "cpu 0, kind etmv4, magic 0x4040404040404040, trace_id 16, params TRCCONFIGR 0x1001; " +
      "TRCTRACEIDR 0x10; TRCIDR0 0x28000ea1",
  );
  assertEquals([facts["type"], facts["header_version"]], ["cs_etm", "1"]);
});

Deno.test("reportFacts() joins the command line, and gives times of samples where there are some", () => {
  const recorder = (features: FeatureSpec[]) =>
    factsOf(openPerfBytes(new AuxRecording({ features }).bytes()))["Recorder"]!;
  assertEquals(recorder([])["command line"], "/usr/bin/perf record -e intel_pt//u ./work");
  const times = recorder([sampleTime(1_500_000_000n, 2_000_000_001n)]);
  assertEquals(times["samples from, to"], "1.500000000, 2.000000001");
  assertEquals(recorder([sampleTime(0n, 0n)])["samples from, to"], undefined);
  const host = factsOf(openPerfBytes(
    new AuxRecording({ features: [wordFeature("totalMem", 0n)] }).bytes(),
  ))["Host"]!;
  assertEquals([host["memory"], host["CPU"]], ["0 kB", undefined]);
});
