import { jsonValue } from "../text/mod.ts";
import { checkArgument } from "./arguments.ts";
import type { ReplayReport } from "./report.ts";

/**
 * Makes of a report what `auxtail replay --format json` prints: the schema `auxtail.replay/2`.
 *
 * @example A verdict as JSON
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openPerfFile, replayJson, replayReport } from "@auxtail/auxtail";
 *
 * using file = openPerfFile("testdata/aux_demo_exceeds.perf.data");
 * const text = JSON.stringify(replayJson(replayReport(file), "aux_demo_exceeds.perf.data"));
 * assertEquals(JSON.parse(text).flagged[0].tail, "0x100000187");
 * ```
 *
 * @param path Name of the recording as the caller knows it; empty unless given.
 * @throws {TypeError} If it is not a report of {@linkcode replayReport}.
 */
export function replayJson(report: ReplayReport, path = ""): unknown {
  checkArgument(report?.verdict !== undefined, "a report of replayReport()", report);
  return jsonValue({
    schema: "auxtail.replay/2",
    ...report,
    input: { path, ...report.input },
  });
}
