import { openPerfPath, openPerfReads } from "../system/mod.ts";
import { printable } from "../text/mod.ts";
import { checkStopped, isHearing } from "./_stop_signals.ts";
import { comesOnce, readsOnce } from "./_waiting_reads.ts";
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

/**
 * Opens a recording by the name that the user gave: `-` is standard input.
 *
 * @param hold What is held in memory of an input that comes only once, so that it can be read again;
 * by default nothing.
 * @param maxHeldSize Most bytes of it; what is longer comes only once.
 */
export function openInput(
  path: string,
  hold?: "files" | "all",
  maxHeldSize?: number,
): PerfFile {
  refuseName(path);
  const options = { hold, ...(maxHeldSize !== undefined && { maxHeldSize }) };
  if (path !== "-" && !(isHearing() && comesOnce(path))) {
    return openPerfPath(path, options, checkStopped);
  }
  const { readOn, close } = readsOnce(path);
  return openPerfReads(readOn, options, close);
}

/**
 * Refuses a path that cannot be opened: to Deno a name of a file is text, what of it is not UTF-8 is
 * lost.
 *
 * @throws {Deno.errors.InvalidData} If it is such a path.
 */
export function refuseName(path: string): void {
  if (path.isWellFormed() && (!path.includes("\ufffd") || exists(path))) return;
  throw new Deno.errors.InvalidData(
    `${
      printable(path)
    } cannot be opened: its name is not UTF-8, and Deno opens only such files; rename it, ` +
      "or give it as standard input, with - for its name",
  );
}

/** Whether there is something by this name, as far as can be told. */
function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}

/** Opens a recording for a command that prints as it goes; says what is not known before the end. */
export function openToPrint(path: string): PerfFile {
  const file = openInput(path, "files");
  if (!file.seekable && file.finalised) {
    complain(
      `${path} is too long to be held in memory: names of events and the machine, which come after ` +
        `the records, are not known before; ${cureOf(file)}`,
    );
  }
  return file;
}

/**
 * Opens a recording so that it can be read again.
 *
 * @throws {Deno.errors.InvalidData} If it comes only once, and is too long to be held in memory.
 */
export function openSeekable(path: string): PerfFile {
  const file = openInput(path, "all");
  if (file.seekable) return file;
  file[Symbol.dispose]();
  throw new Deno.errors.InvalidData(
    `${path} is too long to be held in memory, more than 256 MiB: ${cureOf(file)}`,
  );
}

/** What makes an input one that can be read again. */
export function cureOf({ packed }: PerfFile): string {
  return packed === null ? "save it to a file" : `unpack it to a file: ${packed} -d`;
}

/**
 * Says on standard error why the answer is not complete, or not proven. Where that cannot be
 * written, as to a full disk, the answer and the exit code stay the same.
 */
export function complain(message: string): void {
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(`auxtail: ${printable(message)}\n`));
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
  }
}

/** How the reason begins why an answer is about a part of the input. */
export const NOT_COMPLETE = "not complete: ";

/** Sets the exit code, unless a larger one was set for another recording. */
export function endWith(code: 1 | 2): void {
  Deno.exitCode = Math.max(Number(Deno.exitCode), code);
}

/** Why an answer is about a part of the input: it was cut, or holds another recording; else null. */
export function cutReason(
  cut: { readonly message: string; readonly cure: string } | null,
  second: SecondRecording | null,
): string | null {
  if (cut === null && second === null) return null;
  const { reason, cure } = cut === null ? second! : { reason: cut.message, cure: cut.cure };
  return `${NOT_COMPLETE}${reason}; ${cure}`;
}

/** Says that the input was cut, or holds another recording, if it does, and sets exit code 2. */
export function complainOfCut(
  path: string,
  cut: { readonly message: string; readonly cure: string } | null,
  second: SecondRecording | null = null,
): void {
  const reason = cutReason(cut, second);
  if (reason === null) return;
  complain(`${path}: ${reason}`);
  endWith(2);
}

/** Sets the exit code that a verdict asks for, and says why it is not proven. */
export function concludeReplay(
  { verdict, input }: ReplayReport,
  path: string,
  { exitZero }: { readonly exitZero?: boolean | undefined },
): void {
  if (verdict === "exceeds" && !exitZero) endWith(1);
  if (verdict !== "incomplete") return complainOfCut(path, null, input.secondRecording);
  const { reason, cure } = (input.cut ?? input.damage)!;
  complain(`${path}: not proven: ${reason}; ${cure}`);
  endWith(2);
}
