import { CpuMapType, EventUpdateType, RecordType } from "../parsers/perf/abi.ts";
import { type EventSpec, writeAttr } from "./attr_bytes.ts";
import type { ByteWriter } from "./byte_writer.ts";
import type { FeatureSpec } from "./feature_bytes.ts";
import type { RecordSpec } from "./record_bytes.ts";

/** A record of perf itself: no trailer follows. */
export function toolRecord(type: number, body?: (out: ByteWriter) => void): RecordSpec {
  return body ? { type, body, bare: true } : { type, bare: true };
}

/** One that consists of 64-bit words. */
export function wordRecord(type: number, values: readonly bigint[]): RecordSpec {
  return toolRecord(type, (out) => out.u64s(values));
}

/** HEADER_ATTR. */
export function headerAttr(event: EventSpec): RecordSpec {
  return toolRecord(RecordType.HeaderAttr, (out) => {
    writeAttr(out, event);
    out.u64s(event.ids ?? []);
  });
}

/** HEADER_TRACING_DATA, followed by its blob, padded to 8 bytes. */
export function tracingData(blob: Uint8Array): RecordSpec {
  const payload = paddedTo8(blob);
  return {
    ...toolRecord(RecordType.HeaderTracingData, (out) => out.u32s([payload.length, 0])),
    payload,
  };
}

/** FINISHED_ROUND. */
export const finishedRound: RecordSpec = toolRecord(RecordType.FinishedRound);

/** ID_INDEX; -1 stands for any CPU or no thread. */
export function idIndex(
  entries: readonly { id: bigint; idx: bigint; cpu: bigint; tid: bigint }[],
): RecordSpec {
  const values = entries.flatMap(({ id, idx, cpu, tid }) => [id, idx, cpu, tid]);
  return wordRecord(RecordType.IdIndex, [BigInt(entries.length), ...values]);
}

/** AUXTRACE_INFO with its `priv` words. */
export function auxtraceInfo(type: number, priv: readonly bigint[]): RecordSpec {
  return toolRecord(RecordType.AuxtraceInfo, (out) => {
    out.u32s([type, 0]);
    out.u64s(priv);
  });
}

/** THREAD_MAP. */
export function threadMap(threads: readonly { tid: bigint; comm: string }[]): RecordSpec {
  return toolRecord(RecordType.ThreadMap, (out) => {
    out.u64(BigInt(threads.length));
    for (const { tid, comm } of threads) {
      out.u64(tid);
      out.field(comm, 16);
    }
  });
}

/** A set of CPUs in one of the encodings of `perf_record_cpu_map_data`. */
export type CpuMap =
  | { cpus: readonly number[] }
  | { mask: readonly bigint[]; longSize: 4 | 8 }
  | { start: number; end: number; any?: boolean };

function writeCpuMap(out: ByteWriter, map: CpuMap): void {
  if ("cpus" in map) {
    out.u16(CpuMapType.Cpus);
    out.u16(map.cpus.length);
    for (const cpu of map.cpus) out.u16(cpu);
  } else if ("mask" in map) {
    out.u16(CpuMapType.Mask);
    out.u16(map.mask.length);
    out.u16(map.longSize);
    if (map.longSize === 8) out.zeros(4);
    for (const word of map.mask) {
      if (map.longSize === 8) out.u64(word);
      else out.u32(Number(word));
    }
  } else {
    out.u16(CpuMapType.Range);
    out.u8(map.any ? 1 : 0);
    out.u8(0);
    out.u16(map.start);
    out.u16(map.end);
  }
  out.align(8);
}

/** CPU_MAP. */
export function cpuMap(map: CpuMap): RecordSpec {
  return toolRecord(RecordType.CpuMap, (out) => writeCpuMap(out, map));
}

/** EVENT_UPDATE; `slack` zero bytes follow the payload, as perf 6.0 and newer write. */
export function eventUpdate(
  id: bigint,
  update: { unit: string } | { scale: number } | { name: string } | { cpus: CpuMap },
  slack = 0,
): RecordSpec {
  return toolRecord(RecordType.EventUpdate, (out) => {
    const type = EventUpdateType;
    const kind = "unit" in update
      ? type.Unit
      : "scale" in update
      ? type.Scale
      : "name" in update
      ? type.Name
      : type.Cpus;
    out.u64s([BigInt(kind), id]);
    if ("unit" in update) out.paddedText(update.unit);
    else if ("scale" in update) out.f64(update.scale);
    else if ("name" in update) out.paddedText(update.name);
    else writeCpuMap(out, update.cpus);
    out.zeros(slack);
  });
}

/** TIME_CONV; the newer, longer form when `cycles` is given. */
export function timeConv(
  fields: {
    shift: bigint;
    mult: bigint;
    zero: bigint;
    cycles?: { timeCycles: bigint; timeMask: bigint; capZero: number; capShort: number };
  },
): RecordSpec {
  return toolRecord(RecordType.TimeConv, (out) => {
    out.u64s([fields.shift, fields.mult, fields.zero]);
    if (!fields.cycles) return;
    out.u64s([fields.cycles.timeCycles, fields.cycles.timeMask]);
    out.u8(fields.cycles.capZero);
    out.u8(fields.cycles.capShort);
    out.zeros(6);
  });
}

/** HEADER_FEATURE, a feature section inside a pipe. */
export function headerFeature(feature: FeatureSpec): RecordSpec {
  return toolRecord(RecordType.HeaderFeature, (out) => {
    out.u64(BigInt(feature.bit));
    feature.write(out);
  });
}

/** FINISHED_INIT. */
export const finishedInit: RecordSpec = toolRecord(RecordType.FinishedInit);

/** Pads to 8 bytes, as perf does. */
export function paddedTo8(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
  whole.set(bytes);
  return whole;
}
