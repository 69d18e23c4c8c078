import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { type AttrFlag, ReadFormat, SampleType } from "../parsers/perf/abi.ts";
import { fakeFiles } from "../testing/fake_files.ts";
import { ARM_SPE, CPU, CS_ETM, HYBRID, INTEL_PT, TWO_SPES } from "../testing/fake_pmus.ts";
import { parseEvents } from "./event_syntax.ts";
import { EventSyntaxError } from "./event_syntax_error.ts";
import type { ParsedEvent } from "./parsed_event.ts";

const TRACING = "/sys/kernel/tracing/events";
const FILES = fakeFiles({
  ...INTEL_PT,
  ...ARM_SPE,
  ...CS_ETM,
  ...CPU,
  [`${TRACING}/sched/sched_switch/id`]: "315\n",
  [`${TRACING}/sched/sched_wakeup/id`]: "317\n",
  [`${TRACING}/sched/sched_waking/id`]: "318\n",
  [`${TRACING}/sched/enable`]: "0\n",
  [`${TRACING}/irq/irq_handler_entry/id`]: "200\n",
});

/** The one event of a text. */
function one(text: string) {
  const events = parseEvents(text, FILES);
  assertEquals(events.length, 1, text);
  return events[0]!;
}

/** Flags of an event but for the one that says that its period is a frequency. */
function sidesOf({ attr }: ParsedEvent): string[] {
  return attr.flags!.filter((flag) => flag !== "freq").sort();
}

function refuse(text: string, position: number, message: RegExp): void {
  const error: EventSyntaxError = assertThrows(() => parseEvents(text, FILES), EventSyntaxError);
  assertMatch(error.message, message);
  assertEquals(error.position, position, text);
}

Deno.test("parseEvents() knows the names that need no PMU", () => {
  // type and config from perf_event.h
  const events: Record<string, [type: number, config: bigint]> = {
    "cycles": [0, 0n],
    "cpu-cycles": [0, 0n],
    "branches": [0, 4n],
    "idle-cycles-backend": [0, 8n],
    "ref-cycles": [0, 9n],
    "cpu-clock": [1, 0n],
    "faults": [1, 2n],
    "cs": [1, 3n],
    "cgroup-switches": [1, 11n],
    "L1-dcache-load-misses": [3, 0x10000n],
    "l1d-loads-misses": [3, 0x10000n],
    "LLC": [3, 2n],
    "iTLB-load-misses": [3, 0x10004n],
    "node-prefetch-misses": [3, 0x10206n],
    "dTLB-speculative-read-refs": [3, 0x203n],
    "r1a": [4, 0x1an],
    "rABCDEF0123456789": [4, 0xabcdef0123456789n],
    "1:0x3": [1, 3n],
  };
  for (const [text, [type, config]] of Object.entries(events)) {
    const { attr, name, pmu } = one(text);
    assertEquals([text, attr.type, attr.config], [text, type, config]);
    assertEquals([name, pmu], [text, null]);
  }
});

Deno.test("parseEvents() excludes whom the modifiers leave out", () => {
  const flags: Record<string, AttrFlag[]> = {
    "": ["excludeGuest"],
    ":u": ["excludeGuest", "excludeHv", "excludeKernel"],
    ":k": ["excludeHv", "excludeUser"],
    ":uk": ["excludeGuest", "excludeHv"],
    ":kh": ["excludeUser"],
    ":G": ["excludeHost"],
    ":GH": [],
    ":uG": ["excludeHost", "excludeHv", "excludeKernel"],
    ":uI": ["excludeGuest", "excludeHv", "excludeIdle", "excludeKernel"],
    ":De": ["exclusive", "pinned"],
    ":pp": ["excludeGuest"],
  };
  for (const [modifiers, expected] of Object.entries(flags)) {
    for (const text of [`cs${modifiers}`, `cs//${modifiers.slice(1)}`]) {
      assertEquals([text, ...sidesOf(one(text))], [text, ...expected]);
    }
  }
  assertEquals(one("cs:upp").attr.preciseIp, 2);
  const { preciseMax, sampleRead, weak } = one("cs:PSW").terms;
  assertEquals([preciseMax, sampleRead, weak], [true, true, true]);
});

Deno.test("parseEvents() starts intel_pt with perf's terms", () => {
  // perf record -vv prints config 0x300e601 for intel_pt// where these periods exist
  assertEquals(one("intel_pt//").attr.config, 0x300e601n);
  const { attr, name, pmu, leader, cpus, sink } = one("intel_pt/cyc,mtc_period=9/u");
  assertEquals(attr.config, 0x3002601n | 2n | 9n << 14n);
  const { type, flags, samplePeriod } = attr;
  assertEquals([type, flags?.includes("excludeKernel"), samplePeriod], [8, true, 1n]);
  assertEquals(
    { name, pmu, leader, cpus, sink },
    { name: "intel_pt/cyc,mtc_period=9/u", pmu: "intel_pt", leader: 0, cpus: null, sink: null },
  );
  assertEquals(one("intel_pt/tsc=0,branch=0,psb_period=0/").attr.config, 0xc201n);
});

Deno.test("parseEvents() sets the terms of a PMU where its formats say", () => {
  const spe = one(
    "arm_spe_0/ts_enable=1,load_filter,event_filter=0x8000000000000002,min_latency=4095/",
  );
  assertEquals([spe.cpus, spe.attr.samplePeriod], [[0, 1, 2, 3, 8], 1024n]);
  const { type, config, config1, config2 } = spe.attr;
  assertEquals([type, config, config1, config2], [9, 0x2_0000_0001n, 0x8000000000000002n, 0xfffn]);
  assertEquals(one("cpu/split=0xabc/").attr.config, 0xa_0000_00bcn);
  assertEquals(one("cpu/config=5,config1=0x10,config3=7/").attr.config3, 7n);
  assertEquals(one("cs_etm/contextid2,cycacc,retstack/").attr.config, 0x2000_9000n);
});

Deno.test("parseEvents() gives cs_etm the number of the sink after the @", () => {
  const { attr, sink, name } = one("cs_etm/@tmc_etr0/u");
  assertEquals([attr.config2, sink, name], [0x2b1d45ccn, "tmc_etr0", "cs_etm/@tmc_etr0/u"]);
  refuse("cs_etm/@tmc_etr1/", 7, /expected a sink \(tmc_etf0, tmc_etr0\), got "tmc_etr1"/);
  refuse("cs_etm/@../../type/", 7, /./);
});

Deno.test("parseEvents() knows the events of PMUs, with and without the PMU's name", () => {
  for (const text of ["cpu/mem-loads/", "cpu/MEM-loads/", "cpu/event=mem-loads/", "mem-loads"]) {
    const { type, config, config1 } = one(text).attr;
    assertEquals([text, type, config, config1], [text, 4, 0x1cdn, 3n]);
  }
  assertEquals(one("cpu/mem-loads,ldlat=30/p").attr.config1, 30n);
  assertEquals(one("mem-loads:u").attr.flags?.includes("excludeKernel"), true);
  refuse("cpu/mem-loads.unit/", 4, /known term/);
});

Deno.test("parseEvents() finds tracepoints, by pattern too", () => {
  const { attr, name } = one("sched:sched_switch:u");
  assertEquals([attr.type, attr.config, attr.samplePeriod, name], [
    2,
    315n,
    1n,
    "sched:sched_switch",
  ]);
  const found = (text: string) => parseEvents(text, FILES).map(({ name }) => name);
  assertEquals(found("sched:sched_wak*"), ["sched:sched_wakeup", "sched:sched_waking"]);
  assertEquals(found("*:*_?ntry,cs"), ["irq:irq_handler_entry", "cs"]);
  refuse("sched:sched_swich", 0, /did you mean sched:sched_switch\?$/);
  refuse("shed:sched_switch", 0, /got "shed:sched_switch"/);
  const error: Error = assertThrows(() => parseEvents("sched:sched_switch", fakeFiles({})));
  assertMatch(error.message, /tracefs/);
});

Deno.test("parseEvents() sets breakpoints", () => {
  // bp_type: 1 read, 2 write, 4 execute; lengths as perf chooses them
  const breakpoints: Record<string, unknown[]> = {
    "mem:0x1000": [3, 0x1000n, 4n],
    "mem:4096/8:w": [2, 0x1000n, 8n],
    "mem:0x1000:x:k": [4, 0x1000n, 8n],
    "mem:0x1000:u": [3, 0x1000n, 4n],
    "mem:0x1000/1:rw:u": [3, 0x1000n, 1n],
  };
  for (const [text, expected] of Object.entries(breakpoints)) {
    const { attr, name } = one(text);
    assertEquals([attr.type, attr.samplePeriod, name], [5, 1n, text]);
    assertEquals([attr.bpType, attr.config1, attr.config2], expected);
    assertEquals(attr.flags?.includes("excludeKernel"), text.endsWith(":u"));
  }
  refuse("mem:x", 0, /mem:ADDRESS/);
  refuse("cs,mem:0:rr", 3, /once/);
});

Deno.test("parseEvents() hands the terms for the tool on", () => {
  const text = "cycles/period=1000,name='a, b',call-graph=dwarf,stack-size=8192,no-inherit," +
    "max-stack=10,overwrite,time=0,branch_type=any,nr=3,aux-output,aux-sample-size=4096/u";
  const { name, terms } = one(text);
  assertEquals(name, "a, b");
  const { preciseMax: _, sampleRead: __, weak: ___, ...given } = terms;
  assertEquals(given, {
    period: 1000n,
    callGraph: "dwarf",
    stackSize: 8192,
    inherit: false,
    maxStack: 10,
    overwrite: true,
    time: false,
    branchType: "any",
    maxEvents: 3,
    auxOutput: true,
    auxSampleSize: 4096,
  });
  assertEquals(one("cs/freq=99/").terms, { freq: 99 });
  assertEquals(one("intel_pt/aux-action=start-paused/").attr.auxAction, "startPaused");
});

Deno.test("parseEvents() says how often events are sampled, and the last one that says it counts", () => {
  // as perf record -vv prints sample_period or sample_freq, and freq
  const rates: Record<string, [samplePeriod: bigint, isFrequency: boolean]> = {
    "cs": [4000n, true],
    "cs/freq=1000/": [1000n, true],
    "cs/period=10000/u": [10_000n, false],
    "cs/freq=7,period=5/": [5n, false],
    "cs/period=5,freq=7/": [7n, true],
    "cs/freq=25001/": [25_000n, true],
    "bpf-output": [1n, false],
    "sched:sched_switch": [1n, false],
    "mem:0x1000": [1n, false],
    "intel_pt//": [1n, false],
    "intel_pt/period=3/": [3n, false],
    "cpu/config=1/": [4000n, true],
  };
  const files = {
    ...FILES,
    text: (path: string) => path.endsWith("rate") ? "25000" : FILES.text(path),
  };
  for (const [text, [samplePeriod, isFrequency]] of Object.entries(rates)) {
    const { attr } = parseEvents(text, files)[0]!;
    assertEquals([text, attr.samplePeriod, attr.flags?.includes("freq")], [
      text,
      samplePeriod,
      isFrequency,
    ]);
  }
});

Deno.test("parseEvents() has samples carry what their text asks for, and ids where there are several", () => {
  const {
    Ip: ip,
    Tid: tid,
    Time: time,
    Period: period,
    Identifier: identifier,
    Raw: raw,
    Cpu: cpu,
    Callchain: callchain,
    Read: read,
    Aux: aux,
  } = SampleType;
  const plain = ip | tid | time;
  // perf's `evsel__config()`; GROUP with more than one member only
  const types: Record<string, [sampleType: number, readFormat: number][]> = {
    "cs": [[plain | period, ReadFormat.Id]],
    "cs/period=1/": [[plain, ReadFormat.Id]],
    "cs/time=0,period=1/": [[ip | tid, ReadFormat.Id]],
    "cs/time=1,call-graph=fp,period=1/": [[plain | callchain, ReadFormat.Id]],
    "cs/call-graph=no,aux-sample-size=8,period=1/": [[plain | aux, ReadFormat.Id]],
    "bpf-output": [[plain | period | raw | cpu, ReadFormat.Id]],
    "1:11": [[plain | period, ReadFormat.Id]],
    "0:10": [[plain | period, ReadFormat.Id]],
    "sched:sched_switch": [[plain | period | raw | cpu, ReadFormat.Id]],
    "mem:0:w": [[plain, ReadFormat.Id]],
    "cs:S": [[plain | period | identifier | read, ReadFormat.Id]],
    "cs/period=1/,faults": [[plain | identifier, ReadFormat.Id], [
      plain | period | identifier,
      ReadFormat.Id,
    ]],
    "{cs/period=1/,faults}:S": new Array(2).fill([
      plain | identifier | read,
      ReadFormat.Id | ReadFormat.Group,
    ]),
  };
  for (const [text, expected] of Object.entries(types)) {
    const attrs = parseEvents(text, FILES).map(({ attr }) => attr);
    assertEquals([text, attrs.map(({ sampleType, readFormat }) => [sampleType, readFormat])], [
      text,
      expected,
    ]);
  }
  const [leader, member] = parseEvents("{cs/period=7,inherit/,faults/period=9/}:S", FILES);
  assertEquals([leader!.attr.samplePeriod, member!.attr.samplePeriod], [7n, 0n]);
  assertEquals(leader!.attr.flags, ["excludeGuest"]);
  const { attr } = one("cs/inherit,aux-output,max-stack=3,aux-sample-size=64/");
  assertEquals(attr.flags, ["excludeGuest", "auxOutput", "inherit", "freq"]);
  assertEquals([attr.sampleMaxStack, attr.auxSampleSize, one("cs:P").attr.preciseIp], [3, 64, 3]);
});

Deno.test("parseEvents() keeps order and groups", () => {
  const events = parseEvents(
    " cs , {intel_pt//u,cycles:ppp,cpu/config=1/}:S,{faults},cpu-clock",
    FILES,
  );
  assertEquals(events.map(({ name, leader }) => [name, leader]), [
    ["cs", 0],
    ["intel_pt//u", 1],
    ["cycles:ppp", 1],
    ["cpu/config=1/", 1],
    ["faults", 4],
    ["cpu-clock", 5],
  ]);
  assertEquals(events.map(({ terms }) => terms.sampleRead ?? false), [
    ...[false, true, true, true, false, false],
  ]);
  assertEquals(events[1]?.attr.flags?.includes("excludeKernel"), true);
});

Deno.test("parseEvents() adds a group's modifiers to those of its events", () => {
  const [first, second] = parseEvents("{cs:u,faults}:kD", FILES);
  assertEquals(sidesOf(first!), ["excludeGuest", "excludeHv", "pinned"]);
  assertEquals(sidesOf(second!), ["excludeGuest", "excludeHv", "excludeUser"]);
});

/** What is opened for a text on a machine with these PMUs. */
function openedOn(texts: Readonly<Record<string, string>>, text: string): unknown[] {
  return parseEvents(text, fakeFiles(texts)).map(({ name, attr, cpus, leader }) => [
    name,
    attr.type,
    attr.config,
    cpus?.join(),
    leader,
  ]);
}

Deno.test("parseEvents() opens an event of each PMU whose number is left out, or fits a pattern", () => {
  // As perf matches names: perf_pmu__wildcard_match()
  const both = [
    ["arm_spe_0/ts_enable=1/", 60, 1n, "0,1", 0],
    ["arm_spe_1/ts_enable=1/", 61, 1n, "2,3", 1],
  ];
  for (const name of ["arm_spe", "arm_spe_*", "arm_spe_?", "arm_spe_[01]", "*spe*", "arm_spe_"]) {
    assertEquals([name, ...openedOn(TWO_SPES, `${name}/ts_enable=1/`)], [name, ...both]);
  }
  const second = [["arm_spe_1//u", 61, 0n, "2,3", 0]];
  for (const name of ["arm_spe_1", "*1", "arm_spe_[!0]"]) {
    const [event] = openedOn(TWO_SPES, `${name}//u`) as unknown[][];
    assertEquals([name, ...event!.slice(1)], [name, ...second[0]!.slice(1)]);
  }
  // an exact name wins; three hexadecimal digits are a number, two are none
  const type = (name: string, number: string) => ({
    [`/sys/bus/event_source/devices/${name}/type`]: `${number}\n`,
  });
  const many = {
    ...type("imc", "20"),
    ...type("imc_0", "21"),
    ...type("uncore_cha_0", "22"),
    ...type("uncore_cha_1", "23"),
    ...type("hot_abc", "24"),
    ...type("cold_cf", "25"),
  };
  const types = (text: string) => (openedOn(many, text) as unknown[][]).map(([, type]) => type);
  assertEquals(types("imc/config=1/"), [20]);
  assertEquals([types("cha/config=1/"), types("uncore_cha//")], [[22, 23], [22, 23]]);
  assertEquals(types("hot//"), [24]);
  for (const text of ["cold//", "im//", "imc_[//", "[2-1]//", "cha_//x"]) {
    assertThrows(() => openedOn(many, text), EventSyntaxError);
  }
});

Deno.test("parseEvents() refuses a pattern that fits PMUs with AUX areas of different kinds", () => {
  const error: Error = assertThrows(
    () => openedOn({ ...TWO_SPES, ...CS_ETM }, "*s*//"),
    EventSyntaxError,
  );
  assertMatch(error.message, /PMUs of one kind \(this means arm_spe_0, arm_spe_1, cs_etm\)/);
  assertThrows(() => openedOn(TWO_SPES, "arm_spe"), EventSyntaxError, '"arm_spe//" for an event');
  assertThrows(() => openedOn(TWO_SPES, "arm_spe/nosuch/"), EventSyntaxError, "a known term");
});

Deno.test("parseEvents() counts hardware events on each kind of core", () => {
  // perf_event.h: the type of the PMU is in the upper half of config
  const [atom, core] = [10n << 32n, 4n << 32n];
  assertEquals(openedOn(HYBRID, "cycles:u"), [
    ["cpu_atom/cycles/u", 0, atom, "2,3", 0],
    ["cpu_core/cycles/u", 0, core, "0,1", 1],
  ]);
  assertEquals(openedOn(HYBRID, "LLC-loads/period=9/"), [
    ["cpu_atom/LLC-loads,period=9/", 3, atom | 2n, "2,3", 0],
    ["cpu_core/LLC-loads,period=9/", 3, core | 2n, "0,1", 1],
  ]);
  assertEquals(openedOn(HYBRID, "cpu_core/cycles/,cpu_atom/instructions/u"), [
    ["cpu_core/cycles/", 0, core, "0,1", 0],
    ["cpu_atom/instructions/u", 0, atom | 1n, "2,3", 1],
  ]);
  // its own event of this name is preferred, as in perf
  assertEquals(openedOn(HYBRID, "cpu_core/cpu-cycles/"), [
    ["cpu_core/cpu-cycles/", 4, 0x3cn, "0,1", 0],
  ]);
  assertEquals(openedOn(HYBRID, "mem-loads"), [["mem-loads", 4, 0xcdn, "0,1", 0]]);
  assertEquals(openedOn(HYBRID, "{cycles,cs,instructions}"), [
    ["cpu_atom/cycles/", 0, atom, "2,3", 0],
    ["cs", 1, 3n, undefined, 0],
    ["cpu_atom/instructions/", 0, atom | 1n, "2,3", 0],
    ["cpu_core/cycles/", 0, core, "0,1", 3],
    ["cpu_core/instructions/", 0, core | 1n, "0,1", 3],
  ]);
  // one kind of core, and software events, are the kernel's to place
  assertEquals(openedOn(CPU, "cycles,cpu/cycles/"), [
    ["cycles", 0, 0n, undefined, 0],
    ["cpu/cycles/", 0, 0n, undefined, 1],
  ]);
  assertEquals(openedOn(HYBRID, "cs"), [["cs", 1, 3n, undefined, 0]]);
});

Deno.test("parseEvents() says where the text is wrong and what is expected", () => {
  refuse("", 0, /^Cannot parse events "" at 0: expected an event, got nothing$/);
  refuse("cs,", 3, /expected an event, got nothing/);
  refuse("cs,cpu-clok", 3, /got "cpu-clok"; did you mean cpu-clock\?$/);
  refuse("intel_pt", 0, /"intel_pt\/\/" for an event of a PMU/);
  refuse("intel_p//", 0, /a PMU of this machine .*did you mean intel_pt\?$/);
  refuse("cs:q", 3, /modifiers/);
  refuse("cs:uu", 3, /modifiers/);
  refuse("cs:u:k", 3, /modifiers/);
  refuse("cs:pppp", 3, /modifiers/);
  refuse("{cs:ppp,cs}:p", 12, /at most three p/);
  refuse("{cs,faults", 10, /expected "," or "}", got nothing/);
  refuse("{cs,{faults}}", 4, /expected an event/);
  refuse("cs faults", 3, /expected "," or the end, got "faults"/);
  refuse("cs}", 2, /expected "," or the end/);
  refuse("intel_pt/cyc", 8, /expected "\/" after the terms/);
  refuse("intel_pt/cyc=2/", 9, /expected cyc to be 0 to 1 \(config:1\), got "2"$/);
  refuse("intel_pt/tsc,mtc_period=16/", 13, /0 to 15 \(config:14-17\), got "16"/);
  refuse("intel_pt/cyc=yes/", 9, /cyc=NUMBER/);
  refuse("intel_pt/cycl/", 9, /did you mean cyc\?$/);
  refuse("cs/perid=1/", 3, /did you mean period\?$/);
  refuse("cs/period=0x10000000000000000/", 3, /period/);
  refuse("cs/constructor/", 3, /known term/);
  refuse("4294967296:1", 0, /up to 4294967295/);
  refuse("../../etc//", 0, /./);
  refuse("r11111111111111111", 0, /name of an event/);
});
