import { assertEquals } from "@std/assert";
import { fieldBytes } from "../testing/field_bytes.ts";
import { attrSize, type AttrSpec, writeAttr } from "./attr_bytes.ts";
import { ByteWriter } from "./byte_writer.ts";

const ORDERS = ["little", "big"] as const;

function written(attr: AttrSpec, order: "little" | "big" = "little"): number[] {
  const out = new ByteWriter(order === "little");
  writeAttr(out, attr);
  return [...out.toBytes()];
}

const EVERY_FIELD: AttrSpec = {
  size: 144,
  type: 0x01020304,
  config: 0x1112131415161718n,
  samplePeriod: 0x2122232425262728n,
  sampleType: 0x3132333435363738n,
  readFormat: 0x4142434445464748n,
  wakeup: 0x51525354,
  bpType: 0x61626364,
  config1: 0x7172737475767778n,
  config2: 0x8182838485868788n,
  branchSampleType: 0x9192939495969798n,
  sampleRegsUser: 0xa1a2a3a4a5a6a7a8n,
  sampleStackUser: 0xb1b2b3b4,
  clockid: -2,
  sampleRegsIntr: 0xc1c2c3c4c5c6c7c8n,
  auxWatermark: 0xd1d2d3d4,
  sampleMaxStack: 0xe1e2,
  auxSampleSize: 0xf1f2f3f4,
  sigData: 0x0a0b0c0d0e0f1011n,
  config3: 0x1a1b1c1d1e1f2021n,
  config4: 0x2a2b2c2d2e2f3031n,
};

Deno.test("writeAttr() puts every field where perf_event.h has it", () => {
  for (const order of ORDERS) {
    assertEquals(
      written(EVERY_FIELD, order),
      fieldBytes(
        `4:0x01020304 4:144 8:0x1112131415161718 8:0x2122232425262728 8:0x3132333435363738
         8:0x4142434445464748 8:0 4:0x51525354 4:0x61626364 8:0x7172737475767778
         8:0x8182838485868788 8:0x9192939495969798 8:0xa1a2a3a4a5a6a7a8 4:0xb1b2b3b4 4:-2
         8:0xc1c2c3c4c5c6c7c8 4:0xd1d2d3d4 2:0xe1e2 2:0 4:0xf1f2f3f4 4:0
         8:0x0a0b0c0d0e0f1011 8:0x1a1b1c1d1e1f2021 8:0x2a2b2c2d2e2f3031`,
        order,
      ),
    );
  }
});

Deno.test("writeAttr() leaves fields that are not given at zero, and cuts to the size", () => {
  assertEquals(written({}), fieldBytes("4:0 4:128 120*0"));
  assertEquals([attrSize({}), attrSize({ size: 0 })], [128, 0]);
  for (const size of [64, 72, 80, 96, 104, 112, 120, 136]) {
    const whole = written(EVERY_FIELD);
    assertEquals(attrSize({ size }), size);
    assertEquals(written({ ...EVERY_FIELD, size }), whole.slice(0, size).with(4, size));
  }
});

// The bits of `struct perf_event_attr`, counted by hand in perf_event.h.
const FLAGS = [
  ["disabled", 0],
  ["inherit", 1],
  ["excludeKernel", 5],
  ["mmap", 8],
  ["comm", 9],
  ["freq", 10],
  ["enableOnExec", 12],
  ["task", 13],
  ["watermark", 14],
  ["mmapData", 17],
  ["sampleIdAll", 18],
  ["excludeGuest", 20],
  ["mmap2", 23],
  ["commExec", 24],
  ["useClockid", 25],
  ["contextSwitch", 26],
  ["namespaces", 28],
  ["ksymbol", 29],
  ["bpfEvent", 30],
  ["auxOutput", 31],
  ["cgroup", 32],
  ["textPoke", 33],
  ["buildId", 34],
] as const;

Deno.test("writeAttr() counts flags from the low end, or in big endian files from the high end", () => {
  const words = (attr: AttrSpec, order: "little" | "big") => written(attr, order).slice(40, 48);
  for (const [flag, bit] of FLAGS) {
    const little = fieldBytes(`8:${1n << BigInt(bit)}`, "little");
    const big = fieldBytes(`8:${1n << BigInt(63 - bit)}`, "big");
    assertEquals([flag, words({ flags: [flag] }, "little")], [flag, little]);
    assertEquals([flag, words({ flags: [flag] }, "big")], [flag, big]);
  }
  const both: AttrSpec = { flags: ["disabled", "comm", "disabled"], preciseIp: 2 };
  assertEquals(words(both, "little"), fieldBytes("8:0x10201"));
  assertEquals(words(both, "big"), fieldBytes("8:0x8041000000000000", "big"));
});

Deno.test("writeAttr() writes what an event does to AUX tracing", () => {
  const actions = [["startPaused", 1, 0x80000000], ["pause", 2, 0x40000000], [
    "resume",
    4,
    0x20000000,
  ]] as const;
  for (const [auxAction, little, big] of actions) {
    assertEquals(written({ auxAction }).slice(116, 120), fieldBytes(`4:${little}`));
    assertEquals(written({ auxAction }, "big").slice(116, 120), fieldBytes(`4:${big}`, "big"));
  }
});
