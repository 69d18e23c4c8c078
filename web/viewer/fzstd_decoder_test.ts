import { assert, assertEquals, assertThrows } from "@std/assert";
import { openPerfFile } from "../../mod.ts";
import { bytesSource, parsePerfFile } from "../../parsers/perf/mod.ts";
import { ZstdRing } from "../../testing/zstd_ring.ts";
import { fzstdDecoder } from "./fzstd_decoder.ts";

const MANY = 1 << 24;

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
    const decoded = decoder.decode(await ring.flush(bytes), MANY);
    assertEquals(decoded.length, size);
    assert(decoded.every((byte, i) => byte === bytes[i]));
  }
});

Deno.test("fzstdDecoder() stops at the size that is allowed", async () => {
  using ring = new ZstdRing();
  const piece = await ring.flush(new Uint8Array(1 << 20));
  assertThrows(() => fzstdDecoder().decode(piece, (1 << 20) - 1), Error, "more than that");
  assertEquals(fzstdDecoder().decode(piece, 1 << 20).length, 1 << 20);
});

Deno.test("fzstdDecoder() refuses windows that are too large, before it makes them", () => {
  // RFC 8878: magic, no flags, window descriptor with exponent 18 (2^28 bytes)
  const frame = Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0, 18 << 3, ...new Array(20).fill(0)]);
  assertThrows(() => fzstdDecoder().decode(frame, MANY), Error, "a window of 268435456 bytes");
  // single segment, with a content size of 4 bytes: 2^31 - 1
  const single = Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0xff, 0xff, 0xff, 0x7f]);
  const padded = new Uint8Array(32);
  padded.set(single);
  assertThrows(() => fzstdDecoder().decode(padded, MANY), Error, "a window of 2147483647 bytes");
});

for (const name of ["perf_zstd", "perf_pipe_zstd"]) {
  Deno.test(`fzstdDecoder() decodes the records of ${name} as node:zlib does`, () => {
    const path = new URL(`../../testdata/${name}.perf.data`, import.meta.url);
    using expected = openPerfFile(path);
    using actual = parsePerfFile(bytesSource(Deno.readFileSync(path)), { zstd: fzstdDecoder });
    assertEquals([...actual.records()], [...expected.records()]);
  });
}
