import { assertEquals } from "@std/assert";
import { AuxRecording } from "../testing/aux_recording.ts";
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
      ]
    ) {
      const said = "auxtail: cannot write to standard output: it is an input\n";
      assertEquals(await inShell(line, { folder }), { code: 2, said }, line);
    }
    assertEquals(contents(folder), before);
    assertEquals((await inShell("auxtail info x.data >> answer", { folder })).code, 0);
  }));
