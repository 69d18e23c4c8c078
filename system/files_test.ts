import { assertEquals, assertGreater, assertThrows } from "@std/assert";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { fixtureNames, fixturePath } from "../testing/corpus.ts";
import { openPerfFile, type OpenPerfFileOptions, openPerfStandardInput } from "./mod.ts";

/** Runs as in a runtime without these. */
function without<T>(names: readonly ("Deno" | "process")[], run: () => T): T {
  const kept = names.map((name) => {
    const property = Object.getOwnPropertyDescriptor(globalThis, name)!;
    return [name, property] as const;
  });
  try {
    for (const name of names) Object.defineProperty(globalThis, name, { value: undefined });
    return run();
  } finally {
    for (const [name, property] of kept) Object.defineProperty(globalThis, name, property);
  }
}

/** What is read of a recording: its records, its bytes at some places, and what comes at its end. */
function read(path: string | URL, options: OpenPerfFileOptions = {}) {
  using file = openPerfFile(path, options);
  const cursor = file.recordCursor();
  const records: [number, string | null][] = [];
  while (cursor.next()) records.push([cursor.type, cursor.fileName]);
  const { container, packed, seekable, size, featureIds } = file;
  const bytes = !seekable ? [] : [70_000, 0, 100, 30].map((at) => {
    const into = new Uint8Array(20);
    return [file.readBytes(at, into), ...into];
  });
  const cut = cursor.cut?.message;
  return { container, packed, seekable, size, featureIds, records, cut, bytes };
}

Deno.test("openPerfFile() reads by node:fs what it reads by Deno", () => {
  const names = [...fixtureNames(".perf.data"), "perf_threads.perf.dir"];
  assertGreater(names.length, 30);
  for (const name of names) {
    const path = fixturePath(name);
    const url = new URL(`file://${path}`);
    for (const [place, options] of [[path, {}], [url, { hold: "all" }]] as const) {
      assertEquals(without(["Deno"], () => read(place, options)), read(path, options), name);
    }
  }
});

Deno.test("openPerfFile() unpacks by node:fs what it unpacks by Deno, and begins it again", () => {
  const bytes = Deno.readFileSync(fixturePath("perf_plain.perf.data"));
  const path = Deno.makeTempFileSync();
  try {
    for (const pack of [gzipSync, zstdCompressSync]) {
      Deno.writeFileSync(path, new Uint8Array(pack(bytes)));
      for (const options of [{}, { hold: "files" }, { hold: "files", maxHeldSize: 100 }] as const) {
        const found = without(["Deno"], () => read(path, options));
        assertEquals(found, read(path, options));
      }
    }
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("a runtime without files names openPerfBytes()", () => {
  for (const open of [() => openPerfFile("perf.data"), () => openPerfStandardInput()]) {
    assertThrows(
      () => without(["Deno", "process"], open),
      TypeError,
      "give the bytes of the recording to openPerfBytes()",
    );
  }
});
