import { assertEquals, assertThrows } from "@std/assert";
import { fixturePath } from "../testing/corpus.ts";
import { openPerfBytes, openPerfFile } from "./mod.ts";

Deno.test("openPerfBytes() takes bytes or a buffer, and decodes what is compressed", () => {
  const bytes = Deno.readFileSync(fixturePath("perf_zstd.perf.data"));
  using file = openPerfFile(fixturePath("perf_zstd.perf.data"));
  const expected = [...file.records()].map(({ type }) => type);
  assertEquals(expected.includes("sample"), true);
  for (const given of [bytes, bytes.buffer]) {
    using opened = openPerfBytes(given);
    assertEquals([...opened.records()].map(({ type }) => type), expected);
  }
});

Deno.test("openPerfBytes() and openPerfFile() say what they expect", () => {
  for (const given of ["perf.data", 1, null, undefined, new DataView(new ArrayBuffer(8)), {}]) {
    assertThrows(
      () => openPerfBytes(given as unknown as Uint8Array),
      TypeError,
      "expected a Uint8Array or an ArrayBuffer",
    );
  }
  for (const given of [123, null, undefined, new Uint8Array(8), {}]) {
    assertThrows(() => openPerfFile(given as unknown as string), TypeError, "expected a path");
  }
});

Deno.test("openPerfBytes() and openPerfFile() pass the caps on", () => {
  const path = fixturePath("perf_zstd.perf.data");
  for (const options of [{ maxDecompressedSize: 8 }, { maxEvents: 0 }]) {
    for (
      const open of [
        () => openPerfFile(path, options),
        () => openPerfBytes(Deno.readFileSync(path), options),
      ]
    ) {
      using file = open();
      const cursor = file.recordCursor();
      while (cursor.next());
      const isCapped = cursor.cut !== null || file.damage.length > 0;
      assertEquals([options, isCapped], [options, true]);
    }
  }
});
