import { findFormat } from "../parsers/formats.ts";
import { FormatError, undecodedText } from "../parsers/internal.ts";
import { type CheckGroup, type PerfFile, RecordType } from "../parsers/perf/mod.ts";
import { formatBytes } from "../text/mod.ts";
import { payloadQueues } from "./payload.ts";
import { formatFacts, payloadFormat } from "./payload_format.ts";
import { undecodedTrace } from "./undecoded.ts";

const DECODED = "payload-decoded";
const CURE =
  "nothing is wrong with the recording; auxtail extract writes the bytes for another decoder";

/**
 * The check `payload-decoded`: a warning for all trace that there is no decoder for.
 *
 * Of CoreSight it reads the payload; of a stream, whose payload has passed, it goes by what
 * AUXTRACE_INFO says of the trace units.
 */
export function decoderCheck(file: PerfFile): CheckGroup {
  return {
    names: [DECODED],
    start(reportOf) {
      const report = reportOf(DECODED);
      let at = 0;
      return {
        record({ type, fileOffset }) {
          if (type === RecordType.AuxtraceInfo) at = fileOffset;
        },
        finish() {
          for (const message of undecodedOf(file)) {
            report("warning", at, message, CURE);
          }
        },
      };
    },
  };
}

function undecodedOf(file: PerfFile): string[] {
  const { auxtraceInfo: info, byteOrder } = file;
  if (info === null) return [];
  const format = findFormat(info.type);
  if (format === undefined) return [`no decoder for ${info.type}`];
  const facts = { type: info.type, info, hwIds: new Map(), time: null, byteOrder };
  const { undecoded, undecodedUnits = [] } = format.decoder({
    ...facts,
    cpuid: null,
    records: false,
  });
  if (undecoded === undefined || !file.seekable) return undecodedUnits.map(undecodedText);
  try {
    const recording = payloadQueues(file);
    return undecodedTrace(recording, payloadFormat(formatFacts(file, recording)))
      .map((trace) => `${undecodedText(trace)}: ${formatBytes(trace.bytes)}`);
  } catch (error) {
    // Other checks say what is wrong with such payload.
    if (error instanceof FormatError) return [];
    throw error;
  }
}
