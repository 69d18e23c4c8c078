import { namesKernel32, namesKernelLast } from "../../auxtrace/internal.ts";
import { AuxWalk } from "../../auxtrace/mod.ts";
import { FormatError } from "../../parsers/internal.ts";
import { type PerfFile, type RecordCursor, RecordType } from "../../parsers/perf/mod.ts";

/** Finds AUX positions that 64 bits cannot hold while the records of a recording are walked. */
export class PositionWatch {
  readonly #file: PerfFile;
  readonly #isNamedLast: boolean;
  #walk: AuxWalk | null = null;

  constructor(file: PerfFile) {
    this.#file = file;
    this.#isNamedLast = namesKernelLast(file);
    attempt(() => this.#walk = new AuxWalk(file, []));
  }

  /** Looks at the record under a cursor. */
  record(cursor: RecordCursor): void {
    if (cursor.type === RecordType.Sample || this.#walk === null) return;
    if (!attempt(() => this.#walk!.record(cursor))) this.#walk = null;
  }

  /** The first such position; null if there is none, or if the queues cannot be told apart. */
  found(cursor: RecordCursor): FormatError | null {
    const walk = this.#walk;
    if (walk === null || !attempt(() => walk.finish(cursor))) return null;
    // A 32-bit kernel counts on from 0; positions before that are 2^64 less something.
    const isNamed32 = this.#isNamedLast && namesKernel32(this.#file);
    return walk.mode === "full" && !isNamed32 ? walk.beyond : null;
  }
}

/** Whether something can be read. What is wrong with it otherwise, others say who print it. */
function attempt(read: () => void): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}
