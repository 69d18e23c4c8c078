import {
  type CommandEnd,
  type LimitedRing,
  type Observation,
  observe,
  openSink,
  type Recording,
  type RecordingSummary,
  startRecording,
  type StoppedCommand,
  stoppedCommand,
} from "../../live/mod.ts";
import { ValidationError } from "@cliffy/command";
import { complain } from "../_common.ts";
import { formatBytes, hex } from "../../text/mod.ts";
import { parseByteSize } from "./_byte_size.ts";
import {
  liveAccesses,
  type LiveOptions,
  observationOptions,
  roundedSizes,
} from "./_live_target.ts";
import { type Access, isGranted, requirePermissions } from "../_permissions.ts";
import { followed, orNull, refuseOutputName } from "../output/output_file.ts";
import { LimitWarnings } from "./_limit_warnings.ts";
import { SilentRings } from "./_silent_rings.ts";
import { StopRequests } from "./_stop_requests.ts";

/** Options of `auxtail record`. */
export interface RecordCommandOptions extends LiveOptions {
  readonly snapshot?: boolean | undefined;
  readonly compress?: boolean | undefined;
  readonly output: string;
  readonly maxSize?: string | undefined;
  readonly quiet?: boolean | undefined;
}

/** Most time between two passes over the rings: what is left in them is lost if the process is killed. */
const PASS_MS = 500;
/**
 * Data that keeps coming is waited for on this thread, as passing on to another and back takes
 * turns of both, which come late where all CPUs are busy. Signals interrupt that wait; those that come
 * at other times are heard of when the event loop turns, which there takes up to a second, and so is
 * seldom done where the kernel is asked for the end of a command.
 */
const BRIEF_MS = 50;
const TURN_MS = 50;
const TURN_WITH_COMMAND_MS = 2000;
/** A signal is heard of some turns after it came. */
const TURNS = 3;

/** Records until the command ends, or until it is told to stop, and sums up. */
export async function record(
  options: RecordCommandOptions,
  commandLine: readonly string[],
): Promise<void> {
  const maxSize = options.maxSize === undefined
    ? Infinity
    : parseByteSize(options.maxSize, "--max-size");
  if (maxSize === 0) throw new ValidationError(`Option "--max-size" takes bytes above 0`);
  const warnings = new LimitWarnings(options);
  observationOptions(options, commandLine.length > 0 ? 0 : undefined);
  const { snapshot, compress, output, quiet } = options;
  refuseOutputName(output);
  if (!quiet) { for (const line of roundedSizes(options.mmap)) complain(line); }
  requirePermissions(...liveAccesses(commandLine), ...recordingAccesses(placeOf(output)));
  // What may be read only now may be a link, or a recording.
  const place = placeOf(output);
  requirePermissions(...recordingAccesses(place));
  using stop = new StopRequests();
  using command = commandLine.length > 0
    ? await stoppedCommand(commandLine, { stdoutToStderr: output === "-" })
    : null;
  const observed = { ...observationOptions(options, command?.pid), snapshot };
  using observation = observe(observed);
  if (snapshot && observation.recording.auxPmu === null) {
    throw new ValidationError("Option --snapshot needs an event that has an AUX buffer");
  }
  const [lowered] = observation.recording.events.filter(({ attr: { flags, samplePeriod } }) =>
    flags?.includes("freq") && samplePeriod! < (Number(options.freq) || 0)
  );
  if (lowered !== undefined && !quiet) {
    complain(`${lowered.name}: the kernel allows ${lowered.attr.samplePeriod} samples per second`);
  }
  using sink = openSink(place);
  const recording = startRecording(observation, {
    sink,
    commandLine: ["auxtail", ...Deno.args],
    compress,
    clockid: observed.clockid,
    snapshot,
  });
  if (command !== null) stop.follow(command);
  let failure: unknown = null;
  try {
    await copyRings(recording, observation, { stop, command, snapshot, maxSize, warnings });
  } catch (error) {
    failure = error;
  }
  if (stop.ended === null) command?.kill("SIGTERM");
  let complete = true;
  try {
    complete = recording.finish();
  } catch (error) {
    failure ??= error;
  }
  const { summary, limited } = recording;
  if (couldNotRun(stop.ended) && summary.records === 0) {
    failure ??= new Deno.errors.NotFound(`Cannot run "${commandLine[0]}": see above`);
  }
  if (!quiet || limited.length > 0) {
    const end = [
      ...(summary.bytes >= maxSize ? ["stopped by --max-size"] : []),
      ...(failure !== null && summary.records > 0
        ? ["ended early: what was left in the rings is lost, too"]
        : []),
    ];
    complain([sumUp(summary, limited, output, stop.ended), ...end].join(", "));
  }
  if (!complete) {
    complain(`${output}: no room for the facts about this machine; the records are whole`);
  }
  if (failure !== null) throw failure;
  if (limited.length > 0) Deno.exitCode = 1;
}

/** Where a recording goes: through a link to what is missing Deno writes only if it may write all. */
function placeOf(path: string): string {
  if (path === "-" || !isGranted({ name: "read", path })) return path;
  return orNull(() => Deno.statSync(path)) === null ? followed(path) : path;
}

/** What {@linkcode openSink} takes, as far as that may be seen now. */
function recordingAccesses(path: string): Access[] {
  if (path === "-") return [];
  const there = isGranted({ name: "read", path }) ? orNull(() => Deno.statSync(path)) : null;
  return [
    { name: "read", path },
    { name: "write", path },
    ...(there?.isFile && there.size > 0 ? [{ name: "write", path: `${path}.old` } as const] : []),
  ];
}

/** Whether the shell says that it could not become the command. */
function couldNotRun(ended: CommandEnd | null): boolean {
  return ended !== null && (ended.code === 126 || ended.code === 127);
}

/**
 * Starts the events and the command, and copies the rings until something stops it: a request, the
 * size, the limit, the end of all tasks.
 */
async function copyRings(
  recording: Recording,
  observation: Observation,
  { stop, command, snapshot, maxSize, warnings }: {
    stop: StopRequests;
    command: StoppedCommand | null;
    snapshot: boolean | undefined;
    maxSize: number;
    warnings: LimitWarnings;
  },
): Promise<void> {
  const { session } = observation;
  let wanted = false;
  const silentRings = new SilentRings();
  const onSnapshot = () => {
    wanted = true;
    stop.wake();
  };
  Deno.addSignalListener("SIGUSR2", onSnapshot);
  try {
    // What runs for the first time is slow, and slower still while events come: so it runs before.
    recording.pass();
    await session.wait({ timeoutMs: 0 });
    if (!stop.requested) {
      observation.start();
      command?.start();
    }
    const turnMs = command === null ? TURN_MS : TURN_WITH_COMMAND_MS;
    let turn = performance.now();
    let turnsDue = 0;
    for (;;) {
      if (command?.hasEnded()) {
        session.disable();
        await command.status;
      }
      if (stop.requested) return;
      recording.pass();
      // Of a snapshot no tail is stored.
      if (!snapshot) warnings.look(session.rings);
      if (snapshot && wanted) recording.snapshot();
      wanted = false;
      if (recording.limited.length > 0) return;
      if (recording.summary.bytes >= maxSize) return;
      silentRings.report(session.rings);
      if (session.waitHere(BRIEF_MS)) {
        if (performance.now() - turn >= turnMs) turnsDue = TURNS;
        if (turnsDue === 0) continue;
        turnsDue--;
        await new Promise((resolve) => setTimeout(resolve));
        turn = performance.now();
        continue;
      }
      turnsDue = TURNS;
      const why = await session.wait({ signal: stop.signal, timeoutMs: PASS_MS });
      if (why === "exited") return await stop.soonEnded();
    }
  } finally {
    Deno.removeSignalListener("SIGUSR2", onSnapshot);
  }
}

/** One line: what was written, what was lost, and the limit if it was met. */
function sumUp(
  { bytes, records, samples, auxBytes, lostEvents, truncated, restarts }: RecordingSummary,
  limited: readonly LimitedRing[],
  output: string,
  ended: CommandEnd | null,
): string {
  const parts = [
    `${records} records (${samples} samples)`,
    ...(auxBytes > 0 ? [`${formatBytes(auxBytes)} of AUX data`] : []),
    `${lostEvents} lost`,
    ...(truncated > 0
      ? [`AUX data TRUNCATED ${truncated} times: give larger AUX buffers (-m ,SIZE)`]
      : []),
    ...(restarts > 0 ? [`restarted ${restarts} times after that`] : []),
    ...limited.map(limitText),
    ...(ended === null || ended.code === 0
      ? []
      : [`the command ended with ${ended.signal ?? ended.code}`]),
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
