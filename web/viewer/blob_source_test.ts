import { assert, assertEquals } from "@std/assert";
import { blobSource } from "./blob_source.ts";

/** A file whose slices are noted when they are loaded. */
function countedBlob(size: number) {
  const bytes = Uint8Array.from({ length: size }, (_, i) => i % 251);
  const loaded: [from: number, to: number][] = [];
  const slices = new Map<Blob, [number, number]>();
  const blob = {
    size,
    slice(from = 0, to = size) {
      const slice = new Blob();
      slices.set(slice, [from, to]);
      return slice;
    },
  };
  const reader = {
    readAsArrayBuffer(slice: Blob) {
      const [from, to] = slices.get(slice)!;
      loaded.push([from, to]);
      return bytes.slice(from, to).buffer;
    },
  };
  return { bytes, loaded, source: blobSource(blob, reader) };
}

Deno.test("blobSource() reads every range of a file as it is", () => {
  const { bytes, source } = countedBlob(40_000);
  assertEquals(source.size, 40_000);
  for (const offset of [0, 1, 4095, 4096, 39_999, 20_000, 12, 39_000]) {
    for (const length of [1, 8, 512, 5000, 40_000]) {
      const into = new Uint8Array(length);
      let filled = 0;
      for (;;) {
        const count = source.read(offset + filled, into.subarray(filled));
        if (count === 0) break;
        filled += count;
      }
      const expected = bytes.slice(offset, offset + length);
      assertEquals([filled, into.slice(0, filled)], [expected.length, expected]);
    }
  }
});

Deno.test("blobSource() returns 0 at the end and after it", () => {
  const { source, loaded } = countedBlob(100);
  const into = new Uint8Array(8);
  assertEquals([source.read(100, into), source.read(2 ** 40, into)], [0, 0]);
  assertEquals(loaded, []);
});

Deno.test("blobSource() does not load what is jumped over", () => {
  const size = 64 << 20;
  const { source, loaded } = countedBlob(size);
  const into = new Uint8Array(512);
  for (let at = 0; at < size; at += 1 << 19) source.read(at, into);
  assertEquals(loaded.length, 128);
  assertEquals(loaded.reduce((sum, [from, to]) => sum + to - from, 0), 128 * 4096);
});

Deno.test("blobSource() loads payload between records rather than call for each of them", () => {
  const size = 64 << 20;
  const { source, loaded } = countedBlob(size);
  const into = new Uint8Array(512);
  for (let at = 0; at < size; at += 1 << 14) source.read(at, into);
  assert(loaded.length < 80, `${loaded.length} calls`);
});

Deno.test("blobSource() loads nothing when the records are walked over again", () => {
  const size = 64 << 20;
  const { bytes, source, loaded } = countedBlob(size);
  const into = new Uint8Array(512);
  for (let at = 0; at < size; at += 1 << 19) source.read(at, into);
  const calls = loaded.length;
  for (let at = 0; at < size; at += 1 << 19) {
    assertEquals(source.read(at, into), 512);
    assertEquals(into, bytes.slice(at, at + 512));
  }
  assertEquals(loaded.length, calls);
});

Deno.test("blobSource() reads ahead where reading continues, at most 2 MiB", () => {
  const size = 16 << 20;
  const { source, loaded } = countedBlob(size);
  const into = new Uint8Array(4096);
  for (let at = 0; at < size; at += into.length) source.read(at, into);
  assert(loaded.length < 20, `${loaded.length} calls`);
  assertEquals(Math.max(...loaded.map(([from, to]) => to - from)), 1 << 21);
});

Deno.test("blobSource() loads nothing again that it holds", () => {
  const { source, loaded } = countedBlob(100_000);
  const into = new Uint8Array(16);
  for (const at of [0, 16, 4000, 32, 4080]) source.read(at, into);
  assertEquals(loaded, [[0, 4096]]);
});
