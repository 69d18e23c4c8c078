import { assertEquals, assertThrows } from "@std/assert";
import { Folder } from "./folder.ts";
import { partitionName, TableFolder } from "./table_folder.ts";

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
const OPTIONS = { names: ["a", "b"], force: false, input: "-", isStale: () => false };

Deno.test("Folder has its files at once, with what was appended in turns", () =>
  inFolder((top) => {
    const path = `${top}/new/folder`;
    using folder = new Folder(path, OPTIONS);
    for (const [name, text] of [["a", "1"], ["b", "2"], ["a", "3"], ["a", "4"], ["b", ""]]) {
      folder.append(name!, bytes(text!));
    }
    assertEquals([...Deno.readDirSync(path)].map(({ isDirectory }) => isDirectory), [true]);
    folder.commit();
    assertEquals(contents(path), { a: "134", b: "2" });
  }));

Deno.test("Folder leaves nothing where it was not committed, but what was there", () =>
  inFolder((top) => {
    {
      using folder = new Folder(`${top}/new`, OPTIONS);
      folder.append("a", bytes("1"));
    }
    assertEquals(contents(top), {});
    Deno.writeTextFileSync(`${top}/other`, "o");
    {
      using folder = new Folder(top, OPTIONS);
      folder.append("a", bytes("1"));
    }
    assertEquals(contents(top), { other: "o" });
  }));

Deno.test("Folder refuses what is there, and with force what is a folder or the input", () =>
  inFolder((top) => {
    const input = `${top}/b`;
    Deno.writeTextFileSync(input, "input");
    Deno.mkdirSync(`${top}/a`);
    const open = (options: Partial<typeof OPTIONS>) => () =>
      new Folder(top, { ...OPTIONS, ...options })[Symbol.dispose]();
    const refuse = (options: Partial<typeof OPTIONS>, message: string) =>
      assertThrows(open(options), Deno.errors.AlreadyExists, message);
    refuse({}, "is a folder: nothing was written");
    refuse({ force: true }, "is a folder: nothing was written");
    refuse({ names: ["b"] }, "--force replaces it");
    refuse({ names: ["b"], force: true, input }, `cannot write to the input "${top}/b"`);
    const other = `${top}/c`;
    Deno.writeTextFileSync(other, "other");
    open({ names: ["b"], force: true, input: other })();
    open({ names: ["b"], force: true })();
    open({ names: ["d"] })();
    assertEquals(contents(top), { a: {}, b: "input", c: "other" });
    const file = () => new Folder(input, OPTIONS);
    assertThrows(file, Deno.errors.NotADirectory, "it is not a folder");
  }));

Deno.test("Folder replaces links, and removes with force what is stale and not new", () => {
  const run = (force: boolean) => {
    let found: unknown;
    inFolder((top) => {
      for (const name of ["old1", "old2", "kept"]) Deno.writeTextFileSync(`${top}/${name}`, name);
      Deno.mkdirSync(`${top}/old3`);
      using folder = new Folder(top, {
        ...OPTIONS,
        names: ["new", ...(force ? ["old1"] : [])],
        force,
        isStale: (name) => name.startsWith("old"),
      });
      folder.append("new", bytes("n"));
      if (force) folder.append("old1", bytes("again"));
      folder.commit();
      found = contents(top);
    });
    return found;
  };
  assertEquals(run(true), { kept: "kept", new: "n", old1: "again", old3: {} });
  assertEquals(run(false), { kept: "kept", new: "n", old1: "old1", old2: "old2", old3: {} });
  inFolder((top) => {
    Deno.symlinkSync("missing", `${top}/a`);
    using folder = new Folder(top, { ...OPTIONS, force: true });
    folder.append("a", bytes("1"));
    folder.commit();
    assertEquals([contents(top), Deno.lstatSync(`${top}/a`).isSymlink], [{ a: "1" }, false]);
  });
});

const TABLE_OPTIONS = { ending: "csv", force: false, partitioned: false, inputs: ["-"] };

function write(folder: TableFolder, table: "chunks" | "tails", recording: string, text: string) {
  using file = folder.open(table, recording);
  file.writeSync(bytes(text));
}

Deno.test("TableFolder has a file for each table, or a part for each recording", () =>
  inFolder((top) => {
    using plain = new TableFolder(`${top}/plain`, TABLE_OPTIONS);
    write(plain, "chunks", "r", "1");
    assertThrows(() => plain.open("chunks", "r"), Deno.errors.AlreadyExists);
    write(plain, "tails", "r", "2");
    plain.commit();
    assertEquals(contents(`${top}/plain`), { "chunks.csv": "1", "tails.csv": "2" });
    using parts = new TableFolder(`${top}/parts`, { ...TABLE_OPTIONS, partitioned: true });
    write(parts, "chunks", "a/b", "1");
    write(parts, "chunks", "c", "2");
    parts.commit();
    assertEquals(contents(`${top}/parts`), {
      chunks: { "recording=a%2Fb": { "part-0.csv": "1" }, "recording=c": { "part-0.csv": "2" } },
    });
  }));

Deno.test("TableFolder refuses tables that are there, and replaces with force all of them", () =>
  inFolder((top) => {
    const there = { "chunks.csv": "old", "tails.parquet": "kept", "notes.txt": "kept" };
    for (const [name, text] of Object.entries(there)) {
      Deno.writeTextFileSync(`${top}/${name}`, text);
    }
    Deno.mkdirSync(`${top}/losses/recording=x`, { recursive: true });
    assertThrows(
      () => new TableFolder(top, TABLE_OPTIONS),
      Deno.errors.AlreadyExists,
      `"${top}/chunks.csv" is there`,
    );
    using folder = new TableFolder(top, { ...TABLE_OPTIONS, force: true });
    write(folder, "tails", "r", "new");
    folder.commit();
    assertEquals(contents(top), {
      "notes.txt": "kept",
      "tails.csv": "new",
      "tails.parquet": "kept",
    });
  }));

Deno.test("TableFolder refuses inputs that it would remove, whatever their names", () =>
  inFolder((top) => {
    Deno.mkdirSync(`${top}/chunks/deep`, { recursive: true });
    Deno.mkdirSync(`${top}/chunks2`);
    for (const path of ["chunks/deep/x", "chunks2/x", "x"]) {
      Deno.writeTextFileSync(`${top}/${path}`, "x");
    }
    Deno.symlinkSync("chunks/deep/x", `${top}/link`);
    const open = (...inputs: string[]) => () =>
      new TableFolder(top, { ...TABLE_OPTIONS, force: true, inputs })[Symbol.dispose]();
    for (const input of ["chunks/deep/x", "link", "chunks"]) {
      assertThrows(open("-", `${top}/${input}`), Deno.errors.AlreadyExists, "nothing was written");
    }
    open("-", `${top}/x`, `${top}/chunks2/x`, `${top}/missing`)();
  }));

Deno.test("partitionName() escapes what a path of a partition cannot hold, and ASCII only", () => {
  assertEquals(partitionName("a-b_c.data9"), "a-b_c.data9");
  assertEquals(partitionName("a/b=c d%\t\x7f"), "a%2Fb%3Dc%20d%25%09%7F");
  assertEquals(partitionName("\u00e9\u20ac\u0080\uffff"), "\u00e9\u20ac\u0080\uffff");
});

Deno.test("Folder passes on what the system says of names that it cannot look at", () =>
  inFolder((top) => {
    const open = () => new Folder(top, { ...OPTIONS, names: ["x".repeat(300)] });
    const error = assertThrows(open, Error);
    assertEquals(/os error 36/.test(error.message), true, error.message); // ENAMETOOLONG
    assertEquals(contents(top), {});
  }));
