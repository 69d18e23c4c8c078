import { assertEquals, assertThrows } from "@std/assert";
import { InputFiles } from "./input_files.ts";
import { OutputFile, type OutputFileOptions } from "./output_file.ts";

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

/** What is in a folder: texts of files, where links lead, and null for all else. */
function contents(path: string): Record<string, string | null> {
  return Object.fromEntries(
    [...Deno.readDirSync(path)].sort((a, b) => a.name < b.name ? -1 : 1).map((
      { name, isFile, isSymlink },
    ) => [
      name,
      isFile
        ? Deno.readTextFileSync(`${path}/${name}`)
        : isSymlink
        ? `-> ${Deno.readLinkSync(`${path}/${name}`)}`
        : null,
    ]),
  );
}

const bytes = (text: string) => new TextEncoder().encode(text);

function begin(path: string, options: Partial<OutputFileOptions> = {}): OutputFile {
  return new OutputFile(path, { inputs: NONE, replaces: true, ...options });
}

Deno.test("OutputFile becomes its path when it is whole, and the old file stays until then", () =>
  inFolder((top) => {
    for (const old of [null, "old"]) {
      const path = `${top}/out`;
      const before = old === null ? {} : { out: old };
      if (old !== null) Deno.writeTextFileSync(path, old);
      {
        using file = begin(path);
        file.append(bytes("1"));
        assertEquals(contents(top), { ...before, "out.part": "1" });
      }
      assertEquals(contents(top), before);
      using file = begin(path);
      file.append(bytes("1"));
      file.close();
      file.append(bytes("2"));
      assertEquals(contents(top), { ...before, "out.part": "12" });
      file.commit();
      assertEquals(contents(top), { out: "12" });
      Deno.removeSync(path);
    }
  }));

Deno.test("OutputFile leaves a .part that is not its own", () =>
  inFolder((top) => {
    Deno.writeTextFileSync(`${top}/out.part`, "mine");
    Deno.symlinkSync("nowhere", `${top}/link.part`);
    for (const name of ["out", "link"]) {
      assertThrows(() => begin(`${top}/${name}`), AlreadyExists, `"${top}/${name}.part" is there`);
    }
    assertEquals(contents(top), { "link.part": "-> nowhere", "out.part": "mine" });
  }));

Deno.test("OutputFile refuses what is there unless it may be replaced, and folders", () =>
  inFolder((top) => {
    Deno.writeTextFileSync(`${top}/out`, "old");
    Deno.mkdirSync(`${top}/folder`);
    const refused = () => begin(`${top}/out`, { replaces: false });
    assertThrows(refused, AlreadyExists, "--force replaces it");
    assertThrows(() => begin(`${top}/folder`), AlreadyExists, "is a folder");
    {
      using file = begin(`${top}/new`, { replaces: false });
      Deno.writeTextFileSync(`${top}/new`, "of another program");
      assertThrows(() => file.commit(), AlreadyExists, `"${top}/new" is there`);
    }
    assertEquals(contents(top), { folder: null, new: "of another program", out: "old" });
  }));

Deno.test("OutputFile keeps mode and owner of the file that it replaces", () =>
  inFolder((top) => {
    const path = `${top}/out`;
    for (const mode of [0o600, 0o666, 0o751]) {
      Deno.writeTextFileSync(path, "old");
      Deno.chmodSync(path, mode);
      const isRoot = Deno.statSync(path).uid === 0;
      if (isRoot) Deno.chownSync(path, 12345, 54321);
      using file = begin(path);
      file.commit();
      const { mode: after, uid, gid } = Deno.statSync(path);
      assertEquals(after! & 0o7777, mode);
      if (isRoot) assertEquals([uid, gid], [12345, 54321]);
      Deno.removeSync(path);
    }
  }));

Deno.test("OutputFile replaces what links lead to, there or not, and not the links", () =>
  inFolder((top) => {
    Deno.mkdirSync(`${top}/a`);
    Deno.writeTextFileSync(`${top}/a/file`, "old");
    Deno.symlinkSync("file", `${top}/a/link`);
    Deno.symlinkSync("a/link", `${top}/relative`);
    Deno.symlinkSync(`${top}/relative`, `${top}/absolute`);
    Deno.symlinkSync("a/none", `${top}/dangling`);
    Deno.symlinkSync("around", `${top}/around`);
    for (const name of ["relative", "absolute", "dangling"]) {
      const inA = contents(`${top}/a`);
      {
        using _ = begin(`${top}/${name}`);
      }
      assertEquals(contents(`${top}/a`), inA);
      using file = begin(`${top}/${name}`);
      file.append(bytes(name));
      file.commit();
    }
    assertThrows(() => begin(`${top}/around`), Deno.errors.FilesystemLoop, "too many links");
    assertEquals(contents(`${top}/a`), { file: "absolute", link: "-> file", none: "dangling" });
    assertEquals(contents(top), {
      a: null,
      absolute: `-> ${top}/relative`,
      around: "-> around",
      dangling: "-> a/none",
      relative: "-> a/link",
    });
  }));

Deno.test("OutputFile is never an input, by any name, nor a part of one", () =>
  inFolder((top) => {
    const file = `${top}/perf.data`;
    const folder = `${top}/folder`;
    Deno.mkdirSync(folder);
    for (const path of [file, `${folder}/data`, `${folder}/data.1`, `${folder}/notes`]) {
      Deno.writeTextFileSync(path, "input");
    }
    Deno.symlinkSync("perf.data", `${top}/soft`);
    Deno.linkSync(file, `${top}/hard`);
    Deno.linkSync(`${folder}/data.1`, `${top}/hard1`);
    Deno.linkSync(file, `${top}/x.part`);
    Deno.symlinkSync("folder", `${top}/other`);
    const inputs = new InputFiles(["-", file, folder, `${top}/missing`]);
    const refused = ["perf.data", "soft", "hard", "hard1", "x", "folder/../perf.data"].concat(
      ...["folder", "other"].map((name) => ["data", "data.1", "data.7"].map((d) => `${name}/${d}`)),
    );
    const before = [contents(top), contents(folder)];
    for (const name of refused) {
      for (const replaces of [true, false]) {
        const run = () => begin(`${top}/${name}`, { inputs, replaces });
        assertThrows(run, AlreadyExists, "cannot write to the input", name);
      }
    }
    assertEquals([contents(top), contents(folder)], before);
    for (const name of ["folder/notes", "folder/new", "data", "data.3"]) {
      using file = begin(`${top}/${name}`, { inputs });
      file.commit();
    }
  }));

Deno.test("OutputFile names the file in what the system says", () =>
  inFolder((top) => {
    const path = `${top}/none/out`;
    assertThrows(() => begin(path), Deno.errors.NotFound, `cannot write "${path}": No such file`);
    Deno.writeTextFileSync(`${top}/file`, "");
    assertThrows(() => begin(`${top}/file/out`), Error, `${top}/file/out`);
  }));

Deno.test("OutputFile neither renames nor removes a .part that is not the one it made", () =>
  inFolder((top) => {
    const gone = "it was removed or replaced meanwhile";
    const [path, part] = [`${top}/out`, `${top}/out.part`];
    const changes: Record<string, () => void> = {
      removed: () => Deno.removeSync(part),
      "of a second run": () => {
        Deno.removeSync(part);
        Deno.writeTextFileSync(part, "of the second");
      },
      renamed: () => {
        Deno.writeTextFileSync(`${top}/other`, "of another");
        Deno.renameSync(`${top}/other`, part);
      },
      link: () => {
        Deno.renameSync(part, `${top}/moved`);
        Deno.symlinkSync("moved", part);
      },
    };
    for (const [name, change] of Object.entries(changes)) {
      for (const isOpen of [true, false]) {
        Deno.writeTextFileSync(path, "old");
        {
          using file = begin(path);
          file.append(bytes("1"));
          if (!isOpen) file.close();
          change();
          const after = contents(top);
          const check = (act: () => void) => assertThrows(act, Deno.errors.NotFound, gone, name);
          if (!isOpen) check(() => file.append(bytes("2")));
          check(() => file.commit());
          file[Symbol.dispose]();
          assertEquals(contents(top), after, name);
        }
        for (const { name } of [...Deno.readDirSync(top)]) Deno.removeSync(`${top}/${name}`);
      }
    }
  }));

Deno.test("OutputFile loses to an output whose path is its .part", () =>
  inFolder((top) => {
    using dump = begin(`${top}/out`);
    Deno.writeTextFileSync(`${top}/other`, "of another");
    using other = new OutputFile(`${top}/out.part`, { inputs: NONE, replaces: true });
    other.append(bytes("of the other"));
    other.commit();
    assertThrows(() => dump.commit(), Deno.errors.NotFound, `"${top}/out.part" is not the file`);
    dump[Symbol.dispose]();
    assertEquals(contents(top), { other: "of another", "out.part": "of the other" });
  }));

Deno.test("OutputFile refuses names that were not UTF-8, but not those made of recordings", () =>
  inFolder((top) => {
    for (const name of ["a\ufffd", "a\udcff", "\ufffd/out"]) {
      assertThrows(
        () => begin(`${top}/${name}`),
        Deno.errors.InvalidData,
        "the name is not UTF-8",
      );
    }
    assertEquals(contents(top), {});
    using file = begin(`${top}/a\ufffd`, { isInFolder: true });
    file.commit();
    assertEquals(contents(top), { "a\ufffd": "" });
  }));
