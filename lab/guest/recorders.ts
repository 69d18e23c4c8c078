import { openPerfFile } from "../../mod.ts";
import { auxtailCommand, type Outcome, runInGuest } from "./_cli.ts";
import { type Check, need } from "./check.ts";
import { type LabRecording, RECORDINGS, whyNot } from "./recordings.ts";

function record({ name, commandLine, linux32, piped }: LabRecording): Promise<Outcome> {
  const [program = "", ...args] = commandLine;
  const command = program === "auxtail" ? auxtailCommand(args) : [...commandLine];
  return runInGuest(
    [...linux32 ? ["linux32"] : [], ...command],
    piped ? { stdout: pathOf(name) } : {},
  );
}

function pathOf(name: string): string {
  return `/out/${name}.perf.data`;
}

/** Bytes of AUX data in a recording, of which there has to be some. */
export function auxBytesOf(path: string): number {
  using file = openPerfFile(path);
  let bytes = 0;
  for (const { size } of file.auxChunks()) bytes += size;
  need(bytes > 0, `${path} has no AUX data`);
  return bytes;
}

/** Whether the trace was recorded up to its end; else the command ended before it. */
function isToItsEnd({ name, stop, limited, mode }: LabRecording): boolean {
  if (limited || mode === "snapshot") return true;
  using file = openPerfFile(pathOf(name));
  let end = 0n;
  for (const record of file.records()) {
    if (record.type !== "aux") continue;
    const recordEnd = record.auxOffset + record.auxSize;
    if (recordEnd > end) end = recordEnd;
  }
  return end === stop;
}

/** On a busy machine the recorder may read so late that the command ends before the trace. */
const TRIES = 4;

async function makes(recording: LabRecording): Promise<string> {
  const { name, exitCode, limited } = recording;
  let { code, output } = await record(recording);
  let tries = 1;
  for (; tries < TRIES && !isToItsEnd(recording); tries++) {
    ({ code, output } = await record(recording));
  }
  need(isToItsEnd(recording), `the trace is not recorded to its end after ${tries} tries`);
  need(code === exitCode, `exit code ${code}: ${output}`);
  const bytes = auxBytesOf(pathOf(name));
  const said = [`exit code ${code}`, `${bytes} bytes of AUX data`];
  if (tries > 1) said.push(`${tries} tries`);
  if (exitCode === 255) need(output === "", `it says: ${output}`);
  else if (limited) {
    const refusal = /stopped at the limit of 32-bit tails: thread \d+ at (0x1[0-9a-f]{8}) /;
    const refused = refusal.exec(output)?.[1];
    need(refused !== undefined, output);
    said.push(`refused ${refused}`);
  }
  return said.join(", ");
}

/** Recorders of a PMU that perf knows, with the module under its name. */
export function recorderChecks(pmu: string): Check[] {
  return RECORDINGS.filter((recording) => recording.pmu === pmu).map((recording) => ({
    name: `${pmu}: ${recording.says}`,
    run: () => makes(recording),
    skip: (target) => whyNot(recording, target),
  }));
}
