import { openPerfFile, openPerfStandardInput } from "../open.ts";
import { printable } from "./output/table.ts";
import type { PerfFile } from "../parsers/perf/mod.ts";

/** Options that every command on a recording has. */
export interface CommonOptions {
  readonly format: string;
  readonly output?: string | undefined;
  readonly color: string;
  /** False with `--no-progress`. */
  readonly progress: boolean;
  readonly quiet?: boolean | undefined;
}

/** Opens a recording by the name that the user gave: `-` is standard input. */
export function openInput(path: string): PerfFile {
  return path === "-" ? openPerfStandardInput() : openPerfFile(path);
}

/** Says on standard error why the answer is not complete, or not proven. */
export function complain(message: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`auxtail: ${printable(message)}\n`));
}
