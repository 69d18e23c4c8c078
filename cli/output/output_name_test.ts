import { assert, assertEquals, assertMatch } from "@std/assert";
import { outputName } from "./output_name.ts";

const ends = { before: "recording=", after: ".parquet" };

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

Deno.test("outputName() keeps what paths can hold, and escapes the rest", () => {
  for (
    const [name, expected] of [
      ["perf.data", "perf.data"],
      ["host-1/run_2/perf.data", "host-1%2Frun_2%2Fperf.data"],
      ["a b:c=d%e~", "a%20b%3Ac%3Dd%25e%7E"],
      ["\n\x1b\x7f", "%0A%1B%7F"],
      ["\u00e4\u65e5\u{1f600}", "\u00e4\u65e5\u{1f600}"],
      [".", "%2E"],
      ["..", "%2E%2E"],
      ["../a", "..%2Fa"],
      ["-", "-"],
      ["a\udcff", "a\ufffd"],
    ] as const
  ) {
    assertEquals(outputName(name, new Set()), expected);
    assertEquals(outputName(name, new Set(), ends).slice(10, -8), expected);
  }
});

Deno.test("outputName() makes names that a file system takes, also unfinished", () => {
  const folder = Deno.makeTempDirSync();
  try {
    for (const unit of ["x", " ", "\u00e4", "\u65e5", "\u{1f600}", "%", "ab/"]) {
      for (let length = 70; length < 300; length += 3) {
        const name = outputName(unit.repeat(length), new Set(), ends);
        assert(byteLength(name) <= 250);
        assert(name.startsWith("recording=") && name.endsWith(".parquet"));
        assert(name.isWellFormed());
        decodeURIComponent(name);
        Deno.writeTextFileSync(`${folder}/${name}.part`, "");
        Deno.removeSync(`${folder}/${name}.part`);
      }
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
  assertEquals(outputName("x".repeat(250), new Set()), "x".repeat(250));
  assertMatch(outputName("x".repeat(251), new Set()), /^x{241}-[\da-f]{8}$/);
});

Deno.test("outputName() keeps names apart, and makes the same ones again", () => {
  const start = " ".repeat(100);
  const names = Array.from({ length: 1000 }, (_, i) => `${start}${i}`);
  const made = () => {
    const taken = new Set<string>();
    return [...names, "a", "a", "a"].map((name) => outputName(name, taken));
  };
  assertEquals(new Set(made()).size, 1003);
  assertEquals(made(), made());
  // A name does not depend on the ones before it, unless it is theirs.
  assertEquals(outputName(names[7]!, new Set()), made()[7]);
});
