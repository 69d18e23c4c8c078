import { assertEquals, assertThrows } from "@std/assert";
import { bytesSource } from "../parsers/byte_source.ts";
import { FormatError } from "../parsers/format_error.ts";
import { parsePerfFile } from "../parsers/perf/perf_file.ts";
import {
  auxtraceInfo,
  AuxtraceType,
  finishedRound,
  intelPtInfo,
  PerfFileBuilder,
  type RecordSpec,
  textFeature,
  timeConv,
  usualFeatures,
} from "../testing/perf_builder.ts";
import type { FormatFacts } from "../parsers/internal.ts";
import { formatFacts, payloadFormat } from "./payload_format.ts";
import { payloadQueues } from "./payload.ts";

const SPE = auxtraceInfo(AuxtraceType.arm_spe, [8n, 1n]);
const CONVERSION = timeConv({ shift: 3n, mult: 5n, zero: 7n });

function factsOf(
  records: readonly RecordSpec[],
  options: ConstructorParameters<typeof PerfFileBuilder>[0] = {},
): FormatFacts {
  const builder = new PerfFileBuilder(options);
  for (const record of records) builder.add(record);
  const file = parsePerfFile(bytesSource(builder.bytes()));
  return formatFacts(file, payloadQueues(file));
}

Deno.test("formatFacts() finds how ticks become times", () => {
  const short = { timeCycles: null, timeMask: null, capUserTimeShort: false };
  const found = { timeShift: 3n, timeMult: 5n, timeZero: 7n, ...short };
  assertEquals(factsOf([SPE, CONVERSION]).time, found);
  assertEquals(factsOf([SPE, finishedRound, CONVERSION]).time, null);
  assertEquals(factsOf([SPE]).time, null);
  const pt = { timeShift: 31n, timeMult: 1431655765n, timeZero: 0n, ...short };
  assertEquals(factsOf([intelPtInfo(), CONVERSION]).time, pt);
  const cycles = { timeCycles: 9n, timeMask: 0xffn, capZero: 1, capShort: 1 };
  const extended = { ...found, timeCycles: 9n, timeMask: 0xffn, capUserTimeShort: true };
  const conversion = (changes: object) =>
    timeConv({ shift: 3n, mult: 5n, zero: 7n, cycles: { ...cycles, ...changes } });
  assertEquals(factsOf([SPE, conversion({})]).time, extended);
  assertEquals(factsOf([SPE, conversion({ timeCycles: 0n })]).time, {
    ...extended,
    timeCycles: 0n,
  });
  assertEquals(factsOf([SPE, conversion({ timeMask: 0n })]).time, { ...extended, timeMask: 0n });
});

Deno.test("formatFacts() takes no conversion that cannot be calculated with", () => {
  for (const [shift, mult] of [[64n, 1n], [2n ** 64n - 1n, 1n], [0n, 0n]] as const) {
    assertEquals(factsOf([SPE, timeConv({ shift, mult, zero: 0n })]).time, null);
  }
});

Deno.test("formatFacts() finds the CPUID of an s390 machine, and the byte order", () => {
  const machine = (cpuid: string) => {
    const features = [...usualFeatures("s390x"), textFeature("cpuid", cpuid)];
    const info = auxtraceInfo(AuxtraceType.s390_cpumsf, []);
    const { cpuid: found, byteOrder } = factsOf([info], { features, byteOrder: "big" });
    assertEquals(byteOrder, "big");
    return found;
  };
  assertEquals(machine("IBM,3906,704,M03,3.6,002f"), "IBM,3906,704,M03,3.6,002f");
});

Deno.test("payloadFormat() has a decoder for each type of trace that auxtail knows", () => {
  const facts = factsOf([SPE]);
  const types = [
    "intel_pt",
    "intel_bts",
    "cs_etm",
    "arm_spe",
    "s390_cpumsf",
    "hisi_ptt",
    "vpa_dtl",
  ] as const;
  for (const type of types) {
    const { kindNames, ...format } = payloadFormat({ ...facts, type });
    assertEquals([format.type, kindNames.slice(0, 3)], [type, ["BAD", "SKIPPED", "CUT"]]);
    assertEquals(new Set(kindNames).size, kindNames.length);
  }
  for (const type of ["unknown", null] as const) {
    const error = assertThrows(() => payloadFormat({ ...facts, type }), FormatError);
    assertEquals(error.fault, "unsupported");
  }
});
