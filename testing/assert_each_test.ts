import { assertEquals, assertRejects } from "@std/assert";
import { assertEach } from "./assert_each.ts";

Deno.test("assertEach() reports every item that fails, and none where nothing was checked", async () => {
  const items = ["a", "b", "c"].map((name) => ({ name }));
  const seen: string[] = [];
  const { message } = await assertRejects(
    () =>
      assertEach(items, ({ name }) => {
        seen.push(name);
        if (name !== "b") throw new TypeError(`bad ${name}`);
      }),
    Error,
  );
  assertEquals([seen, message], [["a", "b", "c"], "2 of 3 failed\na: bad a\nc: bad c"]);
  await assertEach(items, () => {});
  await assertRejects(() => assertEach([], () => {}), Error, "nothing to check");
});
