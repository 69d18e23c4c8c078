import type { CoresightInfo } from "../perf/mod.ts";
import { type FormatFacts, joinU64, type StreamStart } from "../internal.ts";
import { type StreamDecoder, type TraceFormat, tscToNs } from "../internal.ts";
import { CoresightCursor } from "./coresight_cursor.ts";
import { CoresightScan } from "./coresight_scan.ts";
import { type EtmFields, etmFields } from "./etm_fields.ts";
import { EtmKind, etmKindNames } from "./etm_kind.ts";
import { etmText } from "./etm_text.ts";
import {
  assumedRegisters,
  assumedUnits,
  decodeHwId,
  traceUnits,
  unitsOfSink,
} from "./trace_unit.ts";
import { CoresightUndecodedScan } from "./undecoded_scan.ts";

const VIRTUAL_COUNTER = 1n;

/** CoreSight: each AUX record is a fragment, since every run of a trace unit starts a new stream. */
export const coresightFormat: TraceFormat<CoresightCursor, EtmFields> = {
  type: "cs_etm",
  kindNames: etmKindNames,
  syncKind: EtmKind.Async,
  hasPlainBytes: false,
  hasFragments: true,
  decoder,
  write(cursor, out) {
    const { traceId } = cursor;
    if (traceId > 0) out.ascii(`ID ${traceId.toString(16).padStart(2, "0")} `);
    out.ascii(etmText(cursor));
  },
  fields: (cursor) => ({ traceId: cursor.traceId || null, ...etmFields(cursor) }),
  ticks: ({ kind, etm }) =>
    kind === EtmKind.Timestamp && etm?.timeBits === 64 ? joinU64(etm.timeHigh, etm.timeLow) : null,
  hardwareId: decodeHwId,
};

/**
 * Bare bytes, which nothing is known of, are taken to come from an ETMv4.2 for each trace id, with
 * context ids of 4 bytes, unless registers say otherwise; without frames, from one. A recording whose
 * units are not known is not decoded. Where a recording has one unit only, bytes without frames are
 * of this one, even if their CPU is not known.
 */
function decoder(facts: FormatFacts): StreamDecoder<CoresightCursor> {
  const { info, hwIds, time, registers = {}, fromStart = false } = facts;
  const recorded = info?.type === "cs_etm" ? recordedUnits(info) : null;
  const units = recorded === null ? assumedUnits(registers) : traceUnits(recorded, hwIds);
  const areAlike = recorded === null || units.length === 1;
  const known = recorded !== null && hasVirtualTime(recorded) ? time : null;
  const sources = ({ cpu, raw, synced = false }: StreamStart) => ({
    units: raw ? units.filter((unit) => areAlike || unit.cpu === cpu) : unitsOfSink(units, cpu),
    isRaw: raw,
    synced: fromStart || synced,
  });
  const assumed = recorded === null ? assumedRegisters(registers) : [];
  return {
    cursor: (start) => new CoresightCursor(sources(start)),
    scan: (start) => new CoresightScan(sources(start)),
    timeNs: (ticks) => known && tscToNs(ticks, known),
    ...(assumed.length > 0 && {
      badReason: `registers that are assumed may be why: ${assumed.join(", ")}`,
    }),
    skipReason: (cursor) => cursor.skipReason,
    ...(recorded && {
      undecodedUnits: units.filter(({ etm }) => etm === null)
        .map(({ traceId, cpu, protocol }) => ({ traceId, cpu, what: protocol })),
      undecoded: (start) => new CoresightUndecodedScan(sources(start)),
    }),
  };
}

/** The trace units of a recording: none where its AUXTRACE_INFO has an unknown layout. */
function recordedUnits(info: { readonly type: string }): Pick<CoresightInfo, "cpus"> {
  return "cpus" in info ? info as CoresightInfo : { cpus: [] };
}

/** Whether timestamps are those of the counter that TIME_CONV converts. */
function hasVirtualTime({ cpus }: Pick<CoresightInfo, "cpus">): boolean {
  return cpus.length > 0 &&
    cpus.every(({ params }) =>
      params.find(({ name }) => name === "TS_SOURCE")?.value === VIRTUAL_COUNTER
    );
}
