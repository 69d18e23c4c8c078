import { Feature } from "../abi.ts";
import { assertEquals, assertThrows } from "@std/assert";
import { writeAttr } from "../../../encoders/attr_bytes.ts";
import { ByteWriter } from "../../../encoders/byte_writer.ts";
import { Cursor } from "../../cursor.ts";
import { FormatError } from "../../format_error.ts";
import { sweepDamage } from "../../../testing/damaged_bytes.ts";
import { decodeFeature } from "./decode_feature.ts";
import type { FeatureContext } from "./topology.ts";

const BASE = 0x1000;
const TWO_CPUS: FeatureContext = { nrCpusAvailable: 2, nrCpusOnline: 2 };
const UNKNOWN_CPUS: FeatureContext = { nrCpusAvailable: null, nrCpusOnline: null };

function sectionBytes(little: boolean, write: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter(little);
  write(out);
  return out.toBytes();
}

function decode(
  id: number,
  bytes: Uint8Array,
  options: { little: boolean; context?: FeatureContext },
): unknown {
  const body = new Cursor(bytes, BASE, options.little, "section");
  return decodeFeature(id, body, options.context ?? TWO_CPUS);
}

interface Section {
  readonly id: Feature;
  readonly write: (out: ByteWriter) => void;
  readonly value: unknown;
  /** Shorter lengths that are whole sections too. */
  readonly accepted?: readonly number[];
}

/** Tests one section in both byte orders, with padding behind it, cut and damaged. */
function testSection(name: string, section: Section): void {
  Deno.test(`decodeFeature() reads ${name}`, () => {
    for (const little of [true, false]) {
      const bytes = sectionBytes(little, section.write);
      assertEquals(decode(section.id, bytes, { little }), section.value);
      const padded = sectionBytes(little, (out) => {
        section.write(out);
        out.zeros(7);
      });
      assertEquals(decode(section.id, padded, { little }), section.value);
      const accepted = sweepDamage(bytes, (damaged) => decode(section.id, damaged, { little }));
      assertEquals(accepted, section.accepted ?? []);
    }
  });
}

for (const key of ["hostname", "osrelease", "version", "arch", "cpudesc", "cpuid"] as const) {
  testSection(`the text of ${key}, which may be an empty section`, {
    id: Feature[key],
    write: (out) => out.headerString("zwölf"),
    value: "zwölf",
    accepted: [0],
  });
}

testSection("the numbers of CPUs, available first", {
  id: Feature.nrcpus,
  write(out) {
    out.u32(8);
    out.u32(6);
  },
  value: { available: 8, online: 6 },
});

testSection("the size of memory exactly", {
  id: Feature.totalMem,
  write: (out) => out.u64(0x20_0000_0000_0001n),
  value: 0x20_0000_0000_0001n,
});

testSection("the command line", {
  id: Feature.cmdline,
  write(out) {
    out.u32(3);
    for (const word of ["/usr/bin/perf", "record", ""]) out.headerString(word);
  },
  value: ["/usr/bin/perf", "record", ""],
});

testSection("NUMA nodes, whose words are not aligned", {
  id: Feature.numaTopology,
  write(out) {
    out.u32(2);
    out.u32(0);
    out.u64(5990604n);
    out.u64(5278916n);
    out.headerString("0-1");
    out.u32(3);
    out.u64(16n);
    out.u64(8n);
    out.headerString("");
  },
  value: [
    { node: 0, totalKb: 5990604n, freeKb: 5278916n, cpus: "0-1" },
    { node: 3, totalKb: 16n, freeKb: 8n, cpus: "" },
  ],
});

for (const key of ["branchStack", "stat"] as const) {
  testSection(`the empty section ${key} as a flag`, {
    id: Feature[key],
    write: () => {},
    value: true,
  });
}

testSection("the types of PMUs", {
  id: Feature.pmuMappings,
  write(out) {
    out.u32(2);
    out.u32(1);
    out.headerString("software");
    out.u32(9);
    out.headerString("intel_pt");
  },
  value: [{ type: 1, name: "software" }, { type: 9, name: "intel_pt" }],
});

testSection("groups of events", {
  id: Feature.groupDesc,
  write(out) {
    out.u32(1);
    out.headerString("{anon_group}");
    out.u32(2);
    out.u32(3);
  },
  value: [{ name: "{anon_group}", leaderIndex: 2, memberCount: 3 }],
});

testSection("caches", {
  id: Feature.cache,
  write(out) {
    out.u32(1);
    out.u32(1);
    for (const value of [3, 64, 16384, 16]) out.u32(value);
    for (const text of ["Unified", "16384K", "0-1"]) out.headerString(text);
  },
  value: [
    { level: 3, lineSize: 64, sets: 16384, ways: 16, type: "Unified", size: "16384K", cpus: "0-1" },
  ],
});

testSection("the times of the first and the last sample", {
  id: Feature.sampleTime,
  write(out) {
    out.u64(1531476066000n);
    out.u64(0xffff_ffff_ffff_ffffn);
  },
  value: { firstNs: 1531476066000n, lastNs: 0xffff_ffff_ffff_ffffn },
});

testSection("memory blocks as 64-bit words", {
  id: Feature.memTopology,
  write(out) {
    out.u64(1n);
    out.u64(0x8000000n);
    out.u64(1n);
    out.u64(0n); // node
    out.u64(66n);
    out.u64(66n);
    out.u64(0xffff_ffff_00ff_ffffn);
    out.u64(2n);
  },
  value: {
    blockSize: 0x8000000n,
    nodes: [
      { node: 0n, blocks: 66, blocksPresent: 57, bitmap: [0xffff_ffff_00ff_ffffn, 2n] },
    ],
  },
});

testSection("the resolution of the clock", {
  id: Feature.clockid,
  write: (out) => out.u64(1n),
  value: { resolutionNs: 1n },
});

testSection("the version of the directory", {
  id: Feature.dirFormat,
  write: (out) => out.u64(1n),
  value: { version: 1n },
});

testSection("BPF programs without copying their data", {
  id: Feature.bpfProgInfo,
  write(out) {
    out.u32(1);
    out.u32(104);
    out.u32(24);
    out.u64(0b1001n);
    out.u32(8); // struct bpf_prog_info
    out.u32(77);
    out.bytes(new Uint8Array([0xde, 0xad, 0xbe, 0xef, 0, 1, 2, 3]));
    out.zeros(48);
    out.field("sd_devices", 16);
    out.zeros(24);
    out.zeros(24); // data
  },
  value: [{
    id: 77,
    type: 8,
    tag: "deadbeef00010203",
    name: "sd_devices",
    arrays: 0b1001n,
    infoAt: BASE + 20,
    infoSize: 104,
    dataAt: BASE + 124,
    dataSize: 24,
  }],
});

testSection("places of BPF types", {
  id: Feature.bpfBtf,
  write(out) {
    out.u32(2);
    for (const [id, size] of [[5, 3], [6, 0]] as const) {
      out.u32(id);
      out.u32(size);
      out.zeros(size);
    }
  },
  value: [
    { id: 5, fileOffset: BASE + 12, size: 3 },
    { id: 6, fileOffset: BASE + 23, size: 0 },
  ],
});

testSection("how records are compressed", {
  id: Feature.compressed,
  write(out) {
    for (const value of [1, 1, 3, 20, 528384]) out.u32(value);
  },
  value: { version: 1, type: 1, level: 3, ratio: 20, ringSize: 528384 },
});

testSection("capabilities of the PMU cpu", {
  id: Feature.cpuPmuCaps,
  write(out) {
    out.u32(1);
    out.headerString("branches");
    out.headerString("32");
  },
  value: [{ name: "branches", value: "32" }],
});

testSection("one moment on two clocks", {
  id: Feature.clockData,
  write(out) {
    out.u32(1);
    out.u32(1);
    out.u64(1795367133404221000n);
    out.u64(1532622521963n);
  },
  value: { clockid: 1, wallClockNs: 1795367133404221000n, clockNs: 1532622521963n },
});

testSection("kinds of cores", {
  id: Feature.hybridTopology,
  write(out) {
    out.u32(2);
    for (const text of ["cpu_core", "0-15", "cpu_atom", "16-23"]) out.headerString(text);
  },
  value: [{ pmu: "cpu_core", cpus: "0-15" }, { pmu: "cpu_atom", cpus: "16-23" }],
});

testSection("capabilities of several PMUs, whose names come last", {
  id: Feature.pmuCaps,
  write(out) {
    out.u32(2);
    out.u32(1);
    for (const text of ["max_precise", "3", "cpu_core"]) out.headerString(text);
    out.u32(0);
    out.headerString("cpu_atom");
  },
  value: [
    { pmu: "cpu_core", caps: [{ name: "max_precise", value: "3" }] },
    { pmu: "cpu_atom", caps: [] },
  ],
});

testSection("the ELF machine, with flags or without", {
  id: Feature.eMachine,
  write(out) {
    out.u32(62);
    out.u32(5);
  },
  value: { machine: 62, flags: 5 },
  accepted: [4, 5, 6, 7],
});

testSection("the size of a cache line", {
  id: Feature.clnSize,
  write: (out) => out.u32(64),
  value: 64,
});

testSection("the AUXTRACE index without its entries", {
  id: Feature.auxtrace,
  write(out) {
    out.u64(2n);
    for (const word of [0x318n, 48n, 0x1348n, 48n]) out.u64(word);
  },
  value: { count: 2, entriesAt: BASE + 8 },
});

Deno.test("decodeFeature() reads the AUXTRACE index of simpleperf, which does not begin with a number", () => {
  for (const little of [true, false]) {
    const bytes = sectionBytes(little, (out) => out.u64s([0x318n, 48n, 0x1348n, 48n]));
    const decoded = decode(Feature.auxtrace, bytes, { little });
    assertEquals(decoded, { count: 2, entriesAt: BASE });
  }
});

Deno.test("decodeFeature() reads events with unaligned ids", () => {
  for (const little of [true, false]) {
    const bytes = sectionBytes(little, (out) => {
      out.u32(2);
      out.u32(72);
      writeAttr(out, { size: 72, type: 8, config: 0x300n });
      out.u32(2);
      out.headerString("intel_pt//u");
      out.u64(11n);
      out.u64(0xffff_ffff_0000_0000n);
      writeAttr(out, { size: 72, type: 1, config: 9n });
      out.u32(0);
      out.headerString("dummy:u");
    });
    const read = (bytes: Uint8Array) =>
      decodeFeature(Feature.eventDesc, new Cursor(bytes, BASE, little, "section"), TWO_CPUS);
    const events = read(bytes).map(({ attr, name, ids }) => [attr.type, attr.config, name, ids]);
    assertEquals(events, [
      [8, 0x300n, "intel_pt//u", [11n, 0xffff_ffff_0000_0000n]],
      [1, 9n, "dummy:u", []],
    ]);
    assertEquals(sweepDamage(bytes, read), []);
  }
});

Deno.test("decodeFeature() gives the size of an unknown section", () => {
  assertEquals(decode(200, new Uint8Array(12), { little: true }), { size: 12 });
});

Deno.test("decodeFeature() names section, offset and version that it does not know", () => {
  for (const id of [Feature.cache, Feature.clockData, Feature.memTopology]) {
    const bytes = sectionBytes(true, (out) => {
      out.u64(2n);
      out.zeros(32);
    });
    const error = assertThrows(() => decode(id, bytes, { little: true }), FormatError);
    assertEquals([error.fault, error.detail.offset], ["unsupported", BASE]);
    assertEquals(error.detail.actual, "version 2");
  }
});

Deno.test("decodeFeature() names the section that is cut short", () => {
  const error = assertThrows(
    () => decode(Feature.nrcpus, new Uint8Array(5), { little: true }),
    FormatError,
  );
  assertEquals(
    error.message,
    "Cannot decode HEADER_NRCPUS at 0x1004: expected 4 more bytes, got 1",
  );
});

Deno.test("decodeFeature() rejects counts that the section cannot hold", () => {
  const most = new Uint8Array(4097).fill(0xff);
  const flags: number[] = [Feature.branchStack, Feature.stat];
  const scalars: number[] = [
    Feature.nrcpus,
    Feature.totalMem,
    Feature.sampleTime,
    Feature.clockid,
    Feature.dirFormat,
    Feature.compressed,
    Feature.eMachine,
    Feature.clnSize,
  ];
  for (const id of Object.values(Feature)) {
    if (flags.includes(id) || scalars.includes(id)) continue;
    assertThrows(() => decode(id, most, { little: true, context: UNKNOWN_CPUS }), FormatError);
  }
});
