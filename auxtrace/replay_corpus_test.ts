import { assertEquals } from "@std/assert";
import { openPerfFile, replayReport } from "../mod.ts";
import { CORPUS_ANSWERS } from "../testing/corpus_answers.ts";
import { corpusPath, oracleTest } from "../testing/corpus.ts";

for (const [name, answer] of Object.entries(CORPUS_ANSWERS)) {
  oracleTest(`replayReport() answers for ${name}`, ["corpus"], () => {
    using file = openPerfFile(corpusPath(name));
    const report = replayReport(file);
    const { arch, accessor, refuses, tornReads } = report.judgement.released;
    const { isBts: _, ...expected } = answer;
    assertEquals({
      mode: report.recording.mode,
      basis: report.basis,
      verdict: report.verdict,
      flagged: report.totals.flaggedTails,
      released: [arch, accessor, refuses, tornReads],
      queues: report.queues.map((queue) => [
        queue.idx,
        queue.cpu,
        queue.tid,
        queue.chunks,
        queue.announcedBytes,
        queue.presentBytes,
        queue.missingBytes,
        queue.lastTail,
        queue.recorder,
        queue.dataBytes,
      ]),
      losses: report.losses.map(({ queue, kind, fileOffset, from, to, timeNs }) => [
        queue,
        kind,
        fileOffset,
        from,
        to,
        timeNs,
      ]),
    }, expected);
    assertEquals(
      report.judgement.generic.refuses,
      // Not proven and none flagged: more can follow.
      answer.mode !== "full" || (answer.verdict === "incomplete" && answer.flagged === 0)
        ? null
        : answer.flagged > 0,
    );
    for (const key of ["announcedBytes", "presentBytes", "missingBytes"] as const) {
      const sum = report.queues.reduce((so, queue) => so + queue[key], 0);
      assertEquals([key, report.totals[key]], [key, sum]);
    }
  });
}

oracleTest("replayReport() says the same of linux32, whichever perf recorded", ["corpus"], () => {
  const [by32, by64] = ["p32linux32", "p64linux32"].map((name) => {
    using file = openPerfFile(corpusPath(`lab2/${name}.data`));
    const { verdict, basis, judgement, totals } = replayReport(file);
    const { announcedBytes, presentBytes, missingBytes, flaggedTails } = totals;
    return { verdict, basis, judgement, announcedBytes, presentBytes, missingBytes, flaggedTails };
  });
  assertEquals(by32, by64);
});

oracleTest("replayReport() proves nothing where a position lies beyond 2^64", ["corpus"], () => {
  using file = openPerfFile(corpusPath("edge/parquet-2pow64.data"));
  const { input, verdict } = replayReport(file);
  assertEquals([verdict, input.cut, input.damage?.fileOffset], ["incomplete", null, 0x170]);
});
