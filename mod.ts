/**
 * auxtail replays recordings of Linux perf's AUX area tracing (Intel PT, Arm SPE, CoreSight) through
 * the accessors of a 32-bit perf, and says which AUX tails it could not have written.
 *
 * @example Was this recording within 32 bits?
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openPerfFile, replayReport } from "@auxtail/auxtail";
 *
 * using file = openPerfFile("testdata/aux_demo_exceeds.perf.data");
 * const { verdict, conclusion } = replayReport(file);
 * assertEquals(verdict, "exceeds");
 * assertEquals(conclusion.includes("stopped by the limit"), true);
 * ```
 *
 * @module
 */

export * from "./auxtrace/mod.ts";
export {
  openPerfBytes,
  openPerfFile,
  type OpenPerfFileOptions,
  openPerfStandardInput,
} from "./system/mod.ts";
export * from "./parsers/perf/mod.ts";
