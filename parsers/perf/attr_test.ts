import { assertEquals, assertThrows } from "@std/assert";
import { AttrFlag, ByteWriter, type EventSpec, writeAttr } from "../../testing/perf_builder.ts";
import { Cursor } from "../cursor.ts";
import { FormatError } from "../format_error.ts";
import { type AttrFlags, decodeAttr, sampleTypeNames } from "./attr.ts";
import { sweepDamage } from "../../testing/damaged_bytes.ts";

const event: EventSpec = {
  size: 144,
  type: 8,
  config: 1n,
  samplePeriod: 2n,
  sampleType: 3n,
  readFormat: 4n,
  preciseIp: 2,
  wakeup: 5,
  bpType: 6,
  config1: 7n,
  config2: 0x8000000000000008n,
  branchSampleType: 9n,
  sampleRegsUser: 10n,
  sampleStackUser: 11,
  clockid: -12,
  sampleRegsIntr: 13n,
  auxWatermark: 14,
  sampleMaxStack: 0xff0f,
  auxSampleSize: 0xfffffff0,
  sigData: 17n,
  config3: 18n,
  config4: 0xffff_ffff_ffff_fff3n,
};

function encode(spec: EventSpec, little: boolean): Uint8Array {
  const out = new ByteWriter(little);
  writeAttr(out, spec);
  return out.toBytes();
}

function decode(bytes: Uint8Array, little: boolean) {
  return decodeAttr(new Cursor(bytes, 0x1000, little, "perf_event_attr"), bytes.length);
}

Deno.test("decodeAttr() reads the fields in both byte orders", () => {
  for (const little of [true, false]) {
    const { flags, auxAction, ...fields } = decode(encode(event, little), little);
    assertEquals(fields, event);
    assertEquals(Object.values(flags).includes(true), false);
    assertEquals(auxAction, { startPaused: false, pause: false, resume: false });
  }
});

Deno.test("decodeAttr() finds each action on the AUX leader, a C bit-field, in both byte orders", () => {
  const none = { startPaused: false, pause: false, resume: false };
  for (const [bit, auxAction] of (["startPaused", "pause", "resume"] as const).entries()) {
    for (const little of [true, false]) {
      const bytes = encode({ size: 144, auxAction }, little);
      assertEquals(decode(bytes, little).auxAction, { ...none, [auxAction]: true });
      // The first bit is the lowest on little endian machines, the highest on big endian ones.
      const expected = little ? [1 << bit, 0, 0, 0] : [0x80 >> bit, 0, 0, 0];
      assertEquals([...bytes.subarray(116, 120)], expected);
    }
  }
});

Deno.test("sampleTypeNames() names each bit as the kernel does", () => {
  assertEquals(sampleTypeNames(0n), []);
  assertEquals(sampleTypeNames((1n << 25n) - 1n).length, 25);
  assertEquals(sampleTypeNames(1n << 9n | 1n << 0n | 1n << 24n), [
    "IP",
    "STREAM_ID",
    "WEIGHT_STRUCT",
  ]);
  assertEquals(sampleTypeNames(1n << 25n | 1n << 63n), []);
});

Deno.test("decodeAttr() finds each flag alone in both byte orders", () => {
  for (const little of [true, false]) {
    for (const name of Object.keys(AttrFlag) as AttrFlag[]) {
      const { flags, preciseIp } = decode(encode({ flags: [name] }, little), little);
      const set = (Object.keys(flags) as (keyof AttrFlags)[]).filter((flag) => flags[flag]);
      assertEquals([little, set, preciseIp], [little, [name], 0]);
    }
  }
});

Deno.test("decodeAttr() gives 0 for what an older struct lacks, and skips what a newer one has", () => {
  const whole = encode(event, true);
  const old = decode(whole.slice(0, 64), true);
  assertEquals([old.config1, old.config2, old.sampleRegsIntr, old.config4], [7n, 0n, 0n, 0n]);
  const newer = new Uint8Array(200).fill(0xee);
  newer.set(whole);
  assertEquals(decode(newer, true).config4, decode(whole, true).config4);
  assertEquals(decode(newer, true).size, 200);
});

Deno.test("decodeAttr() rejects every struct below 64 bytes", () => {
  const bytes = encode(event, true);
  for (let size = 0; size < 64; size++) {
    const error: FormatError = assertThrows(
      () => decode(bytes.subarray(0, size), true),
      FormatError,
    );
    assertEquals([size, error.fault, error.detail.offset], [size, "corrupt", 0x1000]);
  }
  assertEquals(sweepDamage(bytes, (damaged) => decode(damaged, true)).length, 144 - 64);
});
