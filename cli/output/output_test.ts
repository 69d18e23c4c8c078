import { assertEquals, assertThrows } from "@std/assert";
import { InputFiles } from "./input_files.ts";
import { Output } from "./output.ts";

/** Runs `use` with what goes to standard output, call by call. */
function captured(use: (calls: string[]) => void): void {
  const { writeSync } = Deno.stdout;
  const calls: string[] = [];
  Deno.stdout.writeSync = (bytes) => {
    calls.push(new TextDecoder().decode(bytes));
    return bytes.length;
  };
  try {
    use(calls);
  } finally {
    Object.assign(Deno.stdout, { writeSync });
  }
}

Deno.test("Output writes in pieces of 64 KiB, and the rest at the end", () =>
  captured((calls) => {
    const size = 1 << 16;
    {
      using output = new Output(undefined, new InputFiles(["a"]));
      output.write("x".repeat(size - 1));
      assertEquals(calls.length, 0);
      output.write("y");
      assertEquals(calls.map(({ length }) => length), [size]);
      output.lines(["a", "b"]);
      output.bytes(Uint8Array.of(0x7a));
      output.flush();
    }
    assertEquals(calls.slice(1), ["a\nb\n", "z"]);
  }));

Deno.test("Output writes each line at once where an input is a stream", () =>
  captured((calls) => {
    using output = new Output("-", new InputFiles(["a", "-"]));
    output.line("1");
    output.line("2");
    assertEquals(calls, ["1\n", "2\n"]);
  }));

Deno.test("Output takes other names of standard output for it", () =>
  captured((calls) => {
    for (const name of ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]) {
      using output = new Output(name, new InputFiles(["a"]));
      output.line(name);
      output.commit();
    }
    assertEquals(calls, ["/dev/stdout\n", "/dev/fd/1\n", "/proc/self/fd/1\n"]);
  }));

Deno.test("Output replaces its file when it is whole, but not an input by any name", () => {
  const folder = Deno.makeTempDirSync();
  const path = `${folder}/out`;
  const inputs = () => new InputFiles(["-", `${folder}/in`]);
  try {
    Deno.writeTextFileSync(path, "longer than the answer");
    {
      using output = new Output(path, inputs());
      output.line("part of an answer");
    }
    assertEquals(Deno.readTextFileSync(path), "longer than the answer");
    {
      using output = new Output(path, inputs());
      output.line("answer");
      output.commit();
    }
    assertEquals(Deno.readTextFileSync(path), "answer\n");
    Deno.linkSync(path, `${folder}/in`);
    const open = () => new Output(path, inputs());
    assertThrows(open, Deno.errors.AlreadyExists, `cannot write to the input "${path}"`);
    assertEquals(Deno.readTextFileSync(path), "answer\n");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
