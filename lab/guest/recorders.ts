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

async function makes(recording: LabRecording): Promise<string> {
  const { name, exitCode, limited } = recording;
  const { code, output } = await record(recording);
  need(code === exitCode, `exit code ${code}: ${output}`);
  const bytes = auxBytesOf(pathOf(name));
  const said = [`exit code ${code}`, `${bytes} bytes of AUX data`];
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
export function recordChecks(pmu: string): Check[] {
  return RECORDINGS.filter((recording) => recording.pmu === pmu).map((recording) => ({
    name: `${pmu}: ${recording.says}`,
    run: () => makes(recording),
    skip: (target) => whyNot(recording, target),
  }));
}
