import { assertEquals, assertThrows } from "@std/assert";
import { ByteWriter } from "../../../encoders/byte_writer.ts";
import { Cursor } from "../../cursor.ts";
import { FormatError } from "../../format_error.ts";
import { sweepDamage } from "../../../testing/damaged_bytes.ts";
import { decodeBuildIds } from "./build_ids.ts";

const KERNEL = 1;
const USER = 2;
const GUEST_USER = 5;
const HAS_SIZE = 0x8000;
const DIGITS = "000102030405060708090a0b0c0d0e0f10111213";
const BUILD_ID = Uint8Array.from({ length: 20 }, (_, i) => i);

interface Entry {
  readonly misc: number;
  /** Absent in ancient entries. */
  readonly pid?: number;
  readonly idSize?: number;
  readonly filename: string;
}

function sectionBytes(little: boolean, entries: readonly Entry[]): Uint8Array {
  const out = new ByteWriter(little);
  for (const { misc, pid, idSize, filename } of entries) {
    out.u32(pid === undefined ? 0 : 67);
    out.u16(misc);
    out.u16((pid === undefined ? 32 : 36) + 64);
    if (pid !== undefined) out.u32(pid);
    out.bytes(BUILD_ID);
    out.u8(idSize ?? 0);
    out.zeros(3);
    out.field(filename, 64);
  }
  return out.toBytes();
}

const read = (bytes: Uint8Array, little: boolean) =>
  decodeBuildIds(new Cursor(bytes, 0x200, little, "HEADER_BUILD_ID"));

Deno.test("decodeBuildIds() honours the size of a build id only where misc says it is there", () => {
  for (const little of [true, false]) {
    const bytes = sectionBytes(little, [
      { misc: KERNEL, pid: -1, idSize: 0, filename: "[kernel.kallsyms]" },
      { misc: USER | HAS_SIZE, pid: -1, idSize: 16, filename: "/usr/lib/libc.so.6" },
    ]);
    assertEquals(read(bytes, little), [
      { pid: -1, cpuMode: KERNEL, buildId: DIGITS, filename: "[kernel.kallsyms]" },
      { pid: -1, cpuMode: USER, buildId: DIGITS.slice(0, 32), filename: "/usr/lib/libc.so.6" },
    ]);
    const accepted = sweepDamage(bytes, (damaged) => read(damaged, little));
    assertEquals(accepted, [0, 1, 2, 3, 4, 5, 6, 7, 100, 101, 102, 103, 104, 105, 106, 107]);
  }
});

Deno.test("decodeBuildIds() reads ancient entries, which have no pid", () => {
  for (const little of [true, false]) {
    const bytes = sectionBytes(little, [
      { misc: USER, filename: "/bin/true" },
      { misc: KERNEL, filename: "[kernel.kallsyms]" },
      { misc: GUEST_USER, filename: "/bin/false" },
    ]);
    assertEquals(read(bytes, little), [
      { pid: -1, cpuMode: USER, buildId: DIGITS, filename: "/bin/true" },
      { pid: -1, cpuMode: KERNEL, buildId: DIGITS, filename: "[kernel.kallsyms]" },
      { pid: 0, cpuMode: GUEST_USER, buildId: DIGITS, filename: "/bin/false" },
    ]);
  }
});

Deno.test("decodeBuildIds() stops at zero padding", () => {
  const bytes = new Uint8Array(124);
  bytes.set(sectionBytes(true, [{ misc: USER, pid: -1, filename: "/bin/true" }]));
  assertEquals(read(bytes, true).length, 1);
});

Deno.test("decodeBuildIds() says where an entry contradicts itself", () => {
  const good: Entry = { misc: USER, pid: -1, filename: "/bin/true" };
  const longId = sectionBytes(true, [good, { ...good, misc: USER | HAS_SIZE, idSize: 21 }]);
  const tooSmall = sectionBytes(true, [good, good]);
  new DataView(tooSmall.buffer).setUint16(106, 35, true);
  // The size of the id stands after the header, the pid and the 20 bytes of the id.
  for (const [bytes, at] of [[longId, 100 + 8 + 4 + 20], [tooSmall, 100]] as const) {
    const error = assertThrows(() => read(bytes, true), FormatError);
    assertEquals([error.fault, error.detail.offset], ["corrupt", 0x200 + at]);
  }
});
