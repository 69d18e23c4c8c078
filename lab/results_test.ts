import { assertEquals, assertMatch } from "@std/assert";
import { parseResult, tableRow, withMissing } from "./results.ts";

const RESULT = { name: "a ring wraps", ok: true, ms: 1250, detail: "12 reads" };

Deno.test("parseResult() takes results and leaves other output alone", () => {
  assertEquals(parseResult(JSON.stringify(RESULT)), RESULT);
  for (const line of ["", "Download npm", '{"name": "a ring wraps"}']) {
    assertEquals(parseResult(line), null);
  }
});

Deno.test("withMissing() fails each check that has no result", () => {
  const [first, second, third] = withMissing([RESULT], ["a ring wraps", "a reader is killed"]);
  assertEquals([first, second?.name, second?.ok], [RESULT, "a reader is killed", false]);
  assertEquals(third, undefined);
});

Deno.test("tableRow() tells failures from the rest", () => {
  assertMatch(tableRow(RESULT), /^ok +1\.3 {2}a ring wraps\n +12 reads$/);
  assertMatch(tableRow({ ...RESULT, ok: false }), /^FAILED +1\.3 {2}a ring wraps\n/);
});
