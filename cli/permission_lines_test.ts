import { assertEquals, assertMatch } from "@std/assert";
import { fixturePath, oracleTest } from "../testing/corpus.ts";
import { run } from "../testing/run_program.ts";

const main = new URL("main.ts", import.meta.url).pathname;
const config = new URL("../deno.json", import.meta.url).pathname;
const FITS = fixturePath("aux_demo_fits.perf.data");

/** Runs a command in a new folder that a line of the shell has prepared, as a shell reads the flags. */
async function follow(prepare: string, command: string): Promise<void> {
  const cwd = await Deno.makeTempDir();
  const shell = (line: string) => run("bash", ["-c", line], { cwd, accept: "any" });
  const auxtail = (flags: string) =>
    shell(
      `'${Deno.execPath()}' run --no-prompt --config '${config}' --allow-read ${flags} '${main}' ${command}`,
    );
  const before = (await shell(`${prepare}; ls -lR`)).stdout;
  const refused = await auxtail("");
  assertEquals([command, refused.code, refused.stdout], [command, 2, ""], refused.stderr);
  assertMatch(refused.stderr, /^auxtail: no permission: [^\n]*; auxtail --help says [^\n]*\n$/);
  assertEquals((await shell("ls -lR")).stdout, before);
  const [, flags = ""] = /run with (.*); auxtail --help/.exec(refused.stderr) ?? [];
  const { code, stderr } = await auxtail(flags);
  assertEquals([prepare, command, flags, code], [prepare, command, flags, 0], stderr);
  await Deno.remove(cwd, { recursive: true });
}

Deno.test("an output is written with the flags of the first message", async () => {
  const files = [
    ":",
    "echo old > out",
    "ln -s target out",
    "ln -s target out; echo old > target",
    "mkdir dir; ln -s dir/a out; ln -s ../b dir/a",
    `ln -s "$PWD/b" out; echo old > b`,
    "mkfifo out; (cat out > read 2>&1 &)",
    "mkfifo fifo; ln -s fifo out; (cat out > read 2>&1 &)",
  ];
  for (const prepare of files) await follow(prepare, `info '${FITS}' -o out`);
  const folders = [":", "mkdir out", "mkdir there; ln -s there out"];
  for (const prepare of folders) {
    await follow(prepare, `convert '${FITS}' --to csv -o out`);
    await follow(prepare, `extract '${FITS}' '${FITS}' -o out/`);
    await follow(prepare, `convert '${FITS}' --to csv -o out/a/b`);
  }
  await follow("echo old > out", `convert '${FITS}' --to perfetto --force -o out`);
});

Deno.test("an output of any name is written with the flags of the first message", async () => {
  const names = [
    "a b",
    " a ",
    'a"b',
    "a,b",
    "$'a\\nb'",
    "$'a\\eb'",
    "$'a\\u202eb'",
    "$'a\\'b'",
    "~",
    "é",
  ];
  for (const name of names) {
    const word = name.startsWith("$") ? name : `'${name}'`;
    await follow(":", `info '${FITS}' -o ${word}`);
    await follow(`echo old > ${word}`, `dump '${FITS}' -o ${word}`);
    await follow(":", `extract '${FITS}' -o ${word}`);
  }
});

oracleTest(
  "a live command runs with the flags of the first message",
  ["perf events"],
  async () => {
    const record = "record -e cpu-clock -o out -- true";
    const prepares = [
      ":",
      "echo old > out",
      "ln -s target out",
      "ln -s target out; touch target",
      "ln -s target out; echo old > target",
    ];
    for (const prepare of prepares) await follow(prepare, record);
    await follow("echo old > out", "pmus -o out");
    await follow("ln -s target out", "pmus -o out");
  },
);
