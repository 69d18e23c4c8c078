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
      const args = ["record", "-o", path, "-e", "dummy:u", "true"];
      await new Deno.Command("perf", { args, stdout: "null", stderr: "null" }).output();
      return await header(path);
    });
    const ours = await withFile(file(machineFeatures(kernelFiles, unameMachine())), header);
    assertEquals(ours, theirs);
    assertEquals(ours.length > 7, true);
  },
});
