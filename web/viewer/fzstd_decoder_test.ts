import { zstdCompressSync } from "node:zlib";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { openPerfFile } from "../../mod.ts";
import { bytesSource, parsePerfFile } from "../../parsers/perf/mod.ts";
import { concat, decoded, ZstdRing } from "../../testing/zstd_ring.ts";
import { fzstdDecoder } from "./fzstd_decoder.ts";

/** Bytes that compress somewhat, each run different. */
function someBytes(size: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: size }, (_, i) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return i % 3 === 0 ? state >>> 28 : i & 0x3f;
  });
}

Deno.test("fzstdDecoder() gives each flushed piece back at once", async () => {
  using ring = new ZstdRing();
  const decoder = fzstdDecoder();
  for (const [n, size] of [100, 8, 40_000, 1, 300_000, 17, 65_536].entries()) {
    const bytes = someBytes(size, n + 1);
    const found = decoded(decoder, await ring.flush(bytes));
    assertEquals(found.length, size);
    assert(found.every((byte, i) => byte === bytes[i]));
  }
});

Deno.test("fzstdDecoder() gives a piece in any steps, whole, and then nothing", async () => {
  using ring = new ZstdRing();
  const decoder = fzstdDecoder();
  for (const size of [100, 131_072, 1 << 20]) {
    for (const bytes of [someBytes(size, 5), new Uint8Array(size)]) {
      for (const step of [100, 4096, size, size + 1]) {
        const found = decoded(decoder, await ring.flush(bytes), step);
        assert(found.length === size && found.every((byte, i) => byte === bytes[i]));
        assertEquals(decoder.read(new Uint8Array(8)), 0);
      }
    }
  }
});

Deno.test("fzstdDecoder() reads all frames of a piece", () => {
  const frames = [3, 4].map((seed) => zstdCompressSync(someBytes(50_000, seed)));
  const expected = concat([someBytes(50_000, 3), someBytes(50_000, 4)]);
  assertEquals(decoded(fzstdDecoder(), concat(frames)), expected);
});

Deno.test("fzstdDecoder() decodes no more of a piece than is read", async () => {
  using ring = new ZstdRing();
  const decoder = fzstdDecoder();
  decoder.push(await ring.flush(new Uint8Array(1 << 28)));
  const { external } = Deno.memoryUsage();
  assertEquals(decoder.read(new Uint8Array(8)), 8);
  const more = Deno.memoryUsage().external - external;
  assert(more < 1 << 25, `${more} bytes`);
});

Deno.test("fzstdDecoder() refuses windows that are too large, before it makes them", () => {
  // RFC 8878: magic, no flags, window descriptor with exponent 18 (2^28 bytes)
  const frame = Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0, 18 << 3, ...new Array(20).fill(0)]);
  assertThrows(() => decoded(fzstdDecoder(), frame), Error, "a window of 268435456 bytes");
  // single segment, with a content size of 4 bytes: 2^31 - 1
  const single = Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0xff, 0xff, 0xff, 0x7f]);
  const padded = new Uint8Array(32);
  padded.set(single);
  assertThrows(() => decoded(fzstdDecoder(), padded), Error, "a window of 2147483647 bytes");
});

/** A frame with a header of these bytes after the magic number, of `size` bytes in all. */
function frameOf(header: readonly number[], size: number): Uint8Array {
  const frame = new Uint8Array(size);
  frame.set([0x28, 0xb5, 0x2f, 0xfd, ...header]);
  return frame;
}

// RFC 8878, 3.1.1.1: descriptor, then window descriptor or none, dictionary id, content size.
Deno.test("fzstdDecoder() reads the size of a window wherever it stands in the header", () => {
  const refused: [header: number[], window: number][] = [
    // 2^27 bytes and an eighth of that; 2^41 and seven eighths.
    [[0, 17 << 3 | 1], 2 ** 27 + 2 ** 24],
    [[0, 0xff], 2 ** 41 / 8 * 15],
    // Single segments, with content sizes of 4 and 8 bytes after ids of 0, 1, 2 and 4 bytes.
    [[0xa0, 1, 0, 0, 8], 2 ** 27 + 1],
    [[0xa1, 9, 1, 0, 0, 8], 2 ** 27 + 1],
    [[0xa2, 9, 9, 1, 0, 0, 8], 2 ** 27 + 1],
    [[0xa3, 9, 9, 9, 9, 1, 0, 0, 8], 2 ** 27 + 1],
    [[0xe0, 0, 0, 0, 0, 1, 0, 0, 0], 2 ** 32],
    [[0xe1, 9, 0, 0, 0, 0, 1, 0, 0, 0], 2 ** 32],
  ];
  for (const [header, window] of refused) {
    for (const size of [14, 40]) {
      const decode = () => decoded(fzstdDecoder(), frameOf(header, size));
      assertThrows(decode, Error, `a window of ${window} bytes`);
    }
  }
  // The content size is cut off.
  const cut = frameOf([0xe3, 9, 9, 9, 9, 1, 0, 0, 0, 0], 14);
  assertThrows(() => decoded(fzstdDecoder(), cut), Error, "a window of Infinity bytes");
});

Deno.test("fzstdDecoder() does not take sizes up to 128 MiB, short pieces, or no frames for windows", () => {
  const allowed = [
    frameOf([0xa0, 0, 0, 0, 8], 14),
    frameOf([0x20, 0xff], 40),
    frameOf([0x60, 0xff, 0xff], 40),
    frameOf([0, 18 << 3], 13),
  ];
  const stranger = frameOf([0, 18 << 3], 40);
  stranger[0] = 0;
  for (const frame of [...allowed, stranger]) {
    let message = "";
    try {
      decoded(fzstdDecoder(), frame);
    } catch (error) {
      message = String(error);
    }
    assertEquals(message.includes("a window of"), false, message);
  }
});

Deno.test("fzstdDecoder() checks the window of the first piece only", async () => {
  using ring = new ZstdRing();
  const decoder = fzstdDecoder();
  const bytes = someBytes(1000, 3);
  for (let n = 0; n < 3; n++) {
    assertEquals(decoded(decoder, await ring.flush(bytes)), bytes);
  }
});

for (const name of ["perf_zstd", "perf_pipe_zstd"]) {
  Deno.test(`fzstdDecoder() decodes the records of ${name} as node:zlib does`, () => {
    const path = new URL(`../../testdata/${name}.perf.data`, import.meta.url);
    using expected = openPerfFile(path);
    using actual = parsePerfFile(bytesSource(Deno.readFileSync(path)), { zstd: fzstdDecoder });
    assertEquals([...actual.records()], [...expected.records()]);
  });
}
