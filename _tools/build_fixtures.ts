/**
 * Writes the AUX fixtures into `testdata/`.
 *
 * Run: `deno run --allow-read --allow-write=testdata _tools/build_fixtures.ts`
 *
 * @module
 */

import { auxFixtures } from "../testing/aux_fixtures.ts";

const testdata = new URL("../testdata/", import.meta.url);

for (const { name, build } of auxFixtures) {
  Deno.writeFileSync(new URL(`${name}.perf.data`, testdata), await build());
}
