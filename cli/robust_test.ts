import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { PerfFileBuilder, textFeature } from "../testing/perf_builder.ts";
import { failure } from "./_failure.ts";
import { callCli } from "../testing/call_cli.ts";

/** Controls except the newline, and the marks of direction. */
const ESCAPES = /(?!\n)\p{Cc}|\p{Bidi_Control}/u;
const FITS = "testdata/aux_demo_fits.perf.data";

/** Runs `use` with the path of an empty folder, and removes it afterwards. */
async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await use(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("auxtail refuses to write its answer over its input", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/perf.data`;
    Deno.copyFileSync(FITS, path);
    Deno.symlinkSync(path, `${folder}/link`);
    for (const output of [path, `${folder}/link`, `${folder}/./perf.data`]) {
      for (const command of ["replay", "info", "dump", "check"]) {
        const { code, stderr } = await callCli([command, "-o", output, path]);
        assertEquals([command, code], [command, 2]);
        assertMatch(stderr, /^auxtail: cannot write to the input .*\n$/);
      }
    }
    assertEquals(Deno.readFileSync(path), Deno.readFileSync(FITS));
  });
});

Deno.test("auxtail says in one line that the disk is full", async () => {
  const command = `"${Deno.execPath()}" run --no-prompt --allow-read=testdata cli/main.ts replay ` +
    `${FITS} > /dev/full`;
  const { code, stderr } = await new Deno.Command("sh", { args: ["-c", command] }).output();
  assertEquals(code, 2);
  assertMatch(
    new TextDecoder().decode(stderr),
    /^auxtail: cannot write standard output: No space left on device[^\n]*\n$/,
  );
});

Deno.test("auxtail check finds that a file of a directory is missing", async () => {
  await withFolder(async (folder) => {
    for (const name of ["data", "data.1"]) {
      Deno.copyFileSync(`testdata/perf_threads.perf.dir/${name}`, `${folder}/${name}`);
    }
    const { code, stdout } = await callCli(["check", folder]);
    assertEquals(code, 1);
    assertStringIncludes(stdout, "data.0");
    assertEquals((await callCli(["replay", folder])).code, 2);
  });
});

Deno.test("auxtail lets no escape of a recording or an argument reach the terminal", async () => {
  const hostile = "a\x1b[31mb\u009b32mc\u202ed\ne";
  await withFolder(async (folder) => {
    const path = `${folder}/perf.data`;
    const features = [textFeature("hostname", hostile), textFeature("arch", hostile)];
    Deno.writeFileSync(path, new PerfFileBuilder({ features }).bytes());
    for (const format of ["table", "json"]) {
      for (const command of ["replay", "info"]) {
        const { stdout } = await callCli([command, "--format", format, path]);
        assertEquals(stdout.match(ESCAPES), null, `${command} ${format}`);
      }
    }
    const { code, stderr } = await callCli(["replay", `${folder}/${hostile}`]);
    assertEquals([code, stderr.match(ESCAPES), stderr.split("\n").length], [
      2,
      null,
      2,
    ]);
  });
});

Deno.test("auxtail replay places a payload size near 2^64 where its record stands", async () => {
  const bytes = Deno.readFileSync(FITS);
  const view = new DataView(bytes.buffer);
  let at = 0x108;
  while (view.getUint32(at, true) !== 71) at += view.getUint16(at + 6, true);
  view.setBigUint64(at + 8, 2n ** 64n - 8n, true);
  await withFolder(async (folder) => {
    Deno.writeFileSync(`${folder}/perf.data`, bytes);
    const args = ["replay", "--format", "json", `${folder}/perf.data`];
    const { code, stdout } = await callCli(args);
    const { input, verdict, totals } = JSON.parse(stdout);
    assertEquals([code, verdict, totals.chunks], [2, "incomplete", 0]);
    assertEquals(input.cut.fileOffset, `0x${at.toString(16)}`);
  });
});

Deno.test("auxtail replay refuses a queue that is not there", async () => {
  const { code, stdout, stderr } = await callCli(["replay", "--queue", "9", FITS]);
  assertEquals([code, stdout], [2, ""]);
  assert(stderr.endsWith("There is no queue 9: the recording has 0, 1\n"));
});

Deno.test("auxtail replay prints the line of a tail as soon as a stream tells it", async () => {
  const stream = Deno.readFileSync("testdata/aux_pipe.perf.data");
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "cli/main.ts", "replay", "--format", "ndjson", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = process.stdin.getWriter();
  const reader = process.stdout.getReader();
  await writer.write(stream.subarray(0, stream.length - 8));
  const { value } = await reader.read();
  assertStringIncludes(new TextDecoder().decode(value), '"chunk":0');
  await writer.write(stream.subarray(stream.length - 8));
  await writer.close();
  while (!(await reader.read()).done);
  assertEquals((await process.status).code, 1);
});

Deno.test("auxtail takes what the system refuses for no bug", () => {
  // Deno has no class for ENXIO, which opening a socket gives.
  const message = "No such device or address (os error 6): open 'socket'";
  assertEquals(failure(new Error(message)), `auxtail: ${message}\n`);
});
