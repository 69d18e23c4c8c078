import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputFiles } from "./input_files.ts";
import { OutputFolder, type OutputFolderOptions } from "./output_folder.ts";

const NONE = new InputFiles([]);
const { AlreadyExists } = Deno.errors;

/** Calls `use` with the path of a new folder, which goes afterwards. */
function inFolder(use: (path: string) => void): void {
  const path = Deno.makeTempDirSync();
  try {
    use(path);
  } finally {
    Deno.removeSync(path, { recursive: true });
  }
}

/** What is below a folder, with the texts of the files. */
function contents(path: string): Record<string, unknown> {
  return Object.fromEntries(
    [...Deno.readDirSync(path)].sort((a, b) => a.name < b.name ? -1 : 1).map((
      { name, isDirectory },
    ) => [
      name,
      isDirectory ? contents(`${path}/${name}`) : Deno.readTextFileSync(`${path}/${name}`),
    ]),
  );
}

const bytes = (text: string) => new TextEncoder().encode(text);

function begin(path: string, options: Partial<OutputFolderOptions> = {}): OutputFolder {
  return new OutputFolder(path, { inputs: NONE, force: false, ...options });
}

function write(folder: OutputFolder, name: string, text: string): void {
  const file = folder.file(name);
  file.append(bytes(text));
  file.close();
}

Deno.test("OutputFolder has its files at once, in folders that it makes", () =>
  inFolder((top) => {
    for (const path of ["new/folder", "other/"].map((name) => `${top}/${name}`)) {
      using folder = begin(path);
      write(folder, "a", "1");
      write(folder, "b/c/d", "2");
      assertEquals(contents(path), { "a.part": "1", b: { c: { "d.part": "2" } } });
      folder.commit();
      assertEquals(contents(path), { a: "1", b: { c: { d: "2" } } });
    }
  }));

Deno.test("OutputFolder leaves nothing where it was not committed, but what was there", () =>
  inFolder((top) => {
    Deno.mkdirSync(`${top}/there`);
    Deno.writeTextFileSync(`${top}/there/other`, "o");
    const before = contents(top);
    for (const path of ["new/folder", "there", "there/new"]) {
      using folder = begin(`${top}/${path}`);
      write(folder, "a", "1");
      write(folder, "b/c", "1");
    }
    assertEquals(contents(top), before);
  }));

Deno.test("OutputFolder keeps files that were committed alone", () =>
  inFolder((top) => {
    {
      using folder = begin(`${top}/new`);
      const file = folder.file("a/b");
      file.append(bytes("1"));
      file.commit();
      write(folder, "a/c", "2");
      write(folder, "d/e", "3");
    }
    assertEquals(contents(top), { new: { a: { b: "1" } } });
    using folder = begin(`${top}/new`);
    folder.file("x").commit();
    write(folder, "y", "2");
    folder.commit();
    assertEquals(contents(top), { new: { a: { b: "1" }, x: "", y: "2" } });
  }));

Deno.test("OutputFolder refuses what is there, and with force what is no file or an input", () =>
  inFolder((top) => {
    Deno.writeTextFileSync(`${top}/b`, "input");
    Deno.symlinkSync("b", `${top}/link`);
    Deno.mkdirSync(`${top}/a`);
    Deno.writeTextFileSync(`${top}/part.part`, "mine");
    const before = contents(top);
    const inputs = new InputFiles([`${top}/b`]);
    const refuse = (name: string, options: Partial<OutputFolderOptions>, message: string) => {
      using folder = begin(top, options);
      assertThrows(() => folder.file(name), AlreadyExists, message);
    };
    for (const force of [false, true]) {
      refuse("a", { force }, "is a folder: nothing was written");
      refuse("part", { force }, `"${top}/part.part" is there`);
      for (const name of ["b", "link"]) {
        refuse(name, { force, inputs }, `cannot write to the input "${top}/${name}"`);
      }
    }
    refuse("b", {}, "--force replaces it");
    refuse("link", {}, "--force replaces it");
    for (const path of ["b", "b/c"]) {
      assertThrows(() => begin(`${top}/${path}`), Deno.errors.NotADirectory);
    }
    assertEquals(contents(top), before);
  }));

Deno.test("OutputFolder replaces links with force, and not what they lead to", () =>
  inFolder((top) => {
    Deno.writeTextFileSync(`${top}/other`, "mine");
    Deno.symlinkSync("other", `${top}/a`);
    Deno.symlinkSync("missing", `${top}/b`);
    using folder = begin(top, { force: true });
    for (const name of ["a", "b"]) write(folder, name, name);
    folder.commit();
    assertEquals(contents(top), { a: "a", b: "b", other: "mine" });
    assertEquals(Deno.lstatSync(`${top}/a`).isSymlink, false);
  }));

Deno.test("OutputFolder removes what was claimed when it is whole, but for what is new", () =>
  inFolder((top) => {
    Deno.mkdirSync(`${top}/t/old`, { recursive: true });
    for (const name of ["t/a", "t/old/b", "stale", "mine"]) {
      Deno.writeTextFileSync(`${top}/${name}`, "old");
    }
    const before = contents(top);
    const fill = (folder: OutputFolder) => {
      for (const name of ["t", "stale", "none"]) folder.claim(name);
      write(folder, "t/a", "new");
      write(folder, "none", "new");
    };
    {
      using folder = begin(top);
      assertThrows(() => fill(folder), AlreadyExists, `"${top}/t" is there`);
    }
    {
      using folder = begin(top, { force: true });
      fill(folder);
    }
    assertEquals(contents(top), before);
    const input = `${top}/t/old/b`;
    {
      using folder = begin(top, { force: true, inputs: new InputFiles([input]) });
      assertThrows(() => fill(folder), AlreadyExists, `the input "${input}" lies in "${top}"`);
    }
    using folder = begin(top, { force: true });
    fill(folder);
    folder.commit();
    assertEquals(contents(top), { mine: "old", none: "new", t: { a: "new" } });
  }));

Deno.test("OutputFolder.commitAll() gives no name where one file of all folders cannot get its own", () =>
  inFolder((top) => {
    using stack = new DisposableStack();
    const folders = ["a", "b"].map((name) => stack.use(begin(`${top}/${name}`)));
    for (const folder of folders) write(folder, "x", "1");
    Deno.writeTextFileSync(`${top}/b/x`, "of another program");
    assertThrows(() => OutputFolder.commitAll(folders), AlreadyExists, `"${top}/b/x" is there`);
    assertEquals(contents(top), {
      a: { "x.part": "1" },
      b: { x: "of another program", "x.part": "1" },
    });
    stack.dispose();
    assertEquals(contents(top), { b: { x: "of another program" } });
  }));

Deno.test("OutputFolder.commitAll() heeds a signal before the first name, and none after it", () =>
  inFolder((top) => {
    const url = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
    const program = `
      import { checkStopped } from ${url("../_stop_signals.ts")};
      import { InputFiles } from ${url("input_files.ts")};
      import { OutputFolder } from ${url("output_folder.ts")};
      const [top, when] = Deno.args;
      const stop = () => {
        Deno.kill(Deno.pid, "SIGINT");
        const cell = new Int32Array(new SharedArrayBuffer(4));
        try {
          for (;;) { checkStopped(); Atomics.wait(cell, 0, 0, 5); }
        } catch {}
      };
      using folders = new DisposableStack();
      const all = ["a", "b", "c"].map((name) =>
        folders.use(new OutputFolder(top + "/" + name, { inputs: new InputFiles([]), force: true })));
      for (const folder of all) { for (const name of ["x", "y"]) folder.file(name).close(); }
      const { renameSync } = Deno;
      let renames = 0;
      Deno.renameSync = (from, to) => {
        renameSync(from, to);
        if (++renames === 1) stop();
      };
      if (when === "before") stop();
      OutputFolder.commitAll(all);
      await new Promise((resolve) => setTimeout(resolve, 50));
    `;
    const run = (when: string) =>
      new Deno.Command(Deno.execPath(), {
        args: ["eval", "--no-config", "--ext=ts", program, top, when],
      }).outputSync();
    const before = run("before");
    assertEquals([before.success, contents(top)], [false, {}]);
    assertStringIncludes(new TextDecoder().decode(before.stderr), "interrupted");
    const { code, stderr } = run("after");
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
    const files = { x: "", y: "" };
    assertEquals(contents(top), { a: files, b: files, c: files });
  }));
