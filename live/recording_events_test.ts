import { assertEquals, assertThrows } from "@std/assert";
import { SampleType } from "../parsers/perf/abi.ts";
import { fakeFiles } from "../testing/fake_files.ts";
import { ARM_SPE, CS_ETM, INTEL_PT } from "../testing/fake_pmus.ts";
import { recordingEvents, relaxed, type SamplingOptions } from "./recording_events.ts";
import { parseEvents } from "./event_syntax.ts";

const files = fakeFiles({
  ...INTEL_PT,
  ...ARM_SPE,
  ...CS_ETM,
  "/proc/sys/kernel/perf_event_max_sample_rate": "25000\n",
  "/sys/kernel/tracing/events/sched/sched_switch/id": "314\n",
});

const OF_COMMAND: SamplingOptions = {
  inherit: true,
  cpuWide: false,
  perCpu: true,
  enableOnExec: true,
  userOnly: false,
  wakeupBytes: 1 << 16,
  auxSize: 1 << 22,
  snapshot: false,
};

function record(text: string, options: Partial<SamplingOptions> = {}) {
  return recordingEvents(
    parseEvents(text, files),
    { ...OF_COMMAND, ...options },
    files,
    () => false,
  );
}

const { Ip: ip, Tid: tid, Time: time, Cpu: cpu, Period: period } = SampleType;
const { Identifier: identifier, Raw: raw, Callchain: callchain, Read: read } = SampleType;

Deno.test("recordingEvents() samples a single event as perf does", () => {
  const { events: [event], auxPmu } = record("cpu-clock");
  const { attr } = event!;
  assertEquals(auxPmu, null);
  assertEquals([attr.samplePeriod, attr.sampleType], [4000n, ip | tid | time | period]);
  assertEquals(attr.flags?.toSorted(), [
    "comm",
    "commExec",
    "disabled",
    "enableOnExec",
    "excludeGuest",
    "freq",
    "inherit",
    "mmap",
    "mmap2",
    "sampleIdAll",
    "task",
    "watermark",
  ]);
  assertEquals(attr.wakeup, 1 << 16);
});

Deno.test("recordingEvents() takes rates and periods from options and terms", () => {
  const periodOf = (text: string, options: Partial<SamplingOptions>) => {
    const { attr } = record(text, options).events[0]!;
    return [attr.samplePeriod, attr.flags!.includes("freq")];
  };
  assertEquals(periodOf("cpu-clock", { frequency: 99 }), [99n, true]);
  assertEquals(periodOf("cpu-clock", { frequency: "max" }), [25000n, true]);
  assertEquals(periodOf("cpu-clock", { frequency: 99_999 }), [25000n, true]);
  assertEquals(periodOf("cpu-clock", { period: 7n }), [7n, false]);
  assertEquals(periodOf("cpu-clock/period=8/", { period: 7n }), [8n, false]);
  assertEquals(periodOf("cpu-clock/freq=50/", { period: 7n }), [50n, true]);
  assertEquals(periodOf("sched:sched_switch", {}), [1n, false]);
  assertEquals(periodOf("sched:sched_switch", { frequency: 10 }), [10n, true]);
});

Deno.test("recordingEvents() adds what samples need to be told apart", () => {
  const types = (text: string, options: Partial<SamplingOptions> = {}) =>
    record(text, options).events.map(({ attr }) => attr.sampleType);
  const plain = ip | tid | time | period;
  assertEquals(types("cpu-clock", { cpuWide: true }), [plain | cpu]);
  assertEquals(types("cpu-clock,page-faults"), [plain | identifier, plain | identifier]);
  assertEquals(types("sched:sched_switch"), [ip | tid | time | cpu | raw | period]);
  assertEquals(types("cpu-clock/call-graph=fp/"), [plain | callchain]);
  assertEquals(types("{cpu-clock,page-faults}:S"), [
    plain | identifier | read,
    plain | identifier | read,
  ]);
});

Deno.test("recordingEvents() starts the leader of a group and leaves its members to it", () => {
  const { events } = record("page-faults,{cpu-clock,task-clock}");
  assertEquals(events.map(({ leader }) => leader), [0, 1, 1]);
  assertEquals(events.map(({ attr }) => attr.flags!.includes("disabled")), [true, true, false]);
  assertEquals(events.map(({ attr }) => attr.flags!.includes("comm")), [true, false, false]);
});

Deno.test("recordingEvents() samples no member of a group that is read with its leader", () => {
  const { events } = record("{cpu-clock,sched:sched_switch}:S");
  assertEquals(events.map(({ attr }) => attr.samplePeriod), [4000n, 0n]);
});

Deno.test("recordingEvents() tracks tasks on all CPUs where the first event is on some", () => {
  const onSome = parseEvents("cpu-clock", files).map((event) => ({ ...event, cpus: [1] }));
  const { events } = recordingEvents(onSome, OF_COMMAND, files, () => false);
  assertEquals(events.map(({ name, cpus }) => [name, cpus]), [["cpu-clock", [1]], [
    "dummy:u",
    null,
  ]]);
  assertEquals(events.map(({ attr }) => attr.flags!.includes("mmap")), [false, true]);
});

Deno.test("recordingEvents() puts the AUX event first, and a tracking event last", () => {
  const { events, auxPmu, auxKind } = record("cpu-clock,intel_pt/cyc/u");
  assertEquals(events.map(({ name, leader }) => [name, leader]), [
    ["intel_pt/cyc/u", 0],
    ["cpu-clock", 1],
    ["dummy:u", 2],
  ]);
  assertEquals([auxPmu, auxKind], ["intel_pt", "intel_pt"]);
  const [pt, clock, dummy] = events.map(({ attr }) => attr);
  assertEquals([pt!.samplePeriod, pt!.auxWatermark], [1n, 1 << 20]);
  assertEquals(pt!.flags!.includes("freq"), false);
  assertEquals(clock!.sampleType, ip | tid | time | period | identifier | cpu);
  assertEquals([dummy!.type, dummy!.config, dummy!.samplePeriod], [1, 9n, 1n]);
  assertEquals(
    [pt, clock, dummy].map((attr) =>
      ["mmap", "contextSwitch"].map((flag) => attr!.flags!.includes(flag as "mmap"))
    ),
    [[false, false], [false, false], [true, true]],
  );
});

Deno.test("recordingEvents() asks for context switches where perf does", () => {
  const switches = (text: string, options: Partial<SamplingOptions>) =>
    record(text, options).events.map(({ attr }) => attr.flags!.includes("contextSwitch"));
  // corpus/lab2: perf recorded them with cs64 (--per-thread) and spe64cpu (-a), not with spe64.
  const cases: [string, boolean, boolean][] = [
    ["intel_pt//", true, true],
    ["cs_etm//", true, true],
    ["arm_spe_0//", true, false],
  ];
  for (const [text, ofCpus, ofThreads] of cases) {
    assertEquals([text, switches(text, { perCpu: true, cpuWide: true })], [text, [false, ofCpus]]);
    assertEquals([text, switches(text, { perCpu: true })], [text, [false, ofCpus]]);
    assertEquals([text, switches(text, { perCpu: false })], [text, [false, ofThreads]]);
  }
});

Deno.test("recordingEvents() has no watermark in snapshots", () => {
  assertEquals(record("intel_pt//", { snapshot: true }).events[0]!.attr.auxWatermark, undefined);
});

Deno.test("recordingEvents() has CoreSight and SPE say which task is traced on a CPU", () => {
  const config = (text: string, perCpu: boolean) => record(text, { perCpu }).events[0]!.attr.config;
  const [contextid, timestamp, tsEnable] = [1n << 14n, 1n << 28n, 1n];
  assertEquals(config("cs_etm//", true), contextid | timestamp);
  assertEquals(config("cs_etm//", false), 0n);
  assertEquals(config("arm_spe_0//", true), tsEnable);
});

Deno.test("recordingEvents() leaves the kernel out where that is all one may observe", () => {
  const flags = (text: string) => record(text, { userOnly: true }).events[0]!.attr.flags!;
  assertEquals(flags("cpu-clock").filter((flag) => /Kernel|Hv/.test(flag)), [
    "excludeKernel",
    "excludeHv",
  ]);
  assertEquals(flags("sched:sched_switch").includes("excludeKernel"), false);
  assertEquals(flags("cpu-clock:k").includes("excludeKernel"), false);
  const names = ["cpu-clock", "cpu-clock:p", "intel_pt//", "cpu-clock:u", "sched:sched_switch"]
    .map((text) => record(text, { userOnly: true }).events[0]!.name);
  assertEquals(names, [
    "cpu-clock:u",
    "cpu-clock:pu",
    "intel_pt//u",
    "cpu-clock:u",
    "sched:sched_switch",
  ]);
});

Deno.test("recordingEvents() refuses what it cannot record", () => {
  const cases = [
    ["intel_pt//,cs_etm//", "Cannot record two AUX areas: intel_pt//, cs_etm//"],
    ["{cpu-clock,intel_pt//}", "Cannot record intel_pt// unless it leads its group"],
    ["cpu-clock/call-graph=dwarf/", "only call-graph=fp is supported"],
    ["cpu-clock/overwrite/", "its term overwrite is not supported"],
    ["intel_pt/overwrite/", "its term overwrite is not supported"],
    ["cpu-clock/time=0/", "its term time=0 is not supported"],
    ["cpu-clock:W", "its term weak is not supported"],
  ] as const;
  for (const [text, message] of cases) {
    assertThrows(() => record(text), Deno.errors.NotSupported, message);
  }
});

Deno.test("relaxed() gives up precision step by step, then the exclusion of guests", () => {
  let events: ReturnType<typeof relaxed> = [...record("cpu-clock:P").events];
  const steps: unknown[] = [];
  for (; events !== null; events = relaxed(events)) {
    const { preciseIp, flags } = events[0]!.attr;
    steps.push([preciseIp, flags!.includes("excludeGuest")]);
  }
  assertEquals(steps, [[3, false], [2, false], [1, false], [0, false]]);
  const plain = relaxed(record("cpu-clock").events)!;
  assertEquals(plain[0]!.attr.flags!.includes("excludeGuest"), false);
  assertEquals(relaxed(plain), null);
});

Deno.test("recordingEvents() names the first of the terms that it refuses, and takes those that are off", () => {
  assertThrows(
    () => record("cpu-clock/overwrite,nr=3,stack-size=8/"),
    Deno.errors.NotSupported,
    "its term stackSize is not supported",
  );
  assertThrows(
    () => record("cpu-clock/branch_type=any,nr=3,time=0/"),
    Deno.errors.NotSupported,
    "its term time=0 is not supported",
  );
  for (const text of ["cpu-clock/overwrite=0/", "cpu-clock/time=1/", "cpu-clock/call-graph=no/"]) {
    assertEquals(record(text).events.length, 1);
  }
});

Deno.test("relaxed() lowers one event at a time, the first that is too precise", () => {
  const [event] = record("cpu-clock").events;
  const precise = (preciseIp: number, preciseMax = true) => {
    return { ...event!, preciseMax, attr: { ...event!.attr, preciseIp, flags: [] } };
  };
  const levels = (events: ReturnType<typeof relaxed>) => events?.map(({ attr }) => attr.preciseIp);
  assertEquals(levels(relaxed([precise(2), precise(3)])), [1, 3]);
  assertEquals(levels(relaxed([precise(0), precise(1)])), [0, 0]);
  assertEquals(levels(relaxed([precise(3, false), precise(1)])), [3, 0]);
  assertEquals(relaxed([precise(3, false), precise(0)]), null);
  const guests = { ...precise(3, false), attr: { flags: ["excludeGuest", "excludeHv"] as const } };
  const given = relaxed([precise(0), { ...guests, attr: { flags: [...guests.attr.flags] } }])!;
  assertEquals(given.map(({ attr }) => attr.flags), [[], ["excludeHv"]]);
});

Deno.test("recordingEvents() asks the kernel whether a PMU that it does not know has an AUX area", () => {
  const asked: string[] = [];
  const other = parseEvents("intel_pt//", files).map((event) => ({ ...event, pmu: "other_pmu" }));
  const events = [...parseEvents("cpu-clock", files), ...other.map((it) => ({ ...it, leader: 1 }))];
  const of = (isAux: boolean) =>
    recordingEvents(events, OF_COMMAND, files, ({ pmu }) => {
      asked.push(`${pmu}`);
      return isAux;
    });
  const { auxPmu, auxKind, events: recorded } = of(true);
  assertEquals([auxPmu, auxKind, asked], ["other_pmu", null, ["other_pmu"]]);
  assertEquals(recorded.map(({ name }) => name), ["intel_pt//", "cpu-clock", "dummy:u"]);
  assertEquals(recorded[0]!.attr.auxWatermark, undefined);
  assertEquals(recorded[2]!.attr.flags!.includes("contextSwitch"), false);
  const none = of(false);
  assertEquals([none.auxPmu, none.events.map(({ name }) => name)], [
    null,
    ["cpu-clock", "intel_pt//"],
  ]);
});

Deno.test("recordingEvents() inherits unless told otherwise, and starts with the command only", () => {
  const flags = (text: string, options: Partial<SamplingOptions> = {}) =>
    record(text, options).events.map(({ attr }) =>
      ["inherit", "enableOnExec", "useClockid"].filter((flag) =>
        attr.flags!.includes(flag as "task")
      )
    );
  const both = ["inherit", "enableOnExec"];
  assertEquals(flags("cpu-clock"), [both]);
  assertEquals(flags("cpu-clock", { inherit: false }), [["enableOnExec"]]);
  assertEquals(flags("cpu-clock/inherit/", { inherit: false }), [both]);
  assertEquals(flags("cpu-clock/no-inherit/"), [["enableOnExec"]]);
  // The kernel refuses to inherit an event that is read in samples.
  assertEquals(flags("cpu-clock:S"), [["enableOnExec"]]);
  assertEquals(flags("cpu-clock", { enableOnExec: false, clockid: 0 }), [[
    "inherit",
    "useClockid",
  ]]);
  assertEquals(flags("intel_pt/no-inherit/"), [["enableOnExec"], both]);
  assertEquals(record("cpu-clock", { clockid: 0 }).events[0]!.attr.clockid, 0);
  assertEquals(record("cpu-clock").events[0]!.attr.clockid, undefined);
});

Deno.test("recordingEvents() gives AUX events periods: of the term, of the options, or their own", () => {
  const periodOf = (text: string, options: Partial<SamplingOptions> = {}) => {
    const { attr } = record(text, options).events[0]!;
    return [attr.samplePeriod, attr.flags!.includes("freq")];
  };
  assertEquals(periodOf("arm_spe_0//"), [1024n, false]);
  assertEquals(periodOf("arm_spe_0//", { period: 7n }), [7n, false]);
  assertEquals(periodOf("arm_spe_0/period=9/", { period: 7n }), [9n, false]);
  assertEquals(periodOf("intel_pt//", { frequency: 50 }), [1n, false]);
});
