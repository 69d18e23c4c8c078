import { assertEquals } from "@std/assert";
import { ProtoWriter } from "./_proto.ts";

function written(write: (writer: ProtoWriter) => void): string {
  const writer = new ProtoWriter();
  write(writer);
  return writer.take().toHex();
}

// The first three are examples of the description of the wire format.
Deno.test("ProtoWriter writes integers, strings and messages as the format says", () => {
  assertEquals(written((w) => w.integer(1, 150)), "089601");
  assertEquals(written((w) => w.string(2, "testing")), "120774657374696e67");
  assertEquals(written((w) => w.message(3, () => w.integer(1, 150))), "1a03089601");
  assertEquals(written((w) => w.integer(16, 0)), "800100");
  assertEquals(written((w) => w.double(44, 1)), "e102000000000000f03f");
  assertEquals(written((w) => w.message(1, () => {})), "0a00");
});

Deno.test("ProtoWriter writes all 64 bits, of negative integers as two's complement", () => {
  const ones = "ff".repeat(9) + "01";
  assertEquals(written((w) => w.integer(1, -1)), `08${ones}`);
  assertEquals(written((w) => w.integer(1, 2n ** 64n - 1n)), `08${ones}`);
  assertEquals(written((w) => w.integer(1, 2n ** 63n)), `08${"80".repeat(9)}01`);
});

Deno.test("ProtoWriter writes the same integer as number and as bigint", () => {
  for (const value of [0, 1, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1]) {
    assertEquals(written((w) => w.integer(1, value)), written((w) => w.integer(1, BigInt(value))));
  }
  assertEquals(written((w) => w.integer(1, 2 ** 31)), "088080808008");
});

Deno.test("ProtoWriter writes strings as UTF-8, with the length in bytes", () => {
  assertEquals(written((w) => w.string(1, "\u00e9\u20ac")), "0a05c3a9e282ac");
  assertEquals(written((w) => w.string(1, "\ud800")), "0a03efbfbd");
  const long = "a".repeat(127);
  assertEquals(written((w) => w.string(1, long)), `0a7f${"61".repeat(127)}`);
  assertEquals(written((w) => w.string(1, `${long}a`)), `0a8001${"61".repeat(128)}`);
});

Deno.test("ProtoWriter writes the length of messages of any size, nested too", () => {
  for (const size of [0, 1, 120, 124, 125, 126, 127, 128, 4096, 16381, 16384, 100_000]) {
    const writer = new ProtoWriter();
    writer.message(1, () => writer.message(2, () => writer.string(3, "x".repeat(size))));
    const bytes = writer.take();
    const inner = lengthDelimited(lengthDelimited(bytes, 0x0a), 0x12);
    assertEquals(new TextDecoder().decode(lengthDelimited(inner, 0x1a)), "x".repeat(size));
    assertEquals([writer.length, writer.take().length], [0, 0]);
  }
});

/** The bytes of the one field of a message. */
function lengthDelimited(bytes: Uint8Array, tag: number): Uint8Array {
  assertEquals(bytes[0], tag);
  let length = 0;
  let at = 1;
  for (let shift = 0;; shift += 7) {
    const byte = bytes[at++]!;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  assertEquals(bytes.length, at + length);
  return bytes.subarray(at);
}
