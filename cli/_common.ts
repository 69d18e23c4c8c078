import { openPerfFile, openPerfStandardInput } from "../system/mod.ts";
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

/**
 * Why the answer on a cut input is not complete, or not proven, and what to do. Who kills a recorder
 * while it writes leaves a record that is not whole at the end of an unfinalised file.
 */
export function cutLine(
  path: string,
  { reason, finalised }: { readonly reason: string; readonly finalised: boolean },
  lacks: "complete" | "proven" = "complete",
): string {
  const cure = finalised ? "" : ", unless its recorder was killed there";
  return `${path}: not ${lacks}: ${reason}; copy the whole file${cure}`;
}

/** Says on standard error why the answer is not complete, or not proven. */
export function complain(message: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`auxtail: ${printable(message)}\n`));
}
