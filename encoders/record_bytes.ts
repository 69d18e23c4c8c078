import { type EventSpec, SampleBit } from "./attr_bytes.ts";
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
export interface SampleId {
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
  trailer?: { event: EventSpec; values: SampleId },
): Uint8Array<ArrayBuffer> {
  const body = new ByteWriter(little);
  record.body?.(body);
  if (trailer && !record.bare) writeSampleId(body, trailer.event, trailer.values);
  const size = 8 + body.size;
  if (size > 0xffff) throw new RangeError(`Record is too large: ${size} bytes`);
  const out = new ByteWriter(little);
  out.u32(record.type);
  out.u16(record.misc ?? 0);
  out.u16(size);
  out.bytes(body.toBytes());
  return out.toBytes();
}

function writeSampleId(out: ByteWriter, event: EventSpec, values: SampleId): void {
  if (!event.flags?.includes("sampleIdAll")) return;
  const has = (bit: bigint): boolean => ((event.sampleType ?? 0n) & bit) !== 0n;
  const id = values.id ?? 0n;
  if (has(SampleBit.tid)) {
    out.u32(values.pid ?? values.tid ?? 0);
    out.u32(values.tid ?? 0);
  }
  if (has(SampleBit.time)) out.u64(values.timeNs ?? 0n);
  if (has(SampleBit.id)) out.u64(id);
  if (has(SampleBit.streamId)) out.u64(values.streamId ?? id);
  if (has(SampleBit.cpu)) {
    out.u32(values.cpu ?? 0);
    out.u32(0);
  }
  if (has(SampleBit.identifier)) out.u64(id);
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
  out.u32(fields.pid);
  out.u32(fields.tid);
  out.u64(fields.addr);
  out.u64(fields.len);
  out.u64(fields.pgoff);
}

/** Type 1: MMAP. */
export function mmap(fields: MmapFields): RecordSpec {
  return {
    type: 1,
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

/** Type 10: MMAP2. */
export function mmap2(
  fields: MmapFields & { prot: number; flags: number; file: MappedFile },
): RecordSpec {
  const { file } = fields;
  const misc = fields.misc ?? 2;
  return {
    type: 10,
    misc: "buildId" in file ? misc | 0x4000 : misc,
    body(out) {
      writeMapping(out, fields);
      if ("buildId" in file) {
        out.u8(file.buildId.length);
        out.zeros(3);
        out.bytes(file.buildId);
        out.zeros(20 - file.buildId.length);
      } else {
        out.u32(file.maj);
        out.u32(file.min);
        out.u64(file.ino);
        out.u64(file.inoGeneration);
      }
      out.u32(fields.prot);
      out.u32(fields.flags);
      out.paddedText(fields.filename);
    },
  };
}

/** Type 2: LOST. */
export function lost(id: bigint, count: bigint): RecordSpec {
  return { type: 2, body: (out) => u64s(out, [id, count]) };
}

/** Type 3: COMM; `misc` 0x2000 marks an exec. */
export function comm(
  fields: { pid: number; tid: number; comm: string; misc?: number },
): RecordSpec {
  return {
    type: 3,
    misc: fields.misc ?? 0,
    body(out) {
      u32s(out, [fields.pid, fields.tid]);
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

function writeTask(out: ByteWriter, task: TaskFields): void {
  u32s(out, [task.pid, task.ppid, task.tid, task.ptid]);
  out.u64(task.timeNs);
}

/** Type 4: EXIT. */
export function exit(task: TaskFields): RecordSpec {
  return { type: 4, body: (out) => writeTask(out, task) };
}

/** Type 7: FORK. */
export function fork(task: TaskFields): RecordSpec {
  return { type: 7, body: (out) => writeTask(out, task) };
}

/** Type 5: THROTTLE, or type 6: UNTHROTTLE. */
export function throttle(
  kind: "throttle" | "unthrottle",
  fields: { timeNs: bigint; id: bigint; streamId: bigint },
): RecordSpec {
  return {
    type: kind === "throttle" ? 5 : 6,
    body: (out) => u64s(out, [fields.timeNs, fields.id, fields.streamId]),
  };
}

/** Bits of the flags of an AUX record. */
export const AuxFlag = { truncated: 1n, overwrite: 2n, partial: 4n, collision: 8n } as const;

/** Type 11: AUX, with a sum of `AuxFlag`s. */
export function aux(fields: { offset: bigint; size: bigint; flags?: bigint }): RecordSpec {
  return { type: 11, body: (out) => u64s(out, [fields.offset, fields.size, fields.flags ?? 0n]) };
}

/** Type 12: ITRACE_START. */
export function itraceStart(pid: number, tid: number): RecordSpec {
  return { type: 12, body: (out) => u32s(out, [pid, tid]) };
}

/** Type 13: LOST_SAMPLES. */
export function lostSamples(count: bigint): RecordSpec {
  return { type: 13, body: (out) => out.u64(count) };
}

/** Type 14: SWITCH; `misc` 0x2000 is a switch out, 0x6000 a preemption. */
export function contextSwitch(misc: number): RecordSpec {
  return { type: 14, misc };
}

/** Type 15: SWITCH_CPU_WIDE. */
export function contextSwitchCpuWide(
  misc: number,
  fields: { nextPrevPid: number; nextPrevTid: number },
): RecordSpec {
  return { type: 15, misc, body: (out) => u32s(out, [fields.nextPrevPid, fields.nextPrevTid]) };
}

/** Type 16: NAMESPACES. */
export function namespaces(
  fields: { pid: number; tid: number; links: readonly { dev: bigint; ino: bigint }[] },
): RecordSpec {
  return {
    type: 16,
    body(out) {
      u32s(out, [fields.pid, fields.tid]);
      out.u64(BigInt(fields.links.length));
      for (const { dev, ino } of fields.links) u64s(out, [dev, ino]);
    },
  };
}

/** Type 17: KSYMBOL. */
export function ksymbol(
  fields: { addr: bigint; len: number; ksymType: number; flags: number; name: string },
): RecordSpec {
  return {
    type: 17,
    body(out) {
      out.u64(fields.addr);
      out.u32(fields.len);
      out.u16(fields.ksymType);
      out.u16(fields.flags);
      out.paddedText(fields.name);
    },
  };
}

/** Type 18: BPF_EVENT; `type` 1 is a load, 2 an unload; `tag` has 8 bytes. */
export function bpfEvent(
  fields: { type: number; flags: number; id: number; tag: Uint8Array },
): RecordSpec {
  return {
    type: 18,
    body(out) {
      out.u16(fields.type);
      out.u16(fields.flags);
      out.u32(fields.id);
      out.bytes(fields.tag);
    },
  };
}

/** Type 19: CGROUP. */
export function cgroup(id: bigint, path: string): RecordSpec {
  return {
    type: 19,
    body(out) {
      out.u64(id);
      out.paddedText(path);
    },
  };
}

/** Type 20: TEXT_POKE. */
export function textPoke(
  fields: { addr: bigint; before: Uint8Array; after: Uint8Array },
): RecordSpec {
  return {
    type: 20,
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

/** Type 21: AUX_OUTPUT_HW_ID. */
export function auxOutputHwId(hwId: bigint): RecordSpec {
  return { type: 21, body: (out) => out.u64(hwId) };
}

/** Type 22: CALLCHAIN_DEFERRED. */
export function callchainDeferred(cookie: bigint, ips: readonly bigint[]): RecordSpec {
  return { type: 22, body: (out) => u64s(out, [cookie, BigInt(ips.length), ...ips]) };
}

function u32s(out: ByteWriter, values: readonly number[]): void {
  for (const value of values) out.u32(value);
}

function u64s(out: ByteWriter, values: readonly bigint[]): void {
  for (const value of values) out.u64(value);
}
