import { openPerfFile, openPerfStandardInput } from "../system/mod.ts";
import { printable } from "./output/table.ts";
import type { ReplayReport } from "../auxtrace/mod.ts";
import type { PerfFile } from "../parsers/perf/mod.ts";

/** Options that keep standard error quiet. */
export interface QuietOptions {
  /** False with `--no-progress`. */
  readonly progress: boolean;
  readonly quiet?: boolean | undefined;
}

/** Options of every command that prints an answer. */
export interface AnswerOptions extends QuietOptions {
  readonly format: string;
  readonly output?: string | undefined;
  readonly color: string;
}

/** Opens a recording by the name that the user gave: `-` is standard input. */
export function openInput(path: string): PerfFile {
  return path === "-" ? openPerfStandardInput() : openPerfFile(path);
}

/** Says on standard error why the answer is not complete, or not proven. */
export function complain(message: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`auxtail: ${printable(message)}\n`));
}

/** Says that the input was cut, if it was, and sets exit code 2. */
export function complainOfCut(
  path: string,
  cut: { readonly message: string; readonly cure: string } | null,
): void {
  if (cut === null) return;
  complain(`${path}: not complete: ${cut.message}; ${cut.cure}`);
  Deno.exitCode = 2;
}

/** Sets the exit code that a verdict asks for, and says why it is not proven. */
export function concludeReplay(
  { verdict, input }: ReplayReport,
  path: string,
  { exitZero }: { readonly exitZero?: boolean | undefined },
): void {
  if (verdict === "exceeds") Deno.exitCode = exitZero ? 0 : 1;
  if (verdict !== "incomplete") return;
  const { reason, cure } = (input.cut ?? input.damage)!;
  complain(`${path}: not proven: ${reason}; ${cure}`);
  Deno.exitCode = 2;
}
