import type { Cursor } from "../../internal.ts";
import { decodeBuildId, restWords } from "../_fields.ts";
import { ATTR_SIZE_VER0, EventUpdateType } from "../abi.ts";
import { decodeAttr, type EventAttr } from "../attr.ts";
import { decodeCpuMap } from "../cpu_map.ts";
import { cpuModeOf, type RecordBase } from "./record.ts";

/** `PERF_RECORD_HEADER_ATTR`: an event of a pipe stream. */
export interface HeaderAttrRecord extends RecordBase {
  /** Discriminates the union of records. */
  readonly type: "header_attr";
  /** How the event was opened. */
  readonly attr: EventAttr;
  /** The kernel's ids of its instances. */
  readonly ids: BigUint64Array;
}

/** `PERF_RECORD_HEADER_EVENT_TYPE`: name of an event. Obsolete. */
export interface HeaderEventTypeRecord extends RecordBase {
  /** Discriminates the union of records. */
  readonly type: "header_event_type";
  /** `config` of the event. */
  readonly eventId: bigint;
  /** Its name. */
  readonly name: string;
}

/**
 * `PERF_RECORD_HEADER_TRACING_DATA`: formats of tracepoints, which follow the record of perf, and are
 * in the record of old simpleperfs.
 */
export interface HeaderTracingDataRecord extends RecordBase {
  /** Discriminates the union of records. */
  readonly type: "header_tracing_data";
  /** Size of the payload after the record in bytes, padding included; 0 if the record holds it. */
  readonly payloadSize: number;
  /** The formats where the record holds them; null if they follow it. */
  readonly bytes: Uint8Array | null;
}

/** `PERF_RECORD_HEADER_BUILD_ID`: build id of a binary. */
export interface HeaderBuildIdRecord extends RecordBase {
  /** Discriminates the union of records. */
  readonly type: "header_build_id";
  /** Machine it belongs to: -1 for the host, else the process of a guest. */
  readonly pid: number;
  /** `CpuMode`: whether it is a kernel's. */
  readonly cpuMode: number;
  /** The build id in hexadecimal. */
  readonly buildId: string;
  /** Path of the binary. */
  readonly filename: string;
}

/** `PERF_RECORD_HEADER_FEATURE`: a feature section of a pipe stream. */
export interface HeaderFeatureRecord extends RecordBase {
  /** Discriminates the union of records. */
  readonly type: "header_feature";
  /** `Feature`, or an unknown number; one above the last with no bytes ends the list. */
  readonly featureId: number;
  /** The section. */
  readonly bytes: Uint8Array;
}

/** `PERF_RECORD_EVENT_UPDATE`: more about an event. */
export interface EventUpdateRecord extends RecordBase {
  /** Discriminates the union of records. */
  readonly type: "event_update";
  /** One id of the event. */
  readonly id: bigint;
  /** What is new. */
  readonly update: EventUpdate;
}

/** Unit of the counts, factor that gives that unit, name, or CPUs with -1 for any. */
export type EventUpdate =
  | { readonly kind: "unit"; readonly unit: string }
  | { readonly kind: "scale"; readonly scale: number }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "cpus"; readonly cpus: readonly number[] };

const EVENT_NAME_SIZE = 64;

/** Decodes `PERF_RECORD_HEADER_ATTR`; the ids start where the attribute says that it ends. */
export function decodeHeaderAttr(body: Cursor, base: RecordBase): HeaderAttrRecord {
  body.take(4);
  const size = body.u32() || ATTR_SIZE_VER0;
  body.at -= 8;
  const attr = decodeAttr(body, size);
  return { ...base, type: "header_attr", attr, ids: restWords(body) };
}

/** Decodes `PERF_RECORD_HEADER_EVENT_TYPE`. */
export function decodeHeaderEventType(body: Cursor, base: RecordBase): HeaderEventTypeRecord {
  return {
    ...base,
    type: "header_event_type",
    eventId: body.u64(),
    name: body.text(EVENT_NAME_SIZE),
  };
}

/** Whether tracing data follows a record of this size: perf's have 12 or 16 bytes, simpleperf's more. */
export function isBeforeTracingData(size: number): boolean {
  return size === 12 || size === 16;
}

/** Decodes `PERF_RECORD_HEADER_TRACING_DATA` of perf or simpleperf. */
export function decodeHeaderTracingData(body: Cursor, base: RecordBase): HeaderTracingDataRecord {
  const size = body.u32();
  return {
    ...base,
    type: "header_tracing_data",
    ...isBeforeTracingData(base.size)
      ? { payloadSize: size, bytes: null }
      : { payloadSize: 0, bytes: body.copy(size) },
  };
}

/** Decodes `PERF_RECORD_HEADER_BUILD_ID`; the size byte counts only if `misc` says so. */
export function decodeHeaderBuildId(body: Cursor, base: RecordBase): HeaderBuildIdRecord {
  const pid = body.i32();
  const buildId = decodeBuildId(body, base.misc);
  body.take(3);
  const filename = body.text(body.remaining);
  return {
    ...base,
    type: "header_build_id",
    pid,
    cpuMode: cpuModeOf(base.misc),
    buildId,
    filename,
  };
}

/** Decodes `PERF_RECORD_HEADER_FEATURE`, whose size may be any. */
export function decodeHeaderFeature(body: Cursor, base: RecordBase): HeaderFeatureRecord {
  return {
    ...base,
    type: "header_feature",
    featureId: Number(body.u64()),
    bytes: body.copy(body.remaining),
  };
}

/** Decodes `PERF_RECORD_EVENT_UPDATE`; zero bytes may follow what is new. */
export function decodeEventUpdate(body: Cursor, base: RecordBase): EventUpdateRecord {
  const kind = body.u64();
  const id = body.u64();
  return { ...base, type: "event_update", id, update: decodeUpdate(body, kind) };
}

function decodeUpdate(body: Cursor, kind: bigint): EventUpdate {
  switch (Number(kind)) {
    case EventUpdateType.Unit:
      return { kind: "unit", unit: body.text(body.remaining) };
    case EventUpdateType.Scale:
      return { kind: "scale", scale: body.f64() };
    case EventUpdateType.Name:
      return { kind: "name", name: body.text(body.remaining) };
    case EventUpdateType.Cpus:
      return { kind: "cpus", cpus: decodeCpuMap(body) };
    default:
      return body.refuse("unsupported", "an update of kind 0 to 3", `${kind}`);
  }
}
