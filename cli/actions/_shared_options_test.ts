import { ValidationError } from "@cliffy/command";
import { assertEquals, assertThrows } from "@std/assert";
import { checkJobs, judgedBy } from "./_shared_options.ts";

Deno.test("judgedBy() takes 8 to 52 bits", () => {
  for (const bits of [8, 32, 52]) assertEquals(judgedBy({ bits }), { bits });
  for (const bits of [7, 53, -32]) {
    const { message } = assertThrows(() => judgedBy({ bits }), ValidationError);
    assertEquals(message, `Option "--bits" takes 8 to 52, got ${bits}`);
  }
});

Deno.test("judgedBy() takes machines as uname -m names them, whole names only", () => {
  const machines = ["x86_64", "i386", "i686", "arm", "armv7l", "armv8b", "aarch64", "aarch64_be"]
    .concat("mips", "mips64", "mipsel", "ppc", "ppc64", "ppc64le", "riscv32", "riscv64", "s390")
    .concat(
      "s390x",
      "sparc",
      "sparc64",
      "loongarch64",
      "parisc",
      "alpha",
      "m68k",
      "sh4a",
      "xtensa",
    );
  for (const fromArch of machines) {
    assertEquals(judgedBy({ bits: 32, fromArch }), { bits: 32, fromArch });
  }
  for (const fromArch of ["i286", "i786", "x86", "amd64", "AARCH64", "aarch64 ", "", "my-arm"]) {
    assertThrows(() => judgedBy({ bits: 32, fromArch }), ValidationError, "as uname -m names it");
  }
});

Deno.test("judgedBy() leaves out what is not given", () => {
  assertEquals(judgedBy({ bits: 32, fromArch: undefined, perf: undefined }), { bits: 32 });
  assertEquals(judgedBy({ bits: 32, perf: "released" }), { bits: 32, perf: "released" });
});

Deno.test("checkJobs() takes 1 to 64 threads", () => {
  for (const jobs of [1, 64]) checkJobs(jobs);
  for (const jobs of [0, 65]) {
    const { message } = assertThrows(() => checkJobs(jobs), ValidationError);
    assertEquals(message, `Option "--jobs" takes 1 to 64, got ${jobs}`);
  }
});
