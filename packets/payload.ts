import { AuxWalk } from "../auxtrace/mod.ts";
import { SharedSteps } from "../auxtrace/internal.ts";
import type { PerfFile } from "../parsers/perf/mod.ts";
import { PayloadIndex } from "./payload_index.ts";
import type { PayloadRecording } from "./payload_recording.ts";

/** Records between two steps. */
const STEP = 1024;

/**
 * Finds the trace data of a recording, ring by ring.
 *
 * Walks over the records once, and keeps about 50 bytes for each AUXTRACE and 32 for each AUX
 * record. The bytes themselves stay in the file, except those of AUX samples in compressed records,
 * of which at most 256 MiB are held.
 *
 * A chunk ends where the next one of its ring starts, or the last one at the only AUX record that
 * ends in its last 8 bytes; bytes after that are perf's padding. Chunks of Intel BTS hold whole
 * records of 24 bytes. Snapshots of other PMUs can start with bytes of the one before. CoreSight is
 * cut into the pieces that AUX records announce, as every run of a trace unit starts anew. Source:
 * perf's `__auxtrace_mmap__read()`, `cs_etm__queue_aux_fragment()`.
 *
 * @example The size of a trace
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openPerfFile } from "@auxtail/auxtail";
 * import { payloadQueues } from "@auxtail/auxtail/packets";
 *
 * using file = openPerfFile("testdata/aux_demo_fits.perf.data");
 * const { type, queues } = payloadQueues(file);
 * assertEquals([type, queues.length], ["intel_pt", 2]);
 * ```
 *
 * @param file A recording that can be read again.
 * @throws {FormatError} If it has more than 8,192 rings, or more AUX records or samples than can
 * be held.
 * @throws {TypeError} If it is a stream that only moves forward.
 */
export function payloadQueues(file: PerfFile): PayloadRecording {
  const steps = new PayloadSearch(file).steps();
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/**
 * Finds the trace data as {@linkcode payloadQueues} does, but in steps, so that a Worker can answer,
 * or stop, in between. Whoever needs the answer takes the search further; it is made once.
 *
 * @example Found by one, known to the other
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openPerfFile } from "@auxtail/auxtail";
 * import { PayloadSearch } from "@auxtail/auxtail/packets";
 *
 * using file = openPerfFile("testdata/aux_bts.perf.data");
 * const search = new PayloadSearch(file);
 * let step = search.steps().next();
 * while (!step.done) step = search.steps().next();
 * assertEquals(search.steps().next().value, step.value);
 * ```
 */
export class PayloadSearch {
  readonly #search: SharedSteps<number, PayloadRecording>;

  /**
   * Begins at the first record.
   *
   * @throws {TypeError} If the file is a stream that only moves forward.
   */
  constructor(file: PerfFile) {
    this.#search = new SharedSteps(search(file, new PayloadIndex(file)));
  }

  /**
   * Resumes where the previous caller stopped. Yields the position of the record that was reached,
   * every 1,024 records.
   *
   * @throws {FormatError} If the recording has more than 8,192 queues, or more AUX records or samples
   * than can be held.
   */
  steps(): Generator<number, PayloadRecording> {
    return this.#search.steps();
  }
}

function* search(file: PerfFile, index: PayloadIndex): Generator<number, PayloadRecording> {
  const walk = new AuxWalk(file, [index]);
  const cursor = file.recordCursor();
  for (let n = 1; cursor.next(); n++) {
    walk.record(cursor);
    if (n % STEP === 0) yield cursor.fileOffset;
  }
  walk.finish(cursor);
  return index.recording(walk, cursor.cut);
}
