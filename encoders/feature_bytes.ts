import { BUILD_ID_SIZE, Feature } from "../parsers/perf/abi.ts";
import { attrSize, type EventSpec, writeAttr } from "./attr_bytes.ts";
import type { ByteWriter } from "./byte_writer.ts";

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
  return { bit: Feature[name], write: (out) => out.headerString(text) };
}

/** NRCPUS. */
export function nrcpus(available: number, online: number): FeatureSpec {
  return { bit: Feature.nrcpus, write: (out) => out.u32s([available, online]) };
}

/** TOTAL_MEM in kB, or CLOCKID resolution in ns, or DIR_FORMAT version: sections of one `u64`. */
export function wordFeature(
  name: "totalMem" | "clockid" | "dirFormat",
  value: bigint,
): FeatureSpec {
  return { bit: Feature[name], write: (out) => out.u64(value) };
}

/** CMDLINE. */
export function cmdline(args: readonly string[]): FeatureSpec {
  return { bit: Feature.cmdline, write: (out) => writeTexts(out, args) };
}

/** EVENT_DESC: a second copy of the attributes, with names. */
export function eventDesc(events: readonly EventSpec[]): FeatureSpec {
  return {
    bit: Feature.eventDesc,
    write(out) {
      const [first] = events;
      out.u32s([events.length, first ? attrSize(first) : 0]);
      for (const event of events) {
        const ids = event.ids ?? [];
        writeAttr(out, event);
        out.u32(ids.length);
        out.headerString(event.name ?? "");
        out.u64s(ids);
      }
    },
  };
}

/** SAMPLE_TIME: times of the first and last sample in ns. */
export function sampleTime(first: bigint, last: bigint): FeatureSpec {
  return { bit: Feature.sampleTime, write: (out) => out.u64s([first, last]) };
}

/** COMPRESSED: zstd, of a ring of `mmapLen` bytes; `level` and `ratio` are 1 unless given. */
export function compressedFeature(
  mmapLen: number,
  { level = 1, ratio = 1 }: { level?: number; ratio?: number } = {},
): FeatureSpec {
  return { bit: Feature.compressed, write: (out) => out.u32s([1, 1, level, ratio, mmapLen]) };
}

/** PMU_MAPPINGS. */
export function pmuMappings(pmus: readonly { type: number; name: string }[]): FeatureSpec {
  return {
    bit: Feature.pmuMappings,
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
export interface CpuPlaceSpec {
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
    cpus: readonly CpuPlaceSpec[];
  },
): FeatureSpec {
  return {
    bit: Feature.cpuTopology,
    write(out) {
      writeTexts(out, fields.sockets);
      writeTexts(out, fields.threads);
      for (const { core, socket } of fields.cpus) out.u32s([core, socket]);
      writeTexts(out, fields.dies);
      for (const { die } of fields.cpus) out.u32(die);
    },
  };
}

/** CLOCK_DATA: the same moment on the wall clock and on clock `clockid`, in ns. */
export function clockData(
  fields: { clockid: number; wallNs: bigint; clockNs: bigint },
): FeatureSpec {
  return {
    bit: Feature.clockData,
    write(out) {
      out.u32s([1, fields.clockid]);
      out.u64s([fields.wallNs, fields.clockNs]);
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
  out.zeros(BUILD_ID_SIZE - fields.buildId.length);
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
    bit: Feature.groupDesc,
    write(out) {
      out.u32(groups.length);
      for (const { leader, members } of groups) {
        out.headerString("{anon_group}");
        out.u32s([leader, members]);
      }
    },
  };
}

function writeTexts(out: ByteWriter, texts: readonly string[]): void {
  out.u32(texts.length);
  for (const text of texts) out.headerString(text);
}
