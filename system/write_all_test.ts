import { assertEquals, assertThrows } from "@std/assert";
import { writeAll } from "./write_all.ts";

Deno.test("writeAll() writes on where a call takes only some of the bytes", () => {
  for (const most of [1, 3, 10]) {
    const written: number[] = [];
    const calls: number[] = [];
    const file = {
      writeSync(bytes: Uint8Array): number {
        const part = bytes.subarray(0, most);
        calls.push(part.length);
        written.push(...part);
        return part.length;
      },
    };
    writeAll(file, "a file", Uint8Array.of(1, 2, 3, 4, 5, 6));
    assertEquals(written, [1, 2, 3, 4, 5, 6]);
    assertEquals(calls.length, Math.ceil(6 / most));
  }
});

Deno.test("writeAll() says where the bytes were to go, and keeps the kind of the error", () => {
  const full = {
    writeSync: (): number => {
      throw new Deno.errors.BrokenPipe("gone");
    },
  };
  assertThrows(
    () => writeAll(full, '"x"', Uint8Array.of(1)),
    Deno.errors.BrokenPipe,
    'cannot write "x": gone',
  );
});
