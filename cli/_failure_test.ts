import { assertEquals, assertMatch } from "@std/assert";
import { FormatError } from "../parsers/internal.ts";
import { failure, oneLine } from "./_failure.ts";

Deno.test("failure() puts what is wrong with a file and what to do into one line", () => {
  const detail = { structure: "header", offset: 1, expected: "a\u202e", actual: "b" };
  const cannot = "auxtail: Cannot decode header at 0x1: expected a\\u202e, got b";
  assertEquals(
    failure(new FormatError("corrupt", { ...detail, cure: "record\n again" })),
    `${cannot}; record\\x0a again\n`,
  );
  assertEquals(
    failure(new FormatError("unsupported", detail)),
    `${cannot}; auxtail does not know this; it reads the rest of the file\n`,
  );
});

const WHERE = "auxtail --help says where that goes";

Deno.test("failure() says which permission lacks, in the way of Deno's options", () => {
  const of = (message: string) => oneLine(new Deno.errors.NotCapable(message));
  for (const access of ["read", "write", "run"]) {
    const message = `Requires ${access} access to "a b", run again with the --allow-${access} flag`;
    assertEquals(of(message), `no permission: run with '--allow-${access}=a b'; ${WHERE}`);
  }
  const flags = {
    "a'b": "'--allow-read=a'\\''b'",
    'a"b': `'--allow-read=a"b'`,
    // Deno splits lists at every comma.
    "a,b": "--allow-read",
    // What a message shows of these is another name.
    "a\nb": "--allow-read",
    "a\x1b[31mb": "--allow-read",
    "a\u202eb": "--allow-read",
    "a\ufffdb": "--allow-read",
    "/a-b_c.d/e": "--allow-read=/a-b_c.d/e",
  };
  for (const [path, flag] of Object.entries(flags)) {
    const message = `Requires read access to "${path}", run again with the --allow-read flag`;
    assertEquals(of(message), `no permission: run with ${flag}; ${WHERE}`);
  }
  for (const to of ["", ' to "libc.so.6"']) {
    assertEquals(
      of(`Requires ffi access${to}, run again with the --allow-ffi flag`),
      `no permission: run with --allow-ffi; ${WHERE}`,
    );
  }
  assertEquals(
    of('Requires all access to "/dev/x", run again with the --allow-all flag'),
    'Requires all access to "/dev/x": Deno opens such files with --allow-all only; - is a stream',
  );
});

Deno.test("failure() takes errors of the system for no bug, and all others for one", () => {
  const withCode = Object.assign(new Error("coded"), { code: "ENOENT" });
  for (
    const error of [
      new Deno.errors.NotFound("not there"),
      withCode,
      new Error("No space left on device (os error 28)"),
      new Deno.errors.Interrupted("interrupted"),
    ]
  ) {
    assertEquals(oneLine(error), error.message);
    assertEquals(failure(error), `auxtail: ${error.message}\n`);
  }
  for (const error of [new TypeError("x is undefined"), new Error("os error 28"), "text", null]) {
    assertEquals(oneLine(error), null);
    assertMatch(failure(error), /^auxtail: this is a bug, please report it\n./);
  }
  assertMatch(failure(new TypeError("why")), /\nTypeError: why\n +at /);
  assertEquals(failure("text"), "auxtail: this is a bug, please report it\ntext\n");
});
