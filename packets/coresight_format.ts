import {
  CoresightCursor,
  CoresightScan,
  type EtmConfig,
  etmFields,
  EtmKind,
  etmKindNames,
  etmText,
  type TraceUnit,
  traceUnits,
  unitsBesides,
} from "../parsers/coresight/mod.ts";
import { type TscTime, tscToNs } from "../parsers/intel_pt/mod.ts";
import type { CoresightInfo } from "../parsers/perf/mod.ts";
import { joinU64 } from "../parsers/internal.ts";
import { formatOf } from "./_format_of.ts";
import type { PayloadFormat, StreamStart } from "./format.ts";
import type { PayloadRecording } from "./payload.ts";

const VIRTUAL_COUNTER = 1n;

/** What bare bytes are taken to be. */
const ASSUMED: EtmConfig = {
  version: 0x42,
  contextIdSize: 4,
  vmidSize: 0,
  omitsCommits: false,
  cycleCountBits: 12,
  hasConditionals: false,
  hasQ: false,
  hasDataTrace: false,
};

/** Trace ids that are not reserved, and above 0. */
const TRACE_IDS = 0x6f;

/**
 * CoreSight. Bare bytes, which nothing is known of, are taken to come from an ETMv4.2 for each trace
 * id, with context ids of 4 bytes; without frames, from one. Where a recording has one unit only,
 * bytes without frames are of this one, even if their CPU is not known.
 */
export function coresightFormat(
  { info, hwIds, time }: Pick<PayloadRecording, "info" | "hwIds"> & { time: TscTime | null },
): PayloadFormat {
  const recorded = info?.type === "cs_etm" ? info : null;
  const units = recorded === null ? assumedUnits() : traceUnits(recorded, hwIds);
  const areAlike = recorded === null || units.length === 1;
  const known = recorded !== null && hasVirtualTime(recorded) ? time : null;
  const sources = ({ cpu, raw, synced = false }: StreamStart) => ({
    units: raw ? units.filter((unit) => areAlike || unit.cpu === cpu) : unitsBesides(units, cpu),
    isRaw: raw,
    synced,
  });
  return formatOf<CoresightCursor>({
    type: "cs_etm",
    kindNames: etmKindNames,
    syncKind: EtmKind.Async,
    hasPlainBytes: false,
    cursor: (start) => new CoresightCursor(sources(start)),
    scan: (start) => new CoresightScan(sources(start)),
    write(cursor, out) {
      const { traceId } = cursor;
      if (traceId > 0) out.ascii(`ID ${traceId.toString(16).padStart(2, "0")} `);
      out.ascii(etmText(cursor));
    },
    fields: (cursor) => ({ traceId: cursor.traceId || null, ...etmFields(cursor) }),
    ticks: ({ kind, etm }) =>
      kind === EtmKind.Timestamp && etm?.timeBits === 64
        ? joinU64(etm.timeHigh, etm.timeLow)
        : null,
    timeNs: (ticks) => known && tscToNs(ticks, known),
  });
}

/** Whether timestamps are those of the counter that TIME_CONV converts. */
function hasVirtualTime({ cpus }: CoresightInfo): boolean {
  return cpus.every(({ params }) =>
    params.find(({ name }) => name === "TS_SOURCE")?.value === VIRTUAL_COUNTER
  );
}

function assumedUnits(): TraceUnit[] {
  return Array.from({ length: TRACE_IDS }, (_, i) => {
    return { cpu: i, traceId: i + 1, sinkId: null, etm: ASSUMED };
  });
}
