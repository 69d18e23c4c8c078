import { perfettoPackets } from "../../convert/mod.ts";
import { complain, complainOfCut, openToPrint } from "../_common.ts";
import { ValidationError } from "@cliffy/command";
import { fromInput, InputFailure } from "../_failure.ts";
import { type Inputs, recordingNames } from "../_inputs.ts";
import { InputFiles } from "../output/input_files.ts";
import { Output } from "../output/output.ts";
import { outputName } from "../output/output_name.ts";
import { OutputFolder } from "../output/output_folder.ts";
import { judgedBy, type JudgeOptions } from "./_shared_options.ts";

/** Options of {@linkcode convertToPerfetto}. */
interface PerfettoTraceOptions extends JudgeOptions {
  readonly output: string;
  readonly force?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}

/** Writes a trace for Perfetto: of one recording to a file, of several to a folder. */
export function convertToPerfetto(
  options: PerfettoTraceOptions,
  inputs: Inputs,
): void {
  if (inputs.many) return writeTraces(options, inputs);
  const { output, force, quiet } = options;
  const [path = "-"] = inputs.inputs;
  using out = new Output(output, new InputFiles([path]), force ?? false);
  const conclude = writeTrace(path, options, (bytes) => out.bytes(bytes));
  out.commit();
  conclude();
  if (!quiet) complain(`wrote ${output}`);
}

/** Writes a trace of each recording to a folder; one that cannot be read does not stop the others. */
function writeTraces(options: PerfettoTraceOptions, { inputs: paths, list }: Inputs): void {
  const { output, force = false, quiet } = options;
  if (output === "-") throw new ValidationError("Several traces go into a folder: -o FOLDER");
  using folder = new OutputFolder(output, { inputs: new InputFiles(paths, list), force });
  const taken = new Set<string>();
  const names = recordingNames(paths).map((name) => outputName(name, taken, { after: ".trace" }));
  if (!force) { for (const name of names) folder.claim(name); }
  const written: string[] = [];
  for (const [i, path] of paths.entries()) {
    const file = folder.file(names[i]!);
    try {
      writeTrace(path, options, (bytes) => file.append(bytes))();
      file.close();
      written.push(names[i]!);
    } catch (error) {
      if (!(error instanceof InputFailure)) throw error;
      file[Symbol.dispose]();
      complain(`${path}: ${error.message}`);
      Deno.exitCode = 2;
    }
  }
  folder.commit();
  for (const name of quiet ? [] : written) complain(`wrote ${output}/${name}`);
}

/** Writes a trace, and returns what says of it what it does not show. */
function writeTrace(
  path: string,
  options: PerfettoTraceOptions,
  write: (bytes: Uint8Array) => void,
): () => void {
  using file = fromInput(() => openToPrint(path));
  const packets = perfettoPackets(file, judgedBy(options));
  for (;;) {
    const { done, value } = fromInput(() => packets.next());
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
