import { joinU64, type StreamDecoder, type TraceFormat, tscToNs } from "../internal.ts";
import type { FormatFacts, PacketCursor } from "../internal.ts";
import { SpeKind, speKindNames } from "./packet_kind.ts";
import { SpeCursor } from "./spe_cursor.ts";
import { type SpeFields, speFields } from "./spe_fields.ts";
import { speRecordText } from "./spe_record_text.ts";
import { SpeRecordCursor } from "./spe_records.ts";
import { SpeScan } from "./spe_scan.ts";
import { speText } from "./spe_text.ts";

/** The records of Arm SPE, in place of their packets. A stream of them cannot be cut. */
const recordForm: TraceFormat<SpeRecordCursor> = {
  type: "arm_spe",
  kindNames: ["BAD", "SKIPPED", "CUT", "RECORD"],
  syncKind: null,
  hasPlainBytes: false,
  decoder: (facts) => ({
    cursor: ({ auxOffset }) => new SpeRecordCursor(undefined, { position: auxOffset }),
    ...clock(facts),
  }),
  write: (cursor, out) => out.ascii(speRecordText(cursor.toRecord())),
  fields(cursor) {
    const { offset: _, size: __, ...fields } = cursor.toRecord();
    return fields;
  },
  ticks: ({ timestamp }) => timestamp,
  findSync: () => -1,
};

/** Arm SPE. TIMESTAMP packets tell times where the recording says how ticks become times. */
export const speFormat: TraceFormat<SpeCursor, SpeFields> = {
  type: "arm_spe",
  kindNames: speKindNames,
  syncKind: null,
  hasPlainBytes: true,
  recordForm,
  decoder: (facts) => ({
    cursor: ({ auxOffset }) => new SpeCursor(undefined, { position: auxOffset }),
    scan: ({ auxOffset }) => new SpeScan({ position: auxOffset }),
    ...clock(facts),
  }),
  write: (cursor, out) => out.ascii(speText(cursor)),
  fields: speFields,
  ticks: ({ kind, high, low }) => kind === SpeKind.Timestamp ? joinU64(high, low) : null,
};

function clock({ time }: FormatFacts): Pick<StreamDecoder<PacketCursor>, "timeNs"> {
  return { timeNs: (ticks) => time && tscToNs(ticks, time) };
}
