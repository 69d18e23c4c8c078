import { assert, assertEquals } from "@std/assert";
import { builtText, bundleProgram, EMBEDDED, type Embedded, madeBy, readBuilt } from "./embed.ts";

for (const embedded of EMBEDDED) {
  const name = `${embedded.built} is what \`deno task embed\` makes`;
  const { program, reason } = await bundled(embedded);
  const ignore = reason !== null && Deno.env.get("CI") !== "true";
  if (ignore) Deno.stdout.writeSync(new TextEncoder().encode(`Skipped: ${name}: ${reason}\n`));

  Deno.test({
    name,
    ignore,
    fn() {
      assertEquals(reason, null);
      assert(
        readBuilt(embedded) === builtText(embedded, program),
        `${embedded.built} is stale: run \`deno task embed\``,
      );
    },
  });

  Deno.test(`${embedded.built} names no file, and imports nothing but by a name that it is given`, async () => {
    const { exportedAs, built } = embedded;
    const text = exportedAs === null
      ? readBuilt(embedded).replace(/^(\/\/.*\n)+/, "")
      : (await import(new URL(`../${built}`, import.meta.url).href))[exportedAs];
    assertEquals(
      /file:\/\/|^\/\/|\bimport\b(?!\([\w$]+\))|\brequire\b/m.exec(text)?.[0],
      undefined,
    );
  });
}

Deno.test("builtText() keeps the program whatever its characters are", async () => {
  const program = `"\\\n\u2028\u{1f600}${"`${x}"}`.repeat(60);
  const text = builtText({ entry: "a.ts", built: "b.js", exportedAs: "text" }, program);
  assertEquals((await import(`data:text/javascript,${encodeURIComponent(text)}`)).text, program);
});

async function bundled({ entry, ...rest }: Embedded): Promise<
  { program: string; reason: string | null }
> {
  if (!readBuilt({ entry, ...rest }).includes(madeBy())) {
    return { program: "", reason: "made by another version of Deno" };
  }
  try {
    return { program: await bundleProgram(entry), reason: null };
  } catch (error) {
    return { program: "", reason: (error as Error).message };
  }
}
