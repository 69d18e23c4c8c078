import { AuxRecording, type RecordingOptions } from "./aux_recording.ts";
import { comm } from "./perf_builder.ts";
import { type PerfOptions, runPerf } from "./perf_dump.ts";

/** Size of a record header and body of AUXTRACE, behind which payload stands. */
const AUXTRACE_SIZE = 48;

/**
 * What `perf report -D` prints of the payload of a recording that has just one chunk.
 *
 * The payload is at a multiple of 16 in the file, and with it in perf's memory.
 */
export async function perfPayloadLines(
  payload: Uint8Array,
  options: RecordingOptions,
  perf: Pick<PerfOptions, "perf"> = {},
): Promise<string[]> {
  const recording = new AuxRecording(options);
  const isAligned = () => (recording.file.position + AUXTRACE_SIZE) % 16 === 0;
  for (let name = "a"; !isAligned(); name += "a") {
    if (name.length > 64) throw new RangeError("No command name aligns the payload");
    recording.file.add(comm({ pid: 1, tid: 1, comm: name }));
  }
  recording.chunk(0, { offset: 0n, size: payload.length, payload }).round();
  recording.aux(0, { offset: 0n, size: payload.length, timeNs: 1n });
  return await payloadLinesOfFile(recording.bytes(), perf);
}

async function payloadLinesOfFile(
  bytes: Uint8Array,
  perf: Pick<PerfOptions, "perf">,
): Promise<string[]> {
  const path = await Deno.makeTempFile({ suffix: ".perf.data" });
  try {
    await Deno.writeFile(path, bytes);
    return (await payloadLines(path, perf)).flat();
  } finally {
    await Deno.remove(path);
  }
}

/** What `perf report -D` prints of each chunk of a recording. */
export async function payloadLines(
  path: string,
  perf: Pick<PerfOptions, "perf"> = {},
): Promise<string[][]> {
  const chunks: string[][] = [];
  let isInside = false;
  await runPerf(["report", "-D", "-i", path], (line) => {
    if (/^\. \.\.\. .* data: size (?:0x)?[0-9a-f]+ bytes$/.test(line)) {
      isInside = true;
      chunks.push([]);
    } else if (line === "") isInside = false;
    else if (isInside) chunks.at(-1)?.push(line);
  }, perf);
  return chunks;
}
