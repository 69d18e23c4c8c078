import { assertEquals } from "@std/assert";
import { expandInputs, recordingNames } from "./_inputs.ts";

const MAGIC = new TextEncoder().encode("PERFILE2 and more");

function withFolder(run: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    run(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("expandInputs() leaves single paths alone, those that are not there too", () => {
  const fits = "testdata/aux_demo_fits.perf.data";
  for (const path of ["-", fits, "testdata/missing", "testdata/perf_threads.perf.dir"]) {
    assertEquals(expandInputs([path]), { inputs: [path], skipped: 0, many: false });
  }
  assertEquals(expandInputs(["-", fits]), { inputs: ["-", fits], skipped: 0, many: true });
});

Deno.test("expandInputs() finds the recordings of a folder by magic and by name", () => {
  withFolder((folder) => {
    Deno.writeFileSync(`${folder}/b`, MAGIC);
    Deno.writeFileSync(`${folder}/other_order`, MAGIC.slice(0, 8).reverse());
    Deno.writeTextFileSync(`${folder}/old`, "PERFFILE");
    Deno.writeTextFileSync(`${folder}/a.data`, "anything");
    Deno.writeTextFileSync(`${folder}/notes.txt`, "PERFILE");
    Deno.mkdirSync(`${folder}/threads`);
    Deno.writeFileSync(`${folder}/threads/data`, MAGIC);
    Deno.mkdirSync(`${folder}/deeper`);
    Deno.writeFileSync(`${folder}/deeper/perf.data`, MAGIC);
    Deno.symlinkSync("nowhere", `${folder}/broken`);
    const names = ["a.data", "b", "old", "other_order", "threads"];
    const inputs = names.map((name) => `${folder}/${name}`);
    assertEquals(expandInputs([folder]), { inputs, skipped: 3, many: true });
    assertEquals(expandInputs([`${folder}//`, `${folder}/./b`]).inputs, inputs);
  });
});

Deno.test("expandInputs() keeps a folder without recordings, to be refused when it is opened", () => {
  withFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/notes.txt`, "");
    assertEquals(expandInputs([folder]), { inputs: [folder], skipped: 0, many: false });
  });
});

Deno.test("expandInputs() writes the same path in one way only", () => {
  withFolder((folder) => {
    // Paths from an empty folder: "." is a folder without recordings.
    const before = Deno.cwd();
    Deno.mkdirSync(`${folder}/empty`);
    Deno.chdir(`${folder}/empty`);
    try {
      const paths = ["./a", "a", ".//a", "././a", "a/", "/no/a", "//no//a", "../a", ".", "./"];
      assertEquals(expandInputs(paths).inputs, ["a", "/no/a", "../a", "."]);
    } finally {
      Deno.chdir(before);
    }
  });
  assertEquals(expandInputs(["/"]).inputs[0]?.[0], "/");
});

Deno.test("recordingNames() takes as much of a path as tells it from the others", () => {
  for (
    const [inputs, names] of [
      [["x/perf.data", "x/b.data"], ["perf.data", "b.data"]],
      [["x/perf.data", "y/perf.data", "c"], ["x/perf.data", "y/perf.data", "c"]],
      [["a/x/p", "b/x/p", "b/y/p"], ["a/x/p", "b/x/p", "y/p"]],
      [["p", "../p", "/p"], ["p", "../p", "/p"]],
      [["-", "/"], ["-", "/"]],
    ]
  ) assertEquals(recordingNames(inputs!), names);
});

Deno.test("recordingNames() never gives two recordings one name", () => {
  const parts = ["a", "b"];
  const inputs = parts.flatMap((a) => [a, ...parts.flatMap((b) => [`${a}/${b}`, `${a}/${b}/a`])]);
  assertEquals(new Set(recordingNames(inputs)).size, inputs.length);
});

Deno.test("expandInputs() counts what is no recording in all folders together", () => {
  const folder = Deno.makeTempDirSync();
  try {
    for (const path of ["a", "b", "c"]) Deno.mkdirSync(`${folder}/${path}`);
    for (const path of ["a/x.data", "a/1", "a/2", "b/y.data", "b/3", "c/4"]) {
      Deno.writeTextFileSync(`${folder}/${path}`, "");
    }
    const of = (...names: string[]) => {
      const { inputs, skipped, many } = expandInputs(names.map((name) => `${folder}/${name}`));
      return [inputs.map((path) => path.slice(folder.length + 1)), skipped, many];
    };
    assertEquals(of("a", "b"), [["a/x.data", "b/y.data"], 3, true]);
    assertEquals(of("b", "a", "a/1"), [["b/y.data", "a/x.data", "a/1"], 3, true]);
    assertEquals(of("a"), [["a/x.data"], 2, true]);
    // A folder without recordings stays as it is, and counts as one.
    assertEquals(of("c"), [["c"], 0, false]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
