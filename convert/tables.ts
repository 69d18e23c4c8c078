import type { TableSource } from "./_table_source.ts";
import type { Table, TableName } from "./table.ts";
import { auxRecordTable } from "./tables/aux_records.ts";
import { chunkTable } from "./tables/chunks.ts";
import { lossTable } from "./tables/losses.ts";
import { packetTable } from "./tables/packets.ts";
import { recordingTable } from "./tables/recordings.ts";
import { recordTable } from "./tables/records.ts";
import { tailTable } from "./tables/tails.ts";

/** The only list of the tables. */
export const SOURCES: Readonly<Record<TableName, TableSource>> = {
  recordings: recordingTable,
  chunks: chunkTable,
  "aux_records": auxRecordTable,
  tails: tailTable,
  losses: lossTable,
  packets: packetTable,
  records: recordTable,
};

/**
 * The tables by name. `recordings` has one row, the conclusions of `auxtail replay`; the others
 * have a row for each AUXTRACE record, AUX record, stored tail, loss, packet or mark, and record.
 */
export const TABLES: Readonly<Record<TableName, Table>> = Object.fromEntries(
  Object.entries(SOURCES).map(([name, { table }]) => [name, table]),
) as Record<TableName, Table>;

/** All but the packets, of which there can be more than all else. */
export const USUAL_TABLES: readonly TableName[] = (Object.keys(SOURCES) as TableName[])
  .filter((name) => name !== "packets");
