import { formatBytes } from "../../auxtrace/conclusion.ts";
import {
  type LimitedRing,
  observe,
  openSink,
  type RecordingSummary,
  startRecording,
  stoppedCommand,
} from "../../live/mod.ts";
import { ValidationError } from "@cliffy/command";
import { complain } from "../_common.ts";
import type { RecordCommandOptions } from "../commands/record.ts";
import { hex } from "../output/json.ts";
import { bytes, observationOptions } from "./_live_target.ts";
import { stopRequests } from "./_stop_requests.ts";

/** Most time between two passes over the rings: what is left in them is lost if the process is killed. */
const PASS_MS = 500;

/** Records until the command ends, or until it is told to stop, and sums up. */
export async function record(
  options: RecordCommandOptions,
  commandLine: readonly string[],
): Promise<void> {
  const maxSize = options.maxSize === undefined ? Infinity : bytes(options.maxSize, "--max-size");
  observationOptions(options);
  using command = commandLine.length > 0 ? await stoppedCommand(commandLine) : null;
  const { snapshot, compress, output, quiet } = options;
  const observed = { ...observationOptions(options, command?.pid), snapshot };
  using observation = observe(observed);
  if (snapshot && observation.recording.auxPmu === null) {
    throw new ValidationError("Option --snapshot needs an event that has an AUX area");
  }
  using sink = openSink(output);
  const recording = startRecording(observation, {
    sink,
    commandLine: ["auxtail", ...Deno.args],
    compress,
    clockid: observed.clockid,
    snapshot,
  });
  using stop = stopRequests(command);
  let wanted = 0;
  const onSnapshot = () => {
    wanted++;
    stop.wake();
  };
  Deno.addSignalListener("SIGUSR2", onSnapshot);
  let complete = true;
  let failure: unknown = null;
  try {
    observation.start();
    command?.start();
    for (let taken = 0;;) {
      recording.pass();
      if (snapshot && wanted > taken) {
        recording.snapshot();
        taken = wanted;
      }
      if (stop.requested || recording.limited.length > 0) break;
      if (recording.summary.bytes >= maxSize) break;
      const why = await observation.session.wait({ signal: stop.signal, timeoutMs: PASS_MS });
      if (why === "exited") break;
    }
  } catch (error) {
    failure = error;
  }
  Deno.removeSignalListener("SIGUSR2", onSnapshot);
  if (stop.ended === null) command?.kill("SIGTERM");
  try {
    complete = recording.finish();
  } catch (error) {
    failure ??= error;
  }
  const { summary, limited } = recording;
  if (!quiet || limited.length > 0) complain(sumUp(summary, limited, output));
  if (!complete) {
    complain(`${output}: no room for the facts about this machine; the records are whole`);
  }
  if (failure !== null) throw failure;
  if (limited.length > 0) Deno.exitCode = 1;
}

/** One line: what was written, what was lost, and the limit if it was met. */
function sumUp(
  { bytes, records, samples, auxBytes, lostEvents, truncated }: RecordingSummary,
  limited: readonly LimitedRing[],
  output: string,
): string {
  const parts = [
    `${records} records (${samples} samples)`,
    ...(auxBytes > 0 ? [`${formatBytes(auxBytes)} of AUX data`] : []),
    `${lostEvents} lost`,
    ...(truncated > 0
      ? [`AUX data TRUNCATED ${truncated} times: give larger AUX buffers (-m ,SIZE)`]
      : []),
    ...limited.map(limitText),
  ];
  return `${formatBytes(bytes)} to ${output === "-" ? "standard output" : output}: ${
    parts.join(", ")
  }`;
}

function limitText({ ring, overflow }: LimitedRing): string {
  const { cpu, tid } = ring;
  return `stopped at the limit of 32-bit tails: ${cpu >= 0 ? `CPU ${cpu}` : `thread ${tid}`} at ` +
    `${hex(overflow.tail)} with ${
      formatBytes(overflow.bytesRead)
    } recorded; use --accessor native, ` +
    "or record less per buffer";
}
