import {
  assertEquals,
  assertGreater,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { fixturePath } from "../testing/corpus.ts";
import { FormatError } from "../parsers/internal.ts";
import type { PerfFile } from "../parsers/perf/mod.ts";
import { openPerfBytes, openPerfFile, openPerfStandardInput, openPerfStream } from "./mod.ts";

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
      "expected a Uint8Array, an ArrayBuffer or a ByteSource",
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

/** Names of the files of a directory, each with the number of its records; what was damaged. */
function recordsOf(file: PerfFile): { records: Record<string, number>; cut: string | null } {
  const records: Record<string, number> = {};
  const cursor = file.recordCursor();
  while (cursor.next()) {
    const name = cursor.fileName ?? "";
    records[name] = (records[name] ?? 0) + 1;
  }
  return { records, cut: cursor.cut?.detail.structure ?? null };
}

function recordsIn(path: string): ReturnType<typeof recordsOf> {
  using file = openPerfFile(path);
  return recordsOf(file);
}

/** Calls `use` with a folder that holds the named files of a recording of two CPUs. */
function withDirectory(names: readonly string[], use: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    for (const name of names) {
      Deno.copyFileSync(fixturePath(`perf_threads.perf.dir/${name}`), `${folder}/${name}`);
    }
    use(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("openPerfFile() reads a directory by its path or URL, file by file", () => {
  withDirectory(["data", "data.0", "data.1"], (folder) => {
    const parts = recordsIn(folder);
    assertEquals([Object.keys(parts.records), parts.cut], [["data", "data.0", "data.1"], null]);
    const url = new URL(`file://${folder}`);
    for (const path of [`${folder}/`, url, new URL(`${url.href}/`)]) {
      using file = openPerfFile(path);
      assertEquals([file.container, recordsOf(file)], ["directory", parts]);
    }
    // What is no file of a ring does not count.
    Deno.mkdirSync(`${folder}/data.2`);
    for (const name of ["data.x", "xdata.3", "data.3x", "data.123456", "data.", "log"]) {
      Deno.writeTextFileSync(`${folder}/${name}`, "no records");
    }
    using file = openPerfFile(folder);
    assertEquals(recordsOf(file), parts);
    Deno.writeTextFileSync(`${folder}/data.3`, "");
    assertEquals(recordsIn(folder).cut?.includes("data.2"), true);
  });
});

Deno.test("openPerfFile() takes a file between others, or its last ones, for missing", () => {
  withDirectory(["data", "data.1"], (folder) => {
    const { records, cut } = recordsIn(folder);
    assertEquals(cut?.includes("data.0"), true);
    assertEquals("data.0" in records, false);
  });
  withDirectory(["data"], (folder) => {
    assertEquals(recordsIn(folder).cut?.includes("data.0"), true);
  });
});

Deno.test("openPerfFile() reads no other file beside a recording that is no directory's", () => {
  withDirectory(["data.0", "data.1"], (folder) => {
    const error = assertThrows(() => openPerfFile(folder), Deno.errors.NotFound);
    assertEquals(error.message.startsWith(`"${folder}" is a folder without a recording`), true);
    Deno.copyFileSync(fixturePath("perf_plain.perf.data"), `${folder}/data`);
    assertEquals(Object.keys(recordsIn(folder).records), ["data"]);
  });
});

Deno.test("openPerfFile() reads bytes wherever they lie, and none at the end", () => {
  const path = fixturePath("perf_plain.perf.data");
  const bytes = Deno.readFileSync(path);
  using file = openPerfFile(path);
  assertEquals(file.size, bytes.length);
  for (const at of [0, 100, 50, 50, bytes.length - 20, 0, bytes.length - 1]) {
    const into = new Uint8Array(50);
    const count = file.readBytes(at, into);
    assertEquals([count, into.subarray(0, count)], [
      Math.min(50, bytes.length - at),
      bytes.subarray(at, at + 50),
    ]);
  }
  for (const at of [bytes.length, bytes.length + 9]) {
    assertEquals(file.readBytes(at, new Uint8Array(8)), 0);
  }
});

Deno.test("openPerfFile() reads nothing of what is cut off after it was opened", () => {
  withDirectory(["data.0"], (folder) => {
    const path = `${folder}/perf.data`;
    Deno.copyFileSync(fixturePath("perf_plain.perf.data"), path);
    Deno.truncateSync(path, 1 << 17); // more than is read at once
    using file = openPerfFile(path);
    Deno.truncateSync(path, 200);
    const counts = [190, 200, 300].map((at) => file.readBytes(at, new Uint8Array(50)));
    assertEquals(counts, [10, 0, 0]);
  });
});

Deno.test("openPerfFile() closes all files when the recording is disposed of, or is none", () => {
  const { openSync } = Deno;
  const handles: Deno.FsFile[] = [];
  Deno.openSync = (...args) => {
    const handle = openSync(...args);
    handles.push(handle);
    return handle;
  };
  const closed = () =>
    handles.splice(0).map((handle) => {
      try {
        handle.statSync();
        return false;
      } catch (error) {
        return error instanceof Deno.errors.BadResource;
      }
    });
  try {
    const folder = fixturePath("perf_threads.perf.dir");
    recordsIn(folder);
    assertEquals(closed(), [true, true, true, true]);
    assertThrows(() => openPerfFile(import.meta.filename!), FormatError);
    assertEquals(closed(), [true]);
    {
      using _ = openPerfFile(fixturePath("perf_plain.perf.data"));
      handles[0]!.statSync();
    }
    assertEquals(closed(), [true]);
  } finally {
    Deno.openSync = openSync;
  }
});

Deno.test("openPerfFile() passes on why it cannot look into a folder", () => {
  withDirectory([], (folder) => {
    Deno.symlinkSync("data", `${folder}/data`);
    const error = assertThrows(() => openPerfFile(folder), Error);
    assertEquals(error instanceof Deno.errors.NotFound, false);
  });
});

Deno.test("openPerfFile() reads what is no regular file from its start on", () => {
  // Devices have no size: if it counted, this one would be empty.
  const error = assertThrows(() => openPerfFile("/dev/zero"), FormatError);
  assertEquals(error.fault, "bad-magic");
  assertThrows(() => openPerfFile(fixturePath("no such file")), Deno.errors.NotFound);
});

Deno.test("openPerfStandardInput() reads on where the input does", () => {
  const bytes = Deno.readFileSync(fixturePath("perf_zstd.perf.data"));
  using whole = openPerfBytes(bytes);
  let at = 0;
  const { readSync } = Deno.stdin;
  Deno.stdin.readSync = (into) => {
    const count = Math.min(into.length, 1000, bytes.length - at);
    into.set(bytes.subarray(at, at + count));
    at += count;
    return count === 0 ? null : count;
  };
  try {
    using file = openPerfStandardInput();
    assertEquals([file.seekable, recordsOf(file)], [false, recordsOf(whole)]);
    at = 0;
    using capped = openPerfStandardInput({ maxDecompressedSize: 8 });
    assertEquals(recordsOf(capped).cut === null && capped.damage.length === 0, false);
  } finally {
    Deno.stdin.readSync = readSync;
  }
});

/** Runs with a file of these bytes. */
function withFile(bytes: Uint8Array, run: (path: string) => void): void {
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeFileSync(path, bytes);
    run(path);
  } finally {
    Deno.removeSync(path);
  }
}

/** What a recording says at its end: names and machine come after the records of a regular file. */
function factsOf(file: PerfFile) {
  const records = recordsOf(file);
  const { values } = file.features();
  return { records, size: file.size, names: file.events.map(({ name }) => name), values };
}

const PACKINGS = [
  ["gzip", (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes))],
  ["zstd", (bytes: Uint8Array) => new Uint8Array(zstdCompressSync(bytes))],
] as const;
const PACKED_NAMES = ["perf_plain", "perf_pipe", "perf_pipe_tracepoint", "perf_zstd"];

Deno.test("openPerfFile() unpacks a file as it reads it, or holds it to read it again", () => {
  for (const name of PACKED_NAMES) {
    const bytes = Deno.readFileSync(fixturePath(`${name}.perf.data`));
    using whole = openPerfBytes(bytes);
    const expected = factsOf(whole);
    for (const [packed, pack] of PACKINGS) {
      withFile(pack(bytes), (path) => {
        const isPipe = whole.container === "pipe";
        for (
          const [options, seekable] of [
            [{}, false],
            [{ hold: "files" }, !isPipe],
            [{ hold: "all" }, true],
            [{ hold: "all", maxHeldSize: bytes.length }, true],
            [{ hold: "all", maxHeldSize: bytes.length - 1 }, false],
            // A regular file that is too long to be held is unpacked again.
            [{ hold: "files", maxHeldSize: 100 }, !isPipe],
          ] as const
        ) {
          using file = openPerfFile(path, options);
          assertEquals([name, file.packed, file.seekable], [name, packed, seekable]);
          assertEquals([name, options, factsOf(file)], [name, options, expected]);
          if (!seekable) continue;
          assertEquals(recordsOf(file), expected.records);
          const into = new Uint8Array(20);
          for (const at of [0, 100, 40, bytes.length - 5]) {
            const count = file.readBytes(at, into);
            assertEquals(into.subarray(0, count), bytes.subarray(at, at + 20));
          }
        }
      });
    }
  }
});

Deno.test("openPerfFile() unpacks a long file again only so often", () => {
  const bytes = Deno.readFileSync(fixturePath("aux_crossing.perf.data"));
  // More than what is held of its end.
  const long = new Uint8Array(9 << 20);
  long.set(bytes);
  withFile(new Uint8Array(gzipSync(long, { level: 1 })), (path) => {
    using file = openPerfFile(path, { hold: "files", maxHeldSize: 1 << 20 });
    const into = new Uint8Array(8);
    const readAt = (at: number) => {
      assertEquals([file.readBytes(at, into), into], [8, long.subarray(at, at + 8)]);
    };
    readAt(long.length - 8);
    for (let n = 0; n < 10; n++) {
      readAt(500_000);
      readAt(0);
    }
    const error = assertThrows(() => {
      for (let n = 0; n < 10; n++) {
        readAt(500_000);
        readAt(0);
      }
    }, Deno.errors.InvalidData);
    assertEquals(error.message.endsWith("unpack it to a file"), true);
  });
});

Deno.test("openPerfStream() unpacks, and knows at its end what comes last", async () => {
  for (const name of PACKED_NAMES) {
    const bytes = Deno.readFileSync(fixturePath(`${name}.perf.data`));
    using whole = openPerfBytes(bytes);
    const types = [...whole.records()].map(({ type }) => type);
    const plain = [null, (bytes: Uint8Array) => bytes] as const;
    for (const [packed, pack] of [plain, ...PACKINGS]) {
      for (const size of [1, 100, 1 << 20]) {
        const stream = await openPerfStream(chunksOf(pack(bytes), size));
        const found: string[] = [];
        for await (const { type } of stream.records()) found.push(type);
        const { file } = stream;
        assertEquals([name, file.packed, found], [name, packed, types]);
        assertEquals(file.size, bytes.length);
        assertEquals(file.featureIds, whole.featureIds);
        assertEquals(file.events, whole.events);
      }
    }
  }
});

Deno.test("openPerfStream() names a tar archive, however small its chunks", async () => {
  const bytes = new Uint8Array(512);
  bytes.set(new TextEncoder().encode("ustar"), 257);
  for (const input of [bytes, new Uint8Array(gzipSync(bytes))]) {
    const error = await assertRejects(() => openPerfStream(chunksOf(input, 7)), FormatError);
    assertStringIncludes(error.message, "got tar data");
  }
});

Deno.test("openPerfStream() says where packed chunks end early, after the records before", async () => {
  const bytes = Deno.readFileSync(fixturePath("perf_plain.perf.data"));
  const packed = new Uint8Array(gzipSync(bytes, { level: 0 })).subarray(0, -200);
  const stream = await openPerfStream(chunksOf(packed, 500));
  let count = 0;
  const { cut } = await stream.walk(() => count++);
  assertEquals([cut?.fault, cut?.detail.structure], ["truncated", "gzip data"]);
  assertGreater(count, 10);
});

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await bytes.subarray(at, at + size);
}
