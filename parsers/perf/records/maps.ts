import type { Cursor } from "../../internal.ts";
import { decodeItems } from "../_fields.ts";
import { decodeCpuMap } from "../cpu_map.ts";
import type { RecordBase } from "./record.ts";

/** `PERF_RECORD_ID_INDEX`: which ring the event of an id wrote to. */
export interface IdIndexRecord extends RecordBase {
  /** Discriminates the union of records. */
  readonly type: "id_index";
  /** One entry per id. */
  readonly entries: readonly IdIndexEntry[];
}

/** What is known of one id. */
export interface IdIndexEntry {
  /** The id. */
  readonly id: bigint;
  /** Number of the ring. */
  readonly idx: number;
  /** CPU; null for any. */
  readonly cpu: number | null;
  /** Thread; null for any. */
  readonly tid: number | null;
  /** Process of the guest, 0 for the host; null if the record does not tell. */
  readonly machinePid: number | null;
  /** CPU of the guest; null if the record does not tell. */
  readonly vcpu: number | null;
}

/** `PERF_RECORD_THREAD_MAP`: the threads that were observed. */
export interface ThreadMapRecord extends RecordBase {
  /** Discriminates the union of records. */
  readonly type: "thread_map";
  /** The threads; the only tid is -1 for a whole system. */
  readonly threads: readonly { readonly tid: number; readonly comm: string }[];
}

/** `PERF_RECORD_CPU_MAP`: the CPUs that were observed. */
export interface CpuMapRecord extends RecordBase {
  /** Discriminates the union of records. */
  readonly type: "cpu_map";
  /** The CPUs; -1 is any. */
  readonly cpus: readonly number[];
}

const ENTRY_SIZE = 32;
const GUEST_SIZE = 16;
const COMM_SIZE = 16;

/** Decodes `PERF_RECORD_ID_INDEX`, with or without the guests after the entries. */
export function decodeIdIndex(body: Cursor, base: RecordBase): IdIndexRecord {
  const entries = decodeItems(body.count64(ENTRY_SIZE), () => ({
    id: body.u64(),
    idx: Number(body.u64()),
    cpu: optional(body),
    tid: optional(body),
  }));
  const hasGuests = body.remaining >= entries.length * GUEST_SIZE;
  return {
    ...base,
    type: "id_index",
    entries: entries.map((entry) => ({
      ...entry,
      machinePid: hasGuests ? Number(body.i64()) : null,
      vcpu: hasGuests ? optional(body) : null,
    })),
  };
}

function optional(body: Cursor): number | null {
  const value = Number(body.i64());
  return value === -1 ? null : value;
}

/** Decodes `PERF_RECORD_THREAD_MAP`. */
export function decodeThreadMap(body: Cursor, base: RecordBase): ThreadMapRecord {
  const threads = decodeItems(body.count64(8 + COMM_SIZE), () => {
    return { tid: Number(body.i64()), comm: body.text(COMM_SIZE) };
  });
  return { ...base, type: "thread_map", threads };
}

/** Decodes `PERF_RECORD_CPU_MAP`. */
export function decodeCpuMapRecord(body: Cursor, base: RecordBase): CpuMapRecord {
  return { ...base, type: "cpu_map", cpus: decodeCpuMap(body) };
}
