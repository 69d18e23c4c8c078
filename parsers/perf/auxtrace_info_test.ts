import { assertEquals, assertThrows } from "@std/assert";
import { ByteWriter } from "../../encoders/byte_writer.ts";
import { Cursor } from "../cursor.ts";
import { FormatError } from "../format_error.ts";
import { sweepDamage } from "../../testing/damaged_bytes.ts";
import { type AuxtraceInfo, decodeAuxtraceInfo } from "./auxtrace_info.ts";

/** A body: the type, and the words in file order; texts are padded to 8 bytes after their NUL. */
function infoBytes(
  typeId: number,
  words: readonly (bigint | string)[],
  little: boolean,
): Uint8Array {
  const out = new ByteWriter(little);
  out.u32(typeId);
  out.u32(0);
  for (const word of words) {
    if (typeof word === "string") out.paddedText(word);
    else out.u64(word);
  }
  return out.toBytes();
}

const bodyOf = (bytes: Uint8Array, little: boolean): Cursor =>
  new Cursor(bytes, 0x300, little, "PERF_RECORD_AUXTRACE_INFO");

/** Decodes a body whose layout is known, and throws if it is not. */
const read = (bytes: Uint8Array, little: boolean): AuxtraceInfo =>
  decodeAuxtraceInfo(bodyOf(bytes, little), (error) => {
    throw error;
  });

/** Checks the value in both byte orders; returns from how many words on bodies are accepted. */
function check(typeId: number, words: readonly (bigint | string)[], value: AuxtraceInfo): number {
  let least = 0;
  for (const little of [true, false]) {
    const bytes = infoBytes(typeId, words, little);
    assertEquals(read(bytes, little), value);
    const [shortest = bytes.length] = sweepDamage(bytes, (damaged) => read(damaged, little));
    least = shortest / 8 - 1;
  }
  return least;
}

const PT_WORDS = [8n, 31n, 1789569706n, 2n ** 64n - 5n, 1n, 0x400n, 0x800n, 3n, 0n, 1n];
const PT_CONFIG_WORDS = [0x200n, 0x3c000n, 100n, 2n, 2n, 12n];
const PT_OLDEST: AuxtraceInfo = {
  type: "intel_pt",
  typeId: 1,
  pmuType: 8,
  timeShift: 31n,
  timeMult: 1789569706n,
  timeZero: 2n ** 64n - 5n,
  capUserTimeZero: true,
  tscMask: 0x400n,
  noretcompMask: 0x800n,
  haveSchedSwitch: 3,
  snapshot: false,
  perCpuMmaps: true,
  mtcMask: null,
  mtcPeriodMask: null,
  tscCtcNumerator: null,
  tscCtcDenominator: null,
  cycMask: null,
  maxNonTurboRatio: null,
  filter: null,
  capEventTrace: null,
  moreWords: [],
};
const PT_WITH_CONFIG: AuxtraceInfo = {
  ...PT_OLDEST,
  mtcMask: 0x200n,
  mtcPeriodMask: 0x3c000n,
  tscCtcNumerator: 100n,
  tscCtcDenominator: 2n,
  cycMask: 2n,
  maxNonTurboRatio: 12n,
};

Deno.test("decodeAuxtraceInfo() reads Intel PT as every age of perf wrote it", () => {
  assertEquals(check(1, PT_WORDS, PT_OLDEST), 10);
  check(1, [...PT_WORDS, ...PT_CONFIG_WORDS.slice(0, 5)], {
    ...PT_WITH_CONFIG,
    maxNonTurboRatio: null,
  });
  check(1, [...PT_WORDS, ...PT_CONFIG_WORDS], PT_WITH_CONFIG);
  check(1, [...PT_WORDS, ...PT_CONFIG_WORDS, 0n], { ...PT_WITH_CONFIG, filter: "" });
  check(1, [...PT_WORDS, ...PT_CONFIG_WORDS, 0n, 1n], {
    ...PT_WITH_CONFIG,
    filter: "",
    capEventTrace: true,
  });
});

Deno.test("decodeAuxtraceInfo() reads the Intel PT filter up to its padding", () => {
  for (const filter of ["filter main", "12345678", "1234567"]) {
    const words = [...PT_WORDS, ...PT_CONFIG_WORDS, BigInt(filter.length), filter, 0n, 77n];
    check(1, words, { ...PT_WITH_CONFIG, filter, capEventTrace: false, moreWords: [77n] });
  }
});

Deno.test("decodeAuxtraceInfo() rejects an Intel PT filter that goes past the record", () => {
  const bytes = infoBytes(1, [...PT_WORDS, ...PT_CONFIG_WORDS, 16n, "123456"], true);
  assertThrows(() => read(bytes, true), FormatError);
});

Deno.test("decodeAuxtraceInfo() reads Intel BTS", () => {
  const words = [9n, 31n, 933698285n, 18446744069866757076n, 0n, 1n];
  const least = check(2, words, {
    type: "intel_bts",
    typeId: 2,
    pmuType: 9,
    timeShift: 31n,
    timeMult: 933698285n,
    timeZero: 18446744069866757076n,
    capUserTimeZero: false,
    snapshot: true,
    moreWords: [],
  });
  assertEquals(least, words.length);
});

Deno.test("decodeAuxtraceInfo() tells the versions of Arm SPE by length, not by the PMU type", () => {
  const least = check(4, [2n, 1n], {
    type: "arm_spe",
    typeId: 4,
    snapshot: null,
    headerVersion: 1,
    pmuType: 2,
    perCpuMmaps: true,
    cpus: [],
    moreWords: [],
  });
  assertEquals(least, 2);
});

Deno.test("decodeAuxtraceInfo() reads the CPUs of Arm SPE by their own number of parameters", () => {
  const magic = 0x1010101010101010n;
  const none = 2n ** 64n - 1n;
  const words = [2n, 5n, 11n, 2n, 99n, magic, 0n, 3n, 0x410fd4f1n, 11n, 1024n];
  check(4, [...words, magic, 3n, 5n, 0x411fd400n, none, 0n, 0xffn, 7n], {
    type: "arm_spe",
    typeId: 4,
    snapshot: null,
    headerVersion: 2,
    pmuType: 11,
    perCpuMmaps: null,
    cpus: [
      {
        cpu: 0,
        midr: 0x410fd4f1n,
        pmuType: 11n,
        minInterval: 1024n,
        eventFilter: null,
        moreParams: [],
      },
      {
        cpu: 3,
        midr: 0x411fd400n,
        pmuType: none,
        minInterval: 0n,
        eventFilter: 0xffn,
        moreParams: [7n],
      },
    ],
    moreWords: [],
  });
});

const ETMV3 = 0x3030303030303030n;
const ETMV4 = 0x4040404040404040n;
const ETE = 0x5050505050505050n;
const REGISTERS = [
  { name: "TRCCONFIGR", value: 0x40n },
  { name: "TRCTRACEIDR", value: 0x12n },
  { name: "TRCIDR0", value: 0x28000ea1n },
  { name: "TRCIDR1", value: 0x4100f422n },
  { name: "TRCIDR2", value: 0x20001088n },
  { name: "TRCIDR8", value: 0n },
  { name: "TRCAUTHSTATUS", value: 0x8cn },
];
const REGISTER_WORDS = REGISTERS.map(({ value }) => value);

Deno.test("decodeAuxtraceInfo() reads CoreSight version 0, whose blocks have fixed sizes", () => {
  const least = check(3, [
    0n,
    8n << 32n | 2n,
    1n,
    ETMV4,
    1n,
    ...REGISTER_WORDS,
    ETMV3,
    2n,
    1n,
    0x93n,
    3n,
    4n,
  ], {
    type: "cs_etm",
    typeId: 3,
    snapshot: true,
    headerVersion: 0,
    pmuType: 8,
    cpus: [
      { cpu: 1, kind: "etmv4", magic: ETMV4, traceId: 0x12, params: REGISTERS },
      {
        cpu: 2,
        kind: "etmv3",
        magic: ETMV3,
        traceId: 0x13,
        params: [
          { name: "ETMCR", value: 1n },
          { name: "ETMTRACEIDR", value: 0x93n },
          { name: "ETMCCER", value: 3n },
          { name: "ETMIDR", value: 4n },
        ],
      },
    ],
    moreWords: [],
  });
  assertEquals(least, 18);
});

Deno.test("decodeAuxtraceInfo() steps over CoreSight blocks by their number of parameters", () => {
  const words = [2n, 0x5fn << 32n | 3n, 0n, ETE, 0n, 10n, ...REGISTER_WORDS, 0x47724a13n, 1n, 55n];
  check(3, [...words, ETMV4, 1n, 1n, 0x40n, 0x99n, 2n, 2n, 5n, 6n, 66n], {
    type: "cs_etm",
    typeId: 3,
    snapshot: false,
    headerVersion: 2,
    pmuType: 0x5f,
    cpus: [
      {
        cpu: 0,
        kind: "ete",
        magic: ETE,
        traceId: 0x12,
        params: [
          ...REGISTERS,
          { name: "TRCDEVARCH", value: 0x47724a13n },
          { name: "TS_SOURCE", value: 1n },
          { name: "param9", value: 55n },
        ],
      },
      {
        cpu: 1,
        kind: "etmv4",
        magic: ETMV4,
        traceId: null,
        params: [{ name: "TRCCONFIGR", value: 0x40n }],
      },
      {
        cpu: 2,
        kind: "unknown",
        magic: 0x99n,
        traceId: 6,
        params: [{ name: "param0", value: 5n }, { name: "param1", value: 6n }],
      },
    ],
    moreWords: [66n],
  });
});

Deno.test("decodeAuxtraceInfo() rejects CoreSight versions and blocks that it cannot step over", () => {
  for (const words of [[3n, 0n, 0n], [0n, 1n, 0n, ETE, 0n, 1n, 2n, 3n, 4n]]) {
    const error = assertThrows(() => read(infoBytes(3, words, true), true), FormatError);
    assertEquals(error.fault, "unsupported");
  }
  const tooMany = infoBytes(3, [1n, 2n ** 32n - 1n, 0n, ETE, 0n, 0n], true);
  assertThrows(() => read(tooMany, true), FormatError);
});

Deno.test("decodeAuxtraceInfo() keeps type and words of a layout that is newer or shorter", () => {
  const coresight = [3n, 7n << 32n | 1n, 0n, 0x6060606060606060n, 0n, 1n, 9n];
  const cases = [
    ["cs_etm", 3, coresight],
    ["cs_etm", 3, []],
    ["intel_pt", 1, PT_WORDS.slice(0, 9)],
    ["intel_pt", 1, [...PT_WORDS, ...PT_CONFIG_WORDS, 99n]],
    ["intel_bts", 2, [9n, 31n]],
    ["arm_spe", 4, [8n]],
    ["arm_spe", 4, [3n, 4n, 8n, 100n]],
    ["hisi_ptt", 6, []],
    ["vpa_dtl", 7, []],
  ] as const;
  for (const [type, typeId, words] of cases) {
    for (const little of [true, false]) {
      const errors: FormatError[] = [];
      const info = decodeAuxtraceInfo(
        bodyOf(infoBytes(typeId, words, little), little),
        (error) => errors.push(error),
      );
      const [error] = errors;
      assertEquals(error!.detail.structure, "PERF_RECORD_AUXTRACE_INFO");
      assertEquals(info, {
        type,
        typeId,
        layout: "unknown",
        reason: error!.message,
        snapshot: null,
        pmuType: null,
        moreWords: [...words],
      });
    }
  }
});

Deno.test("decodeAuxtraceInfo() finds the type in records of any size that hold it", () => {
  for (const little of [true, false]) {
    const bytes = infoBytes(1, PT_WORDS, little);
    for (let size = 0; size < bytes.length; size++) {
      const body = bodyOf(bytes.subarray(0, size), little);
      if (size < 4) {
        assertThrows(() => decodeAuxtraceInfo(body), FormatError);
        continue;
      }
      const { type, moreWords } = decodeAuxtraceInfo(body);
      const count = Math.max(Math.floor((size - 8) / 8), 0);
      assertEquals([type, moreWords], ["intel_pt", PT_WORDS.slice(0, count)]);
    }
  }
});

Deno.test("decodeAuxtraceInfo() reads the PMU type of HiSilicon PTT and keeps unknown words", () => {
  const rest = { snapshot: null, pmuType: null, moreWords: [] };
  assertEquals(check(6, [12n], { ...rest, type: "hisi_ptt", typeId: 6, pmuType: 12 }), 1);
  check(7, [0n], { ...rest, type: "vpa_dtl", typeId: 7 });
  check(5, [], { ...rest, type: "s390_cpumsf", typeId: 5 });
  check(8, [1n, 2n], { ...rest, type: "unknown", typeId: 8, moreWords: [1n, 2n] });
});

Deno.test("decodeAuxtraceInfo() tells a PTM from an ETMv3 by the major version in ETMIDR", () => {
  // perf's `util/cs-etm.c`: bits 11:8 are 3 in a PTM; of an ETMv3 they are 2.
  const kinds = [0x411cf300n, 0x411cf301n, 0x410cf250n, 0x4104f230n].map((id) => {
    const words = [1n, 8n << 32n | 1n, 0n, ETMV3, 0n, 4n, 1n, 0x10n, 3n, id];
    const info = read(infoBytes(3, words, true), true);
    return info.type === "cs_etm" && "cpus" in info ? info.cpus[0]!.kind : null;
  });
  assertEquals(kinds, ["ptm", "ptm", "etmv3", "etmv3"]);
});
