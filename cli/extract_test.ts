import { assertEquals, assertMatch } from "@std/assert";
import { AuxRecording } from "../testing/aux_recording.ts";
import { corpusPath, oracleTest } from "../testing/corpus.ts";
import { callCli } from "../testing/call_cli.ts";
import { type CliRun, runCli } from "../testing/run_cli.ts";

const FITS = "testdata/aux_demo_fits.perf.data";
const SIZES = { "manifest.json": null, "queue-0.bin": 5120, "queue-1.bin": 2560 };
const root = new URL("..", import.meta.url);

/** Hands out a folder that does not exist yet, within one that is removed at the end. */
async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir();
  try {
    await use(`${parent}/trace`);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

function extract(folder: string, ...args: string[]): Promise<CliRun> {
  return callCli(["extract", "-o", folder, ...args]);
}

/** Sizes of the files in a folder, by name; that of the manifest is left out. */
function sizes(folder: string): Record<string, number | null> {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  return Object.fromEntries(names.map((name) => {
    const { isFile, size } = Deno.lstatSync(`${folder}/${name}`);
    return [name, isFile && name !== "manifest.json" ? size : null];
  }));
}

Deno.test("auxtail extract writes the bytes of each queue, and says where they come from", async () => {
  await withFolder(async (folder) => {
    const { code, stdout, stderr } = await extract(folder, FITS);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(stdout.split("\n").map((line) => line.split(/ +/).slice(-4)), [
      ["file", "bytes", "streams", "marks"],
      ["queue-0.bin", "5120", "1", "0"],
      ["queue-1.bin", "2560", "1", "0"],
      [""],
    ]);
    assertEquals(sizes(folder), SIZES);
    const { queues, ...manifest } = JSON.parse(await Deno.readTextFile(`${folder}/manifest.json`));
    assertEquals([manifest.schema, manifest.type, manifest.mode], [
      "auxtail.extract/1",
      "intel_pt",
      "full",
    ]);
    assertEquals(manifest.input, {
      path: FITS,
      container: "file",
      byteOrder: "little",
      finalised: true,
      cut: null,
      packed: null,
    });
    const files = [{
      name: "queue-1.bin",
      size: 2560,
      raw: false,
      cpu: 1,
      ranges: [{ auxOffset: "0x0", size: 2560, position: "0x0", reference: "0x0" }],
    }];
    assertEquals(queues[1], { idx: 1, cpu: 1, tid: 4242, size: 2560, files, marks: [] });
    const tools = "--nom-freq 30 --cpuid-0x15.eax 84 --cpuid-0x15.ebx 2".split(" ");
    assertEquals(manifest.arguments, { ptdump: tools, ptxed: tools });
  });
});

oracleTest("auxtail extract writes what stands in a real file", ["corpus"], async () => {
  await withFolder(async (folder) => {
    const path = corpusPath("quipper/perf.data.intel_pt-4.14");
    assertEquals((await extract(folder, path, "--cpu", "3")).code, 0);
    // the AUXTRACE record of CPU 3 is at 0x7788 and has 48 bytes (perf report -D)
    const recorded = (await Deno.readFile(path)).subarray(0x7788 + 48, 0x7788 + 48 + 137728);
    assertEquals(await Deno.readFile(`${folder}/queue-3.bin`), recorded);
    assertEquals(Object.keys(sizes(folder)), ["manifest.json", "queue-3.bin"]);
  });
});

/** The packets that a program lists, without white space around them. */
async function listed(program: string, args: string[], cwd: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(program, { args, cwd, stderr: "null" }).output();
  const lines = new TextDecoder().decode(stdout).split("\n").map((line) => line.trim());
  return lines.filter((line) => line.startsWith("Idx:"));
}

const lister = "trc_pkt_lister";
const toStdout = ["-logstdout", "-logfilename", "/dev/null"];
if (Deno.env.get("CI") === "true" || exitCode(lister, ["-help", ...toStdout]) !== null) {
  for (const [name, packets] of [["perf_etm", 27], ["perf_kernel", 23609]] as const) {
    const title = `auxtail extract makes of etm.${name} what OpenCSD lists as perf does`;
    oracleTest(title, ["corpus", "perf"], () =>
      withFolder(async (folder) => {
        const path = corpusPath(`simpleperf/etm.${name}.data`);
        const { stdout } = await extract(folder, path, "--format", "json");
        const buffers: string[][] = Object.values(JSON.parse(stdout).arguments.trcPktLister);
        const ofOpencsd: string[] = [];
        for (const args of buffers) {
          ofOpencsd.push(...await listed(lister, [...args, ...toStdout], folder));
        }
        assertEquals(ofOpencsd.length, packets);
        assertEquals(ofOpencsd, await listed("perf", ["report", "-D", "-i", path], folder));
      }));
  }
} else {
  skipped("auxtail extract for OpenCSD", `${lister} is not installed`);
}

Deno.test("auxtail extract --format json prints the manifest", async () => {
  await withFolder(async (folder) => {
    const { stdout } = await extract(folder, FITS, "--format", "json", "--queue", "1");
    assertEquals(stdout, await Deno.readTextFile(`${folder}/manifest.json`));
    assertEquals(JSON.parse(stdout).queues.map(({ idx }: { idx: number }) => idx), [1]);
  });
});

Deno.test("auxtail extract puts each stream and mark in a line of the manifest", async () => {
  await withFolder(async (folder) => {
    const recording = new AuxRecording();
    for (const offset of [0n, 0x100n, 0x200n]) recording.chunk(0, { offset, size: 8 });
    const input = `${folder}.data`;
    await Deno.writeFile(input, recording.bytes());
    assertEquals((await extract(folder, input)).code, 0);
    const manifest = await Deno.readTextFile(`${folder}/manifest.json`);
    const [{ files, marks }] = JSON.parse(manifest).queues;
    assertEquals([files[0].ranges.length, marks.length], [3, 2]);
    const lines = manifest.split("\n").map((line) => line.replace(/^,/, ""));
    for (const item of [...files[0].ranges, ...marks]) {
      assertEquals(lines.filter((line) => line === JSON.stringify(item)).length, 1);
    }
  });
});

Deno.test("auxtail extract reads standard input", async () => {
  await withFolder(async (folder) => {
    const stdin = await Deno.readFile(new URL("testdata/aux_pipe.perf.data", root));
    const permissions = [`--allow-read=${folder}`, `--allow-write=${folder}`];
    const { code } = await runCli(["extract", "-", "-o", folder], { stdin, permissions });
    assertEquals(code, 0);
    assertEquals(sizes(folder), { "manifest.json": null, "queue-0.bin": 136 });
  });
});

Deno.test("auxtail extract overwrites nothing without --force", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(folder);
    await Deno.writeTextFile(`${folder}/queue-1.bin`, "mine");
    await Deno.writeTextFile(`${folder}/other`, "mine too");
    const refused = await extract(folder, FITS);
    assertEquals([refused.code, refused.stdout, refused.stderr], [
      2,
      "",
      `auxtail: "${folder}/queue-1.bin" is there: nothing was written; --force replaces it\n`,
    ]);
    assertEquals(sizes(folder), { "other": 8, "queue-1.bin": 4 });
    assertEquals((await extract(folder, FITS, "--force")).code, 0);
    assertEquals(sizes(folder), { ...SIZES, other: 8 });
    assertEquals((await extract(folder, FITS)).code, 2);
  });
});

Deno.test("auxtail extract follows no symbolic link in the folder", async () => {
  await withFolder(async (folder) => {
    const outside = `${folder}-outside`;
    await Deno.writeTextFile(outside, "mine");
    await Deno.mkdir(folder);
    await Deno.symlink(outside, `${folder}/queue-0.bin`);
    await Deno.symlink(`${folder}-nowhere`, `${folder}/manifest.json`);
    const { code, stderr } = await extract(folder, FITS);
    assertEquals(code, 2);
    assertMatch(stderr, /queue-0\.bin" is there: nothing was written/);
    assertEquals((await extract(folder, FITS, "--force")).code, 0);
    assertEquals(sizes(folder), SIZES);
    assertEquals(Deno.lstatSync(`${folder}/manifest.json`).isFile, true);
    assertEquals(await Deno.readTextFile(outside), "mine");
    assertEquals(sizes(`${folder}/..`), { "trace": null, "trace-outside": 4 });
  });
});

Deno.test("auxtail extract refuses what it cannot write to", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/queue-1.bin`, { recursive: true });
    const isFolder = await extract(folder, FITS, "--force");
    assertEquals([isFolder.code, isFolder.stderr], [
      2,
      `auxtail: "${folder}/queue-1.bin" is a folder: nothing was written\n`,
    ]);
    await Deno.remove(`${folder}/queue-1.bin`);
    const input = `${folder}/queue-0.bin`;
    await Deno.copyFile(new URL(FITS, root), input);
    const isInput = await extract(folder, input, "--force");
    assertEquals([isInput.code, isInput.stderr], [
      2,
      `auxtail: cannot write to the input "${input}"\n`,
    ]);
    assertEquals(Object.keys(sizes(folder)), ["queue-0.bin"]);
    const notFolder = await extract(input, FITS);
    assertEquals([notFolder.code, notFolder.stderr], [
      2,
      `auxtail: cannot write into "${input}": it is not a folder\n`,
    ]);
    await Deno.symlink("missing", `${folder}/link`);
    const toNothing = await extract(`${folder}/link`, FITS);
    assertEquals([toNothing.code, toNothing.stderr], [
      2,
      `auxtail: cannot write into "${folder}/link": it is a link to nothing\n`,
    ]);
    const belowFile = await extract(`${input}/a`, FITS);
    assertEquals(belowFile.code, 2);
    assertMatch(belowFile.stderr, /^auxtail: Not a directory.*\n$/);
    const permissions = ["--allow-read=testdata"];
    const needed = [`--allow-write=${folder}2`, `--allow-read=${folder}2`];
    const notAllowed = await runCli(["extract", FITS, "-o", `${folder}2`], { permissions });
    assertEquals([notAllowed.code, notAllowed.stderr], [
      2,
      `auxtail: no permission: run with ${needed.join(" ")}; auxtail --help says where that goes\n`,
    ]);
    permissions.push(...needed);
    assertEquals((await runCli(["extract", FITS, "-o", `${folder}2`], { permissions })).code, 0);
    await Deno.remove(`${folder}2`, { recursive: true });
  });
});

Deno.test("auxtail extract writes the readable bytes of a cut recording, and exits with 2", async () => {
  await withFolder(async (folder) => {
    const { code, stderr } = await extract(folder, "testdata/aux_cut.perf.data");
    assertEquals(code, 2);
    assertMatch(stderr, /^auxtail: testdata\/aux_cut\.perf\.data: not complete: .*got 100; copy/);
    assertEquals(sizes(folder), { "manifest.json": null, "queue-0.bin": 228 });
    const { input, queues } = JSON.parse(await Deno.readTextFile(`${folder}/manifest.json`));
    assertEquals(input.cut.fileOffset, "0x300");
    assertEquals(queues[0].marks, [
      { mark: "missing", auxOffset: "0xe4", size: 156, file: "queue-0.bin", position: "0xe4" },
    ]);
  });
});

Deno.test("auxtail extract says what is not in the recording", async () => {
  await withFolder(async (folder) => {
    const { code, stderr } = await extract(folder, FITS, "--queue", "7");
    assertEquals(code, 2);
    assertMatch(stderr, /auxtail: There is no queue 7: the recording has 0, 1\n$/);
    const noCpu = await extract(folder, FITS, "--cpu", "7");
    assertEquals(noCpu.code, 2);
    assertMatch(noCpu.stderr, /auxtail: There is no queue of CPU 7: the recording has 0, 1\n$/);
    const none = await extract(folder, "testdata/aux_none.perf.data");
    assertEquals([none.code, none.stdout], [0, "No AUX payload\n"]);
    assertEquals(sizes(folder), { "manifest.json": null });
  });
});

Deno.test("auxtail extract says what AUX records announce that no AUXTRACE record brings", async () => {
  await withFolder(async (folder) => {
    const { stdout } = await extract(folder, "testdata/aux_only.perf.data");
    const { announcedBytes } = JSON.parse(
      await Deno.readTextFile(new URL("testdata/aux_only.replay.json", root)),
    ).totals;
    assertEquals(
      stdout,
      `No AUX payload: AUX records announce ${announcedBytes} bytes, but no AUXTRACE record brings them\n`,
    );
  });
});

Deno.test("auxtail extract --force leaves nothing of an earlier run, and all else", async () => {
  await withFolder(async (folder) => {
    assertEquals((await extract(`${folder}/a/b`, FITS)).code, 0);
    await Deno.writeTextFile(`${folder}/a/b/notes.bin`, "mine");
    assertEquals((await extract(`${folder}/a/b`, FITS, "--force", "--cpu", "1")).code, 0);
    assertEquals(Object.keys(sizes(`${folder}/a/b`)), [
      "manifest.json",
      "notes.bin",
      "queue-1.bin",
    ]);
  });
});

Deno.test("auxtail extract --force removes only what the manifest of an earlier run lists", async () => {
  await withFolder(async (folder) => {
    const mine = ["queue-notes.bin", "samples-of-mine.bin", "etm_1_2.ini", "snapshot.ini"];
    const write = (name: string, text = "mine") =>
      Deno.writeTextFileSync(`${folder}/${name}`, text);
    const files = (names: unknown[]) => ({ queues: [{ files: names.map((name) => ({ name })) }] });
    const lists: Record<string, string> = {
      foreign: "{}",
      "no JSON": "name: mine",
      "another schema": JSON.stringify({ schema: "other/1", ...files(mine) }),
      "another shape": JSON.stringify({ schema: "auxtail.extract/1", queues: [{}] }),
      "other names": JSON.stringify({
        schema: "auxtail.extract/1",
        ...files(["../outside", "queue-sub.bin", null, "mine.txt", "./queue-notes.bin"]),
        snapshot: ["/etc/passwd", "queue-sub.bin/.."],
      }),
    };
    Deno.mkdirSync(`${folder}/queue-sub.bin`, { recursive: true });
    write("../outside");
    for (const name of [...mine, "mine.txt", "queue-sub.bin/file"]) write(name);
    for (const [name, manifest] of Object.entries(lists)) {
      write("manifest.json", manifest);
      const before = sizes(folder);
      const refused = await extract(folder, FITS);
      assertEquals([refused.code, sizes(folder)], [2, before], name);
      assertMatch(refused.stderr, /manifest\.json" is there: nothing was written/);
      assertEquals(Deno.readTextFileSync(`${folder}/manifest.json`), manifest);
      assertEquals((await extract(folder, FITS, "--force")).code, 0);
      assertEquals(sizes(folder), { ...before, ...SIZES }, name);
      for (const queue of [0, 1]) Deno.removeSync(`${folder}/queue-${queue}.bin`);
    }
    assertEquals(sizes(`${folder}/queue-sub.bin`), { file: 4 });
    assertEquals(Deno.readTextFileSync(`${folder}/../outside`), "mine");
  });
});

oracleTest(
  "auxtail extract --force removes the snapshot of an earlier run",
  ["corpus"],
  () =>
    withFolder(async (folder) => {
      const path = corpusPath("simpleperf/etm.perf_etm.data");
      assertEquals((await extract(folder, path)).code, 0);
      const { snapshot } = JSON.parse(Deno.readTextFileSync(`${folder}/manifest.json`));
      const found = Object.keys(sizes(folder)).filter((name) => name.endsWith(".ini"));
      assertEquals(snapshot.toSorted(), found);
      assertEquals((await extract(folder, FITS, "--force")).code, 0);
      assertEquals(sizes(folder), SIZES);
    }),
);

Deno.test({
  name: "auxtail extract leaves nothing behind on a full disk",
  ignore: !canMount(),
  fn: () =>
    withFolder(async (folder) => {
      const input = `${folder}.data`;
      const recording = new AuxRecording();
      for (let n = 0; n < 64; n++) recording.chunk(0, { offset: BigInt(n << 14), size: 1 << 14 });
      await Deno.writeFile(input, recording.bytes());
      await Deno.mkdir(folder);
      const script = `mount -t tmpfs -o size=512k none ${folder} && "$@"; code=$?; ` +
        `ls -A ${folder}; cd /; exit $code`;
      const cli = ["run", "--no-prompt", "--allow-read", `--allow-write=${folder}`, "cli/main.ts"];
      for (const target of [folder, `${folder}/new`]) {
        const { code, stdout, stderr } = await new Deno.Command("unshare", {
          args: ["--mount", "sh", "-c", script, "sh", Deno.execPath(), ...cli]
            .concat("extract", input, "-o", target),
          cwd: root,
        }).output();
        const text = new TextDecoder();
        assertMatch(
          text.decode(stderr),
          /^auxtail: cannot write "\S+\/queue-0\.bin": No space left.*\n$/,
        );
        assertEquals([code, text.decode(stdout)], [2, ""]);
      }
    }),
});

/** Runs a program; null if it is not there. */
function exitCode(program: string, args: readonly string[]): number | null {
  try {
    const output = { stdout: "null", stderr: "null" } as const;
    return new Deno.Command(program, { args: [...args], ...output }).outputSync().code;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Whether a file system can be mounted where no other process sees it. */
function canMount(): boolean {
  const args = ["--mount", "mount", "-t", "tmpfs", "none", "/mnt"];
  if (exitCode("unshare", args) === 0) return true;
  skipped("auxtail extract on a full disk", "cannot mount");
  return false;
}

function skipped(name: string, reason: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`Skipped: ${name}: ${reason}\n`));
}
