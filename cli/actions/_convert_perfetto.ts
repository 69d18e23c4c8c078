import { perfettoPackets } from "../../convert/mod.ts";
import { complain, complainOfCut, openToPrint } from "../_common.ts";
import { ValidationError } from "@cliffy/command";
import { fromInput, InputFailure } from "../_failure.ts";
import { recordingNames } from "../_inputs.ts";
import { anyOf } from "../_same_file.ts";
import { Interruption } from "../_interruption.ts";
import { Output, overwritesInput } from "../output/output.ts";
import { alreadyThere } from "../output/staged_folder.ts";
import { judgedBy, type JudgeOptions } from "./_shared_options.ts";

/** Options of {@linkcode convertToPerfetto}. */
interface PerfettoTraceOptions extends JudgeOptions {
  readonly output: string;
  readonly force?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}

/** Writes a trace for Perfetto: of one recording to a file, of several to a folder. */
export async function convertToPerfetto(
  options: PerfettoTraceOptions,
  { paths, many }: { readonly paths: readonly string[]; readonly many: boolean },
): Promise<void> {
  const { output, quiet } = options;
  if (many && output === "-") {
    throw new ValidationError("Several traces go into a folder: -o FOLDER");
  }
  if (many) Deno.mkdirSync(output, { recursive: true });
  const names = recordingNames(paths);
  const isInput = anyOf(paths);
  using interruption = new Interruption(paths);
  for (const [i, path] of paths.entries()) {
    const to = many ? `${output}/${traceName(names[i]!)}` : output;
    try {
      if (isInput(to)) throw overwritesInput(to);
      await writeTrace(path, to, { options, interruption });
      if (!quiet) complain(`wrote ${to}`);
    } catch (error) {
      if (!(error instanceof InputFailure)) throw error;
      if (!many) throw error.cause;
      complain(`${path}: ${error.message}`);
      Deno.exitCode = 2;
    }
  }
}

/** A file of this name; names with slashes do not become the same. */
function traceName(name: string): string {
  return `${name.replace(/[%/]/g, encodeURIComponent)}.trace`;
}

/** Writes a trace; what was written of it is removed if that fails. */
async function writeTrace(
  path: string,
  to: string,
  { options, interruption }: {
    readonly options: PerfettoTraceOptions;
    readonly interruption: Interruption;
  },
): Promise<void> {
  using file = fromInput(() => openToPrint(path));
  if (!options.force && to !== "-" && exists(to)) throw alreadyThere(to);
  using undo = new DisposableStack();
  using out = new Output(to, [path]);
  undo.defer(() => to !== "-" && exists(to) && Deno.removeSync(to));
  const packets = perfettoPackets(file, judgedBy(options));
  for (;;) {
    const { done, value } = fromInput(() => packets.next());
    if (!done) {
      out.bytes(value);
      await interruption.check();
      continue;
    }
    undo.move();
    const { queues, timed, cut } = value;
    if (queues === 0 && !options.quiet) complain(`${path}: there is no AUX data to draw`);
    else if (!timed && !options.quiet) complain(`${path}: no times: records are drawn 1 us apart`);
    return complainOfCut(path, cut, file.secondRecording);
  }
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
