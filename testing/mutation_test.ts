import { assertEquals } from "@std/assert";
import { oracleTest } from "./corpus.ts";
import { KEPT_MUTANTS } from "./kept_mutants.ts";
import { dialectMutants, type MutantName, sweepMutants } from "./mutation_sweep.ts";

const kept = KEPT_MUTANTS.map(({ mutant }) => mutant);

Deno.test("mutants that found an error end in a result or a FormatError", async () => {
  await assertSound(kept.filter(([name]) => !isCorpus(name)));
});

oracleTest("corpus mutants that found an error end in one, too", ["corpus"], async () => {
  await assertSound(kept.filter(([name]) => isCorpus(name)));
});

Deno.test("a few mutants of dialects and foreign bytes end in one, too", async () => {
  await assertSound(await dialectMutants(3));
});

async function assertSound(mutants: readonly MutantName[]): Promise<void> {
  const { findings } = await sweepMutants(mutants);
  assertEquals(findings, []);
}

function isCorpus(name: string): boolean {
  return name.includes("/");
}
