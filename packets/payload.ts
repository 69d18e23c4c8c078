import { AuxWalk } from "../auxtrace/mod.ts";
import type { PerfFile } from "../parsers/perf/mod.ts";
import { PayloadIndex, type PayloadOptions } from "./payload_index.ts";
import type { PayloadRecording } from "./payload_recording.ts";

/**
 * Finds the trace data of a recording, ring by ring.
 *
 * Walks over the records once, and keeps about 50 bytes for each AUXTRACE and 32 for each AUX
 * record. The bytes themselves stay in the file, except those of AUX samples in compressed records,
 * which are held, up to a cap.
 *
 * A chunk ends where the next one of its ring starts, or the last one at the only AUX record that
 * ends in its last 8 bytes; bytes after that are perf's padding. Chunks of Intel BTS hold whole
 * records of 24 bytes. Snapshots of other PMUs can start with bytes of the one before. CoreSight is
 * cut into the pieces that AUX records announce, as every run of a trace unit starts a stream. Source:
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
export function payloadQueues(file: PerfFile, options: PayloadOptions = {}): PayloadRecording {
  const index = new PayloadIndex(file, options);
  const walk = new AuxWalk(file, [index]);
  const cursor = file.recordCursor();
  while (cursor.next()) walk.record(cursor);
  walk.finish(cursor);
  return index.recording(walk, cursor.cut);
}
