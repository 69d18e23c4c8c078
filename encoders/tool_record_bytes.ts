import {
  AuxtraceType,
  CpuMapType,
  EventUpdateType,
  Misc,
  RecordType,
} from "../parsers/perf/abi.ts";
import { type EventSpec, writeAttr } from "./attr_bytes.ts";
import type { ByteWriter } from "./byte_writer.ts";
import { type FeatureSpec, writeBuildId } from "./feature_bytes.ts";
import type { RecordSpec } from "./record_bytes.ts";

function tool(type: number, body?: (out: ByteWriter) => void): RecordSpec {
  return body ? { type, body, bare: true } : { type, bare: true };
}

function words(type: number, values: readonly bigint[]): RecordSpec {
  return tool(type, (out) => out.u64s(values));
}

/** HEADER_ATTR. */
export function headerAttr(event: EventSpec): RecordSpec {
  return tool(RecordType.HeaderAttr, (out) => {
    writeAttr(out, event);
    out.u64s(event.ids ?? []);
  });
}

/** HEADER_EVENT_TYPE, obsolete. */
export function headerEventType(eventId: bigint, name: string): RecordSpec {
  return tool(RecordType.HeaderEventType, (out) => {
    out.u64(eventId);
    out.field(name, 64);
  });
}

/** HEADER_TRACING_DATA, followed by its blob, padded to 8 bytes. */
export function tracingData(blob: Uint8Array): RecordSpec {
  const payload = padded(blob);
  return {
    ...tool(RecordType.HeaderTracingData, (out) => out.u32s([payload.length, 0])),
    payload,
  };
}

/** HEADER_BUILD_ID, with the size byte. */
export function headerBuildId(
  fields: { pid: number; buildId: Uint8Array; filename: string; misc?: number },
): RecordSpec {
  return {
    type: RecordType.HeaderBuildId,
    misc: (fields.misc ?? 2) | Misc.BuildIdSize,
    bare: true,
    body: (out) => writeBuildId(out, fields),
  };
}

/** FINISHED_ROUND. */
export const finishedRound: RecordSpec = tool(RecordType.FinishedRound);

/** ID_INDEX; -1 stands for any CPU or no thread. */
export function idIndex(
  entries: readonly { id: bigint; idx: bigint; cpu: bigint; tid: bigint }[],
): RecordSpec {
  const values = entries.flatMap(({ id, idx, cpu, tid }) => [id, idx, cpu, tid]);
  return words(RecordType.IdIndex, [BigInt(entries.length), ...values]);
}

/** AUXTRACE_INFO with its `priv` words. */
export function auxtraceInfo(type: number, priv: readonly bigint[]): RecordSpec {
  return tool(RecordType.AuxtraceInfo, (out) => {
    out.u32s([type, 0]);
    out.u64s(priv);
  });
}

/** The AUXTRACE_INFO of Intel PT up to its empty filter, of PMU type 8. Source: intel-pt.h. */
export function intelPtInfo(fields: { snapshot?: boolean; perCpu?: boolean } = {}): RecordSpec {
  const snapshot = fields.snapshot ? 1n : 0n;
  const perCpu = fields.perCpu === false ? 0n : 1n;
  const clock = [8n, 31n, 1431655765n, 0n, 1n];
  const config = [0x400n, 0x800n, 3n, snapshot, perCpu, 0x200n, 0x3c000n, 2n, 84n, 2n];
  return auxtraceInfo(AuxtraceType.intel_pt, [...clock, ...config, 30n, 0n]);
}

/** AUXTRACE, followed by its payload. */
export function auxtrace(
  fields: {
    idx: number;
    cpu: number;
    tid: number;
    offset: bigint;
    payload: Uint8Array;
    reference?: bigint;
  },
): RecordSpec {
  const payload = padded(fields.payload);
  return {
    ...tool(RecordType.Auxtrace, (out) => {
      out.u64s([BigInt(payload.length), fields.offset, fields.reference ?? 0n]);
      out.u32s([fields.idx, fields.tid, fields.cpu, 0]);
    }),
    payload,
  };
}

/** AUXTRACE_ERROR of format 1. */
export function auxtraceError(
  fields: {
    code: number;
    cpu: number;
    pid: number;
    tid: number;
    ip: bigint;
    timeNs: bigint;
    message: string;
  },
): RecordSpec {
  return tool(RecordType.AuxtraceError, (out) => {
    out.u32s([1, fields.code, fields.cpu, fields.pid, fields.tid, 1]);
    out.u64s([fields.ip, fields.timeNs]);
    out.paddedText(fields.message);
  });
}

/** THREAD_MAP. */
export function threadMap(threads: readonly { tid: bigint; comm: string }[]): RecordSpec {
  return tool(RecordType.ThreadMap, (out) => {
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
  return tool(RecordType.CpuMap, (out) => writeCpuMap(out, map));
}

/** STAT_CONFIG. */
export function statConfig(entries: readonly { tag: bigint; value: bigint }[]): RecordSpec {
  const values = entries.flatMap(({ tag, value }) => [tag, value]);
  return words(RecordType.StatConfig, [BigInt(entries.length), ...values]);
}

/** STAT; `cpu` and `thread` are positions in the maps. */
export function stat(
  fields: { id: bigint; cpu: number; thread: number; value: bigint; ena: bigint; run: bigint },
): RecordSpec {
  return tool(RecordType.Stat, (out) => {
    out.u64(fields.id);
    out.u32s([fields.cpu, fields.thread]);
    out.u64s([fields.value, fields.ena, fields.run]);
  });
}

/** STAT_ROUND. */
export function statRound(kind: "interval" | "final", timeNs: bigint): RecordSpec {
  return words(RecordType.StatRound, [kind === "interval" ? 0n : 1n, timeNs]);
}

/** EVENT_UPDATE; `slack` zero bytes follow the payload, as perf 6.0 and newer write. */
export function eventUpdate(
  id: bigint,
  update: { unit: string } | { scale: number } | { name: string } | { cpus: CpuMap },
  slack = 0,
): RecordSpec {
  return tool(RecordType.EventUpdate, (out) => {
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
  return tool(RecordType.TimeConv, (out) => {
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
  return tool(RecordType.HeaderFeature, (out) => {
    out.u64(BigInt(feature.bit));
    feature.write(out);
  });
}

/** COMPRESSED. `zstd` comes from a `ZstdRing`. */
export function compressed(zstd: Uint8Array): RecordSpec {
  return tool(RecordType.Compressed, (out) => out.bytes(zstd));
}

/** FINISHED_INIT. */
export const finishedInit: RecordSpec = tool(RecordType.FinishedInit);

/** COMPRESSED2: like COMPRESSED, with its exact size, padded to 8 bytes. */
export function compressed2(zstd: Uint8Array): RecordSpec {
  return tool(RecordType.Compressed2, (out) => {
    out.u64(BigInt(zstd.length));
    out.bytes(zstd);
    out.align(8);
  });
}

/** BPF_METADATA. */
export function bpfMetadata(
  progName: string,
  entries: readonly { key: string; value: string }[],
): RecordSpec {
  return tool(RecordType.BpfMetadata, (out) => {
    out.field(progName, 512);
    out.u64(BigInt(entries.length));
    for (const { key, value } of entries) {
      out.field(key, 64);
      out.field(value, 256);
    }
  });
}

/** SCHEDSTAT_CPU, or with `domain` SCHEDSTAT_DOMAIN. */
export function schedstat(
  fields: {
    timestamp: bigint;
    cpu: number;
    version: number;
    domain?: number;
    body: (out: ByteWriter) => void;
  },
): RecordSpec {
  return tool(
    fields.domain === undefined ? RecordType.SchedstatCpu : RecordType.SchedstatDomain,
    (out) => {
      out.u64(fields.timestamp);
      out.u32(fields.cpu);
      out.u16(fields.version);
      out.u16(fields.domain ?? 0);
      fields.body(out);
    },
  );
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
  whole.set(bytes);
  return whole;
}
