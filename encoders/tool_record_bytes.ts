import { type EventSpec, writeAttr } from "./attr_bytes.ts";
import type { ByteWriter } from "./byte_writer.ts";
import { type FeatureSpec, writeBuildId } from "./feature_bytes.ts";
import type { RecordSpec } from "./record_bytes.ts";

function tool(type: number, body?: (out: ByteWriter) => void): RecordSpec {
  return body ? { type, body, bare: true } : { type, bare: true };
}

function words(type: number, values: readonly bigint[]): RecordSpec {
  return tool(type, (out) => {
    for (const value of values) out.u64(value);
  });
}

/** Type 64: HEADER_ATTR. */
export function headerAttr(event: EventSpec): RecordSpec {
  return tool(64, (out) => {
    writeAttr(out, event);
    for (const id of event.ids ?? []) out.u64(id);
  });
}

/** Type 65: HEADER_EVENT_TYPE, obsolete. */
export function headerEventType(eventId: bigint, name: string): RecordSpec {
  return tool(65, (out) => {
    out.u64(eventId);
    out.field(name, 64);
  });
}

/** Type 66: HEADER_TRACING_DATA, its blob padded to 8 bytes behind it. */
export function tracingData(blob: Uint8Array): RecordSpec {
  const payload = padded(blob);
  return {
    ...tool(66, (out) => {
      out.u32(payload.length);
      out.u32(0);
    }),
    payload,
  };
}

/** Type 67: HEADER_BUILD_ID, with the size byte. */
export function headerBuildId(
  fields: { pid: number; buildId: Uint8Array; filename: string; misc?: number },
): RecordSpec {
  return {
    type: 67,
    misc: (fields.misc ?? 2) | 0x8000,
    bare: true,
    body: (out) => writeBuildId(out, fields),
  };
}

/** Type 68: FINISHED_ROUND. */
export const finishedRound: RecordSpec = tool(68);

/** Type 69: ID_INDEX; -1 stands for any CPU or no thread. */
export function idIndex(
  entries: readonly { id: bigint; idx: bigint; cpu: bigint; tid: bigint }[],
): RecordSpec {
  const values = entries.flatMap(({ id, idx, cpu, tid }) => [id, idx, cpu, tid]);
  return words(69, [BigInt(entries.length), ...values]);
}

/** Numbers of the AUXTRACE_INFO types. */
export const AuxtraceType = {
  unknown: 0,
  intelPt: 1,
  intelBts: 2,
  csEtm: 3,
  armSpe: 4,
  s390Cpumsf: 5,
  hisiPtt: 6,
  vpaDtl: 7,
} as const;

/** Type 70: AUXTRACE_INFO with its `priv` words. */
export function auxtraceInfo(type: number, priv: readonly bigint[]): RecordSpec {
  return tool(70, (out) => {
    out.u32(type);
    out.u32(0);
    for (const word of priv) out.u64(word);
  });
}

/** The AUXTRACE_INFO of Intel PT up to its empty filter, of PMU type 8. Source: intel-pt.h. */
export function intelPtInfo(fields: { snapshot?: boolean; perCpu?: boolean } = {}): RecordSpec {
  const snapshot = fields.snapshot ? 1n : 0n;
  const perCpu = fields.perCpu === false ? 0n : 1n;
  const clock = [8n, 31n, 1431655765n, 0n, 1n];
  const config = [0x400n, 0x800n, 3n, snapshot, perCpu, 0x200n, 0x3c000n, 2n, 84n, 2n];
  return auxtraceInfo(AuxtraceType.intelPt, [...clock, ...config, 30n, 0n]);
}

/** Type 71: AUXTRACE, its payload behind it. */
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
    ...tool(71, (out) => {
      out.u64(BigInt(payload.length));
      out.u64(fields.offset);
      out.u64(fields.reference ?? 0n);
      out.u32(fields.idx);
      out.u32(fields.tid);
      out.u32(fields.cpu);
      out.u32(0);
    }),
    payload,
  };
}

/** Type 72: AUXTRACE_ERROR of format 1. */
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
  return tool(72, (out) => {
    for (const value of [1, fields.code, fields.cpu, fields.pid, fields.tid, 1]) out.u32(value);
    out.u64(fields.ip);
    out.u64(fields.timeNs);
    out.paddedText(fields.message);
  });
}

/** Type 73: THREAD_MAP. */
export function threadMap(threads: readonly { tid: bigint; comm: string }[]): RecordSpec {
  return tool(73, (out) => {
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
    out.u16(0);
    out.u16(map.cpus.length);
    for (const cpu of map.cpus) out.u16(cpu);
  } else if ("mask" in map) {
    out.u16(1);
    out.u16(map.mask.length);
    out.u16(map.longSize);
    if (map.longSize === 8) out.zeros(4);
    for (const word of map.mask) {
      if (map.longSize === 8) out.u64(word);
      else out.u32(Number(word));
    }
  } else {
    out.u16(2);
    out.u8(map.any ? 1 : 0);
    out.u8(0);
    out.u16(map.start);
    out.u16(map.end);
  }
  out.align(8);
}

/** Type 74: CPU_MAP. */
export function cpuMap(map: CpuMap): RecordSpec {
  return tool(74, (out) => writeCpuMap(out, map));
}

/** Type 75: STAT_CONFIG. */
export function statConfig(entries: readonly { tag: bigint; value: bigint }[]): RecordSpec {
  const values = entries.flatMap(({ tag, value }) => [tag, value]);
  return words(75, [BigInt(entries.length), ...values]);
}

/** Type 76: STAT; `cpu` and `thread` are positions in the maps. */
export function stat(
  fields: { id: bigint; cpu: number; thread: number; value: bigint; ena: bigint; run: bigint },
): RecordSpec {
  return tool(76, (out) => {
    out.u64(fields.id);
    out.u32(fields.cpu);
    out.u32(fields.thread);
    for (const value of [fields.value, fields.ena, fields.run]) out.u64(value);
  });
}

/** Type 77: STAT_ROUND. */
export function statRound(kind: "interval" | "final", timeNs: bigint): RecordSpec {
  return words(77, [kind === "interval" ? 0n : 1n, timeNs]);
}

/** Type 78: EVENT_UPDATE; `slack` zero bytes follow the payload, as perf 6.0 and newer write. */
export function eventUpdate(
  id: bigint,
  update: { unit: string } | { scale: number } | { name: string } | { cpus: CpuMap },
  slack = 0,
): RecordSpec {
  return tool(78, (out) => {
    const kind = "unit" in update ? 0n : "scale" in update ? 1n : "name" in update ? 2n : 3n;
    out.u64(kind);
    out.u64(id);
    if ("unit" in update) out.paddedText(update.unit);
    else if ("scale" in update) out.f64(update.scale);
    else if ("name" in update) out.paddedText(update.name);
    else writeCpuMap(out, update.cpus);
    out.zeros(slack);
  });
}

/** Type 79: TIME_CONV; the newer, longer form when `cycles` is given. */
export function timeConv(
  fields: {
    shift: bigint;
    mult: bigint;
    zero: bigint;
    cycles?: { timeCycles: bigint; timeMask: bigint; capZero: number; capShort: number };
  },
): RecordSpec {
  return tool(79, (out) => {
    for (const value of [fields.shift, fields.mult, fields.zero]) out.u64(value);
    if (!fields.cycles) return;
    out.u64(fields.cycles.timeCycles);
    out.u64(fields.cycles.timeMask);
    out.u8(fields.cycles.capZero);
    out.u8(fields.cycles.capShort);
    out.zeros(6);
  });
}

/** Type 80: HEADER_FEATURE, a feature section inside a pipe. */
export function headerFeature(feature: FeatureSpec): RecordSpec {
  return tool(80, (out) => {
    out.u64(BigInt(feature.bit));
    feature.write(out);
  });
}

/** Type 81: COMPRESSED. `zstd` comes from a `ZstdRing`. */
export function compressed(zstd: Uint8Array): RecordSpec {
  return tool(81, (out) => out.bytes(zstd));
}

/** Type 82: FINISHED_INIT. */
export const finishedInit: RecordSpec = tool(82);

/** Type 83: COMPRESSED2: like COMPRESSED, with its exact size, padded to 8 bytes. */
export function compressed2(zstd: Uint8Array): RecordSpec {
  return tool(83, (out) => {
    out.u64(BigInt(zstd.length));
    out.bytes(zstd);
    out.align(8);
  });
}

/** Type 84: BPF_METADATA. */
export function bpfMetadata(
  progName: string,
  entries: readonly { key: string; value: string }[],
): RecordSpec {
  return tool(84, (out) => {
    out.field(progName, 512);
    out.u64(BigInt(entries.length));
    for (const { key, value } of entries) {
      out.field(key, 64);
      out.field(value, 256);
    }
  });
}

/** Type 85: SCHEDSTAT_CPU, or with `domain` type 86: SCHEDSTAT_DOMAIN. */
export function schedstat(
  fields: {
    timestamp: bigint;
    cpu: number;
    version: number;
    domain?: number;
    body: (out: ByteWriter) => void;
  },
): RecordSpec {
  return tool(fields.domain === undefined ? 85 : 86, (out) => {
    out.u64(fields.timestamp);
    out.u32(fields.cpu);
    out.u16(fields.version);
    out.u16(fields.domain ?? 0);
    fields.body(out);
  });
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
  whole.set(bytes);
  return whole;
}
