import { assertEquals } from "@std/assert";

Deno.test("an answer and its exit code stay where standard error is a full disk", async () => {
  const command = new Deno.Command("sh", {
    args: [
      "-c",
      'exec "$0" run --no-prompt --no-check --allow-read cli/main.ts "$@" 2>/dev/full',
      Deno.execPath(),
      ..."info --format json testdata/aux_cut.perf.data testdata/aux_demo_fits.perf.data".split(
        " ",
      ),
    ],
  });
  const { code, stdout } = await command.output();
  assertEquals(code, 2);
  assertEquals(JSON.parse(new TextDecoder().decode(stdout)).recordings.length, 2);
});
