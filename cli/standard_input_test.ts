import { assertEquals, assertGreater } from "@std/assert";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { callCli } from "../testing/call_cli.ts";
import { corpusNames, corpusPath, oracleTest, recordingNames } from "../testing/corpus.ts";
import { runCli } from "../testing/run_cli.ts";

const root = new URL("../testdata/", import.meta.url);
/** Every command that reads `-`, in its forms. A report needs a package: `web/` tests it. */
const COMMANDS: readonly (readonly string[])[] = [
  ["info"],
  ["info", "--format", "json"],
  ["check"],
  ["check", "--format", "json"],
  ["replay"],
  ["replay", "--format", "json", "--all"],
  ["replay", "--format", "ndjson", "--perf", "released"],
  ["replay", "--from-arch", "i686"],
  ["dump"],
  ["dump", "--format", "ndjson", "--order", "time"],
  ["dump", "--count"],
  ["packets", "--summary", "--format", "json"],
  ["packets", "--limit", "50"],
  ["convert", "--to", "ndjson", "--table", "records"],
  ["convert", "--to", "ndjson", "--table", "recordings"],
  ["convert", "--to", "csv", "--table", "aux_records"],
  ["convert", "--to", "csv", "--table", "tails"],
  ["convert", "--to", "perfetto", "-o", "-"],
];

/** An answer, with every white space alike: a name, or how the input is packed, can wrap a line. */
type Answer = readonly [code: number, stdout: string, stderr: string];

async function answerOf(
  command: readonly string[],
  path: string,
  stdin = new Uint8Array(),
): Promise<Answer> {
  const { code, stdout, stderr } = await callCli([...command, path], { stdin });
  return [code, flat(stdout), flat(stderr)];
}

function flat(text: string): string {
  return text.replace(/\s+/g, " ");
}

/** The answer on `-` as if it were that on a file named `q`. */
function named([code, ...texts]: Answer): Answer {
  const [stdout, stderr] = texts.map((text) =>
    text.replace(/(^|auxtail: )-(?=:| )/g, "$1q").replace(/"(path|name)":( ?)"-"/g, '"$1":$2"q"')
  );
  return [code, stdout!, stderr!];
}

/** The answer on packed input as if it were not packed. */
function unpacked([code, ...texts]: Answer, packed: string): Answer {
  const said = new RegExp(`"packed":( ?)"${packed}"`, "g");
  const [stdout, stderr] = texts.map((text) =>
    text.replace(said, '"packed":$1null').replace(`, packed as ${packed}`, "")
  );
  return [code, stdout!, stderr!];
}

/** Compares the answers on bytes by path, on standard input, and packed either way. */
async function compareAll(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  commands = COMMANDS,
): Promise<void> {
  const gzip = new Uint8Array(gzipSync(bytes, { level: 1 }));
  const zstd = new Uint8Array(zstdCompressSync(bytes));
  for (const [n, command] of commands.entries()) {
    const answerOn = (bytes: Uint8Array<ArrayBuffer>) => {
      Deno.writeFileSync("q", bytes);
      return answerOf(command, "q");
    };
    const expected = [name, ...command, await answerOn(bytes)];
    const compare = (answer: Answer) => assertEquals([name, ...command, answer], expected);
    compare(named(await answerOf(command, "-", bytes)));
    // Either way of packing, in turn by path and on standard input.
    const [byPath, onStdin] = n % 2 === 0 ? ["gzip", "zstd"] : ["zstd", "gzip"];
    const packed = (as: string) => as === "gzip" ? gzip : zstd;
    compare(unpacked(await answerOn(packed(byPath!)), byPath!));
    compare(unpacked(named(await answerOf(command, "-", packed(onStdin!))), onStdin!));
  }
}

/** Runs in a folder of its own, so that names are short and the same. */
async function inFolder(run: (start: string) => Promise<void>): Promise<void> {
  const start = Deno.cwd();
  const folder = Deno.makeTempDirSync();
  try {
    Deno.chdir(folder);
    await run(start);
  } finally {
    Deno.chdir(start);
    Deno.removeSync(folder, { recursive: true });
  }
}

const names = [...Deno.readDirSync(root)].map(({ name }) => name)
  .filter((name) => name.endsWith(".perf.data")).sort();

Deno.test("every command gives the same answer by path and on standard input, packed or not", async () => {
  assertGreater(names.length, 50);
  await inFolder(async () => {
    for (const name of names) await compareAll(name, Deno.readFileSync(new URL(name, root)));
  });
});

oracleTest(
  "the recordings of the corpus give the same answer by path and on standard input, packed or not",
  ["corpus"],
  async () => {
    const commands = COMMANDS.filter((command) => command.includes("json"));
    await inFolder(async () => {
      for (const name of [...recordingNames(), ...corpusNames("malformed")]) {
        await compareAll(name, Deno.readFileSync(corpusPath(name)), commands);
      }
    });
  },
);

const FITS = Deno.readFileSync(new URL("aux_demo_fits.perf.data", root));
const EXCEEDS = Deno.readFileSync(new URL("aux_demo_exceeds.perf.data", root));

Deno.test("auxtail reads a packed file from the disk, and from a process of its own", async () => {
  const stdin = new Uint8Array(gzipSync(EXCEEDS));
  const { code, stdout, stderr } = await runCli(["replay", "-"], { stdin, permissions: [] });
  assertEquals([code, stderr], [1, ""]);
  assertEquals(
    stdout.split("\n")[0],
    "-: intel_pt, full mode, file, not finalised, packed as gzip",
  );
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeFileSync(path, stdin);
    const permissions = [`--allow-read=${path}`];
    const run = await runCli(["info", "--format", "json", path], { permissions });
    assertEquals([run.code, JSON.parse(run.stdout).input.packed], [0, "gzip"]);
    using input = Deno.openSync(new URL("aux_demo_fits.perf.data", root));
    const redirected = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "cli/main.ts", "replay", "--format", "json", "-"],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    await input.readable.pipeTo(redirected.stdin);
    const answer = JSON.parse(new TextDecoder().decode((await redirected.output()).stdout));
    assertEquals([answer.recording.arch, answer.input.packed], ["x86_64", null]);
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("auxtail takes ./- for a file, and - for standard input", async () => {
  await inFolder(async () => {
    Deno.writeFileSync("-", FITS);
    for (const command of [["replay"], ["info"], ["check"], ["dump", "--count"]]) {
      assertEquals((await callCli([...command, "./-"])).code, 0, command[0]);
      assertEquals((await callCli([...command, "-"])).code, 2, command[0]);
    }
    Deno.writeFileSync("other.data", EXCEEDS);
    const { code, stdout } = await callCli(["replay", "--format", "ndjson", "."]);
    const paths = stdout.trimEnd().split("\n").slice(0, -1)
      .map((line) => JSON.parse(line).input.path);
    assertEquals([code, paths], [1, ["./-", "other.data"]]);
  });
});

Deno.test("auxtail finds packed recordings in folders, and reads them by several jobs", async () => {
  await inFolder(async () => {
    Deno.mkdirSync("all");
    const files = {
      "a": new Uint8Array(gzipSync(FITS)),
      "b.data.gz": new Uint8Array(gzipSync(EXCEEDS)).subarray(0, 30),
      "c.zst": new Uint8Array(zstdCompressSync(EXCEEDS)),
      "d": FITS,
      "notes.gz": new Uint8Array(gzipSync(new TextEncoder().encode("no recording at all"))),
    };
    for (const [name, bytes] of Object.entries(files)) Deno.writeFileSync(`all/${name}`, bytes);
    for (const jobs of ["1", "2"]) {
      const { code, stdout } = await callCli(["replay", "--format", "json", "--jobs", jobs, "all"]);
      const { recordings, skipped } = JSON.parse(stdout);
      const found = recordings.map(({ input, verdict = "error" }: {
        input: { path: string; packed?: string };
        verdict?: string;
      }) => [input.path, input.packed, verdict]).sort();
      assertEquals([code, skipped, found], [2, 1, [
        ["all/a", "gzip", "fits"],
        ["all/b.data.gz", undefined, "error"],
        ["all/c.zst", "zstd", "exceeds"],
        ["all/d", null, "fits"],
      ]]);
    }
    for (const jobs of ["1", "2"]) {
      const { stdout } = await callCli(["packets", "--jobs", jobs, "all/a"]);
      assertEquals(stdout, (await callCli(["packets", "all/d"])).stdout);
    }
  });
});

/** The head of a member as tar writes it: its name, and the magic of POSIX at 257. */
function tar(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(1024);
  bytes.set(new TextEncoder().encode("perf.data"));
  bytes.set(new TextEncoder().encode("ustar"), 257);
  return bytes;
}

Deno.test("auxtail names the command that unpacks what it does not unpack", async () => {
  const twice = new Uint8Array(gzipSync(gzipSync(FITS)));
  const inputs: [bytes: Uint8Array<ArrayBuffer>, said: string][] = [
    // The first bytes that each program writes; sources: the formats' own specifications.
    [Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4), "xz data; unpack it first: xz -d FILE"],
    [
      new TextEncoder().encode("BZh91AY&SY"),
      "bzip2 data; unpack it first: bzip2 -d FILE",
    ],
    [Uint8Array.of(4, 0x22, 0x4d, 0x18, 0x64, 0x40), "lz4 data; unpack it first: lz4 -d FILE"],
    [Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0), "zip data; unpack it first: unzip FILE"],
    [tar(), "tar data; unpack it first: tar -xf FILE"],
    [
      new Uint8Array(gzipSync(tar())),
      "tar data, packed as gzip; unpack it first: tar -xf FILE",
    ],
    [
      new Uint8Array(zstdCompressSync(tar())),
      "tar data, packed as zstd; unpack it first: tar -xf FILE",
    ],
    [twice, "gzip data, packed as gzip; it is packed more than once: unpack it by hand"],
    [
      new Uint8Array(gzipSync(new Uint8Array())),
      "0 bytes, packed as gzip; the file is empty: give a file that perf record wrote",
    ],
  ];
  for (const [stdin, said] of inputs) {
    for (const command of ["info", "check", "replay", "dump", "packets"]) {
      const { code, stdout, stderr } = await callCli([command, "-"], { stdin });
      assertEquals([command, code, stdout], [command, 2, ""]);
      assertEquals(stderr.includes(`, got ${said}`), true, stderr);
    }
  }
});

Deno.test("auxtail answers on packed input that is cut or damaged as far as it goes", async () => {
  const gzip = new Uint8Array(gzipSync(FITS, { level: 0 }));
  const cases: [bytes: Uint8Array<ArrayBuffer>, said: RegExp][] = [
    [
      gzip.subarray(0, gzip.length >> 1),
      /gzip data at 0x\w+: expected the rest of it, got the end of the packed input at packed offset 0x\w+/,
    ],
    [gzip.with(-8, gzip.at(-8)! ^ 1), /"incorrect data check" at packed offset/],
    [new Uint8Array([...gzip, 1, 2, 3]), /other bytes after it at packed offset/],
  ];
  for (const [stdin, said] of cases) {
    for (const command of [["info"], ["check"], ["replay"], ["dump"], ["packets"]]) {
      const { code, stdout, stderr } = await callCli([...command, "-"], { stdin });
      assertEquals([command, code], [command, command[0] === "check" ? 1 : 2]);
      assertEquals(said.test((stdout + stderr).replace(/\s+/g, " ")), true, stdout + stderr);
      assertGreater(stdout.length, 100);
    }
  }
});
