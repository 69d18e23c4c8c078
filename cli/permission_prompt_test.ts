import { assert, assertEquals, assertMatch } from "@std/assert";
import { oracleTest } from "../testing/corpus.ts";

const main = new URL("main.ts", import.meta.url).pathname;
const config = new URL("../deno.json", import.meta.url).pathname;
const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, "g");

/** What came of a run on a terminal. */
interface Shown {
  readonly shown: string;
  readonly code: number;
  /** What Deno asked for. */
  readonly asked: readonly string[];
  /** Names of files that are there afterwards. */
  readonly left: readonly string[];
}

/**
 * Runs the command line on a terminal, in a folder whose libc.so.6 is no library, and answers every
 * question of Deno; those after the last answer with that one.
 */
async function onTerminal(
  answers: string | readonly string[],
  permissions: readonly string[],
  args: readonly string[],
): Promise<Shown> {
  const cwd = await Deno.makeTempDir();
  await Deno.writeTextFile(`${cwd}/libc.so.6`, "no library");
  const words = [Deno.execPath(), "run", "--config", config, ...permissions, main, ...args];
  const child = new Deno.Command("script", {
    args: ["-qec", words.map((word) => `'${word}'`).join(" "), "/dev/null"],
    cwd,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const keyboard = child.stdin.getWriter();
  let shown = "";
  let answered = 0;
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    shown += part;
    const asked = [...shown.matchAll(/Allow\?[^\n]*> /g)].length;
    for (; answered < asked; answered++) {
      // Deno drops what was typed before it asks.
      await new Promise((resolve) => setTimeout(resolve, 300));
      const answer = typeof answers === "string" ? answers : answers[answered] ?? answers.at(-1)!;
      await keyboard.write(new TextEncoder().encode(answer)).catch(() => {});
    }
  }
  await keyboard.close().catch(() => {});
  const { code } = await child.status;
  const left = [...Deno.readDirSync(cwd)].map(({ name }) => name).sort();
  await Deno.remove(cwd, { recursive: true });
  shown = shown.replaceAll(ESCAPES, "");
  const asked = [...shown.matchAll(/Deno requests (.*)\.\r?$/gm)].map(([, what = ""]) => what);
  return { shown, code, asked, left: left.filter((name) => name !== "libc.so.6") };
}

const READ = ["--allow-read"];
const NO_FFI = /no permission: run with --allow-ffi(?: --allow-\S+)*; /;

oracleTest(
  "live commands run after a yes to Deno's questions",
  ["script", "perf events"],
  async () => {
    const output = await Deno.makeTempFile();
    const commands: [args: string[], said: RegExp][] = [
      [["pmus"], /^software +1 /m],
      [["watch", "-e", "cpu-clock", "--ticks", "1", "--interval", "0.1"], /^ring +area/m],
      [["record", "-e", "cpu-clock", "-C", "0", "-o", output, "--max-size", "1"], /records \(/],
    ];
    for (const [args, said] of commands) {
      const { shown, code } = await onTerminal("y\n", READ, args);
      assertEquals([args[0], code], [args[0], 0], shown);
      assertMatch(shown, said);
    }
    await Deno.remove(output);
    await Deno.remove(`${output}.old`).catch(() => {});
  },
);

oracleTest(
  "live commands say what lacks after a no, or none, to Deno's question",
  ["script"],
  async () => {
    for (const command of ["pmus", "record", "watch"]) {
      for (const answer of ["n\n", "\u0004"]) {
        const { shown, code } = await onTerminal(answer, READ, [command]);
        assertMatch(shown, NO_FFI, `${command} ${answer}`);
        assertEquals([code, shown.includes("this is a bug")], [2, false]);
      }
    }
  },
);

oracleTest(
  "an answer is written after a yes to the questions for both paths",
  ["script"],
  async () => {
    const output = await Deno.makeTempFile();
    const input = new URL("../testdata/aux_none.perf.data", import.meta.url).pathname;
    const info = (answer: string) => onTerminal(answer, READ, ["info", input, "-o", output]);
    try {
      const no = await info("n\n");
      assertEquals([no.code, await Deno.readTextFile(output)], [2, ""]);
      assertMatch(no.shown, /no permission: run with --allow-write=/);
      const yes = await info("y\n");
      assertEquals(yes.code, 0, yes.shown);
      assertEquals([...yes.shown.matchAll(/Allow\?/g)].length, 2);
      assertMatch(await Deno.readTextFile(output), /aux_none/);
    } finally {
      await Deno.remove(output);
    }
  },
);

const FITS = new URL("../testdata/aux_demo_fits.perf.data", import.meta.url).pathname;
/** What each command that writes or observes asks for, whose answers are then all needed. */
const QUESTIONS: readonly [args: readonly string[], asked: readonly string[]][] = [
  [["replay", FITS, "-o", "out"], ['write access to "out"', 'write access to "out.part"']],
  [["report", FITS, "-o", "out"], ['write access to "out"', 'write access to "out.part"']],
  [["report", FITS, FITS, "-o", "out"], ['write access to "out"']],
  [["convert", FITS, "--to", "csv", "-o", "out"], ['write access to "out"']],
  [["convert", FITS, "--to", "parquet", "-o", "out"], ['write access to "out"']],
  [["convert", FITS, "--to", "perfetto", "-o", "out"], [
    'write access to "out"',
    'write access to "out.part"',
  ]],
  [["extract", FITS, "-o", "out"], ['write access to "out"']],
  [["record", "-o", "out", "--", "touch", "ran"], [
    "ffi access",
    'run access to "sh"',
    'write access to "out"',
  ]],
  [["watch", "--", "touch", "ran"], ["ffi access", 'run access to "sh"']],
];

oracleTest("a no to the last question of a command leaves nothing", ["script"], async () => {
  for (const [args, questions] of QUESTIONS) {
    // Without PATH.part a new file is written straight.
    const needed = questions.filter((what) => !what.endsWith('.part"'));
    const answers = needed.map((_, i) => i === needed.length - 1 ? "n\n" : "y\n");
    const { shown, code, asked, left } = await onTerminal(answers, READ, args);
    assertEquals([args, asked, code, left], [args, needed, 2, []], shown);
    assertMatch(shown, /^auxtail: no permission: run with --allow-[^\n]*\r?$/m);
    assert(!/Download|this is a bug|^ +at /m.test(shown), shown);
  }
});

oracleTest("commands ask once for each thing that they need", ["script"], async () => {
  const needMore = ["record", "watch", "report", "parquet"];
  for (const [args, questions] of QUESTIONS) {
    if (args.some((word) => needMore.includes(word))) continue;
    const { shown, code, asked, left } = await onTerminal("y\n", READ, args);
    assertEquals([args, asked, code, left], [args, questions, 0, ["out"]], shown);
  }
});

oracleTest("a link as output is asked for by what it leads to", ["script"], async () => {
  const folder = await Deno.makeTempDir();
  await Deno.symlink("target", `${folder}/link`);
  for (const old of [null, "old"]) {
    if (old !== null) await Deno.writeTextFile(`${folder}/target`, old);
    const { code, asked } = await onTerminal("y\n", READ, ["replay", FITS, "-o", `${folder}/link`]);
    const names = [`${folder}/target`, `${folder}/target.part`];
    assertEquals([code, asked], [0, names.map((name) => `write access to "${name}"`)]);
  }
  await Deno.remove(folder, { recursive: true });
});

oracleTest("Ctrl-C at a question ends the command, and leaves nothing", ["script"], async () => {
  for (const [args] of QUESTIONS) {
    const { code, asked, left } = await onTerminal("\u0003", READ, args);
    assertEquals([args, asked.length, code, left], [args, 1, 130, []]);
  }
});

oracleTest("a permission for some libraries is asked to be the whole one", ["script"], async () => {
  for (const scope of ["libc.so.6", "/lib/x86_64-linux-gnu/libc.so.6"]) {
    const permissions = [...READ, `--allow-ffi=${scope}`];
    const yes = await onTerminal("y\n", permissions, ["pmus"]);
    assertEquals(yes.code, 0, yes.shown);
    assertMatch(yes.shown, /^software +1 /m);
    const silent = await onTerminal("", [...permissions, "--no-prompt"], ["pmus"]);
    assertMatch(silent.shown, NO_FFI);
    const named = silent.shown.includes("; not with the names of libraries; ");
    assertEquals([scope, named], [scope, !scope.startsWith("/")]);
    assertEquals([silent.code, silent.shown.includes("this is a bug")], [2, false]);
  }
});

oracleTest("no libc of the current folder is opened", ["script"], async () => {
  const { shown, code } = await onTerminal("", ["--no-prompt", "--allow-ffi"], ["pmus"]);
  assertEquals(code, 0, shown);
  assert(!shown.includes("bug"));
});
