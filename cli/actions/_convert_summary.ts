import { NOT_COMPLETE } from "../_common.ts";
import type { ConvertProblem, ConvertTask } from "../_convert_work.ts";
import { countText } from "../../text/mod.ts";
import { stampOf } from "./_convert_manifest.ts";

/** The problem of a recording whose error a manifest has. */
export function problemOf(error: string | null): ConvertProblem | null {
  if (error === null) return null;
  return { kind: error.startsWith(NOT_COMPLETE) ? "cut" : "unreadable", reason: error };
}

/** Counts what becomes of many recordings. */
export class ConvertSummary {
  /** How many were begun. */
  begun = 0;
  /** Their bytes. */
  bytes = 0;
  #unreadable = 0;
  #cut = 0;
  /** The first one with a problem, and which. */
  #first: string | null = null;

  /** Begins with recordings, one after the other; what each is like is looked at only then. */
  *tasks(
    paths: readonly string[],
    nameOf: (path: string, index: number) => string,
    { alone = false }: { readonly alone?: boolean } = {},
  ): Generator<ConvertTask> {
    for (const [i, path] of paths.entries()) {
      const stamp = stampOf(path);
      this.begun++;
      this.bytes += stamp.size ?? 0;
      yield { path, name: nameOf(path, i), alone, error: null, stamp };
    }
  }

  /** Counts a recording. */
  add(path: string, problem: ConvertProblem | null): void {
    if (problem === null) return;
    if (problem.kind === "cut") this.#cut++;
    else this.#unreadable++;
    this.#first ??= `${path}: ${problem.reason}`;
  }

  /** What is wrong with how many, and the first of them; null if nothing is. */
  get problems(): string | null {
    if (this.#first === null) return null;
    const counts = [
      ...(this.#unreadable > 0 ? [`${countText(this.#unreadable)} cannot be read`] : []),
      ...(this.#cut > 0 ? [`${countText(this.#cut)} ${this.#cut === 1 ? "is" : "are"} cut`] : []),
    ];
    const which = this.#unreadable + this.#cut === 1 ? "" : "the first is ";
    return `${counts.join(", ")}: ${which}${this.#first}`;
  }
}
