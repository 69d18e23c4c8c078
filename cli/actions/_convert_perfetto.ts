import { perfettoPackets } from "../../convert/mod.ts";
import { FormatError } from "../../parsers/perf/mod.ts";
import { complain, openInput } from "../_common.ts";
import { ValidationError } from "@cliffy/command";
import { oneLine } from "../_failure.ts";
import { recordingNames } from "../_inputs.ts";
import type { ConvertCommandOptions } from "../commands/convert.ts";
import { Output } from "../output/output.ts";

/** Writes a trace for Perfetto: of one recording to a file, of several to a folder. */
export function convertToPerfetto(
  { output, bits, quiet, force, table, packets }: ConvertCommandOptions,
  { paths, many }: { readonly paths: readonly string[]; readonly many: boolean },
): void {
  if (output === undefined) throw new ValidationError('Missing option "--output": -o perf.trace');
  if (table !== undefined || packets) {
    throw new ValidationError("--table and --packets do not go with --to perfetto");
  }
  if (many) Deno.mkdirSync(output, { recursive: true });
  const names = recordingNames(paths);
  for (const [i, path] of paths.entries()) {
    const to = many ? `${output}/${names[i]!.replaceAll("/", "_")}.trace` : output;
    try {
      writeTrace(path, to, { bits, force: force ?? false });
      if (!quiet) complain(`wrote ${to}`);
    } catch (error) {
      const line = error instanceof FormatError || error instanceof Deno.errors.NotFound
        ? oneLine(error)
        : null;
      if (line === null || !many) throw error;
      complain(`${path}: ${line}`);
      Deno.exitCode = 2;
    }
  }
}

function writeTrace(
  path: string,
  to: string,
  { bits, force }: { readonly bits: number; readonly force: boolean },
): void {
  using file = openInput(path);
  if (!force && to !== "-" && exists(to)) {
    throw new Deno.errors.AlreadyExists(
      `"${to}" is there: nothing was written; --force replaces it`,
    );
  }
  using out = new Output(to, path);
  const packets = perfettoPackets(file, { bits });
  for (;;) {
    const { done, value } = packets.next();
    if (!done) {
      out.bytes(value);
      continue;
    }
    if (value === null) return;
    complain(`${path}: not complete: ${value.message}; copy the whole file`);
    Deno.exitCode = 2;
    return;
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
