import { assertEquals } from "@std/assert";
import { textFeature } from "../encoders/feature_bytes.ts";
import { Feature } from "../parsers/perf/mod.ts";
import { openPerfFile } from "../mod.ts";
import { PerfWriter } from "./perf_writer.ts";
import { openSink } from "./sinks.ts";

const PAGE = 4096;
const AUXTRACE_HEADER = 48;
const FIELDS = { idx: 0, cpu: 0, tid: -1, offset: 0n, reference: 0n };

/** Calls `use` with the path of an empty disk of 16 pages; says aloud where it may not be mounted. */
function onSmallDisk(use: (folder: string) => void): void {
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
      use(folder);
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

Deno.test("openSink() leaves on a full disk what there was room for: the index before the rest", () => {
  // left in the last page: the index of one record takes 40 bytes, and the host name 64 more
  const cases: [left: number, hasIndex: boolean, hasHostname: boolean][] = [
    [32, false, false],
    [40, true, false],
    [56, true, false],
    [256, true, true],
  ];
  onSmallDisk((folder) => {
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
