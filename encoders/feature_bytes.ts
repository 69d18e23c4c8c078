import { attrSize, type EventSpec, writeAttr } from "./attr_bytes.ts";
import type { ByteWriter } from "./byte_writer.ts";

/** Bits of the feature sections in the header. Source: perf `header.h`. */
export const FeatureBit = {
  tracingData: 1,
  buildId: 2,
  hostname: 3,
  osrelease: 4,
  version: 5,
  arch: 6,
  nrcpus: 7,
  cpudesc: 8,
  cpuid: 9,
  totalMem: 10,
  cmdline: 11,
  eventDesc: 12,
  cpuTopology: 13,
  numaTopology: 14,
  branchStack: 15,
  pmuMappings: 16,
  groupDesc: 17,
  auxtrace: 18,
  stat: 19,
  cache: 20,
  sampleTime: 21,
  memTopology: 22,
  clockid: 23,
  dirFormat: 24,
  bpfProgInfo: 25,
  bpfBtf: 26,
  compressed: 27,
  cpuPmuCaps: 28,
  clockData: 29,
  hybridTopology: 30,
  pmuCaps: 31,
  cpuDomainInfo: 32,
  eMachine: 33,
  clnSize: 34,
} as const;

/** One feature section to be written. Any section can be given by its bit and bytes. */
export interface FeatureSpec {
  /** Bit in the header; id in a pipe. */
  readonly bit: number;
  /** Writes the section. */
  readonly write: (out: ByteWriter) => void;
}

/** A section that is one string: HOSTNAME, OSRELEASE, VERSION, ARCH, CPUDESC, CPUID. */
export function textFeature(
  name: "hostname" | "osrelease" | "version" | "arch" | "cpudesc" | "cpuid",
  text: string,
): FeatureSpec {
  return { bit: FeatureBit[name], write: (out) => out.headerString(text) };
}

/** NRCPUS. */
export function nrcpus(available: number, online: number): FeatureSpec {
  return {
    bit: FeatureBit.nrcpus,
    write(out) {
      out.u32(available);
      out.u32(online);
    },
  };
}

/** TOTAL_MEM in kB, or CLOCKID resolution in ns, or DIR_FORMAT version: sections of one `u64`. */
export function wordFeature(
  name: "totalMem" | "clockid" | "dirFormat",
  value: bigint,
): FeatureSpec {
  return { bit: FeatureBit[name], write: (out) => out.u64(value) };
}

/** CMDLINE. */
export function cmdline(args: readonly string[]): FeatureSpec {
  return {
    bit: FeatureBit.cmdline,
    write(out) {
      out.u32(args.length);
      for (const arg of args) out.headerString(arg);
    },
  };
}

/** EVENT_DESC: a second copy of the attributes, with names. */
export function eventDesc(events: readonly EventSpec[]): FeatureSpec {
  return {
    bit: FeatureBit.eventDesc,
    write(out) {
      const [first] = events;
      out.u32(events.length);
      out.u32(first ? attrSize(first) : 0);
      for (const event of events) {
        const ids = event.ids ?? [];
        writeAttr(out, event);
        out.u32(ids.length);
        out.headerString(event.name ?? "");
        for (const id of ids) out.u64(id);
      }
    },
  };
}

/** One entry of the AUXTRACE index: where a record stands, and the size of its header part. */
export interface IndexEntry {
  /** File position of the AUXTRACE record. */
  readonly fileOffset: number;
  /** Size in bytes without the payload. */
  readonly size: number;
}

/** AUXTRACE: the index of the AUXTRACE records. */
export function auxtraceIndex(entries: readonly IndexEntry[]): FeatureSpec {
  return {
    bit: FeatureBit.auxtrace,
    write(out) {
      out.u64(BigInt(entries.length));
      for (const entry of entries) {
        out.u64(BigInt(entry.fileOffset));
        out.u64(BigInt(entry.size));
      }
    },
  };
}

/** SAMPLE_TIME: times of the first and last sample in ns. */
export function sampleTime(first: bigint, last: bigint): FeatureSpec {
  return {
    bit: FeatureBit.sampleTime,
    write(out) {
      out.u64(first);
      out.u64(last);
    },
  };
}

/** COMPRESSED: zstd, of a ring of `mmapLen` bytes; `level` and `ratio` are 1 unless given. */
export function compressedFeature(
  mmapLen: number,
  { level = 1, ratio = 1 }: { level?: number; ratio?: number } = {},
): FeatureSpec {
  return {
    bit: FeatureBit.compressed,
    write(out) {
      for (const value of [1, 1, level, ratio, mmapLen]) out.u32(value);
    },
  };
}

/** PMU_MAPPINGS. */
export function pmuMappings(pmus: readonly { type: number; name: string }[]): FeatureSpec {
  return {
    bit: FeatureBit.pmuMappings,
    write(out) {
      out.u32(pmus.length);
      for (const { type, name } of pmus) {
        out.u32(type);
        out.headerString(name);
      }
    },
  };
}

/** One CPU of {@linkcode cpuTopology}. */
export interface CpuPlace {
  /** `core_id`. */
  readonly core: number;
  /** `physical_package_id`. */
  readonly socket: number;
  /** `die_id`. */
  readonly die: number;
}

/** CPU_TOPOLOGY: lists of CPUs that share a socket, a die or a core, and the place of each CPU. */
export function cpuTopology(
  fields: {
    sockets: readonly string[];
    threads: readonly string[];
    dies: readonly string[];
    cpus: readonly CpuPlace[];
  },
): FeatureSpec {
  const lists = (out: ByteWriter, texts: readonly string[]) => {
    out.u32(texts.length);
    for (const text of texts) out.headerString(text);
  };
  return {
    bit: FeatureBit.cpuTopology,
    write(out) {
      lists(out, fields.sockets);
      lists(out, fields.threads);
      for (const { core, socket } of fields.cpus) {
        out.u32(core);
        out.u32(socket);
      }
      lists(out, fields.dies);
      for (const { die } of fields.cpus) out.u32(die);
    },
  };
}

/** CLOCK_DATA: the same moment on the wall clock and on clock `clockid`, in ns. */
export function clockData(
  fields: { clockid: number; wallNs: bigint; clockNs: bigint },
): FeatureSpec {
  return {
    bit: FeatureBit.clockData,
    write(out) {
      out.u32(1);
      out.u32(fields.clockid);
      out.u64(fields.wallNs);
      out.u64(fields.clockNs);
    },
  };
}

/** Writes the body of HEADER_BUILD_ID, padded to 8 bytes. */
export function writeBuildId(
  out: ByteWriter,
  fields: { pid: number; buildId: Uint8Array; filename: string },
): void {
  out.u32(fields.pid);
  out.bytes(fields.buildId);
  out.zeros(20 - fields.buildId.length);
  out.u8(fields.buildId.length);
  out.zeros(3);
  const start = out.size;
  out.text(fields.filename);
  out.u8(0);
  out.zeros((64 - (out.size - start) % 64) % 64);
  out.align(8);
}

/** GROUP_DESC: the groups of events, by the position of the leader; unnamed ones as perf names them. */
export function groupDesc(
  groups: readonly { leader: number; members: number }[],
): FeatureSpec {
  return {
    bit: FeatureBit.groupDesc,
    write(out) {
      out.u32(groups.length);
      for (const { leader, members } of groups) {
        out.headerString("{anon_group}");
        out.u32(leader);
        out.u32(members);
      }
    },
  };
}
