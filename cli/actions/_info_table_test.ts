import { assertEquals } from "@std/assert";
import { type Fault, FormatError } from "../../parsers/internal.ts";
import type { FeatureFailure } from "./_feature_failures.ts";
import type { Info } from "./_gather_info.ts";
import { infoLines } from "./_info_table.ts";

const PLAIN = { good: String, bad: String, strong: (text: string) => `*${text}` };

/** The lines of a recording that says little but for these parts. */
function linesOf(
  parts: Record<string, unknown> = {},
  failures: readonly FeatureFailure[] = [],
  damage: readonly FormatError[] = [],
): string[] {
  const { input, header, ...others } = parts as Record<string, Record<string, unknown>>;
  const info = {
    input: {
      path: "a\u202e",
      container: "file",
      byteOrder: "little",
      finalised: true,
      compressed: false,
      trailingBytes: 0,
      strayTexts: [],
      secondRecording: null,
      cut: null,
      packed: null,
      ...input,
    },
    header: {
      version: 2,
      size: 104,
      fileSize: 2048,
      attrSize: 0,
      attrs: { fileOffset: 104, size: 0 },
      data: { fileOffset: 0x100, size: 1024 },
      ...header,
    },
    features: {},
    events: [],
    auxtraceInfo: null,
    decodingErrors: { count: 0, first: null },
    ...others,
  };
  return [...infoLines(info as unknown as Info, PLAIN, failures, damage)];
}

/** The value of a row, by its name. */
function valueOf(lines: readonly string[], name: string): string | undefined {
  const line = lines.find((line) => line.startsWith(`  ${name.padEnd(22)}`));
  return line?.slice(25);
}

Deno.test("infoLines() says how often perf could not decode the trace", () => {
  const first = { fileOffset: 0x40, code: 8, message: "lost\n" };
  assertEquals(linesOf({ decodingErrors: { count: 2, first } }).slice(-3), [
    "",
    "perf could not decode the trace (AUXTRACE_ERROR): 2 times, first at 0x40: code",
    '  8, "lost\\x0a"',
  ]);
  const cut = { fileOffset: 0x40, code: null, message: null };
  assertEquals(linesOf({ decodingErrors: { count: 1, first: cut } }).slice(-2), [
    "perf could not decode the trace (AUXTRACE_ERROR): 1 time, first at 0x40: code",
    '  unknown, ""',
  ]);
});

Deno.test("infoLines() says what the file is, and how it ends", () => {
  assertEquals(linesOf(), [
    "*a\\u202e",
    "  container              file, little endian",
    "  finalised              yes",
    "  file size              2 KiB",
    "  header                 104 bytes, version 2",
    "  data                   1 KiB, from 0x100",
    "",
    "*Features: 0",
    "",
    "*Events: 0",
  ]);
  const cut = linesOf({
    input: {
      container: "pipe",
      byteOrder: "big",
      finalised: false,
      compressed: true,
      trailingBytes: 1,
      cut: { fileOffset: 1, reason: "why", fault: "truncated", cure: "copy" },
      packed: "gzip",
    },
    header: { data: { fileOffset: 16, size: 0 } },
  });
  assertEquals(cut.slice(1), [
    "  container              pipe, big endian, compressed, packed as gzip",
    "  finalised              no: a pipe just ends",
    "  file size              2 KiB",
    "  header                 104 bytes, version 2",
    "  data                   to the end, from 0x10",
    "  trailing text          1 byte",
    "  cut                    at 0x1",
    "",
    "*Features: 0",
    "",
    "*Events: 0",
  ]);
  const unfinished = linesOf({ input: { finalised: false } });
  assertEquals(valueOf(unfinished, "finalised"), "no: the recorder did not finish");
});

Deno.test("infoLines() counts whole attrs, where there are any", () => {
  const attrs = (attrSize: number, size: number) =>
    valueOf(linesOf({ header: { attrSize, attrs: { fileOffset: 0x68, size } } }), "attrs");
  assertEquals(attrs(152, 304), "2 of 152 bytes at 0x68");
  assertEquals(attrs(152, 303), "1 of 152 bytes at 0x68");
  assertEquals([attrs(0, 304), attrs(152, 0)], [undefined, undefined]);
});

Deno.test("infoLines() puts features in a few words, cut to 80 columns", () => {
  const long = "x".repeat(100);
  const lines = linesOf({
    features: {
      "total_mem": 8n,
      cmdline: ["perf", "record"],
      none: [],
      one: [{}],
      two: [{}, 1],
      nrcpus: { available: 4, onlineNow: [1, 2] },
      nested: { a: { b: null } },
      long,
      fitting: long.slice(0, 55),
      beyond: long.slice(0, 56),
    },
  });
  const expected = {
    "total_mem": "8 kB",
    cmdline: "perf record",
    none: "0 entries",
    one: "1 entry",
    two: "2 entries",
    nrcpus: "available 4, online_now 2",
    nested: "a b null",
    long: `${long.slice(0, 52)}...`,
    fitting: long.slice(0, 55),
    beyond: `${long.slice(0, 52)}...`,
  };
  for (const [name, value] of Object.entries(expected)) {
    assertEquals([name, valueOf(lines, name)], [name, value]);
  }
  assertEquals(lines.includes("*Features: 10"), true);
  assertEquals(Math.max(...lines.map(({ length }) => length)), 80);
});

Deno.test("infoLines() has type, config, rate, ids, samples and flags of each event", () => {
  const flags = { freq: true, mmap: false, sampleIdAll: true };
  const auxAction = { startPaused: true, pause: false, resume: true };
  const attr = { type: 1, config: 255n, samplePeriod: 99n, flags, auxAction };
  const events = [
    { index: 0, name: "cs\u202e", attr, sampleType: ["ip", "tid"], ids: [1n] },
    {
      index: 1,
      name: null,
      attr: { ...attr, samplePeriod: 7n, flags: { freq: false }, auxAction: {} },
      sampleType: [],
      ids: [],
    },
    {
      index: 2,
      name: "x",
      attr: { ...attr, samplePeriod: 0n, flags: {}, auxAction: {} },
      sampleType: [],
      ids: [1n, 2n],
    },
  ];
  const lines = linesOf({ events });
  assertEquals(lines.slice(lines.indexOf("*Events: 3") + 1), [
    "  0  cs\\u202e",
    "       type 1, config 0xff, 99 Hz, 1 id",
    "       sample_type  ip tid",
    "       flags        freq sample_id_all aux_start_paused aux_resume",
    "  1  (no name)",
    "       type 1, config 0xff, period 7, 0 ids",
    "  2  x",
    "       type 1, config 0xff, 2 ids",
  ]);
  const many = linesOf({
    events: [{ ...events[0], sampleType: Array.from({ length: 20 }, () => "word") }],
  });
  // 60 columns are left for the names: twelve words and their blanks have 59.
  const words = many.filter((line) => line.includes("word"));
  assertEquals(words, [
    `       sample_type  ${new Array(12).fill("word").join(" ")}`,
    `       ${" ".repeat(12)} ${new Array(8).fill("word").join(" ")}`,
  ]);
});

Deno.test("infoLines() has the words of AUXTRACE_INFO, and a paragraph for each trace unit", () => {
  const lines = linesOf({
    auxtraceInfo: {
      type: "cs_etm",
      timeShift: 31n,
      tscMask: 0x400n,
      snapshot: null,
      moreWords: [],
      filter: "",
      list: [1n, { a: 2, b: "c" }],
      cpus: [{ cpu: 0, kind: "etmv4", params: [{ name: "p".repeat(80), value: 1 }] }],
    },
  });
  assertEquals(lines.slice(lines.indexOf("*AUXTRACE_INFO: cs_etm")), [
    "*AUXTRACE_INFO: cs_etm",
    "  time_shift             31",
    "  tsc_mask               0x400",
    "  snapshot               not recorded",
    "  more_words             none",
    "  filter                 none",
    "  list                   0x1, 2 c",
    "  cpu 0, kind etmv4, params",
    `      ${"p".repeat(80)}`,
    "      1",
  ]);
});

Deno.test("infoLines() says at the end what is damaged, in lines of 80 columns", () => {
  const error = (fault: Fault, cure: string) =>
    new FormatError(fault, {
      structure: "x\u202e",
      offset: 0x40,
      expected: "1",
      actual: "0",
      cure,
    });
  const cut = error("truncated", "copy it");
  const after = (failures: readonly FeatureFailure[], damage: readonly FormatError[]) => {
    const features = { nrcpus: "what it says alone", arch: "y" };
    const lines = linesOf({ features }, failures, damage);
    return [valueOf(lines, "nrcpus"), ...lines.slice(lines.indexOf("*Events: 0") + 1)];
  };
  const said = "Damage: Cannot decode x\\u202e at 0x40: expected 1, got 0; copy it";
  assertEquals(after([], [cut, error("unsupported", `${"word ".repeat(3)}end`)]), [
    "what it says alone",
    "",
    said,
    "",
    "Not read: Cannot decode x\\u202e at 0x40: expected 1, got 0; word word word end",
  ]);
  const names = ["nrcpus"];
  const { message, cure } = cut;
  // What a section's own line says is not said again.
  assertEquals(after([{ word: "cut off", names, message, cure, errors: [cut] }], [cut]), [
    "cut off",
    "",
    said,
  ]);
});
