import { type UndecodedScan, undecodedText, type UndecodedTrace } from "../parsers/internal.ts";
import type { PayloadFormat } from "./payload_format.ts";
import type { PayloadRecording } from "./payload_recording.ts";

/** Bytes that are read at a time. */
const PIECE_SIZE = 1 << 16;

/**
 * Finds the trace of a recording that is not decoded, beside what is: of CoreSight, units of ETMv3
 * and PTM, and what is in frames under ids that AUXTRACE_INFO does not name.
 *
 * Reads the payload once, in 64 KiB, if its format can have such trace at all.
 *
 * @example Nothing of it in a recording of Intel PT
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openPerfFile } from "@auxtail/auxtail";
 * import { formatFacts, payloadFormat, payloadQueues, undecodedTrace } from "@auxtail/auxtail/packets";
 *
 * using file = openPerfFile("testdata/aux_demo_fits.perf.data");
 * const recording = payloadQueues(file);
 * const format = payloadFormat(formatFacts(file, recording));
 * assertEquals(undecodedTrace(recording, format), []);
 * ```
 *
 * @param recording Which queues; of `format`'s type.
 * @returns Sums for each source, in the order in which they were found.
 * @throws {FormatError} If the file has become shorter.
 */
export function undecodedTrace(
  recording: Pick<PayloadRecording, "queues">,
  format: PayloadFormat,
): UndecodedTrace[] {
  const steps = undecodedSteps(recording, format);
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/** Like {@linkcode undecodedTrace}; yields the number of bytes that were read. */
export function* undecodedSteps(
  { queues }: Pick<PayloadRecording, "queues">,
  { undecoded }: PayloadFormat,
): Generator<number, UndecodedTrace[]> {
  const sums = new Map<string, UndecodedTrace>();
  if (undecoded === undefined) return [];
  const buffer = new Uint8Array(PIECE_SIZE);
  for (const queue of queues) {
    let scan: UndecodedScan | null = null;
    let rest = 0;
    for (const item of queue.items()) {
      if (item.type === "mark") continue;
      if (item.follows !== "bytes" || scan === null) {
        addTo(sums, scan);
        scan = undecoded(item);
        rest = 0;
      }
      for (let from = 0; from < item.size;) {
        const end = Math.min(PIECE_SIZE, rest + item.size - from);
        const count = item.read(from, buffer.subarray(rest, end));
        if (count === 0) throw new RangeError(`Cannot read byte ${from} of ${item.size}`);
        const length = rest + count;
        rest = scan.push(buffer.subarray(0, length));
        buffer.copyWithin(0, length - rest, length);
        from += count;
        yield count;
      }
    }
    addTo(sums, scan);
  }
  return [...sums.values()];
}

function addTo(sums: Map<string, UndecodedTrace>, scan: UndecodedScan | null): void {
  for (const trace of scan?.found() ?? []) {
    const name = undecodedText(trace);
    sums.set(name, { ...trace, bytes: trace.bytes + (sums.get(name)?.bytes ?? 0) });
  }
}
