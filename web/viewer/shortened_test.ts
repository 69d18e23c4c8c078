import { assertEquals } from "@std/assert";
import { reportBody } from "../../report/mod.ts";
import { cellsOf, reportData, textOf } from "../../testing/report_data.ts";
import { shortened } from "./shortened.ts";

Deno.test("shortened() keeps the first 200 flagged tails, and the page says of how many", () => {
  for (const count of [0, 199, 200, 201, 1000]) {
    const flagged = Array.from({ length: count }, (_, n) => ({
      queue: 0,
      chunk: n,
      fileOffset: n,
      auxOffset: 2n ** 32n,
      size: 8,
      tail: 2n ** 32n + BigInt(n),
      tailExact: true,
      timeNs: null,
    }));
    const data = reportData({ totals: { flaggedTails: 1234 }, replay: { flagged } });
    const { replay, chart } = shortened(data);
    assertEquals(replay.flagged, flagged.slice(0, 200));
    assertEquals([replay.totals.flaggedTails, chart], [1234, data.chart]);
    const body = reportBody(shortened(data));
    const cells = cellsOf(body, "flagged") ?? [];
    assertEquals(
      cells.map(([, chunk]) => chunk),
      flagged.slice(0, 200).map(({ chunk }) => `${chunk}`),
    );
    const shown = `the first ${Math.min(count, 200)} of 1 234`;
    assertEquals(textOf(body).includes(shown), count > 0);
  }
});
