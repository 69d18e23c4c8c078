import { assertEquals } from "@std/assert";
import { type AuxtraceInfo, bytesSource, parsePerfFile } from "../parsers/perf/mod.ts";
import { fakeFiles, fakePmu } from "../testing/fake_files.ts";
import { perfLines, perfRecords, withFile, writtenFile } from "../testing/written_recordings.ts";
import { type AuxRecording, auxtraceInfoRecord } from "./_auxtrace_info.ts";
import type { WrittenEvent } from "./perf_writer.ts";
import type { SystemFiles } from "./system_files.ts";

const EVENT: WrittenEvent = { type: 8, name: "aux//", ids: [1n], sampleType: 1n << 16n };

const RECORDING: AuxRecording = {
  pmu: "intel_pt",
  attr: { type: 8 },
  cpus: [0, 1],
  tids: null,
  snapshot: false,
  contextSwitches: true,
  time: { timeShift: 31n, timeMult: 1789569706n, timeZero: 77n, capUserTimeZero: true },
};

const INTEL_PT = fakeFiles(fakePmu("intel_pt", {
  type: "8",
  "format/tsc": "config:10",
  "format/noretcomp": "config:11",
  "format/mtc": "config:9",
  "format/mtc_period": "config:14-17",
  "format/cyc": "config:1",
  "caps/event_trace": "1",
  tsc_art_ratio: "176:2",
  max_nonturbo_ratio: "28",
}));

const INTEL_BTS = fakeFiles(fakePmu("intel_bts", { type: "9" }));
const ARM_SPE = fakeFiles(fakePmu("arm_spe_0", { type: "10" }));

const ETM_V4 = {
  "trcidr/trcidr0": "0x28000ea1",
  "trcidr/trcidr1": "0x4100f424",
  "trcidr/trcidr2": "0x20001088",
  "trcidr/trcidr8": "0",
  "mgmt/trcauthstatus": "0xcc",
  "mgmt/trcdevarch": "0x47704a13",
};

function cpuFiles(cpu: number, files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [`cpu${cpu}/${path}`, text]),
  );
}

const CORESIGHT = fakeFiles(fakePmu("cs_etm", {
  type: "11",
  ...cpuFiles(0, { "mgmt/etmccer": "0x34c01ac2", "mgmt/etmidr": "0x4114f250" }),
  ...cpuFiles(1, { ...ETM_V4, ts_source: "1" }),
  ...cpuFiles(2, { "mgmt/unknown": "1" }),
  ...cpuFiles(10, { ...ETM_V4, "mgmt/trcdevarch": "0x47705a13", ts_source: "-1" }),
}));

/** Branch broadcast, cycle counts, context ids, those of EL2, timestamps, return stack. */
const EVERY_OPTION = [8n, 12n, 14n, 15n, 28n, 29n].reduce((config, bit) => config | 1n << bit, 0n);

function written(files: SystemFiles, recording: Partial<AuxRecording>): Uint8Array {
  const record = auxtraceInfoRecord(files, { ...RECORDING, ...recording });
  const events = [{ ...EVENT, ...recording.attr }];
  return writtenFile({ events }, [], (writer) => writer.add(record!));
}

function info(files: SystemFiles, recording: Partial<AuxRecording>): AuxtraceInfo {
  const file = parsePerfFile(bytesSource(written(files, recording)));
  return file.findAuxtraceInfo()!;
}

/** The words in the order of the layout, numbered as in perf's headers. */
const PT: AuxtraceInfo = {
  type: "intel_pt",
  typeId: 1,
  pmuType: 8,
  timeShift: 31n,
  timeMult: 1789569706n,
  timeZero: 77n,
  capUserTimeZero: true,
  tscMask: 1n << 10n,
  noretcompMask: 1n << 11n,
  haveSchedSwitch: 3,
  snapshot: false,
  perCpuMmaps: true,
  mtcMask: 1n << 9n,
  mtcPeriodMask: 0xfn << 14n,
  tscCtcNumerator: 176n,
  tscCtcDenominator: 2n,
  cycMask: 2n,
  maxNonTurboRatio: 28n,
  filter: "",
  capEventTrace: true,
  moreWords: [],
};

Deno.test("auxtraceInfoRecord() tells of Intel PT", () => {
  assertEquals(info(INTEL_PT, {}), PT);
  const snapshot = { snapshot: true, cpus: null, tids: [7] };
  assertEquals(info(INTEL_PT, snapshot), {
    ...PT,
    snapshot: true,
    perCpuMmaps: false,
    haveSchedSwitch: 0,
  });
  assertEquals(info(INTEL_PT, { tids: [7] }), { ...PT, haveSchedSwitch: 2 });
  assertEquals(info(INTEL_PT, { contextSwitches: false }), { ...PT, haveSchedSwitch: 0 });
});

Deno.test("auxtraceInfoRecord() has zeros for what an older Intel PT does not tell", () => {
  const old = fakeFiles(fakePmu("intel_pt", { type: "8", "format/tsc": "config:10" }));
  assertEquals(info(old, {}), {
    ...PT,
    noretcompMask: 0n,
    mtcMask: 0n,
    mtcPeriodMask: 0n,
    tscCtcNumerator: 0n,
    tscCtcDenominator: 0n,
    cycMask: 0n,
    maxNonTurboRatio: 0n,
    capEventTrace: false,
  });
});

Deno.test("auxtraceInfoRecord() tells of Intel BTS and Arm SPE", () => {
  assertEquals(info(INTEL_BTS, { pmu: "intel_bts", snapshot: true }), {
    type: "intel_bts",
    typeId: 2,
    pmuType: 9,
    timeShift: 31n,
    timeMult: 1789569706n,
    timeZero: 77n,
    capUserTimeZero: true,
    snapshot: true,
    moreWords: [],
  });
  assertEquals(info(ARM_SPE, { pmu: "arm_spe_0" }), {
    type: "arm_spe",
    typeId: 4,
    snapshot: null,
    headerVersion: 1,
    pmuType: 10,
    perCpuMmaps: true,
    cpus: [],
    moreWords: [],
  });
});

Deno.test("auxtraceInfoRecord() tells of each CoreSight trace unit", () => {
  const attr = { type: 11, config: EVERY_OPTION };
  const value = info(CORESIGHT, { pmu: "cs_etm", attr, cpus: null });
  // Bits 3, 4, 6, 7, 11, 12, 15. Source: Arm ETMv4 architecture, TRCCONFIGR.
  const registers = [
    { name: "TRCIDR0", value: 0x28000ea1n },
    { name: "TRCIDR1", value: 0x4100f424n },
    { name: "TRCIDR2", value: 0x20001088n },
    { name: "TRCIDR8", value: 0n },
    { name: "TRCAUTHSTATUS", value: 0xccn },
  ];
  assertEquals(value, {
    type: "cs_etm",
    typeId: 3,
    snapshot: false,
    headerVersion: 1,
    pmuType: 11,
    cpus: [
      {
        cpu: 0,
        kind: "etmv3",
        magic: 0x3030303030303030n,
        traceId: 0x10,
        params: [
          { name: "ETMCR", value: EVERY_OPTION },
          { name: "ETMTRACEIDR", value: 0x10n },
          { name: "ETMCCER", value: 0x34c01ac2n },
          { name: "ETMIDR", value: 0x4114f250n },
        ],
      },
      {
        cpu: 1,
        kind: "etmv4",
        magic: 0x4040404040404040n,
        traceId: 0x12,
        params: [
          { name: "TRCCONFIGR", value: 0x98d8n },
          { name: "TRCTRACEIDR", value: 0x12n },
          ...registers,
          { name: "TS_SOURCE", value: 1n },
        ],
      },
      {
        cpu: 10,
        kind: "ete",
        magic: 0x5050505050505050n,
        traceId: 0x24,
        params: [
          { name: "TRCCONFIGR", value: 0x98d8n },
          { name: "TRCTRACEIDR", value: 0x24n },
          ...registers,
          { name: "TRCDEVARCH", value: 0x47705a13n },
          { name: "TS_SOURCE", value: 2n ** 64n - 1n },
        ],
      },
    ],
    moreWords: [],
  });
  const some = info(CORESIGHT, { pmu: "cs_etm", cpus: [1, 2, 3] });
  assertEquals("cpus" in some && some.cpus.map(({ cpu }) => cpu), [1]);
});

Deno.test("auxtraceInfoRecord() is null for kinds that perf does not know", () => {
  const files = fakeFiles(fakePmu("lab_pmu", { type: "12" }));
  assertEquals(auxtraceInfoRecord(files, { ...RECORDING, pmu: "lab_pmu" }), null);
  assertEquals(auxtraceInfoRecord(files, { ...RECORDING, pmu: "intel_pt" }), null);
});

/** What `perf report -D` prints below the line of AUXTRACE_INFO: names and values. */
async function printed(bytes: Uint8Array): Promise<string[]> {
  const { lines, failure } = await withFile(
    bytes,
    (path) => perfLines(["report", "-D", "-i", path]),
  );
  assertEquals(failure, null);
  const start = lines.findIndex((line) => line.includes("PERF_RECORD_AUXTRACE_INFO type"));
  const values = lines.slice(start + 1);
  return values.slice(0, values.indexOf("")).map((line) => line.trim().replace(/\s+/g, " "));
}

Deno.test({
  name: "auxtraceInfoRecord() tells perf the same",
  ignore: !perfRecords(),
  async fn() {
    assertEquals(await printed(written(INTEL_PT, {})), [
      "PMU Type 8",
      "Time Shift 31",
      "Time Muliplier 1789569706",
      "Time Zero 77",
      "Cap Time Zero 1",
      "TSC bit 0x400",
      "NoRETComp bit 0x800",
      "Have sched_switch 3",
      "Snapshot mode 0",
      "Per-cpu maps 1",
      "MTC bit 0x200",
      "MTC freq bits 0x3c000",
      "TSC:CTC numerator 176",
      "TSC:CTC denominator 2",
      "CYC bit 0x2",
      "Max non-turbo ratio 28",
      "Filter string len. 0",
      "Filter string",
      "Cap Event Trace 1",
    ]);
    assertEquals(await printed(written(INTEL_BTS, { pmu: "intel_bts", snapshot: true })), [
      "PMU Type 9",
      "Time Shift 31",
      "Time Muliplier 1789569706",
      "Time Zero 77",
      "Cap Time Zero 1",
      "Snapshot mode 1",
    ]);
    assertEquals(await printed(written(ARM_SPE, { pmu: "arm_spe_0" })), ["PMU Type 10"]);
    const attr = { type: 11, config: EVERY_OPTION };
    const coresight = await printed(written(CORESIGHT, { pmu: "cs_etm", attr, cpus: null }));
    const numbers = coresight.filter((line) => !/^NR_TRC_PARAMS/.test(line));
    // The names of the last words differ between versions of perf.
    assertEquals(numbers.map((line) => line.split(" ").at(-1)), [
      ...["1", "b00000003", "0"],
      ...["3030303030303030", "0", "3000d100", "10", "34c01ac2", "4114f250"],
      ...["4040404040404040", "1", "98d8", "12"],
      ...["28000ea1", "4100f424", "20001088", "0", "cc", "1"],
      ...["5050505050505050", "10", "98d8", "24"],
      ...["28000ea1", "4100f424", "20001088", "0", "cc", "47705a13", "ffffffffffffffff"],
    ]);
  },
});

Deno.test({
  name: "PerfWriter writes AUX data without AUXTRACE_INFO that perf reads with --no-itrace",
  ignore: !perfRecords(),
  async fn() {
    const fields = { idx: 0, cpu: 0, tid: -1, offset: 0n, reference: 0n };
    const file = writtenFile({ events: [EVENT] }, [], (writer) => {
      writer.auxtrace(fields, new Uint8Array(64), new Uint8Array());
    });
    const { lines, failure } = await withFile(
      file,
      (path) => perfLines(["report", "--no-itrace", "-D", "-i", path]),
    );
    assertEquals(failure, null);
    const aux = lines.filter((line) => line.includes("PERF_RECORD_AUXTRACE size: 0x40"));
    assertEquals(aux.length, 1);
  },
});
