/**
 * Encoders of records and sections that auxtail reads and never writes; the others are in `encoders/`.
 *
 * @module
 */

import type { ByteWriter } from "../encoders/byte_writer.ts";
import { type FeatureSpec, writeBuildId } from "../encoders/feature_bytes.ts";
import { type RecordSpec, type TaskFields, writeTask } from "../encoders/record_bytes.ts";
import { auxtraceInfo, paddedTo8, toolRecord, wordRecord } from "../encoders/tool_record_bytes.ts";
import { AuxtraceType, Feature, Misc, RecordType } from "../parsers/perf/abi.ts";

/** LOST. */
export function lost(id: bigint, count: bigint): RecordSpec {
  return { type: RecordType.Lost, body: (out) => out.u64s([id, count]) };
}

/** EXIT. */
export function exit(task: TaskFields): RecordSpec {
  return { type: RecordType.Exit, body: (out) => writeTask(out, task) };
}

/** THROTTLE or UNTHROTTLE. */
export function throttle(
  kind: "throttle" | "unthrottle",
  fields: { timeNs: bigint; id: bigint; streamId: bigint },
): RecordSpec {
  return {
    type: kind === "throttle" ? RecordType.Throttle : RecordType.Unthrottle,
    body: (out) => out.u64s([fields.timeNs, fields.id, fields.streamId]),
  };
}

/** AUX, with {@linkcode AuxFlag} bits. */
export function aux(
  { offset, size, flags = 0 }: { offset: bigint; size: bigint; flags?: bigint | number },
): RecordSpec {
  return { type: RecordType.Aux, body: (out) => out.u64s([offset, size, BigInt(flags)]) };
}

/** HEADER_TRACING_DATA as old simpleperfs wrote it: the blob, padded to 64 bytes, is in the record. */
export function simpleperfTracingData(blob: Uint8Array): RecordSpec {
  return toolRecord(RecordType.HeaderTracingData, (out) => {
    out.u32(blob.length);
    out.bytes(blob);
    out.zeros(-blob.length & 63);
  });
}

/** A header section as Google's perf 3.2 and 3.3 wrote it to a pipe: the type is its only number. */
export function oldHeader({ bit, write }: FeatureSpec): RecordSpec {
  return toolRecord(69 + bit - Feature.hostname, write);
}

/** ITRACE_START. */
export function itraceStart(pid: number, tid: number): RecordSpec {
  return { type: RecordType.ItraceStart, body: (out) => out.u32s([pid, tid]) };
}

/** LOST_SAMPLES. */
export function lostSamples(count: bigint): RecordSpec {
  return { type: RecordType.LostSamples, body: (out) => out.u64(count) };
}

/** SWITCH; `misc` 0x2000 is a switch out, 0x6000 a preemption. */
export function contextSwitch(misc: number): RecordSpec {
  return { type: RecordType.Switch, misc };
}

/** SWITCH_CPU_WIDE. */
export function contextSwitchCpuWide(
  misc: number,
  fields: { nextPrevPid: number; nextPrevTid: number },
): RecordSpec {
  return {
    type: RecordType.SwitchCpuWide,
    misc,
    body: (out) => out.u32s([fields.nextPrevPid, fields.nextPrevTid]),
  };
}

/** NAMESPACES. */
export function namespaces(
  fields: { pid: number; tid: number; links: readonly { dev: bigint; ino: bigint }[] },
): RecordSpec {
  return {
    type: RecordType.Namespaces,
    body(out) {
      out.u32s([fields.pid, fields.tid]);
      out.u64(BigInt(fields.links.length));
      for (const { dev, ino } of fields.links) out.u64s([dev, ino]);
    },
  };
}

/** KSYMBOL. */
export function ksymbol(
  fields: { addr: bigint; len: number; ksymType: number; flags: number; name: string },
): RecordSpec {
  return {
    type: RecordType.Ksymbol,
    body(out) {
      out.u64(fields.addr);
      out.u32(fields.len);
      out.u16(fields.ksymType);
      out.u16(fields.flags);
      out.paddedText(fields.name);
    },
  };
}

/** BPF_EVENT; `type` 1 is a load, 2 an unload; `tag` has 8 bytes. */
export function bpfEvent(
  fields: { type: number; flags: number; id: number; tag: Uint8Array },
): RecordSpec {
  return {
    type: RecordType.BpfEvent,
    body(out) {
      out.u16(fields.type);
      out.u16(fields.flags);
      out.u32(fields.id);
      out.bytes(fields.tag);
    },
  };
}

/** CGROUP. */
export function cgroup(id: bigint, path: string): RecordSpec {
  return {
    type: RecordType.Cgroup,
    body(out) {
      out.u64(id);
      out.paddedText(path);
    },
  };
}

/** TEXT_POKE. */
export function textPoke(
  fields: { addr: bigint; before: Uint8Array; after: Uint8Array },
): RecordSpec {
  return {
    type: RecordType.TextPoke,
    body(out) {
      out.u64(fields.addr);
      out.u16(fields.before.length);
      out.u16(fields.after.length);
      out.bytes(fields.before);
      out.bytes(fields.after);
      out.align(8);
    },
  };
}

/** AUX_OUTPUT_HW_ID. */
export function auxOutputHwId(hwId: bigint): RecordSpec {
  return { type: RecordType.AuxOutputHwId, body: (out) => out.u64(hwId) };
}

/** CALLCHAIN_DEFERRED. */
export function callchainDeferred(cookie: bigint, ips: readonly bigint[]): RecordSpec {
  return {
    type: RecordType.CallchainDeferred,
    body: (out) => out.u64s([cookie, BigInt(ips.length), ...ips]),
  };
}

/** HEADER_EVENT_TYPE, obsolete. */
export function headerEventType(eventId: bigint, name: string): RecordSpec {
  return toolRecord(RecordType.HeaderEventType, (out) => {
    out.u64(eventId);
    out.field(name, 64);
  });
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
  const payload = paddedTo8(fields.payload);
  return {
    ...toolRecord(RecordType.Auxtrace, (out) => {
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
  return toolRecord(RecordType.AuxtraceError, (out) => {
    out.u32s([1, fields.code, fields.cpu, fields.pid, fields.tid, 1]);
    out.u64s([fields.ip, fields.timeNs]);
    out.paddedText(fields.message);
  });
}

/** STAT_CONFIG. */
export function statConfig(entries: readonly { tag: bigint; value: bigint }[]): RecordSpec {
  const values = entries.flatMap(({ tag, value }) => [tag, value]);
  return wordRecord(RecordType.StatConfig, [BigInt(entries.length), ...values]);
}

/** STAT; `cpu` and `thread` are positions in the maps. */
export function stat(
  fields: { id: bigint; cpu: number; thread: number; value: bigint; ena: bigint; run: bigint },
): RecordSpec {
  return toolRecord(RecordType.Stat, (out) => {
    out.u64(fields.id);
    out.u32s([fields.cpu, fields.thread]);
    out.u64s([fields.value, fields.ena, fields.run]);
  });
}

/** STAT_ROUND. */
export function statRound(kind: "interval" | "final", timeNs: bigint): RecordSpec {
  return wordRecord(RecordType.StatRound, [kind === "interval" ? 0n : 1n, timeNs]);
}

/** COMPRESSED. `zstd` comes from a `ZstdRing`. */
export function compressed(zstd: Uint8Array): RecordSpec {
  return toolRecord(RecordType.Compressed, (out) => out.bytes(zstd));
}

/** COMPRESSED2: like COMPRESSED, with its exact size, padded to 8 bytes. */
export function compressed2(zstd: Uint8Array): RecordSpec {
  return toolRecord(RecordType.Compressed2, (out) => {
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
  return toolRecord(RecordType.BpfMetadata, (out) => {
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
  return toolRecord(
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

/** One entry of the AUXTRACE index: where a record stands, and the size of its header part. */
export interface IndexEntry {
  /** File position of the AUXTRACE record. */
  readonly fileOffset: number;
  /** Size in bytes without the payload. */
  readonly size: number;
}

/** AUXTRACE as simpleperf writes it: the entries, without their number. */
export function simpleperfIndex(entries: readonly IndexEntry[]): FeatureSpec {
  return {
    bit: Feature.auxtrace,
    write(out) {
      for (const { fileOffset, size } of entries) out.u64s([BigInt(fileOffset), BigInt(size)]);
    },
  };
}

/** AUXTRACE: the index of the AUXTRACE records. */
export function auxtraceIndex(entries: readonly IndexEntry[]): FeatureSpec {
  return {
    bit: Feature.auxtrace,
    write(out) {
      out.u64(BigInt(entries.length));
      for (const { fileOffset, size } of entries) out.u64s([BigInt(fileOffset), BigInt(size)]);
    },
  };
}
