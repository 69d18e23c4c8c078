import { FormatError } from "../parsers/internal.ts";
import { Feature, type PerfFile } from "../parsers/perf/mod.ts";
import { kernelIs64Bit } from "./accessors.ts";

/** What a recording says of itself in its feature sections; null where it does not. */
export interface RecordingFacts {
  /** The machine as `uname -m` named it to perf. */
  readonly arch: string | null;
  /** Whether perf takes the kernel of that machine to be 64-bit. */
  readonly kernelIs64Bit: boolean | null;
  /** Version of perf, or `auxtail` and its version. */
  readonly perfVersion: string | null;
  /** Name of the machine. */
  readonly hostname: string | null;
  /** The recorder's command line. */
  readonly cmdline: readonly string[] | null;
}

export function recordingFacts(file: PerfFile): RecordingFacts {
  const arch = readable(() => file.feature(Feature.arch));
  return {
    arch,
    kernelIs64Bit: arch === null ? null : kernelIs64Bit(arch),
    perfVersion: readable(() => file.feature(Feature.version)),
    hostname: readable(() => file.feature(Feature.hostname)),
    cmdline: readable(() => file.feature(Feature.cmdline)),
  };
}

/** The value of a feature section; null where it is missing or damaged. */
export function readable<T>(read: () => T | undefined): T | null {
  try {
    return read() ?? null;
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}
