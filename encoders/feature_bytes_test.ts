import { assertEquals } from "@std/assert";
import { fieldBytes } from "../testing/field_bytes.ts";
import { auxtraceIndex } from "../testing/record_bytes.ts";
import { ByteWriter } from "./byte_writer.ts";
import {
  clockData,
  cmdline,
  compressedFeature,
  cpuTopology,
  eventDesc,
  type FeatureSpec,
  groupDesc,
  nrcpus,
  pmuMappings,
  sampleTime,
  textFeature,
  wordFeature,
} from "./feature_bytes.ts";

/** Compares a section with its bit and fields, in both byte orders. */
function assertFeature(feature: FeatureSpec, bit: number, fields: string): void {
  for (const order of ["little", "big"] as const) {
    const out = new ByteWriter(order === "little");
    feature.write(out);
    assertEquals([...out.toBytes()], fieldBytes(fields, order));
  }
  assertEquals(feature.bit, bit);
}

/** A `perf_header_string` of up to 63 letters. */
function text(letters: string): string {
  return `4:64 ${letters === "" ? "" : `'${letters}`} ${64 - letters.length}*0`;
}

// Bits are counted in the `enum` of perf's header.h, sections are those of perf.data-file-format.txt.
Deno.test("Sections of features have their bits and fields", () => {
  assertFeature(textFeature("hostname", "a"), 3, text("a"));
  assertFeature(textFeature("osrelease", "6.1"), 4, text("6.1"));
  assertFeature(textFeature("version", "b"), 5, text("b"));
  assertFeature(textFeature("arch", "x86_64"), 6, text("x86_64"));
  assertFeature(nrcpus(8, 4), 7, "4:8 4:4");
  assertFeature(textFeature("cpudesc", "c"), 8, text("c"));
  assertFeature(textFeature("cpuid", "d"), 9, text("d"));
  assertFeature(wordFeature("totalMem", 7n), 10, "8:7");
  assertFeature(cmdline(["perf", ""]), 11, `4:2 ${text("perf")} ${text("")}`);
  assertFeature(auxtraceIndex([]), 18, "8:0");
  assertFeature(
    auxtraceIndex([{ fileOffset: 2 ** 40, size: 48 }, { fileOffset: 3, size: 4 }]),
    18,
    "8:2 8:0x10000000000 8:48 8:3 8:4",
  );
  assertFeature(pmuMappings([{ type: 4, name: "cpu" }]), 16, `4:1 4:4 ${text("cpu")}`);
  assertFeature(
    groupDesc([{ leader: 1, members: 2 }, { leader: 3, members: 4 }]),
    17,
    `4:2 ${text("{anon_group}")} 4:1 4:2 ${text("{anon_group}")} 4:3 4:4`,
  );
  assertFeature(sampleTime(5n, 6n), 21, "8:5 8:6");
  assertFeature(wordFeature("clockid", 9n), 23, "8:9");
  assertFeature(wordFeature("dirFormat", 1n), 24, "8:1");
  assertFeature(compressedFeature(0x1000), 27, "4:1 4:1 4:1 4:1 4:0x1000");
  assertFeature(compressedFeature(1, { level: 3, ratio: 5 }), 27, "4:1 4:1 4:3 4:5 4:1");
  assertFeature(clockData({ clockid: 4, wallNs: 5n, clockNs: 6n }), 29, "4:1 4:4 8:5 8:6");
});

Deno.test("cpuTopology() puts the dies after the cores and sockets of all CPUs", () => {
  assertFeature(
    cpuTopology({
      sockets: ["0-1"],
      threads: ["0", "1"],
      dies: ["0-1"],
      cpus: [{ core: 1, socket: 2, die: 3 }, { core: 4, socket: 5, die: 6 }],
    }),
    13,
    `4:1 ${text("0-1")} 4:2 ${text("0")} ${text("1")} 4:1 4:2 4:4 4:5 4:1 ${text("0-1")} 4:3 4:6`,
  );
});

Deno.test("eventDesc() tells the size of the attributes once, and lists ids after names", () => {
  assertFeature(eventDesc([]), 12, "4:0 4:0");
  const attr = (type: number) => `4:${type} 4:64 56*0`;
  assertFeature(
    eventDesc([{ type: 1, size: 64, ids: [5n, 6n], name: "a" }, { type: 2, size: 64 }]),
    12,
    `4:2 4:64 ${attr(1)} 4:2 ${text("a")} 8:5 8:6 ${attr(2)} 4:0 ${text("")}`,
  );
  assertFeature(eventDesc([{}]), 12, `4:1 4:128 4:0 4:128 120*0 4:0 ${text("")}`);
});
