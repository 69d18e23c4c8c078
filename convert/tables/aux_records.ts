import type { AuxAnnouncement } from "../../auxtrace/mod.ts";
import { joinU64 } from "../../parsers/internal.ts";
import { AuxFlag } from "../../parsers/perf/mod.ts";
import { TableRows } from "../_rows.ts";
import type { TableSource } from "../_table_source.ts";
import { tableOf } from "../table.ts";

/** Lowest bit of the PMU's format in the flags of an AUX record. */
const FORMAT_UNIT = AuxFlag.FormatMask & -AuxFlag.FormatMask;

/** A row for each AUX record. */
export const auxRecordTable: TableSource = {
  table: tableOf(
    "aux_records",
    "file_offset:u64 time_ns:u64? event:text? cpu:u32? pid:u32? tid:u32? aux_offset:u64 " +
      "aux_size:u64 flags:u64 truncated:bool overwrite:bool partial:bool collision:bool " +
      "pmu_format:u32",
  ),
  fill() {
    const rows = new TableRows<AuxAnnouncement>(this.table, {
      "time_ns": ({ origin }) => joinU64(origin.timeHigh, origin.timeLow) || null,
      event: ({ origin }) => origin.event?.name,
      cpu: ({ origin }) => origin.cpu,
      pid: ({ origin }) => origin.pid,
      tid: ({ origin }) => origin.tid,
      "aux_offset": ({ fields }) => joinU64(fields.offsetHigh, fields.offsetLow),
      "aux_size": ({ fields }) => joinU64(fields.sizeHigh, fields.sizeLow),
      flags: ({ fields, flags }) => joinU64(fields.flagsHigh, flags),
      truncated: ({ flags }) => (flags & AuxFlag.Truncated) !== 0,
      overwrite: ({ flags }) => (flags & AuxFlag.Overwrite) !== 0,
      partial: ({ flags }) => (flags & AuxFlag.Partial) !== 0,
      collision: ({ flags }) => (flags & AuxFlag.Collision) !== 0,
      "pmu_format": ({ flags }) => (flags & AuxFlag.FormatMask) / FORMAT_UNIT,
    });
    return { rows, listener: { announcement: (record) => rows.add(record) } };
  },
};
