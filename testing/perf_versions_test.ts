import { oracleTest } from "./corpus.ts";
import { compareModes, STREAM_MODES } from "./perf_modes.ts";
import { perfPrograms } from "./perf_programs.ts";

oracleTest("records() agrees with the installed perf on what it records", [
  "perf",
  "perf events",
], () => compareModes(STREAM_MODES, perfPrograms().slice(0, 1)));

oracleTest("records() agrees with the newest perf on what it records", [
  "newer perfs",
  "perf events",
], () => compareModes(STREAM_MODES, perfPrograms().slice(-1)));
