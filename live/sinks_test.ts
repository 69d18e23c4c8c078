import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { textFeature } from "../encoders/feature_bytes.ts";
import { Feature } from "../parsers/perf/mod.ts";
import { openPerfFile } from "../mod.ts";
import { callCli } from "../testing/call_cli.ts";
import { oracleTest } from "../testing/corpus.ts";
import { PerfWriter } from "./perf_writer.ts";
import { openSink } from "./sinks.ts";

const PAGE = 4096;
const AUXTRACE_HEADER = 48;
const FIELDS = { idx: 0, cpu: 0, tid: -1, offset: 0n, reference: 0n };

/** Calls `use` with the path of an empty disk of 16 pages; says aloud where it may not be mounted. */
async function onSmallDisk(use: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  const run = (command: string, ...args: string[]) =>
    new Deno.Command(command, { args, stderr: "null" }).outputSync().success;
  try {
    if (!run("mount", "-t", "tmpfs", "-o", `size=${16 * PAGE}`, "none", folder)) {
      const reason = "Skipped: a full disk: this user may not mount one\n";
      Deno.stdout.writeSync(new TextEncoder().encode(reason));
      return;
    }
    try {
      await use(folder);
    } finally {
      run("umount", folder);
    }
  } finally {
    Deno.removeSync(folder);
  }
}

/** Takes all that is left of a disk. */
function fill(path: string): void {
  using file = Deno.openSync(path, { write: true, create: true });
  try {
    for (;;) file.writeSync(new Uint8Array(PAGE));
  } catch {
    // The disk is full.
  }
}

Deno.test("openSink() leaves on a full disk what there was room for: the index before the rest", async () => {
  // left in the last page: the index of one record takes 40 bytes, and the host name 64 more
  const cases: [left: number, hasIndex: boolean, hasHostname: boolean][] = [
    [32, false, false],
    [40, true, false],
    [56, true, false],
    [256, true, true],
  ];
  await onSmallDisk((folder) => {
    for (const [left, hasIndex, hasHostname] of cases) {
      const path = `${folder}/perf.data`;
      using sink = openSink(path);
      const writer = new PerfWriter(sink, { events: [{ type: 1, name: "x", ids: [1n] }] });
      const size = 2 * PAGE - left - writer.size - AUXTRACE_HEADER;
      writer.auxtrace(FIELDS, new Uint8Array(size).fill(7), new Uint8Array());
      fill(`${folder}/filler`);
      const complete = writer.finalise([textFeature("hostname", "testbox")]);
      Deno.removeSync(`${folder}/filler`);
      using file = openPerfFile(path);
      const [chunk] = file.auxChunks();
      assertEquals([left, file.finalised, chunk!.read().length], [left, true, size]);
      assertEquals([left, complete, ...file.featureIds], [
        left,
        hasHostname,
        ...(hasHostname ? [Feature.hostname] : []),
        ...(hasIndex ? [Feature.auxtrace] : []),
      ]);
      Deno.removeSync(path);
    }
  });
});

Deno.test("openSink() leaves nothing on a disk that has no room for the preamble, and names the file", async () => {
  // 9000 bytes of ids: three pages, of which 0 to 2 have room
  const ids = Array.from({ length: 1125 }, (_, index) => BigInt(index + 1));
  await onSmallDisk((folder) => {
    for (const pages of [0, 1, 2]) {
      const path = `${folder}/perf.data`;
      fill(`${folder}/filler`);
      const left = Deno.statSync(`${folder}/filler`).size - pages * PAGE;
      Deno.truncateSync(`${folder}/filler`, left);
      {
        using sink = openSink(path);
        assertThrows(
          () => new PerfWriter(sink, { events: [{ type: 1, name: "x", ids }] }),
          Error,
          `cannot write "${path}": No space left on device`,
        );
        assertEquals([pages, Deno.statSync(path).size], [pages, 0]);
      }
      const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
      assertEquals([pages, names], [pages, ["filler"]]);
      Deno.removeSync(`${folder}/filler`);
    }
  });
});

oracleTest("record leaves a finished file or none on a full disk", ["perf events"], async () => {
  const left: string[] = [];
  await onSmallDisk(async (folder) => {
    for (const pages of [0, 1, 2, 3, 6]) {
      const path = `${folder}/perf.data`;
      fill(`${folder}/filler`);
      const size = Deno.statSync(`${folder}/filler`).size - pages * PAGE;
      Deno.truncateSync(`${folder}/filler`, size);
      const { code, stderr } = await callCli(["record", "-a", "-o", path, "--", "sleep", "0.1"]);
      assertEquals([pages, code], [pages, 2]);
      assertStringIncludes(stderr, `cannot write "${path}": No space left on device`);
      const isThere = [...Deno.readDirSync(folder)].some(({ name }) => name === "perf.data");
      if (isThere) {
        using file = openPerfFile(path);
        const records = [...file.records()].length;
        assertEquals([pages, file.finalised, records > 0], [pages, true, true]);
      }
      left.push(isThere ? "finished" : "none");
      for (const { name } of Deno.readDirSync(folder)) Deno.removeSync(`${folder}/${name}`);
    }
    assertEquals([left[0], left.at(-1)], ["none", "finished"]);
  });
});

Deno.test("openSink() keeps a recording that is there as PATH.old, and makes a file of its owner", () => {
  const folder = Deno.makeTempDirSync();
  try {
    const path = `${folder}/perf.data`;
    for (
      const [text, old] of [["", null], ["first", null], ["second", "first"], ["third", "second"]]
    ) {
      {
        using sink = openSink(path);
        sink.write(new TextEncoder().encode(text!));
      }
      assertEquals(Deno.readTextFileSync(path), text);
      assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
      const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
      assertEquals(names.includes("perf.data.old"), old !== null);
      if (old !== null) assertEquals(Deno.readTextFileSync(`${path}.old`), old);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("openSink() appends after a write in the middle and after a cut", () => {
  const folder = Deno.makeTempDirSync();
  try {
    {
      using sink = openSink(`${folder}/x`);
      const bytes = (text: string) => new TextEncoder().encode(text);
      sink.write(bytes("0123456789"));
      sink.file!.writeAt(2, bytes("ab"));
      sink.write(bytes("cd"));
      sink.file!.truncate(11);
      sink.write(bytes("ef"));
    }
    assertEquals(Deno.readTextFileSync(`${folder}/x`), "01ab456789cef");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
