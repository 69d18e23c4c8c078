import {
  BUILD_ID_SIZE,
  Misc,
  RECORD_HEADER_SIZE,
  RecordType,
  SampleType,
} from "../parsers/perf/abi.ts";
import type { EventSpec } from "./attr_bytes.ts";
import { ByteWriter } from "./byte_writer.ts";

/** One record to be written. */
export interface RecordSpec {
  /** `PERF_RECORD_*` number. */
  readonly type: number;
  /** `misc` of the header. */
  readonly misc?: number;
  /** Writes what follows the header, without the trailer. */
  readonly body?: (out: ByteWriter) => void;
  /** Bytes that follow the record and are not part of its size. */
  readonly payload?: Uint8Array;
  /** Whether no sample_id trailer follows, as in samples and tool records. */
  readonly bare?: boolean;
}

/** Values of the sample_id trailer; absent ones are 0, as in records that perf synthesised. */
export interface SampleIdSpec {
  /** Process. */
  readonly pid?: number;
  /** Thread. */
  readonly tid?: number;
  /** Time in ns. */
  readonly timeNs?: bigint;
  /** Id of the event, for ID and IDENTIFIER. */
  readonly id?: bigint;
  /** Id of the inherited event. */
  readonly streamId?: bigint;
  /** CPU. */
  readonly cpu?: number;
}

/** Encodes one record: header, body, trailer. The payload is not included. */
export function encodeRecord(
  little: boolean,
  record: RecordSpec,
  trailer?: { event: EventSpec; values: SampleIdSpec },
): Uint8Array<ArrayBuffer> {
  const body = new ByteWriter(little);
  record.body?.(body);
  if (trailer && !record.bare) writeSampleId(body, trailer.event, trailer.values);
  const size = RECORD_HEADER_SIZE + body.size;
  if (size > 0xffff) throw new RangeError(`Record is too large: ${size} bytes`);
  const out = new ByteWriter(little);
  out.u32(record.type);
  out.u16(record.misc ?? 0);
  out.u16(size);
  out.bytes(body.toBytes());
  return out.toBytes();
}

function writeSampleId(out: ByteWriter, event: EventSpec, values: SampleIdSpec): void {
  if (!event.flags?.includes("sampleIdAll")) return;
  const has = (bit: number): boolean => (Number(event.sampleType ?? 0) & bit) !== 0;
  const id = values.id ?? 0n;
  if (has(SampleType.Tid)) out.u32s([values.pid ?? values.tid ?? 0, values.tid ?? 0]);
  if (has(SampleType.Time)) out.u64(values.timeNs ?? 0n);
  if (has(SampleType.Id)) out.u64(id);
  if (has(SampleType.StreamId)) out.u64(values.streamId ?? id);
  if (has(SampleType.Cpu)) out.u32s([values.cpu ?? 0, 0]);
  if (has(SampleType.Identifier)) out.u64(id);
}

/** The fields shared by MMAP and MMAP2. */
export interface MmapFields {
  /** Process; -1 for the kernel. */
  readonly pid: number;
  /** Thread. */
  readonly tid: number;
  /** Start address. */
  readonly addr: bigint;
  /** Length in bytes. */
  readonly len: bigint;
  /** Offset in the file, in bytes. */
  readonly pgoff: bigint;
  /** Path. */
  readonly filename: string;
  /** cpumode and flags of the header. */
  readonly misc?: number;
}

function writeMapping(out: ByteWriter, fields: MmapFields): void {
  out.u32s([fields.pid, fields.tid]);
  out.u64s([fields.addr, fields.len, fields.pgoff]);
}

/** MMAP. */
export function mmap(fields: MmapFields): RecordSpec {
  return {
    type: RecordType.Mmap,
    misc: fields.misc ?? 2,
    body(out) {
      writeMapping(out, fields);
      out.paddedText(fields.filename);
    },
  };
}

/** What MMAP2 knows of the mapped file: its inode, or with misc bit 14 its build id. */
export type MappedFile =
  | { maj: number; min: number; ino: bigint; inoGeneration: bigint }
  | { buildId: Uint8Array };

/** MMAP2. */
export function mmap2(
  fields: MmapFields & { prot: number; flags: number; file: MappedFile },
): RecordSpec {
  const { file } = fields;
  const misc = fields.misc ?? 2;
  return {
    type: RecordType.Mmap2,
    misc: "buildId" in file ? misc | Misc.MmapBuildId : misc,
    body(out) {
      writeMapping(out, fields);
      if ("buildId" in file) {
        out.u8(file.buildId.length);
        out.zeros(3);
        out.bytes(file.buildId);
        out.zeros(BUILD_ID_SIZE - file.buildId.length);
      } else {
        out.u32s([file.maj, file.min]);
        out.u64s([file.ino, file.inoGeneration]);
      }
      out.u32s([fields.prot, fields.flags]);
      out.paddedText(fields.filename);
    },
  };
}

/** COMM; `misc` 0x2000 marks an exec. */
export function comm(
  fields: { pid: number; tid: number; comm: string; misc?: number },
): RecordSpec {
  return {
    type: RecordType.Comm,
    misc: fields.misc ?? 0,
    body(out) {
      out.u32s([fields.pid, fields.tid]);
      out.paddedText(fields.comm);
    },
  };
}

/** A task as FORK and EXIT describe it. */
export interface TaskFields {
  /** Process. */
  readonly pid: number;
  /** Parent process. */
  readonly ppid: number;
  /** Thread. */
  readonly tid: number;
  /** Parent thread. */
  readonly ptid: number;
  /** Time in ns. */
  readonly timeNs: bigint;
}

/** The body of FORK and EXIT. */
export function writeTask(out: ByteWriter, task: TaskFields): void {
  out.u32s([task.pid, task.ppid, task.tid, task.ptid]);
  out.u64(task.timeNs);
}

/** FORK. */
export function fork(task: TaskFields): RecordSpec {
  return { type: RecordType.Fork, body: (out) => writeTask(out, task) };
}
