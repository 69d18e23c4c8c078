import { assert, assertEquals } from "@std/assert";
import {
  bundleProgram,
  EMBEDDED,
  type Embedded,
  embeddedModule,
  madeBy,
  readModule,
} from "./embed.ts";

for (const embedded of EMBEDDED) {
  const name = `${embedded.module} is what \`deno task embed\` makes`;
  const { bundle, reason } = await bundled(embedded);
  const ignore = reason !== null && Deno.env.get("CI") !== "true";
  if (ignore) Deno.stdout.writeSync(new TextEncoder().encode(`Skipped: ${name}: ${reason}\n`));

  Deno.test({
    name,
    ignore,
    fn() {
      assertEquals(reason, null);
      assert(readModule(embedded) === embeddedModule(embedded, bundle), "Run `deno task embed`");
    },
  });

  Deno.test(`${embedded.module} names no file and imports nothing`, async () => {
    const module = await import(new URL(`../${embedded.module}`, import.meta.url).href);
    const found = /file:\/\/|^\/\/|\bimport\b|\brequire\b/m.exec(module[embedded.name])?.[0];
    assertEquals(found, undefined);
  });
}

Deno.test("embeddedModule() keeps the source whatever its characters are", async () => {
  const source = `"\\\n\u2028\u{1f600}${"`${x}"}`.repeat(60);
  const text = embeddedModule(
    { entry: "a.ts", module: "b.ts", name: "text", summary: "." },
    source,
  );
  assertEquals((await import(`data:text/typescript,${encodeURIComponent(text)}`)).text, source);
});

async function bundled(embedded: Embedded): Promise<{ bundle: string; reason: string | null }> {
  if (!readModule(embedded).includes(madeBy())) {
    return { bundle: "", reason: "made by another version of Deno" };
  }
  try {
    return { bundle: await bundleProgram(embedded), reason: null };
  } catch (error) {
    return { bundle: "", reason: (error as Error).message };
  }
}
