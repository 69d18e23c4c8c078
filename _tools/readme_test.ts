import { assertEquals } from "@std/assert";
import { blocksOf, needsPackages, testDocument } from "../testing/doc_blocks.ts";

const GUIDES = [...Deno.readDirSync(new URL("../docs/", import.meta.url))]
  .filter(({ isFile }) => isFile).map(({ name }) => `docs/${name}`).sort();

Deno.test("README.md has only blocks that are executed", () => {
  const languages = new Set(blocksOf("README.md").map(({ language }) => language));
  assertEquals(languages, new Set(["sh", "console", "ts"]));
});

Deno.test("docs/README.md lists the other guides", () => {
  const index = Deno.readTextFileSync(new URL("../docs/README.md", import.meta.url));
  const listed = [...index.matchAll(/^- \[.*\]\((.*)\)/gm)].map(([, name]) => `docs/${name}`);
  assertEquals(listed.sort(), GUIDES.filter((path) => path !== "docs/README.md"));
});

for (const path of ["README.md", ...GUIDES]) {
  testDocument(path, (text) => !text.endsWith(" task test") && !needsPackages(text));
}
