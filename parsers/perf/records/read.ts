import type { Cursor } from "../../internal.ts";
import { decodeItems } from "../_fields.ts";
import { ReadFormat } from "../abi.ts";
import type { KnownEvent } from "../event_table.ts";
import type { KernelRecord } from "./record.ts";

/** Counts of an event or a group, in the format of `read()`. */
export interface ReadValues {
  /** Time the event was enabled, in ns; null if not recorded. */
  readonly timeEnabled: bigint | null;
  /** Time the event counted, in ns; null if not recorded. */
  readonly timeRunning: bigint | null;
  /** The event, or of a group the leader and then its siblings. */
  readonly values: readonly ReadValue[];
}

/** Count of one event. */
export interface ReadValue {
  /** The count. */
  readonly value: bigint;
  /** Id of the event; null if not recorded. */
  readonly id: bigint | null;
  /** Number of its samples that were lost; null if not recorded. */
  readonly lost: bigint | null;
}

/** `PERF_RECORD_READ`: counts of an inherited event when its thread ended. */
export interface ReadRecord extends KernelRecord {
  /** Discriminates the union of records. */
  readonly type: "read";
  /** Process. */
  readonly pid: number;
  /** Thread. */
  readonly tid: number;
  /** The counts. */
  readonly read: ReadValues;
}

/** Decodes `PERF_RECORD_READ`, for which the event has to be known. */
export function decodeRead(body: Cursor, base: KernelRecord, event: KnownEvent | null): ReadRecord {
  if (event === null) {
    const cure =
      "without its event the record cannot be decoded: the attributes that name its id " +
      "are missing or damaged";
    body.refuse("unsupported", "an event that wrote the record", "none", body.at, cure);
  }
  return {
    ...base,
    type: "read",
    pid: body.i32(),
    tid: body.i32(),
    read: decodeReadValues(body, event.layout.readFormat),
  };
}

/** Decodes counts in the `read_format` of their event. Source: perf_event.h. */
export function decodeReadValues(body: Cursor, readFormat: number): ReadValues {
  const has = (bit: number) => (readFormat & bit) !== 0;
  const hasId = has(ReadFormat.Id);
  const hasLost = has(ReadFormat.Lost);
  const times = () => ({
    timeEnabled: has(ReadFormat.TotalTimeEnabled) ? body.u64() : null,
    timeRunning: has(ReadFormat.TotalTimeRunning) ? body.u64() : null,
  });
  const identity = () => ({
    id: hasId ? body.u64() : null,
    lost: hasLost ? body.u64() : null,
  });
  if (!has(ReadFormat.Group)) {
    const value = body.u64();
    return { ...times(), values: [{ value, ...identity() }] };
  }
  const count = body.count64(8 + (hasId ? 8 : 0) + (hasLost ? 8 : 0));
  return {
    ...times(),
    values: decodeItems(count, () => ({ value: body.u64(), ...identity() })),
  };
}
