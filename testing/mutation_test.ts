import { assertEquals, assertGreater } from "@std/assert";
import { oracleTest } from "./corpus.ts";
import { KEPT_MUTANTS } from "./kept_mutants.ts";
import { type MutantName, mutantNames, sweepMutants } from "./mutation_sweep.ts";

const COUNT = 2000;

const kept = KEPT_MUTANTS.map(({ mutant }) => mutant);

Deno.test("mutants that found an error end in a result or a FormatError", async () => {
  await assertSound(kept.filter(([name]) => !isCorpus(name)));
});

oracleTest("corpus mutants that found an error end in one, too", ["corpus"], async () => {
  await assertSound(kept.filter(([name]) => isCorpus(name)));
});

Deno.test("mutants end in a result or a FormatError, within 2 s of CPU time and 200 MB", async () => {
  const opened = await assertSound(mutantNames(1, COUNT));
  assertGreater(opened, COUNT * 0.9, "the damage has to get past the header");
});

async function assertSound(mutants: readonly MutantName[]): Promise<number> {
  const { opened, findings } = await sweepMutants(mutants);
  assertEquals(findings, []);
  return opened;
}

function isCorpus(name: string): boolean {
  return name.includes("/");
}
