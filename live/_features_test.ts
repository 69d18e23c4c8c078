import { assertEquals } from "@std/assert";
import type { FeatureSpec } from "../encoders/feature_bytes.ts";
import { finishedInit } from "../encoders/tool_record_bytes.ts";
import { bytesSource, type Features, parsePerfFile } from "../parsers/perf/mod.ts";
import { fakeFiles } from "../testing/fake_files.ts";
import { perfLines, perfRecords, withFile, writtenFile } from "../testing/written_recordings.ts";
import { machineFeatures, recordingFeatures } from "./_features.ts";
import { unameMachine } from "./_system.ts";
import type { WrittenEvent } from "./perf_writer.ts";
import { kernelFiles } from "./system_files.ts";

const EVENTS: readonly WrittenEvent[] = [{ type: 1, name: "cpu-clock:u", ids: [3n] }];

function file(features: readonly FeatureSpec[]): Uint8Array {
  return writtenFile({ events: EVENTS }, features, (writer) => writer.add(finishedInit));
}

function read(features: readonly FeatureSpec[]): Partial<Features> {
  return parsePerfFile(bytesSource(file(features))).features().values;
}

Deno.test("machineFeatures() tells of an Arm machine", () => {
  const cpu = "/sys/devices/system/cpu";
  const values = read(machineFeatures(
    fakeFiles({
      "/proc/sys/kernel/hostname": "board\n",
      "/proc/sys/kernel/osrelease": "6.12.1\n",
      "/proc/cpuinfo": "processor\t: 0\nBogoMIPS\t: 50.00\nCPU implementer\t: 0x41\n",
      "/proc/meminfo": "MemTotal:        8123456 kB\nMemFree: 1 kB\n",
      [`${cpu}/present`]: "0-3\n",
      [`${cpu}/online`]: "1,3\n",
      // Cortex-A72 r1p3: variant 1, revision 3. Source: its technical reference manual.
      [`${cpu}/cpu1/regs/identification/midr_el1`]: "0x00000000411fd083\n",
      "/sys/bus/event_source/devices/armv8_pmuv3_0/type": "10\n",
      "/sys/bus/event_source/devices/arm_spe_0/type": "11\n",
      "/sys/bus/event_source/devices/odd/type": "\n",
    }),
    "aarch64",
  ));
  assertEquals(values, {
    hostname: "board",
    osrelease: "6.12.1",
    arch: "aarch64",
    nrcpus: { available: 4, online: 2 },
    cpuid: "0x00000000410fd080",
    totalMem: 8123456n,
    pmuMappings: [{ type: 11, name: "arm_spe_0" }, { type: 10, name: "armv8_pmuv3_0" }],
  });
});

/** The files of sysfs about CPUs, by their paths in its folder. */
function cpuFiles(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([path, text]) => [`/sys/devices/system/cpu/${path}`, `${text}\n`]),
  );
}

Deno.test("machineFeatures() tells of an Intel machine, and where its CPUs are", () => {
  const core = (cpu: number, socket: number, lists: Record<string, string>) => ({
    [`cpu${cpu}/topology/core_id`]: `${cpu + 4}`,
    [`cpu${cpu}/topology/physical_package_id`]: `${socket}`,
    [`cpu${cpu}/topology/die_id`]: `${socket + 2}`,
    ...Object.fromEntries(
      Object.entries(lists).map(([name, text]) => [`cpu${cpu}/topology/${name}`, text]),
    ),
  });
  const first = { "core_cpus_list": "0-1", "package_cpus_list": "0-1", "die_cpus_list": "0-1" };
  // Before Linux 5.3 the lists had these names; they are not looked at where the newer ones are.
  const older = { "thread_siblings_list": "2", "core_siblings_list": "2" };
  const { cpuid, cpudesc, nrcpus, cpuTopology } = read(machineFeatures(
    fakeFiles({
      "/proc/cpuinfo": "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\n" +
        "model\t\t: 85\nmodel name\t:  Some   CPU @\t2 GHz \nstepping\t: 7\n",
      ...cpuFiles({
        present: "0-2",
        online: "0-2",
        ...core(0, 0, { ...first, "thread_siblings_list": "9" }),
        ...core(1, 0, first),
        ...core(2, 1, { ...older, "die_cpus_list": "2" }),
      }),
    }),
    "x86_64",
  ));
  assertEquals({ cpuid, cpudesc, nrcpus, cpuTopology }, {
    cpuid: "GenuineIntel,6,85,7",
    cpudesc: "Some CPU @ 2 GHz",
    nrcpus: { available: 3, online: 3 },
    cpuTopology: {
      packageSiblings: ["0-1", "2"],
      threadSiblings: ["0-1", "2"],
      dieSiblings: ["0-1", "2"],
      cpus: [
        { coreId: 4, socketId: 0, dieId: 2 },
        { coreId: 5, socketId: 0, dieId: 2 },
        { coreId: 6, socketId: 1, dieId: 3 },
      ],
    },
  });
});

Deno.test("machineFeatures() gives -1 as the place of a CPU that is not online, and knows a single one", () => {
  const lists = { "cpu0/topology/core_cpus_list": "0", "cpu0/topology/package_cpus_list": "0" };
  const of = (present: string) => {
    const cpus = cpuFiles({ present, online: "0", ...lists, "cpu0/topology/core_id": "5" });
    const { nrcpus, cpuTopology } = read(machineFeatures(fakeFiles(cpus), "x86_64"));
    return [nrcpus!.available, cpuTopology!.cpus];
  };
  // As perf's build_cpu_topology() has it where a file is missing.
  const [unknown, core] = [-1, 5].map((coreId) => ({ coreId, socketId: -1, dieId: -1 }));
  assertEquals(of("0"), [1, [core]]);
  assertEquals(of("0-1"), [2, [core, unknown]]);
});

Deno.test("machineFeatures() knows a model of Intel by four values only, and one of Arm by digits", () => {
  const cpuInfo = "vendor_id : GenuineIntel\ncpu family : 6\nmodel : 85\nProcessor : x\n";
  const intel = read(machineFeatures(fakeFiles({ "/proc/cpuinfo": cpuInfo }), "x86_64"));
  assertEquals(intel, { arch: "x86_64", cpudesc: "x" });
  const midr = (text: string) =>
    read(machineFeatures(
      fakeFiles(cpuFiles({ online: "0-1", "cpu1/regs/identification/midr_el1": text })),
      "aarch64",
    )).cpuid;
  // Neoverse N1 r3p1: implementer 0x41, variant 3, architecture 0xf, part 0xd0c, revision 1.
  assertEquals(midr("0x00000000413fd0c1"), "0x00000000410fd0c0");
  assertEquals(midr("none"), undefined);
});

Deno.test("machineFeatures() leaves out what the kernel does not tell", () => {
  assertEquals(read(machineFeatures(fakeFiles({}), "x86_64")), { arch: "x86_64" });
});

Deno.test("recordingFeatures() tells of command, events and times", () => {
  const clock = { clockid: 4, resolutionNs: 1n, wallNs: 1_700_000_000_000_000_000n, clockNs: 99n };
  const values = read(recordingFeatures({
    commandLine: ["/usr/bin/auxtail", "record", "-a"],
    recorder: "auxtail 1.2.3",
    events: EVENTS,
    sampleTimes: [5n, 9n],
    clock,
  }));
  const { eventDesc, ...others } = values;
  assertEquals(others, {
    version: "auxtail 1.2.3",
    cmdline: ["/usr/bin/auxtail", "record", "-a"],
    sampleTime: { firstNs: 5n, lastNs: 9n },
    clockid: { resolutionNs: 1n },
    clockData: { clockid: 4, wallClockNs: 1_700_000_000_000_000_000n, clockNs: 99n },
  });
  assertEquals(eventDesc?.map(({ name, ids }) => [name, [...ids]]), [["cpu-clock:u", [3n]]]);
});

const ignore = !perfRecords();

/** Lines that tell of the machine, sorted where the order does not matter. */
function aboutTheMachine(lines: readonly string[]): string[] {
  const told =
    /^# (?:hostname|os release|arch|nrcpus|cpudesc|cpuid|total memory|sibling|CPU \d|pmu mappings)/;
  return lines.filter((line) => told.test(line)).map((line) => {
    const [, list] = /^# pmu mappings: (.*)$/.exec(line) ?? [];
    return list === undefined ? line : list.split(", ").sort().join(", ");
  });
}

Deno.test({
  name: "machineFeatures() tells what perf tells of this machine",
  ignore,
  async fn() {
    const header = async (path: string) => {
      const { lines } = await perfLines(["report", "--header-only", "-I", "-i", path]);
      return aboutTheMachine(lines);
    };
    const theirs = await withFile(new Uint8Array(), async (path) => {
      const args = ["record", "--no-buildid", "-o", path, "-e", "dummy:u", "true"];
      await new Deno.Command("perf", { args, stdout: "null", stderr: "null" }).output();
      return await header(path);
    });
    const ours = await withFile(file(machineFeatures(kernelFiles, unameMachine())), header);
    assertEquals(ours, theirs);
    assertEquals(ours.length > 7, true);
  },
});
