/**
 * Runs one writing command into every fault that needs no signal, and prints what was not as it has
 * to be: `output_faults_driver.ts NAME [mount]`. With `mount` it mounts file systems, which is to be
 * done where no other process sees them.
 */

import { callCli } from "./call_cli.ts";
import type { CliRun } from "./run_cli.ts";
import { contents, WRITING_COMMANDS, type WritingCommand } from "./writing_commands.ts";

const [name, mount] = Deno.args;
const command = WRITING_COMMANDS.find((command) => command.name === name)!;
const { writes, reads } = command;
const testdata = new URL("../testdata/", import.meta.url).pathname;
const INPUT = `${testdata}aux_demo_exceeds.perf.data`;
const OTHER = `${testdata}aux_demo_fits.perf.data`;
const THREADS = `${testdata}perf_threads.perf.dir`;
const OLD = "old bytes\n";
const PAGE = 4096;

const failures: string[] = [];
let runs = 0;

/** What has to be there in the end: the whole output, what was there before, or either. */
type Outcome = "whole" | "old" | "either";

interface Attempt {
  /** Makes what is there before. */
  readonly setUp?: () => unknown;
  /** What is read, if not the usual inputs. */
  readonly inputs?: readonly string[];
  /** What `-o` names, by default `out`. */
  readonly out?: string;
  /** What is written then, by default the same. */
  readonly target?: string;
  readonly outcome: Outcome;
  /** What standard error says if nothing is written. */
  readonly said?: RegExp;
}

/** Runs the command in a folder of its own; `whole` is what it writes where nothing goes wrong. */
async function attempt(
  what: string,
  { setUp, inputs, out = "out", target = out, outcome, said }: Attempt,
  whole: Readonly<Record<string, string>>,
): Promise<CliRun> {
  setUp?.();
  const before = contents(".");
  const run = await callCli(words(command, out, inputs));
  const after = contents(".");
  const written = { ...before, ...placed(whole, target) };
  const expected = run.code === 0 ? written : before;
  const found = [
    ...(outcome === "whole" && run.code !== 0 ? [`exit code ${run.code}`] : []),
    ...(outcome === "old" && run.code !== 2 ? [`exit code ${run.code}`] : []),
    ...differences(expected, after),
    ...(run.code === 0 || said === undefined || said.test(run.stderr) ? [] : ["message"]),
  ];
  if (found.length > 0) failures.push(`${what}: ${found.join("; ")}: ${run.stderr}`);
  runs++;
  return run;
}

function words({ args }: WritingCommand, out: string, inputs?: readonly string[]): string[] {
  const usual = reads === "nothing"
    ? []
    : reads === "one"
    ? ["in.data"]
    : ["in.data", "other.data"];
  return [...args, ...(inputs ?? usual), "-o", out];
}

/** The output at another path. */
function placed(whole: Readonly<Record<string, string>>, at: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(whole).map(([path, text]) => [path.replace(/^\.\/out/, `./${at}`), text]),
  );
}

function differences(expected: Record<string, string>, actual: Record<string, string>): string[] {
  const paths = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...paths].filter((path) => expected[path] !== actual[path]).map((path) =>
    !(path in actual)
      ? `${path} is gone`
      : !(path in expected)
      ? `${path} is left`
      : `${path} differs`
  );
}

/** Calls `use` in a new folder with the inputs. */
async function inFolder(use: () => Promise<unknown>): Promise<void> {
  const top = Deno.makeTempDirSync();
  try {
    Deno.chdir(top);
    Deno.copyFileSync(INPUT, "in.data");
    Deno.copyFileSync(OTHER, "other.data");
    await use();
  } finally {
    Deno.chdir("/");
    Deno.removeSync(top, { recursive: true });
  }
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** Runs a program, and tells whether it succeeded. */
function does(program: string, ...args: string[]): boolean {
  const { success } = new Deno.Command(program, { args, stdout: "null", stderr: "null" })
    .outputSync();
  return success;
}

/** A manifest of an earlier output: parts of tables are replaced only if it lists them. */
let oldManifest = OLD;

/** Makes an earlier output of the command. */
function makeOld(out: string, whole: Readonly<Record<string, string>>): void {
  if (writes === "file") return Deno.writeTextFileSync(out, OLD);
  for (const path of Object.keys(placed(whole, out))) {
    if (path.endsWith("/")) Deno.mkdirSync(path, { recursive: true });
    else Deno.writeTextFileSync(path, path.endsWith("/manifest.json") ? oldManifest : OLD);
  }
  Deno.writeTextFileSync(`${out}/mine.txt`, "mine");
}

/** What the command writes where nothing goes wrong; a file holds what goes to standard output. */
async function wholeOutput(): Promise<Record<string, string>> {
  let whole: Record<string, string> = {};
  await inFolder(async () => {
    const before = contents(".");
    const { code, stderr } = await callCli(words(command, "out"));
    if (code !== 0) throw new Error(`${name}: ${stderr}`);
    whole = Object.fromEntries(Object.entries(contents(".")).filter(([path]) => !(path in before)));
    if ("./out/manifest.json" in whole) oldManifest = Deno.readTextFileSync("out/manifest.json");
    if (writes === "folder") return;
    const { stdout } = await callCli(words(command, "-"));
    const text = new TextDecoder("latin1").decode(new TextEncoder().encode(stdout));
    const isText = !command.args.includes("perfetto");
    if (isText && text !== whole["./out"]) failures.push("standard output differs");
  });
  return whole;
}

const whole = await wholeOutput();

async function inPlaces(): Promise<void> {
  await inFolder(() => attempt("new", { outcome: "whole" }, whole));
  await inFolder(() =>
    attempt("over an old one", { setUp: () => makeOld("out", whole), outcome: "whole" }, whole)
  );
  await inFolder(async () => {
    Deno.mkdirSync("real");
    await attempt("through a link to a folder", {
      setUp: () => Deno.symlinkSync("real", "link"),
      out: "link/out",
      target: "real/out",
      outcome: "whole",
    }, whole);
  });
  const part = writes === "file" ? "out.part" : `${firstFile()}.part`;
  await inFolder(() =>
    attempt("beside a .part", {
      setUp: () => {
        if (writes === "folder") makeOld("out", whole);
        Deno.writeTextFileSync(part, "mine");
      },
      outcome: "old",
      said: /\.part" is there: nothing was written/,
    }, whole)
  );
  const inNone = { ...whole, ...(writes === "folder" && { "./none/": "folder" }) };
  const outcome = writes === "folder" ? "whole" : "old";
  await inFolder(() => attempt("in no folder", { out: "none/out", outcome }, inNone));
  await inFolder(() =>
    attempt("below a file", {
      setUp: () => Deno.writeTextFileSync("file", OLD),
      out: "file/out",
      outcome: "old",
      said: /file/,
    }, whole)
  );
}

/** The first file of a folder that is written. */
function firstFile(): string {
  return Object.keys(whole).find((path) => !path.endsWith("/"))!;
}

async function asFile(): Promise<void> {
  await inFolder(() =>
    attempt("a folder", {
      setUp: () => Deno.mkdirSync("out"),
      outcome: "old",
      said: /"out" is a folder/,
    }, whole)
  );
  for (const there of [true, false]) {
    await inFolder(() =>
      attempt(there ? "a link to a link" : "a dangling link", {
        setUp: () => {
          Deno.mkdirSync("a");
          if (there) Deno.writeTextFileSync("a/target", OLD);
          Deno.symlinkSync("target", "a/link");
          Deno.symlinkSync("a/link", "out");
        },
        target: "a/target",
        outcome: "whole",
      }, whole)
    );
  }
  await inFolder(async () => {
    does("mkfifo", "out");
    const reader = new Deno.Command("sh", { args: ["-c", "cat out > read"] }).spawn();
    const { code, stderr } = await callCli(words(command, "out"));
    await reader.status;
    const { "./out": fifo, "./read": read } = contents(".");
    if (code !== 0 || read !== whole["./out"]) failures.push(`FIFO: ${code} ${stderr}`);
    if (fifo !== "special") failures.push("FIFO: it is gone");
    const gone = new Deno.Command("sh", { args: ["-c", "exec < out"] }).spawn();
    const { code: codeAtEnd } = await callCli(words(command, "out"));
    await gone.status;
    if (codeAtEnd !== 0) failures.push(`FIFO without a reader: ${codeAtEnd}`);
    runs += 2;
  });
  await inFolder(async () => {
    if (!does("mknod", "out", "c", "1", "7")) return print("Skipped: devices: mknod refuses");
    await attempt("a full device", { outcome: "old", said: /cannot write "out": No space/ }, whole);
    Deno.removeSync("out");
    does("mknod", "out", "c", "1", "3");
    const { code } = await callCli(words(command, "out"));
    if (code !== 0 || contents(".")["./out"] !== "special") failures.push("a device");
    runs++;
  });
}

async function ontoInputs(): Promise<void> {
  const refused = { outcome: "old", said: /input|is there/ } as const;
  const setUp = () => {
    Deno.symlinkSync("in.data", "soft");
    Deno.linkSync("in.data", "hard");
    Deno.linkSync("in.data", "x.part");
    Deno.mkdirSync("threads");
    for (const { name } of Deno.readDirSync(THREADS)) {
      Deno.copyFileSync(`${THREADS}/${name}`, `threads/${name}`);
      Deno.linkSync(`threads/${name}`, `hard-${name}`);
    }
    Deno.symlinkSync("threads", "link");
  };
  const inputs = reads === "many" ? ["in.data", "other.data", "threads"] : null;
  if (writes === "file") {
    for (const out of ["in.data", "./in.data", "soft", "hard", "x"]) {
      const given = inputs ?? ["in.data"];
      await inFolder(() =>
        attempt(`onto ${out}`, { setUp, inputs: given, out, ...refused }, whole)
      );
    }
    const folder = ["data", "data.0", "data.1"];
    const outs = [
      ...folder.flatMap((data) => [`threads/${data}`, `link/${data}`, `hard-${data}`]),
      "threads/data.2",
    ];
    for (const out of outs) {
      const given = inputs ?? ["threads"];
      await inFolder(() =>
        attempt(`onto ${out}`, { setUp, inputs: given, out, ...refused }, whole)
      );
    }
    return;
  }
  // A file of the folder that is to be replaced is the input, by a name of which the same is made.
  for (const path of Object.keys(whole).filter((path) => !path.endsWith("/"))) {
    await inFolder(() =>
      attempt(`onto ${path}`, {
        setUp: () => {
          makeOld("out", whole);
          Deno.copyFileSync("in.data", path);
          Deno.mkdirSync("linked");
          Deno.linkSync(path, "linked/in.data");
        },
        inputs: reads === "many" ? ["linked/in.data", "other.data"] : ["linked/in.data"],
        ...refused,
      }, whole)
    );
  }
}

async function ofBadInputs(): Promise<void> {
  for (const isOld of [false, true]) {
    const setUp = () => {
      Deno.writeTextFileSync("bad.data", "no recording");
      if (isOld) makeOld("out", whole);
    };
    for (const bad of ["bad.data", "missing.data"]) {
      if (reads === "one") {
        await inFolder(() => attempt(`of ${bad}`, { setUp, inputs: [bad], outcome: "old" }, whole));
      }
    }
  }
}

/** Calls `use` with a folder `disk` that is a file system of its own. */
async function onDisk(options: string, use: () => Promise<unknown>): Promise<void> {
  await inFolder(async () => {
    Deno.mkdirSync("disk");
    const disk = `${Deno.cwd()}/disk`;
    if (!does("mount", "-t", "tmpfs", "-o", options, "none", disk)) {
      throw new Error(`cannot mount with ${options}`);
    }
    try {
      await use();
    } finally {
      does("umount", "--lazy", disk);
    }
  });
}

async function onFullDisks(): Promise<void> {
  const pages = Object.values(whole).reduce(
    (so, text) => so + Math.ceil(text.length / PAGE) + 1,
    0,
  );
  const sizes = [1, 2, 3, 4, 8, 16, 64, 4 * pages + 4];
  const said = /disk\/out.*No space left|No space left.*disk\/out/;
  let full = 0;
  for (const isOld of writes === "file" ? [false, true] : [false]) {
    const options = sizes.map((size) => `size=${size * PAGE}`)
      .concat([2, 3].map((count) => `nr_inodes=${count}`));
    for (const [n, option] of options.entries()) {
      await onDisk(option, async () => {
        const { stderr } = await attempt(`on a disk of ${option}, old: ${isOld}`, {
          setUp: () => isOld && makeOld("disk/out", whole),
          out: "disk/out",
          outcome: n === sizes.length - 1 ? "whole" : "either",
          said,
        }, whole);
        if (said.test(stderr)) full++;
      });
    }
  }
  if (full === 0) failures.push("no disk was full");
}

/** A file that must not be written, in a folder where it could be replaced. */
async function overReadOnlyFile(): Promise<void> {
  await onDisk("size=16m", () =>
    attempt("over a read-only file", {
      setUp: () => {
        makeOld("disk/out", whole);
        const file = `${Deno.cwd()}/disk/out`;
        const isMounted = does("mount", "--bind", file, file) &&
          does("mount", "-o", "remount,bind,ro", file);
        if (!isMounted) throw new Error("cannot mount a file");
      },
      out: "disk/out",
      outcome: "old",
      said: /disk\/out.*Read-only|Read-only.*disk\/out/,
    }, whole));
}

async function onReadOnlyDisks(): Promise<void> {
  for (const isOld of [false, true]) {
    await onDisk("size=16m", () =>
      attempt(`on a read-only disk, old: ${isOld}`, {
        setUp: () => {
          if (isOld) makeOld("disk/out", whole);
          if (!does("mount", "-o", "remount,ro", `${Deno.cwd()}/disk`)) throw new Error("remount");
        },
        out: "disk/out",
        outcome: "old",
        said: /disk\/out.*Read-only|Read-only.*disk\/out/,
      }, whole));
  }
}

await inPlaces();
if (writes === "file") await asFile();
if (reads !== "nothing") await ontoInputs();
await ofBadInputs();
if (mount === "mount") {
  await onFullDisks();
  await onReadOnlyDisks();
  if (writes === "file") await overReadOnlyFile();
}
print(JSON.stringify({ runs, failures }));
