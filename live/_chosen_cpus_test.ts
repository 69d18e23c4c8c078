import { assertEquals, assertThrows } from "@std/assert";
import { fakeFiles } from "../testing/fake_files.ts";
import { HYBRID, TWO_SPES } from "../testing/fake_pmus.ts";
import { onChosenCpus } from "./_chosen_cpus.ts";
import { parseEvents } from "./event_syntax.ts";

const files = fakeFiles({ ...TWO_SPES, ...HYBRID });

function chosen(text: string, cpus: readonly number[] | null): [name: string, leader: number][] {
  const events = onChosenCpus(parseEvents(text, files), cpus);
  return events.map(({ name, leader }) => [name, leader]);
}

Deno.test("onChosenCpus() takes of several PMUs those that are on the CPUs", () => {
  assertEquals(chosen("arm_spe//", [0, 3]), [["arm_spe_0//", 0], ["arm_spe_1//", 1]]);
  assertEquals(chosen("cs,arm_spe//", [2]), [["cs", 0], ["arm_spe_1//", 1]]);
  // a software event goes with the first of the PMUs; without it, it leads itself
  assertEquals(chosen("{cycles,cs},faults", [0]), [
    ["cs", 0],
    ["cpu_core/cycles/", 1],
    ["faults", 2],
  ]);
  assertEquals(chosen("{cycles,cs,faults}", [3]), [
    ["cpu_atom/cycles/", 0],
    ["cs", 0],
    ["faults", 0],
  ]);
  assertEquals(chosen("arm_spe_0//", null), [["arm_spe_0//", 0]]);
});

Deno.test("onChosenCpus() refuses PMUs that are on none of the CPUs, by name", () => {
  const cases: [text: string, cpus: number[], message: string][] = [
    [
      "arm_spe_0//u",
      [3],
      "Cannot observe arm_spe_0//u on CPU 3: arm_spe_0 is on CPUs 0-1; give -C 0-1",
    ],
    [
      "arm_spe//",
      [4, 5],
      "Cannot observe arm_spe// on CPUs 4-5: arm_spe_0 is on CPUs 0-1, arm_spe_1 is on CPUs 2-3; " +
      "give -C 0-1 or -C 2-3",
    ],
    [
      "cs,cpu_atom/cycles/",
      [0],
      "Cannot observe cpu_atom/cycles/ on CPU 0: cpu_atom is on CPUs 2-3; give -C 2-3",
    ],
  ];
  for (const [text, cpus, message] of cases) {
    const error = assertThrows(() => chosen(text, cpus), Deno.errors.NotSupported) as Error;
    assertEquals(error.message, message);
  }
  const none = fakeFiles({
    ...TWO_SPES,
    "/sys/bus/event_source/devices/arm_spe_0/cpumask": "\n",
  });
  assertThrows(
    () => onChosenCpus(parseEvents("arm_spe_0//", none), [0]),
    Deno.errors.NotSupported,
    "Cannot observe arm_spe_0// on CPU 0: arm_spe_0 is on no CPU",
  );
});
