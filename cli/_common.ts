import { openPerfFile, openPerfStandardInput } from "../system/mod.ts";
import { printable } from "./output/table.ts";
import type { ReplayReport } from "../auxtrace/mod.ts";
import type { PerfFile, SecondRecording } from "../parsers/perf/mod.ts";

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

/** Says that the input was cut, or holds another recording, if it does, and sets exit code 2. */
export function complainOfCut(
  path: string,
  cut: { readonly message: string; readonly cure: string } | null,
  second: SecondRecording | null = null,
): void {
  if (cut === null && second === null) return;
  const { reason, cure } = cut === null ? second! : { reason: cut.message, cure: cut.cure };
  complain(`${path}: not complete: ${reason}; ${cure}`);
  Deno.exitCode = 2;
}

/** Sets the exit code that a verdict asks for, and says why it is not proven. */
export function concludeReplay(
  { verdict, input }: ReplayReport,
  path: string,
  { exitZero }: { readonly exitZero?: boolean | undefined },
): void {
  if (verdict === "exceeds") Deno.exitCode = exitZero ? 0 : 1;
  if (verdict !== "incomplete") return complainOfCut(path, null, input.secondRecording);
  const { reason, cure } = (input.cut ?? input.damage)!;
  complain(`${path}: not proven: ${reason}; ${cure}`);
  Deno.exitCode = 2;
}
