import { assertEquals } from "@std/assert";
import { AuxRecording } from "./aux_recording.ts";
import { randomNumbers } from "./random_numbers.ts";
import { contents, type WritingCommand } from "./writing_commands.ts";

const main = new URL("../cli/main.ts", import.meta.url).pathname;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const OLD = "old bytes\n";
const SAID = "auxtail: interrupted: what was half written is removed\n";
const SEED = 15;
const CHUNKS = 500;
/** Bytes of the input that come before standard input waits: more than its header. */
const FIRST_BYTES = 5000;
const POLL_MS = 5;

/** How a command is run. */
interface Run {
  readonly folder: string;
  readonly inputs?: readonly string[];
  /** Standard input: a pipe, or a file of the folder. */
  readonly stdin?: "piped" | "in.data";
  readonly out?: string;
  /** By default those for all files. */
  readonly permissions?: readonly string[];
}

/** Declares tests that stop each command, and that give it little permission. */
export function testOutputSignals(commands: readonly WritingCommand[]): void {
  const random = randomNumbers(SEED);
  for (const command of commands) {
    const { name, writes, reads } = command;
    const moments = SIGNALS.map(() => random() % 100 / 100);
    Deno.test(`${name}: a signal at any moment leaves the old output or the whole one`, () =>
      inFolder(async (folder) => {
        const startMs = performance.now();
        const { code, said } = await result(start(command, { folder }));
        const ms = performance.now() - startMs;
        assertEquals(code, 0, said);
        const whole = contents(folder);
        await Promise.all(SIGNALS.map((signal, n) =>
          inFolder(async (folder) => {
            if (n === 1 && writes === "file") Deno.writeTextFileSync(`${folder}/out`, OLD);
            const old = contents(folder);
            const child = start(command, { folder });
            await delay(ms * moments[n]!);
            kill(child, signal);
            const { code, said } = await result(child);
            const found = contents(folder);
            const isOld = JSON.stringify(found) === JSON.stringify(old);
            assertEquals(found, isOld ? old : whole, `${signal}: ${code} ${said}`);
            if (said.includes("interrupted")) assertEquals([code, said, isOld], [2, SAID, true]);
          })
        ));
      }));
    if (reads !== "nothing") testStandardInput(command);
    if (writes === "file") testPermissions(command);
  }
}

function testStandardInput(command: WritingCommand): void {
  const { name, writes, reads } = command;
  const inputs = reads === "one" ? ["-"] : ["-", "other.data"];
  Deno.test(`${name}: signals end a read of standard input that waits`, async () => {
    await Promise.all(SIGNALS.map((signal, n) =>
      inFolder(async (folder) => {
        if (n === 1 && writes === "file") Deno.writeTextFileSync(`${folder}/out`, OLD);
        const before = contents(folder);
        const child = start(command, { folder, inputs, stdin: "piped" });
        const writer = child.stdin.getWriter();
        await writer.write(Deno.readFileSync(`${folder}/in.data`).subarray(0, FIRST_BYTES));
        while (Object.keys(contents(folder)).length === Object.keys(before).length) {
          await delay(POLL_MS);
        }
        child.kill(signal);
        assertEquals(await result(child), { code: 2, said: SAID }, signal);
        await writer.close().catch(() => {});
        assertEquals(contents(folder), before);
      })
    ));
  });
  if (writes === "folder") return;
  Deno.test(`${name}: a file that is standard input stays as it is`, () =>
    inFolder(async (folder) => {
      const before = contents(folder);
      const run = { folder, inputs, stdin: "in.data", out: "in.data" } as const;
      const said = 'auxtail: cannot write to the input "in.data"\n';
      assertEquals(await result(start(command, run)), { code: 2, said });
      assertEquals(contents(folder), before);
    }));
}

function testPermissions(command: WritingCommand): void {
  Deno.test(`${command.name}: with permission for PATH alone only a new file is written`, () =>
    inFolder(async (folder) => {
      const read = "--allow-read=in.data,other.data";
      const permissions = [read, "--allow-write=out"];
      const before = contents(folder);
      const run = { folder, permissions };
      assertEquals((await result(start(command, run))).code, 0);
      const whole = contents(folder);
      assertEquals(Object.keys(whole).length, Object.keys(before).length + 1);
      Deno.writeTextFileSync(`${folder}/out`, OLD);
      const refused = await result(start(command, run));
      assertEquals([refused.code, /--allow-write=out,out\.part/.test(refused.said)], [2, true]);
      assertEquals(contents(folder), { ...whole, "./out": OLD });
      const enough = [`${read},out,out.part`, "--allow-write=out,out.part"];
      const allowed = await result(start(command, { ...run, permissions: enough }));
      assertEquals([allowed.code, contents(folder)], [0, whole], allowed.said);
    }));
}

function start(
  { args, reads }: WritingCommand,
  { folder, inputs, stdin, out = "out", permissions = ["--allow-read", "--allow-write"] }: Run,
): Deno.ChildProcess {
  const usual = { nothing: [], one: ["in.data"], many: ["in.data", "other.data"] }[reads];
  const words = [
    ...[Deno.execPath(), "run", "--no-prompt", "--quiet"],
    ...[...permissions, ...(reads === "nothing" ? ["--allow-read", "--allow-ffi"] : [])],
    ...[main, ...args, ...(inputs ?? usual), "-o", out],
  ];
  const isFile = stdin === "in.data";
  const [program = "", ...rest] = isFile
    ? ["sh", "-c", 'exec "$@" < in.data', "sh", ...words]
    : words;
  return new Deno.Command(program, {
    args: rest,
    cwd: folder,
    stdin: stdin === "piped" ? "piped" : "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

/** How a command ends; what it says of what it wrote is left out. */
async function result(child: Deno.ChildProcess): Promise<{ code: number; said: string }> {
  const { code, stderr } = await child.output();
  return { code, said: new TextDecoder().decode(stderr) };
}

/** Sends a signal, if the command has not ended. */
function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Calls `use` with a new folder of two recordings; the same each time. */
async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    const recording = new AuxRecording();
    for (let n = 0; n < CHUNKS; n++) recording.chunk(0, { offset: BigInt(n << 8), size: 1 << 8 });
    Deno.writeFileSync(`${folder}/in.data`, recording.bytes());
    Deno.writeFileSync(`${folder}/other.data`, new AuxRecording().bytes());
    for (const name of ["in.data", "other.data"]) Deno.utimeSync(`${folder}/${name}`, 1, 1);
    await use(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
