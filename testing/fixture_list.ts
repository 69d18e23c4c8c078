/** Answers beside a recording: `x.records.json` is what perf reads, `x.replay.json` the replay. */
const ANSWERS = [".records.json", ".replay.json"];
const RECORDING = /\.perf\.(?:data|dir)$/;
const COMPANION = /\.(?:records\.json|replay\.json|script\.txt)$/;

/**
 * Compares the names in `testdata/` with each other and with its READMEs.
 *
 * @param names Names of the files and folders.
 * @param readme Text of all READMEs.
 * @returns What is missing, a line each.
 */
export function fixtureProblems(names: readonly string[], readme: string): string[] {
  const problems: string[] = [];
  const there = new Set(names);
  for (const name of names) {
    const base = name.replace(RECORDING, "").replace(COMPANION, "");
    if (RECORDING.test(name)) {
      if (!ANSWERS.some((ending) => there.has(base + ending))) problems.push(`${name}: no answer`);
      if (!new RegExp(`\`${base}(?:\\.perf\\.\\w+)?\``).test(readme)) {
        problems.push(`${name}: not in a README`);
      }
    } else if (COMPANION.test(name)) {
      if (!there.has(`${base}.perf.data`) && !there.has(`${base}.perf.dir`)) {
        problems.push(`${name}: no recording`);
      }
    } else if (!/^(?:README.*\.md|aux_facts\.json)$/.test(name)) {
      problems.push(`${name}: not a fixture`);
    }
  }
  const listed = [...readme.matchAll(/^\| `([a-z]\w*)(?:\.perf\.\w+)?` \|/gm)].map(([, name]) =>
    name!
  );
  for (const name of listed) {
    if (!there.has(`${name}.perf.data`) && !there.has(`${name}.perf.dir`)) {
      problems.push(`${name}: in a README, but not there`);
    }
  }
  return problems;
}

/** Checks `testdata/`. */
export function checkFixtures(folder: URL): string[] {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  const readmes = names.filter((name) => name.endsWith(".md"));
  const text = readmes.map((name) => Deno.readTextFileSync(new URL(name, folder))).join("\n");
  return fixtureProblems(names, text);
}
