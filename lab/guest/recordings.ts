import { auxtail, runInGuest } from "./_cli.ts";
import { type Check, need } from "./check.ts";

/** A recording that the guest makes, to be compared with other readers outside. */
export interface LabRecording {
  /** Name of the file, without `.perf.data`. */
  readonly name: string;
  /** The command line as the recording has it. */
  readonly commandLine: readonly string[];
  /** Offset of the first word that the module wrote. */
  readonly start: bigint;
  /** Offset of the end of the trace. */
  readonly stop: bigint;
  /** Whether the recorder ends at the first tail that needs more than 32 bits. */
  readonly limited: boolean;
}

/** Keeps a CPU busy for long enough. */
const SPIN = "i=0; while [ $i -lt 40000 ]; do i=$((i+1)); done";

function recording(
  name: string,
  recorder: readonly string[],
  { start, stop, limited = false }: { start: bigint; stop: bigint; limited?: boolean },
): LabRecording {
  const hex = (offset: bigint) => `0x${offset.toString(16)}`;
  const jump = start > 0n ? `jump=1,start=${hex(start)},` : "";
  // All sizes are multiples of 24, to which perf cuts the data of an Intel BTS.
  const event = `intel_bts/chunk=1536,tick_us=5000,${jump}stop=${hex(stop)}/`;
  const output = `/out/${name}.perf.data`;
  const options = ["-e", event, "--per-thread", "-m", ",8K", "-o", output];
  const commandLine = [...recorder, ...options, "--", "sh", "-c", SPIN];
  return { name, commandLine, start, stop, limited };
}

/** From one page below 4 GiB to more than one above. */
const ACROSS = { start: 0xffff_f000n, stop: 0x1_0000_1400n };
const QUIET = ["record", "--no-buildid", "--no-buildid-cache"];

const AUXTAIL = recording("lab_auxtail", ["auxtail", "record"], { start: 0n, stop: 0x4800n });
const COMPAT = recording("lab_compat", ["auxtail", "record", "--accessor", "compat"], {
  ...ACROSS,
  // further than the ring is long, so that nobody who ends at the limit gets there
  stop: 0x1_0000_4000n,
  limited: true,
});
const PERF_64 = recording("lab_perf64", ["/usr/bin/perf", ...QUIET], ACROSS);
const PERF_32 = recording("lab_perf32", ["/usr/bin/perf32", ...QUIET], {
  ...ACROSS,
  // further than the ring is long, so that nobody who ends at the limit gets there
  stop: 0x1_0000_4000n,
  limited: true,
});

/** The recordings that the checks of this file make. */
export const RECORDINGS: readonly LabRecording[] = [AUXTAIL, COMPAT, PERF_64, PERF_32];

async function auxtailRecords(): Promise<string> {
  const { code, output } = await auxtail(AUXTAIL.commandLine.slice(1));
  need(code === 0, `exit code ${code}: ${output}`);
  return output.replace("auxtail: ", "");
}

async function compatStops(): Promise<string> {
  const { code, output } = await auxtail(COMPAT.commandLine.slice(1));
  need(code === 1, `exit code ${code}: ${output}`);
  const said = /stopped at the limit of 32-bit tails: thread \d+ at (0x1[0-9a-f]{8}) /.exec(output);
  need(said !== null, output);
  return `exit code ${code}, refused ${said[1]}`;
}

async function perf64Records(): Promise<string> {
  const { code, output } = await runInGuest(PERF_64.commandLine);
  need(code === 0, `exit code ${code}: ${output}`);
  return `exit code ${code}`;
}

async function perf32Stops(): Promise<string> {
  const { code, output } = await runInGuest(PERF_32.commandLine);
  need(code === 255 && output === "", `exit code ${code}: ${output}`);
  return `exit code ${code}, no message`;
}

/** Recorders, with the module under the name of a PMU that perf knows. */
export const RECORD_CHECKS: readonly Check[] = [
  { name: "auxtail record: records the PMU", run: auxtailRecords },
  {
    name: "auxtail record --accessor compat across 4 GiB: exit code 1 with a reason",
    run: compatStops,
  },
  { name: "64-bit perf record across 4 GiB: ends well", run: perf64Records },
  { name: "32-bit perf record across 4 GiB: exit code 255 without a word", run: perf32Stops },
];
