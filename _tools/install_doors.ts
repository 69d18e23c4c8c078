import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fixturePath } from "../testing/corpus.ts";
import { registryTest } from "../testing/empty_machine.ts";
import { publishedFiles } from "../testing/published_files.ts";

const root = new URL("../", import.meta.url);
const FITS = fixturePath("aux_demo_fits.perf.data");
const EXCEEDS = fixturePath("aux_demo_exceeds.perf.data");
/** The line of README. */
const [INSTALL = ""] = /^deno install .*$/m.exec(textOf("README.md")) ?? [];

await registryTest("auxtail is installed by README's line of Deno", async (machine) => {
  const checkout = `${machine.home}/my checkout`;
  await copyCheckout(checkout);
  const before = stateOf(checkout);
  const without = await machine.shell(INSTALL, { cwd: checkout, offline: true });
  assertEquals(without.code, 1);
  assertMatch(without.stderr, /Failed loading https:\S+deno-std/);
  const installed = await machine.shell(INSTALL, { cwd: checkout });
  assertEquals(installed.code, 0, installed.stderr);
  const run = (line: string, offline = false) => machine.shell(line, { offline });

  const cacheless = { offline: true, env: { "DENO_DIR": `${machine.home}/none` } };
  const unloaded = await machine.shell("auxtail -V", cacheless);
  assertEquals(unloaded.code, 1);
  assertMatch(unloaded.stderr, /Failed loading https:\S+deno-std/);

  // What is where it is run has no say.
  const others = {
    "deno.json": '{ "imports": { "@std/fmt/colors": "./none.ts" } }',
    "deno.lock": "?",
  };
  for (const [name, text] of Object.entries({ ...others, "package.json": "{}" })) {
    await Deno.writeTextFile(`${machine.folder}/${name}`, text);
  }
  assertEquals((await run("auxtail -V")).stdout, `${JSON.parse(textOf("deno.json")).version}\n`);
  const commands = [`replay '${FITS}'`, `packets --jobs 2 --summary '${FITS}'`, "--help"];
  for (const command of commands) {
    const { code, stderr } = await run(`auxtail ${command}`, true);
    assertEquals([command, code, stderr], [command, 0, ""]);
  }
  assertEquals((await run(`auxtail replay < '${EXCEEDS}' -`)).code, 1);

  const write = [
    ["report", `report '${FITS}' -o r.html`, "--allow-write=r.html"],
    ["convert", `convert '${FITS}' --to parquet -o tables`, "--allow-write=tables"],
    ["extract", `extract '${FITS}' -o payload`, "--allow-write=payload"],
    ["record", "record -o perf.data -- true", "--allow-ffi"],
    ["pmus", "pmus", "--allow-ffi"],
  ];
  const here = [...Deno.readDirSync(machine.folder)].length;
  for (const [name, line = "", flag = ""] of write) {
    const { code, stdout, stderr } = await run(`auxtail ${line}`);
    assertEquals([name, code, stdout], [name, 2, ""]);
    assertMatch(stderr, /^auxtail: no permission: run with [^\n]*; auxtail --help [^\n]*\n$/);
    assertStringIncludes(stderr, flag);
  }
  assertEquals([...Deno.readDirSync(machine.folder)].length, here);

  const again = await machine.shell(INSTALL, { cwd: checkout });
  assertEquals([again.code, again.stderr.includes("Existing installation")], [1, true]);
  const more = INSTALL.replace("deno install", "deno install --force --allow-write");
  assertEquals((await machine.shell(more, { cwd: checkout })).code, 0);
  const unfetched = await run(`auxtail ${write[0]![1]}`, true);
  assertEquals([unfetched.code, /\n +at /.test(unfetched.stderr)], [2, false], unfetched.stderr);
  for (const offline of [false, true]) {
    for (const [name, line = ""] of write.slice(0, 3)) {
      const { code, stderr } = await run(`auxtail ${line}${offline ? "-2" : ""}`, offline);
      assertEquals([name, code], [name, 0], stderr);
    }
  }
  for (const [name, text] of Object.entries(others)) {
    assertEquals(await Deno.readTextFile(`${machine.folder}/${name}`), text);
  }
  assertEquals(stateOf(checkout), before);

  const shell = await run(
    "source <(auxtail completions bash); COMP_WORDS=(auxtail rep) COMP_CWORD=1; " +
      '_auxtail_completion; echo "${COMPREPLY[@]}"',
  );
  assertEquals(shell.stdout, "replay report\n");

  // README's lines, then what they are for.
  for (
    const [line] of textOf("README.md").matchAll(/^(?:mkdir -p|auxtail (?:completions|man)) .*$/gm)
  ) {
    assertEquals([line, (await run(line)).code], [line, 0]);
  }
  const manual = await run("command -v man || exit 0; man -w auxtail");
  assert(["", "auxtail.1"].includes(manual.stdout.trim().replace(/.*\//s, "")), manual.stderr);

  const { imports } = JSON.parse(textOf("deno.json"));
  const moved = imports["@cliffy/command/completions"].replace(".ts", "_2.ts");
  await Deno.rename(`${checkout}/${moved.replace("_2.ts", ".ts")}`, `${checkout}/${moved}`);
  imports["@cliffy/command/completions"] = moved;
  await Deno.writeTextFile(`${checkout}/deno.json`, JSON.stringify({ imports }));
  const updated = await run("auxtail completions fish", true);
  assertEquals([updated.code, updated.stderr], [0, ""], "an update of the checkout");

  assertEquals((await run("deno uninstall --global auxtail")).code, 0);
  assertEquals([...Deno.readDirSync(`${machine.home}/.deno/bin`)].map(({ name }) => name), [
    "deno",
  ]);
});

/** Copies what the line needs of a checkout: no more than what would be published, and the lock file. */
async function copyCheckout(folder: string): Promise<void> {
  const { files } = await publishedFiles();
  assert(files.includes("deno.json"));
  for (const file of [...files, "deno.lock"]) {
    await Deno.mkdir(`${folder}/${file}/..`.replace(/[^/]+\/\.\.$/, ""), { recursive: true });
    await Deno.copyFile(new URL(file, root), `${folder}/${file}`);
  }
}

/** Names, sizes and times of all files in a folder. */
function stateOf(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return stateOf(path);
    const { size, mtime } = Deno.statSync(path);
    return `${path} ${size} ${mtime?.getTime()}`;
  }).sort();
}

function textOf(file: string): string {
  return Deno.readTextFileSync(new URL(file, root));
}
