import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { OutputFailure, toOutput } from "../_failure.ts";
import { type AnswerText, eachRecording } from "./_each_recording.ts";

const OPTIONS = { format: "ndjson", color: "never", progress: false, quiet: true };

/** Runs with an answer for each of three recordings; returns what is in the file. */
async function answered(
  answer: (path: string, out: AnswerText) => void,
  { format = "ndjson", areLines = false, many = true } = {},
): Promise<{ readonly text: string; readonly code: number }> {
  const output = Deno.makeTempFileSync();
  const { writeSync } = Deno.stderr;
  try {
    Deno.stderr.writeSync = (bytes) => bytes.length;
    const inputs = { inputs: many ? ["x/a", "x/b", "c"] : ["x/a"], skipped: 1, many };
    const options = { ...OPTIONS, format, output };
    await eachRecording(inputs, options, { schema: "s/1", areLines }, (path, out) => {
      answer(path, out);
      return () => {};
    });
    return { text: Deno.readTextFileSync(output), code: Number(Deno.exitCode) };
  } finally {
    Deno.stderr.writeSync = writeSync;
    Deno.exitCode = 0;
    Deno.removeSync(output);
  }
}

Deno.test("eachRecording() takes a bug for the answer of its recording, and reads the others", async () => {
  const { text, code } = await answered((path, out) => {
    if (path === "x/b") throw new TypeError("undefined is no function");
    out.line(`{"path":"${path}"}`);
  });
  assertEquals(code, 2);
  assertEquals(text.trimEnd().split("\n").map((line) => JSON.parse(line)), [
    { path: "x/a" },
    {
      input: { path: "x/b" },
      error: "this is a bug, please report it: TypeError: undefined is no function",
    },
    { path: "c" },
    { summary: { schema: "s/1", totals: { recordings: 3, errors: 1 }, skipped: 1 } },
  ]);
});

Deno.test("eachRecording() leaves an answer in JSON out that did not become whole", async () => {
  const { text } = await answered((path, out) => {
    out.write(`{\n  "path": "${path}",`);
    if (path === "x/b") throw new Deno.errors.NotFound("gone");
    out.write(`\n  "size": 1\n}\n`);
  }, { format: "json" });
  assertEquals(JSON.parse(text), {
    schema: "s/1",
    recordings: [
      { path: "x/a", size: 1 },
      { input: { path: "x/b" }, error: "gone" },
      { path: "c", size: 1 },
    ],
    totals: { recordings: 3, errors: 1 },
    skipped: 1,
  });
  assertStringIncludes(text, '\n    {\n      "path": "x/a",\n      "size": 1\n    },\n');
});

Deno.test("eachRecording() says in each line of which recording it is, wherever bytes are cut", async () => {
  const lines = '{"a":1}\n{"b":"{"}\n{"c":"\\n"}\n';
  for (let cut = 0; cut <= lines.length; cut++) {
    const { text } = await answered((path, out) => {
      const bytes = new TextEncoder().encode(lines);
      out.bytes(bytes.subarray(0, cut));
      if (path === "x/b") throw new Deno.errors.NotFound("gone");
      out.bytes(bytes.subarray(cut));
    }, { areLines: true });
    const whole = ["a", "b", "c"].map((key, i) => ({ [key]: [1, "{", "\n"][i] }));
    const found = text.trimEnd().split("\n");
    const before = lines.slice(0, cut).split("\n").length - 1;
    assertEquals(found.length, 3 + before + 1 + 3 + 1, `${cut}`);
    assertEquals(
      found.slice(0, 3).map((line) => JSON.parse(line)),
      whole.map((value) => ({
        recording: "a",
        ...value,
      })),
    );
    const error = { recording: "b", error: "gone" };
    assertEquals(JSON.parse(found.at(-5)!), error, `${cut}`);
    assertEquals(found.slice(-4, -1).map((line) => JSON.parse(line).recording), ["c", "c", "c"]);
  }
});

Deno.test("eachRecording() ends where an output fails, or the only recording", async () => {
  await assertRejects(() =>
    answered(() =>
      toOutput(() => {
        throw new Deno.errors.WriteZero("full");
      })
    ), OutputFailure);
  await assertRejects(() =>
    answered(() => {
      throw new Deno.errors.Interrupted("interrupted");
    }), Deno.errors.Interrupted);
  await assertRejects(() =>
    answered(() => {
      throw new TypeError("bug");
    }, { many: false }), TypeError);
});
