import { type Cursor, FormatError } from "../../internal.ts";
import { RecordType } from "../abi.ts";
import type { KnownEvent } from "../event_table.ts";
import {
  type AuxOutputHwIdRecord,
  type AuxRecord,
  decodeAux,
  decodeAuxOutputHwId,
  decodeItraceStart,
  type ItraceStartRecord,
} from "./aux_records.ts";
import {
  type AuxtraceErrorRecord,
  type AuxtraceInfoRecord,
  type AuxtraceRecord,
  decodeAuxtrace,
  decodeAuxtraceError,
  decodeAuxtraceInfoRecord,
} from "./auxtrace.ts";
import { type CallchainDeferredRecord, decodeCallchainDeferred } from "./callchain.ts";
import {
  type BpfEventRecord,
  type BpfMetadataRecord,
  decodeBpfEvent,
  decodeBpfMetadata,
  decodeKsymbol,
  decodeTextPoke,
  type KsymbolRecord,
  type TextPokeRecord,
} from "./code.ts";
import {
  decodeEventUpdate,
  decodeHeaderAttr,
  decodeHeaderBuildId,
  decodeHeaderEventType,
  decodeHeaderFeature,
  decodeHeaderTracingData,
  type EventUpdateRecord,
  type HeaderAttrRecord,
  type HeaderBuildIdRecord,
  type HeaderEventTypeRecord,
  type HeaderFeatureRecord,
  type HeaderTracingDataRecord,
} from "./header.ts";
import {
  decodeLost,
  decodeLostSamples,
  decodeThrottle,
  type LostRecord,
  type LostSamplesRecord,
  type ThrottleRecord,
} from "./loss.ts";
import {
  type CpuMapRecord,
  decodeCpuMapRecord,
  decodeIdIndex,
  decodeThreadMap,
  type IdIndexRecord,
  type ThreadMapRecord,
} from "./maps.ts";
import { decodeMmap, decodeMmap2, type Mmap2Record, type MmapRecord } from "./mmap.ts";
import { decodeRead, type ReadRecord } from "./read.ts";
import {
  type KernelRecord,
  kernelRecord,
  type RawRecord,
  type RecordBase,
  recordBase,
  type RecordHeader,
} from "./record.ts";
import { decodeSample, type SampleRecord } from "./sample.ts";
import {
  decodeSchedstatCpu,
  decodeSchedstatDomain,
  type SchedstatCpuRecord,
  type SchedstatDomainRecord,
} from "./schedstat.ts";
import {
  decodeStat,
  decodeStatConfig,
  decodeStatRound,
  type StatConfigRecord,
  type StatRecord,
  type StatRoundRecord,
} from "./stat.ts";
import {
  type CompressedRecord,
  decodeCompressed,
  decodeCompressed2,
  decodeTimeConv,
  type FinishedRecord,
  type TimeConvRecord,
} from "./stream.ts";
import {
  type CgroupRecord,
  type CommRecord,
  decodeCgroup,
  decodeComm,
  decodeNamespaces,
  decodeSwitch,
  decodeSwitchCpuWide,
  decodeTask,
  type NamespacesRecord,
  type SwitchCpuWideRecord,
  type SwitchRecord,
  type TaskRecord,
} from "./task.ts";

/** A decoded record, discriminated by `type`: the kernel's or perf's name in lower case. */
export type PerfRecord =
  | AuxOutputHwIdRecord
  | AuxRecord
  | AuxtraceErrorRecord
  | AuxtraceInfoRecord
  | AuxtraceRecord
  | BpfEventRecord
  | BpfMetadataRecord
  | CallchainDeferredRecord
  | CgroupRecord
  | CommRecord
  | CompressedRecord
  | CpuMapRecord
  | EventUpdateRecord
  | FinishedRecord
  | HeaderAttrRecord
  | HeaderBuildIdRecord
  | HeaderEventTypeRecord
  | HeaderFeatureRecord
  | HeaderTracingDataRecord
  | IdIndexRecord
  | ItraceStartRecord
  | KsymbolRecord
  | LostRecord
  | LostSamplesRecord
  | Mmap2Record
  | MmapRecord
  | NamespacesRecord
  | RawRecord
  | ReadRecord
  | SampleRecord
  | SchedstatCpuRecord
  | SchedstatDomainRecord
  | StatConfigRecord
  | StatRecord
  | StatRoundRecord
  | SwitchCpuWideRecord
  | SwitchRecord
  | TaskRecord
  | TextPokeRecord
  | ThreadMapRecord
  | ThrottleRecord
  | TimeConvRecord;

/** Decoders of the kernel's records but SAMPLE and READ, which depend on their event. */
const kernelDecoders = new Map<number, (body: Cursor, base: KernelRecord) => PerfRecord>([
  [RecordType.Mmap, decodeMmap],
  [RecordType.Lost, decodeLost],
  [RecordType.Comm, decodeComm],
  [RecordType.Exit, (body, base) => decodeTask(body, base, "exit")],
  [RecordType.Throttle, (body, base) => decodeThrottle(body, base, "throttle")],
  [RecordType.Unthrottle, (body, base) => decodeThrottle(body, base, "unthrottle")],
  [RecordType.Fork, (body, base) => decodeTask(body, base, "fork")],
  [RecordType.Mmap2, decodeMmap2],
  [RecordType.Aux, decodeAux],
  [RecordType.ItraceStart, decodeItraceStart],
  [RecordType.LostSamples, decodeLostSamples],
  [RecordType.Switch, decodeSwitch],
  [RecordType.SwitchCpuWide, decodeSwitchCpuWide],
  [RecordType.Namespaces, decodeNamespaces],
  [RecordType.Ksymbol, decodeKsymbol],
  [RecordType.BpfEvent, decodeBpfEvent],
  [RecordType.Cgroup, decodeCgroup],
  [RecordType.TextPoke, decodeTextPoke],
  [RecordType.AuxOutputHwId, decodeAuxOutputHwId],
  [RecordType.CallchainDeferred, decodeCallchainDeferred],
]);

/** Decoders of perf's own records. */
const toolDecoders = new Map<number, (body: Cursor, base: RecordBase) => PerfRecord>([
  [RecordType.HeaderAttr, decodeHeaderAttr],
  [RecordType.HeaderEventType, decodeHeaderEventType],
  [RecordType.HeaderTracingData, decodeHeaderTracingData],
  [RecordType.HeaderBuildId, decodeHeaderBuildId],
  [RecordType.FinishedRound, (_, base) => ({ ...base, type: "finished_round" })],
  [RecordType.IdIndex, decodeIdIndex],
  [RecordType.AuxtraceInfo, decodeAuxtraceInfoRecord],
  [RecordType.Auxtrace, decodeAuxtrace],
  [RecordType.AuxtraceError, decodeAuxtraceError],
  [RecordType.ThreadMap, decodeThreadMap],
  [RecordType.CpuMap, decodeCpuMapRecord],
  [RecordType.StatConfig, decodeStatConfig],
  [RecordType.Stat, decodeStat],
  [RecordType.StatRound, decodeStatRound],
  [RecordType.EventUpdate, decodeEventUpdate],
  [RecordType.TimeConv, decodeTimeConv],
  [RecordType.HeaderFeature, decodeHeaderFeature],
  [RecordType.Compressed, decodeCompressed],
  [RecordType.FinishedInit, (_, base) => ({ ...base, type: "finished_init" })],
  [RecordType.Compressed2, decodeCompressed2],
  [RecordType.BpfMetadata, decodeBpfMetadata],
  [RecordType.SchedstatCpu, decodeSchedstatCpu],
  [RecordType.SchedstatDomain, decodeSchedstatDomain],
]);

/**
 * Decodes a record to a value that is safe to keep: bytes in it are copies.
 *
 * Never fails because of the record's bytes. A record of unknown type, or one whose body cannot
 * be decoded, becomes a {@linkcode RawRecord}; so does a sample or READ of an unknown event.
 *
 * @param body The record from the end of its header on. Its position and end are changed.
 * @param header The record's header.
 * @param event The event that wrote the record; null for perf's own records, or if not known.
 */
export function decodeRecord(
  body: Cursor,
  header: RecordHeader,
  event: KnownEvent | null,
): PerfRecord {
  const { at, end } = body;
  let error: FormatError | null = null;
  try {
    const record = header.type === RecordType.Sample
      ? decodeSample(body, header, event)
      : decodeOther(body, header, event);
    if (record !== null) return record;
  } catch (caught) {
    if (!(caught instanceof FormatError)) throw caught;
    error = caught;
  }
  const bytes = body.bytes.slice(at, end);
  return { ...recordBase(header), type: "raw", recordType: header.type, bytes, error };
}

function decodeOther(
  body: Cursor,
  header: RecordHeader,
  event: KnownEvent | null,
): PerfRecord | null {
  const { type } = header;
  const decodeTool = toolDecoders.get(type);
  if (decodeTool !== undefined) return decodeTool(body, recordBase(header));
  if (type === RecordType.Read) return decodeRead(body, kernelRecord(body, header, event), event);
  const decodeKernel = kernelDecoders.get(type);
  return decodeKernel?.(body, kernelRecord(body, header, event)) ?? null;
}
