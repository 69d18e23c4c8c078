/**
 * Asks `perf report -D` what the AUX recordings of `testdata/` and of the corpus hold, and writes it
 * to `testdata/aux_facts.json`. What perf reads in no form stays as it is there.
 *
 * Run with `deno run --allow-all _tools/describe_aux.ts`, in the root of the repository.
 *
 * @module
 */

import {
  auxRecordingNames,
  auxRecordingPath,
  perfFacts,
  readAuxFacts,
} from "../testing/aux_facts.ts";

const known = readAuxFacts();
const lines: string[] = [];
for (const name of auxRecordingNames()) {
  const facts = await perfFacts(auxRecordingPath(name)) ?? known[name];
  if (facts === undefined) throw new Error(`Cannot describe ${name}: perf does not read it`);
  const { from, ...lists } = facts;
  const texts = Object.entries(lists).map(([key, rows]) => {
    const text = rows.map((row) => `      ${JSON.stringify(row)}`).join(",\n");
    return `    ${JSON.stringify(key)}: [${text && `\n${text}\n    `}]`;
  });
  lines.push(`  ${JSON.stringify(name)}: {\n    "from": "${from}",\n${texts.join(",\n")}\n  }`);
}
Deno.writeTextFileSync("testdata/aux_facts.json", `{\n${lines.join(",\n")}\n}\n`);
