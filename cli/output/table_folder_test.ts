import { assertEquals, assertThrows } from "@std/assert";
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
