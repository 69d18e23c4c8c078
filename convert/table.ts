/** Type of the values of a column: those of `u64` are bigint. */
export type ColumnType = "u64" | "u32" | "i32" | "bool" | "f64" | "text";

/** A column of a table. */
export interface Column {
  /** In snake case. */
  readonly name: string;
  /** What its values are. */
  readonly type: ColumnType;
  /** Whether values can be null: unknown. */
  readonly nullable: boolean;
}

/** A table that a recording is converted to. */
export interface Table {
  /** Its name. */
  readonly name: TableName;
  /** Its columns, in order. */
  readonly columns: readonly Column[];
}

/** The tables of a recording. */
export type TableName =
  | "recordings"
  | "chunks"
  | "aux_records"
  | "tails"
  | "losses"
  | "packets"
  | "records";

/** Rows of a table, column by column. */
export interface RowBatch {
  /** The table. */
  readonly table: Table;
  /** How far the file is read. */
  readonly fileOffset: number;
  /** Number of rows. */
  readonly rows: number;
  /** The values, in the order of the table's columns: bigint for `u64`, null for unknown. */
  readonly columns: readonly (readonly unknown[])[];
}

const QUEUE = "queue:u32? cpu:u32? tid:u32?";

/**
 * The tables by name. `recordings` has one row, what `auxtail replay` says of the whole; the others
 * have a row for each AUXTRACE record, AUX record, stored tail, loss, packet or mark, and record.
 */
export const TABLES: Readonly<Record<TableName, Table>> = {
  recordings: table(
    "recordings",
    "name:text path:text? container:text? finalised:bool? hostname:text? arch:text? " +
      "kernel_is_64_bit:bool? os_release:text? perf_version:text? cmdline:text? " +
      "auxtrace_type:text? mode:text? basis:text? verdict:text? conclusion:text? bits:u32 " +
      "generic_refuses:bool? released_accessor:text? released_refuses:bool? queues:u64? " +
      "chunks:u64? aux_bytes:u64? announced_bytes:u64? present_bytes:u64? missing_bytes:u64? " +
      "aux_records:u64? flagged_tails:u64? bytes_after_limit:u64? torn_read_windows:u64? " +
      "gaps:u64? truncated_records:u64? partial_records:u64? collision_records:u64? " +
      "lost_records:u64? lost_events:u64? error_records:u64? first_flagged_tail:u64? " +
      "first_flagged_time_ns:u64? last_tail:u64? seconds_to_limit:f64? error:text?",
  ),
  chunks: table(
    "chunks",
    `${QUEUE} chunk:u64 file_offset:u64 aux_offset:u64 size:u64 reference:u64`,
  ),
  "aux_records": table(
    "aux_records",
    "file_offset:u64 time_ns:u64? event:text? cpu:u32? pid:u32? tid:u32? aux_offset:u64 " +
      "aux_size:u64 flags:u64 truncated:bool overwrite:bool partial:bool collision:bool " +
      "pmu_format:u32",
  ),
  tails: table(
    "tails",
    `${QUEUE} chunk:u64 file_offset:u64 aux_offset:u64 size:u64 head:u64 tail:u64? ` +
      "tail_exact:bool refused:bool headroom:u64? time_ns:u64?",
  ),
  losses: table(
    "losses",
    `${QUEUE} kind:text file_offset:u64 from_offset:u64? to_offset:u64? time_ns:u64? events:u64? ` +
      "remedy:text",
  ),
  packets: table("packets", `${QUEUE} aux_offset:u64? size:u64? kind:text mark:bool fields:text?`),
  records: table(
    "records",
    "file_offset:u64 type:u32 name:text size:u32 misc:u32 event:text? cpu:u32? pid:u32? " +
      "tid:u32? time_ns:u64? fields:text",
  ),
};

/** All but the packets, of which there can be more than all else. */
export const USUAL_TABLES: readonly TableName[] = [
  "recordings",
  "chunks",
  "aux_records",
  "tails",
  "losses",
  "records",
];

function table(name: TableName, columns: string): Table {
  return {
    name,
    columns: columns.split(" ").map((text) => {
      const [, name = "", type = "", nullable] = /^(\w+):(\w+)(\?)?$/.exec(text) ?? [];
      return { name, type: type as ColumnType, nullable: nullable !== undefined };
    }),
  };
}
