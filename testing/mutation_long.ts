/** The long mutation test, `deno task test:long`; its seeds follow those of `deno task test`. */
import { assertEquals, assertGreater } from "@std/assert";
import { twoAtATime } from "./corpus.ts";
import { type Finding, mutantNames, sweepMutants } from "./mutation_sweep.ts";

const FIRST = 10_000;
const COUNT = 30_000;
/** Mutants that are read by one process. */
const SHARE = 3000;

Deno.test("tens of thousands of mutants end in a result or a FormatError", async () => {
  const findings: Finding[] = [];
  let opened = 0;
  const firsts = Array.from({ length: COUNT / SHARE }, (_, i) => FIRST + i * SHARE);
  await twoAtATime(firsts, async (first) => {
    const result = await sweepMutants(mutantNames(first, SHARE));
    opened += result.opened;
    findings.push(...result.findings);
  });
  assertEquals(findings, []);
  assertGreater(opened, COUNT * 0.9);
});
