import { perfettoPackets } from "../../convert/mod.ts";
import { complain, complainOfCut, openToPrint, type QuietOptions } from "../_common.ts";
import { ValidationError } from "@cliffy/command";
import { toOutput } from "../_failure.ts";
import { type Inputs, recordingNames } from "../_inputs.ts";
import { InputFiles } from "../output/input_files.ts";
import { Output } from "../output/output.ts";
import type { OutputFile } from "../output/output_file.ts";
import { outputName } from "../output/output_name.ts";
import { OutputFolder } from "../output/output_folder.ts";
import { countOf } from "../output/table.ts";
import { forEachRecording } from "./_each_recording.ts";
import { judgedBy, type JudgeOptions } from "./_shared_options.ts";

/** Options of {@linkcode convertToPerfetto}. */
interface PerfettoTraceOptions extends JudgeOptions, QuietOptions {
  readonly output: string;
  readonly force?: boolean | undefined;
}

/** Writes a trace for Perfetto: of one recording to a file, of several to a folder. */
export async function convertToPerfetto(
  options: PerfettoTraceOptions,
  inputs: Inputs,
): Promise<void> {
  if (inputs.many) return await writeTraces(options, inputs);
  const { output, force, quiet } = options;
  const [path = "-"] = inputs.inputs;
  using out = new Output(output, new InputFiles([path]), force ?? false);
  const conclude = writeTrace(path, options, (bytes) => out.bytes(bytes));
  out.commit();
  conclude();
  if (!quiet) complain(`wrote ${output}`);
}

/** Writes a trace of each recording to a folder; one that cannot be read does not stop the others. */
async function writeTraces(
  options: PerfettoTraceOptions,
  { inputs: paths, list }: Inputs,
): Promise<void> {
  const { output, force = false, quiet } = options;
  if (output === "-") throw new ValidationError("Several traces go into a folder: -o FOLDER");
  using folder = new OutputFolder(output, { inputs: new InputFiles(paths, list), force });
  const taken = new Set<string>();
  const names = recordingNames(paths).map((name) => outputName(name, taken, { after: ".trace" }));
  if (!force) { for (const name of names) folder.claim(name); }
  const files: OutputFile[] = [];
  const errors = await forEachRecording(paths, options, {
    each(path, i) {
      const file = toOutput(() => folder.file(names[i]!));
      files.push(file);
      const conclude = writeTrace(path, options, (bytes) => toOutput(() => file.append(bytes)));
      file.close();
      conclude();
      return Promise.resolve();
    },
    failed(path, error) {
      files.pop()![Symbol.dispose]();
      complain(`${path}: ${error}`);
    },
  });
  folder.commit();
  const but = errors === 0 ? "" : `; ${errors} cannot be read`;
  if (!quiet) complain(`wrote ${output}: ${countOf(files.length, "trace")}${but}`);
}

/** Writes a trace, and returns what says of it what it does not show. */
function writeTrace(
  path: string,
  options: PerfettoTraceOptions,
  write: (bytes: Uint8Array) => void,
): () => void {
  using file = openToPrint(path);
  const packets = perfettoPackets(file, judgedBy(options));
  for (;;) {
    const { done, value } = packets.next();
    if (!done) {
      write(value);
      continue;
    }
    const { queues, timed, cut } = value;
    const { secondRecording } = file;
    return () => {
      if (queues === 0 && !options.quiet) complain(`${path}: there is no AUX data to draw`);
      else if (!timed && !options.quiet) {
        complain(`${path}: no times: records are drawn 1 us apart`);
      }
      complainOfCut(path, cut, secondRecording);
    };
  }
}
