import { ValidationError } from "@cliffy/command";
import { assertEquals, assertThrows } from "@std/assert";
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
      [["x/a\udcff", "x/a\udcfe"], ["a\\xff", "a\\xfe"]],
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

Deno.test("expandInputs() counts a recording once, whatever its paths", () => {
  withFolder((folder) => {
    Deno.mkdirSync(`${folder}/threads`);
    Deno.mkdirSync(`${folder}/more`);
    for (const name of ["b.data", "a.data", "threads/data"]) {
      Deno.writeFileSync(`${folder}/${name}`, MAGIC);
    }
    Deno.symlinkSync("../a.data", `${folder}/more/link.data`);
    Deno.linkSync(`${folder}/b.data`, `${folder}/more/hard.data`);
    Deno.symlinkSync("threads", `${folder}/threads.link`);
    const directory = ["threads", "threads/data", "threads.link/data"].map((name) =>
      `${folder}/${name}`
    );
    for (const given of [directory, directory.toReversed(), [folder, ...directory]]) {
      const { inputs } = expandInputs(given);
      assertEquals(inputs.filter((path) => path.includes("threads")), [
        given[0] === folder ? directory[0] : given[0],
      ]);
    }
    const paths = [
      ...["more/../b.data", "b.data", "more/hard.data", "more/link.data", "a.data"],
      ...["threads.link", "threads/", "more", "missing.data", "./missing.data"],
    ].map((name) => `${folder}/${name}`);
    const inputs = ["more/../b.data", "more/link.data", "threads.link", "missing.data"]
      .map((name) => `${folder}/${name}`);
    assertEquals(expandInputs(paths).inputs, inputs);
    // A folder whose recordings are all known is no recording.
    assertEquals(expandInputs([...paths, `${folder}/more/../more`]).inputs, inputs);
  });
});

Deno.test("expandInputs() enters folders in folders if asked, but no links, and none twice", () => {
  withFolder((folder) => {
    const names = ["h1/run/a.data", "h1/perf.dir/data", "h2/x/y/z/b", "top.data"];
    for (const name of names) {
      Deno.mkdirSync(`${folder}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true });
      Deno.writeFileSync(`${folder}/${name}`, MAGIC);
    }
    Deno.writeTextFileSync(`${folder}/h2/x/notes`, "");
    Deno.mkdirSync(`${folder}/empty`);
    Deno.symlinkSync("..", `${folder}/h1/loop`);
    const found = ["h1/perf.dir", "h1/run/a.data", "h2/x/y/z/b", "top.data"]
      .map((name) => `${folder}/${name}`);
    assertEquals(expandInputs([folder], { recursive: true }), {
      inputs: found,
      skipped: 2,
      many: true,
    });
    assertEquals(expandInputs([`${folder}/h2`, folder], { recursive: true }).inputs, [
      found[2],
      ...[found[0], found[1], found[3]],
    ]);
    // One that cannot be listed is met by whoever opens it.
    assertEquals(expandInputs([`${folder}/empty`], { recursive: true }).inputs, [
      `${folder}/empty`,
    ]);
  });
});

Deno.test("expandInputs() reads a list of paths, and keeps those that are not there", () => {
  withFolder((folder) => {
    const fits = "testdata/aux_demo_fits.perf.data";
    const list = `${folder}/list`;
    const lines = [fits, "", `./${fits}`, "no/such", "a b\u00e4\r", " =1", "-", "testdata/../no"];
    const inputs = [fits, "no/such", "a b\u00e4\r", " =1", "./-", "testdata/../no"];
    for (const end of ["\n", "\0"]) {
      for (const text of [lines.join(end), lines.join(end) + end]) {
        Deno.writeTextFileSync(list, text);
        const options = { filesFrom: list, null: end === "\0" };
        assertEquals(expandInputs([], options), { inputs, skipped: 0, many: true, list });
        assertEquals(expandInputs(["x"], options).inputs, ["x", ...inputs]);
      }
    }
    Deno.writeTextFileSync(list, "a\nb\0");
    assertEquals(expandInputs([], { filesFrom: list, null: true }).inputs, ["a\nb"]);
    assertThrows(
      () => expandInputs([], { filesFrom: list }),
      Deno.errors.InvalidData,
      `"${list}" is no list of paths, one a line: it has a NUL byte; -0 reads`,
    );
    Deno.writeTextFileSync(list, "\n\n");
    assertThrows(() => expandInputs([], { filesFrom: list }), Deno.errors.InvalidData, "no file");
    Deno.writeTextFileSync(list, `a\n${"x".repeat(200_000)}`);
    assertThrows(
      () => expandInputs([], { filesFrom: list }),
      Deno.errors.InvalidData,
      "bytes without a newline",
    );
    assertThrows(() => expandInputs([], { filesFrom: `${list}.no` }), Deno.errors.NotFound, list);
    assertThrows(
      () => expandInputs([], { filesFrom: folder }),
      Error,
      `cannot read the list "${folder}": Is a directory`,
    );
  });
});

Deno.test("expandInputs() reads lists of any length, wherever reads cut them", () => {
  withFolder((folder) => {
    const list = `${folder}/list`;
    const paths = Array.from(
      { length: 20_000 },
      (_, i) => `no/\u00e4${"\u65e5".repeat(i % 90)}${i}`,
    );
    Deno.writeTextFileSync(list, paths.join("\n"));
    assertEquals(expandInputs([], { filesFrom: list }).inputs, paths);
  });
});

Deno.test("expandInputs() tells names apart that are not UTF-8", () => {
  withFolder((folder) => {
    const list = `${folder}/list`;
    const bytes = [0x61, 0xff, 0x0a, 0x61, 0xfe, 0x0a, 0xc3, 0xa4, 0xe6, 0x97, 0x0a, 0x62];
    Deno.writeFileSync(list, Uint8Array.from(bytes));
    const names = ["a\udcff", "a\udcfe", "\u00e4\udce6\udc97", "b"];
    assertEquals(expandInputs([], { filesFrom: list }).inputs, names);
  });
});

Deno.test("expandInputs() refuses options, no argument, and standard input for two things", () => {
  for (
    const [paths, options, message] of [
      [["a", "--nul"], {}, 'Unknown option "--nul"; a file of that name is "./--nul"'],
      [["-x", "-"], { filesFrom: "list" }, 'Unknown option "-x"'],
      [[], {}, "Missing argument"],
      [["a"], { null: true }, "--null goes with --files-from"],
      [["-"], { filesFrom: "-" }, "Standard input cannot be"],
    ] as const
  ) assertThrows(() => expandInputs(paths, options), ValidationError, message);
});
