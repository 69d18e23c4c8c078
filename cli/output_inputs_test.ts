import { assertEquals } from "@std/assert";
import { AuxRecording } from "../testing/aux_recording.ts";
import { callCli } from "../testing/call_cli.ts";
import { contents } from "../testing/writing_commands.ts";

const main = new URL("main.ts", import.meta.url).pathname;

/** Runs a line of the shell in a new folder; `auxtail` is the command, with all permissions. */
async function inShell(
  line: string,
  { folder, permissions = ["--allow-all"] }: {
    readonly folder: string;
    readonly permissions?: readonly string[];
  },
): Promise<{ code: number; said: string }> {
  const script = `auxtail() { "$DENO" run --no-prompt --quiet ${
    permissions.join(" ")
  } "$MAIN" "$@"; }; ${line}`;
  const { code, stderr } = await new Deno.Command("bash", {
    args: ["-c", script],
    cwd: folder,
    env: { DENO: Deno.execPath(), MAIN: main },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  return { code, said: new TextDecoder().decode(stderr) };
}

/** Calls `use` with a folder of a recording, a directory of one, and a list of both. */
async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    const bytes = new AuxRecording().bytes();
    Deno.mkdirSync(`${folder}/dr`);
    for (const name of ["x.data", "dr/data"]) Deno.writeFileSync(`${folder}/${name}`, bytes);
    Deno.writeTextFileSync(`${folder}/list`, "x.data\ndr\n");
    await use(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const cannotWrite = (name: string) => `auxtail: cannot write to the input "${name}"\n`;

Deno.test("the list of --files-from is an input, which no output replaces", () =>
  inFolder(async (folder) => {
    const before = contents(folder);
    for (
      const line of [
        ...["replay", "info", "dump", "check", "packets"].map((name) =>
          `auxtail ${name} --files-from list -o list`
        ),
        "auxtail info --files-from - -o list < list",
        "auxtail info --files-from ./list -o dr/../list",
      ]
    ) {
      const name = line.endsWith("dr/../list") ? "dr/../list" : "list";
      assertEquals(await inShell(line, { folder }), { code: 2, said: cannotWrite(name) }, line);
    }
    assertEquals(contents(folder), before);
    // In a folder of outputs, by the name of one of them.
    const names = {
      "extract": "x.data/manifest.json",
      "convert --to csv": "recordings/part-0.csv",
      "convert --to perfetto": "x.data.trace",
    };
    for (const [command, name] of Object.entries(names)) {
      const list = `out/${name}`;
      Deno.mkdirSync(`${folder}/${list}`.replace(/\/[^/]*$/, ""), { recursive: true });
      Deno.copyFileSync(`${folder}/list`, `${folder}/${list}`);
      const before = contents(folder);
      const line = `auxtail ${command} --force --files-from ${list} -o out`;
      const { code, said } = await inShell(line, { folder });
      assertEquals([code, said.includes(`"${list}"`)], [2, true], said);
      assertEquals(contents(folder), before);
    }
  }));

Deno.test("standard output that is an input is refused, by whatever name", () =>
  inFolder(async (folder) => {
    const before = contents(folder);
    for (
      const line of [
        "auxtail info x.data >> x.data",
        "auxtail replay dr -o /dev/stdout 1<>dr/data",
        "auxtail info dr x.data -o - 1<>x.data",
        "auxtail dump - -o /dev/fd/1 < x.data >> x.data",
        "auxtail info --files-from list >> list",
        "auxtail convert --to csv --table records x.data >> x.data",
        "auxtail convert --to ndjson --table records --files-from list >> list",
        "auxtail convert --to perfetto x.data -o - >> x.data",
      ]
    ) {
      const said = "auxtail: cannot write to standard output: it is an input\n";
      assertEquals(await inShell(line, { folder }), { code: 2, said }, line);
    }
    assertEquals(contents(folder), before);
    assertEquals((await inShell("auxtail info x.data >> answer", { folder })).code, 0);
  }));

Deno.test("with permission for PATH alone no part of an input is made either", () =>
  inFolder(async (folder) => {
    const before = contents(folder);
    for (const name of ["dr/data.7", "dr/data", "link"]) {
      if (name === "link") Deno.symlinkSync("dr/data.7", `${folder}/link`);
      for (const permissions of [["--allow-read", `--allow-write=${name}`], ["--allow-all"]]) {
        const run = await inShell(`auxtail replay dr -o ${name}`, { folder, permissions });
        assertEquals(run.code, 2, `${name} ${permissions}: ${run.said}`);
        if (name !== "link") assertEquals(run.said, cannotWrite(name));
      }
    }
    assertEquals(contents(folder), { ...before, "./link": "link to dr/data.7" });
  }));

Deno.test("what a descriptor is open for is written straight, after what is there", () =>
  inFolder(async (folder) => {
    const { said } = await inShell("auxtail info x.data -o answer", { folder });
    const answer = Deno.readTextFileSync(`${folder}/answer`);
    const before = contents(folder);
    Deno.symlinkSync("/dev/fd/9", `${folder}/link`);
    for (
      const line of [
        "auxtail info x.data -o /dev/fd/9 9>>log",
        "auxtail info x.data -o /proc/self/fd/9 9>log",
        "auxtail info x.data -o /proc/self/task/../fd/9 9>>log",
        "auxtail info x.data -o link 9>>log",
        "exec 9>>log; auxtail info x.data -o /proc/$$/fd/9",
        "auxtail info x.data -o /dev/fd/2 2>>log",
        "auxtail info x.data -o /dev/stderr 2>>log",
        "auxtail info x.data -o /dev/stdout >>log",
      ]
    ) {
      Deno.writeTextFileSync(`${folder}/log`, "old\n");
      const run = await inShell(line, { folder });
      assertEquals([run.code, run.said], [0, said], line);
      const old = line.includes("9>log") ? "" : "old\n";
      assertEquals(Deno.readTextFileSync(`${folder}/log`), old + answer, line);
    }
    Deno.removeSync(`${folder}/log`);
    for (const name of ["/dev/fd/9", "/proc/self/fd/9"]) {
      const run = await inShell(`auxtail info x.data -o ${name} 9>>x.data`, { folder });
      assertEquals(run, { code: 2, said: cannotWrite(name) });
    }
    assertEquals(contents(folder), { ...before, "./link": "link to /dev/fd/9" });
  }));

Deno.test("an output whose name is not UTF-8 is refused", () =>
  inFolder(async (folder) => {
    const before = contents(folder);
    for (
      const args of ["info x.data", "extract x.data", "extract x.data dr", "convert --to csv dr"]
    ) {
      const line = `auxtail ${args} -o $'new\\xff'`;
      const { code, said } = await inShell(line, { folder });
      assertEquals([code, said.includes("the name is not UTF-8")], [2, true], said);
    }
    assertEquals(contents(folder), before);
  }));

Deno.test("one thread hears signals for all recordings of a run", () =>
  inFolder(async (folder) => {
    const paths = Array.from({ length: 5 }, (_, n) => `${folder}/${n}.data`);
    for (const path of paths) Deno.copyFileSync(`${folder}/x.data`, path);
    const { Worker } = globalThis;
    let started = 0;
    globalThis.Worker = class extends Worker {
      constructor(...args: ConstructorParameters<typeof Worker>) {
        super(...args);
        started++;
      }
    };
    try {
      for (const command of ["extract", "convert --to perfetto", "convert --to csv"]) {
        started = 0;
        const out = `${folder}/${command}`;
        const { code, stderr } = await callCli([...command.split(" "), ...paths, "-o", out]);
        assertEquals([code, started], [0, 1], `${command}: ${stderr}`);
      }
    } finally {
      globalThis.Worker = Worker;
    }
  }));
