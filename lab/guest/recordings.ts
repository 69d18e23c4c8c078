import type { GuestTarget } from "./_target.ts";

/** What the module writes, as its parameter has it. */
export type Payload = "words" | "etm" | "spe";

/** A recording that the guest makes, to be compared with other readers outside. */
export interface LabRecording {
  /** Name of the file, without `.perf.data`. */
  readonly name: string;
  /** What its recorder is and does, as a check says it. */
  readonly says: string;
  /** Name that the module takes. */
  readonly pmu: string;
  readonly payload: Payload;
  /** The command line as the recording has it. */
  readonly commandLine: readonly string[];
  /** Whether the recorder runs under the personality of a 32-bit kernel. */
  readonly linux32: boolean;
  /** Offset of the first unit that the module wrote. */
  readonly start: bigint;
  /** Offset of the end of the trace. */
  readonly stop: bigint;
  /** Exit code of the recorder. */
  readonly exitCode: number;
  /** Whether the recorder ends at the first tail that needs more than 32 bits. */
  readonly limited: boolean;
  readonly mode: "full" | "snapshot";
  /** Whether it is written through a pipe. */
  readonly piped: boolean;
  /** Rings that it has. */
  readonly rings: number;
  /** Whether it is one of `testdata/`. */
  readonly isFixture: boolean;
  /** Says why a machine cannot make it; null if it can. */
  readonly skip: (target: GuestTarget) => string | null;
}

/** Keeps a CPU busy for long enough. */
const SPIN = "i=0; while [ $i -lt 40000 ]; do i=$((i+1)); done";
/** From one page below 4 GiB to more than one above. */
const ACROSS = { start: 0xffff_f000n, stop: 0x1_0000_1400n };
/** Further than the ring is long, so that nobody who ends at the limit gets there. */
const FAR_ACROSS = { start: 0xffff_f000n, stop: 0x1_0000_4000n };
const FROM_ZERO = { start: 0n, stop: 0x4800n };
/** Three rings of 8 KiB. */
const ROUND = { start: 0n, stop: 0x6000n };

const QUIET = ["record", "--no-buildid", "--no-buildid-cache"];
const PERF = ["/usr/bin/perf", ...QUIET];
const PERF32 = ["/usr/bin/perf32", ...QUIET];
const AUXTAIL = ["auxtail", "record"];
const COMPAT = [...AUXTAIL, "--accessor", "compat"];

type Range = Pick<LabRecording, "start" | "stop">;
type Extras = Partial<Omit<LabRecording, "name" | "says" | "commandLine" | "start" | "stop">> & {
  /** What is observed, by default the command's thread. */
  readonly where?: readonly string[];
  /** Further options of the recorder. */
  readonly options?: readonly string[];
};

interface Pmu {
  readonly pmu: string;
  readonly payload: Payload;
}

const BTS: Pmu = { pmu: "intel_bts", payload: "words" };
const ETM: Pmu = { pmu: "cs_etm", payload: "etm" };
const SPE: Pmu = { pmu: "arm_spe_0", payload: "spe" };
const PTT: Pmu = { pmu: "hisi_ptt0_0", payload: "words" };

const PER_THREAD = ["--per-thread"];
const ALL_CPUS = { where: ["-a"], rings: 2 };

function hex(offset: bigint): string {
  return `0x${offset.toString(16)}`;
}

function recording(
  { pmu, payload }: Pmu,
  name: string,
  says: string,
  recorder: readonly string[],
  { start, stop }: Range,
  { where = PER_THREAD, options = [], ...extras }: Extras = {},
): LabRecording {
  const jump = start > 0n ? `jump=1,start=${hex(start)},` : "";
  // All sizes are multiples of 64, and of 24, to which perf cuts the data of an Intel BTS.
  const event = `${pmu}/chunk=1536,tick_us=5000,${jump}stop=${hex(stop)}/`;
  const output = extras.piped === true ? "-" : `/out/${name}.perf.data`;
  const rest = ["-e", event, ...where, "-m", ",8K", ...options, "-o", output];
  const is32Bit = recorder[0] === "/usr/bin/perf32";
  return {
    name,
    says,
    pmu,
    payload,
    commandLine: [...recorder, ...rest, "--", "sh", "-c", SPIN],
    linux32: false,
    start,
    stop,
    exitCode: 0,
    limited: false,
    mode: "full",
    piped: false,
    rings: 1,
    isFixture: false,
    skip: ({ perf32 }) =>
      is32Bit && !perf32 ? "Debian's 32-bit perf crashes at start on pages of 16 KiB" : null,
    ...extras,
  };
}

const FIXTURE = { isFixture: true };
const LINUX32 = { linux32: true };
const SNAPSHOT = { mode: "snapshot" } as const;
/** `e`: a snapshot at the end. */
const PERF_SNAPSHOT = { ...SNAPSHOT, options: ["-Se"] };
const AUXTAIL_SNAPSHOT = { ...SNAPSHOT, options: ["-S"] };
const COMPRESSED = { options: ["-z"] };
const PIPE = { piped: true };
const REFUSED = { ...FIXTURE, exitCode: 1, limited: true };

const BTS_RECORDINGS = [
  recording(BTS, "lab_auxtail", "auxtail record", AUXTAIL, FROM_ZERO, FIXTURE),
  recording(
    BTS,
    "lab_compat",
    "auxtail record --accessor compat across 4 GiB: ends at the limit",
    COMPAT,
    FAR_ACROSS,
    REFUSED,
  ),
  recording(BTS, "lab_perf64", "64-bit perf passes 4 GiB", PERF, ACROSS, FIXTURE),
  recording(
    BTS,
    "lab_perf32",
    "32-bit x86 perf ends at 4 GiB, exit code 255, without a word",
    PERF32,
    FAR_ACROSS,
    { ...FIXTURE, exitCode: 255, limited: true },
  ),
  recording(
    BTS,
    "lab_perf32_linux32",
    "32-bit x86 perf under linux32 passes 4 GiB",
    PERF32,
    FAR_ACROSS,
    { ...FIXTURE, ...LINUX32 },
  ),
  recording(
    BTS,
    "lab_perf64_linux32",
    "64-bit perf under linux32 passes 4 GiB",
    PERF,
    ACROSS,
    { ...FIXTURE, ...LINUX32 },
  ),
  recording(BTS, "lab_auxtail_across", "auxtail record passes 4 GiB", AUXTAIL, ACROSS),
  recording(BTS, "lab_perf64_z", "64-bit perf record -z passes 4 GiB", PERF, ACROSS, COMPRESSED),
  recording(BTS, "lab_auxtail_z", "auxtail record -z passes 4 GiB", AUXTAIL, ACROSS, COMPRESSED),
  recording(BTS, "lab_perf64_pipe", "64-bit perf record -o - passes 4 GiB", PERF, ACROSS, PIPE),
  recording(BTS, "lab_auxtail_pipe", "auxtail record -o - passes 4 GiB", AUXTAIL, ACROSS, PIPE),
];

const ETM_RECORDINGS = [
  recording(ETM, "lab_etm_perf64", "64-bit perf passes 4 GiB", PERF, ACROSS, FIXTURE),
  recording(ETM, "lab_etm_perf32", "32-bit Arm perf passes 4 GiB", PERF32, FAR_ACROSS, FIXTURE),
  recording(
    ETM,
    "lab_etm_perf32_linux32",
    "32-bit Arm perf under linux32 passes 4 GiB",
    PERF32,
    FAR_ACROSS,
    { ...FIXTURE, ...LINUX32 },
  ),
  recording(ETM, "lab_etm_auxtail", "auxtail record passes 4 GiB", AUXTAIL, ACROSS, FIXTURE),
  recording(
    ETM,
    "lab_etm_compat",
    "auxtail record --accessor compat across 4 GiB: ends at the limit",
    COMPAT,
    FAR_ACROSS,
    REFUSED,
  ),
  recording(
    ETM,
    "lab_etm_perf64_snapshot",
    "64-bit perf record -S: keeps the newest bytes",
    PERF,
    ROUND,
    PERF_SNAPSHOT,
  ),
  recording(
    ETM,
    "lab_etm_perf32_snapshot",
    "32-bit Arm perf record -S: keeps the newest bytes",
    PERF32,
    ROUND,
    PERF_SNAPSHOT,
  ),
  recording(
    ETM,
    "lab_etm_perf64_z",
    "64-bit perf record -z of all CPUs",
    PERF,
    FROM_ZERO,
    { ...ALL_CPUS, ...COMPRESSED },
  ),
  recording(ETM, "lab_etm_auxtail_cpus", "auxtail record -a", AUXTAIL, FROM_ZERO, ALL_CPUS),
];

const SPE_RECORDINGS = [
  recording(SPE, "lab_spe_perf64", "64-bit perf passes 4 GiB", PERF, ACROSS, FIXTURE),
  recording(SPE, "lab_spe_auxtail", "auxtail record passes 4 GiB", AUXTAIL, ACROSS),
  recording(SPE, "lab_spe_perf64_cpus", "64-bit perf record -a", PERF, FROM_ZERO, ALL_CPUS),
  recording(
    SPE,
    "lab_spe_auxtail_cpus",
    "auxtail record -a",
    AUXTAIL,
    FROM_ZERO,
    ALL_CPUS,
  ),
  recording(SPE, "lab_spe_perf64_pipe", "64-bit perf record -o - passes 4 GiB", PERF, ACROSS, PIPE),
  recording(
    SPE,
    "lab_spe_auxtail_z",
    "auxtail record -z passes 4 GiB",
    AUXTAIL,
    ACROSS,
    COMPRESSED,
  ),
  recording(SPE, "lab_spe_auxtail_pipe", "auxtail record -o - passes 4 GiB", AUXTAIL, ACROSS, PIPE),
  recording(
    SPE,
    "lab_spe_auxtail_snapshot",
    "auxtail record -S: keeps the newest bytes",
    AUXTAIL,
    ROUND,
    AUXTAIL_SNAPSHOT,
  ),
];

const ON_CPU_0 = { where: ["-C", "0"] };

const PTT_RECORDINGS = [
  recording(PTT, "lab_ptt_perf64", "64-bit perf record", PERF, FROM_ZERO, {
    ...ON_CPU_0,
    ...FIXTURE,
  }),
];

/** All recordings, in the order in which they are made: those of a PMU stand together. */
export const RECORDINGS: readonly LabRecording[] = [
  ...BTS_RECORDINGS,
  ...ETM_RECORDINGS,
  ...SPE_RECORDINGS,
  ...PTT_RECORDINGS,
];

/** The recordings of the PMUs that a machine has. */
export function recordingsOf({ impostors }: Pick<GuestTarget, "impostors">): LabRecording[] {
  return RECORDINGS.filter(({ pmu }) => impostors.includes(pmu));
}

/** Says why a machine does not make a recording of a PMU that it has; null if it does. */
export function whyNot({ skip }: LabRecording, target: GuestTarget): string | null {
  if (target.pageSize !== 4096) return "its buffers are of pages of 4 KiB";
  return skip(target);
}
