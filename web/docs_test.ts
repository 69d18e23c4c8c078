import { needsPackages, testDocument } from "../testing/doc_blocks.ts";

const GUIDES = [...Deno.readDirSync(new URL("../docs/", import.meta.url))]
  .filter(({ isFile }) => isFile).map(({ name }) => `docs/${name}`).sort();

for (const path of ["README.md", ...GUIDES]) testDocument(path, needsPackages);
