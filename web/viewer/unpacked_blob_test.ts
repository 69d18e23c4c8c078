import { assertEquals, assertRejects } from "@std/assert";
import { gzipSync } from "node:zlib";
import { unpackedBlob } from "./unpacked_blob.ts";

const BYTES = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
const PACKED = new Uint8Array(gzipSync(BYTES));

Deno.test("unpackedBlob() unpacks gzip, and leaves all else as it is", async () => {
  const { blob, packed } = await unpackedBlob(new Blob([PACKED]));
  assertEquals([packed, new Uint8Array(await blob.arrayBuffer())], ["gzip", BYTES]);
  for (const bytes of [BYTES, BYTES.subarray(0, 1), new Uint8Array()]) {
    const plain = new Blob([bytes]);
    assertEquals(await unpackedBlob(plain), { blob: plain, packed: null });
  }
});

Deno.test("unpackedBlob() unpacks up to a size, and says what to do with what it cannot unpack", async () => {
  const { blob } = await unpackedBlob(new Blob([PACKED]), BYTES.length);
  assertEquals(blob.size, BYTES.length);
  const unpack = (bytes: Uint8Array<ArrayBuffer>, maxSize?: number) =>
    assertRejects(() => unpackedBlob(new Blob([bytes]), maxSize), Error, "Run gzip -d on it.");
  await unpack(PACKED, BYTES.length - 1);
  await unpack(PACKED.subarray(0, -10));
  await unpack(PACKED.with(-8, PACKED.at(-8)! ^ 1));
});
