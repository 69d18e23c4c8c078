import { assertEquals, assertThrows } from "@std/assert";
import { AttrFlag, ByteWriter, type EventSpec, writeAttr } from "../../testing/perf_builder.ts";
import { Cursor } from "../cursor.ts";
import { FormatError } from "../format_error.ts";
import { type AttrFlags, decodeAttr } from "./attr.ts";
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
  sampleRegsIntr: 13n,
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
    const attr = decode(encode(event, little), little);
    const { size, type, config, samplePeriod, sampleType, readFormat, preciseIp } = attr;
    assertEquals(
      { size, type, config, samplePeriod, sampleType, readFormat, preciseIp },
      {
        size: 144,
        type: 8,
        config: 1n,
        samplePeriod: 2n,
        sampleType: 3n,
        readFormat: 4n,
        preciseIp: 2,
      },
    );
    const { wakeup, bpType, config1, config2, branchSampleType } = attr;
    assertEquals([wakeup, bpType, config1, config2], [5, 6, 7n, 0x8000000000000008n]);
    const { sampleRegsUser, sampleStackUser, sampleRegsIntr } = attr;
    assertEquals([branchSampleType, sampleRegsUser, sampleStackUser], [9n, 10n, 11]);
    assertEquals(sampleRegsIntr, 13n);
  }
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
