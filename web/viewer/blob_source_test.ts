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

Deno.test("blobSource() takes a jump of less than 256 KiB for reading on, and a longer one not", () => {
  for (const [jump, size] of [[(1 << 18) - 1, 1 << 14], [1 << 18, 1 << 12]] as const) {
    const { source, loaded } = countedBlob(1 << 20);
    const into = new Uint8Array(16);
    source.read(0, into);
    const [, [, end]] = [0, loaded[0]!] as const;
    source.read(end + jump, into);
    assertEquals(loaded[1], [end + jump, end + jump + size]);
  }
});

Deno.test("blobSource() loads little for reads of up to 512 bytes, and 128 KiB for longer ones", () => {
  for (const [length, size] of [[511, 1 << 12], [512, 1 << 12], [513, 1 << 17]] as const) {
    const { source, loaded } = countedBlob(1 << 20);
    source.read(1 << 19, new Uint8Array(length));
    assertEquals(loaded, [[1 << 19, (1 << 19) + size]]);
  }
});

Deno.test("blobSource() keeps reads of up to 512 bytes, as far as they are long enough", () => {
  for (
    const [length, again, calls] of [[512, 512, 2], [513, 513, 3], [100, 101, 3], [100, 99, 2]]
  ) {
    const { bytes, source, loaded } = countedBlob(1 << 21);
    source.read(1 << 20, new Uint8Array(length!));
    source.read(0, new Uint8Array(16));
    const into = new Uint8Array(again!);
    assertEquals(source.read(1 << 20, into), again);
    assertEquals([into, loaded.length], [bytes.slice(1 << 20, (1 << 20) + again!), calls]);
  }
});

Deno.test("blobSource() reads up to the end of what it holds, and loads after it", () => {
  const { bytes, source, loaded } = countedBlob(100_000);
  const into = new Uint8Array(16);
  source.read(0, into);
  assertEquals([source.read(4095, into), loaded.length], [1, 1]);
  assertEquals([source.read(4096, into), loaded.length, into[0]], [16, 2, bytes[4096]]);
  assertEquals([source.read(99_999, into), source.read(100_000, into)], [1, 0]);
});
