import type { FeatureSpec } from "../encoders/feature_bytes.ts";
import { runPerf } from "./perf_dump.ts";
import { type PerfSink, PerfWriter, type PerfWriterOptions } from "../live/perf_writer.ts";

/** A disk of `room` bytes with one file on it, or a pipe. */
export class MemorySink implements PerfSink {
  /** What has been written. */
  bytes = new Uint8Array();
  /** Absent on a pipe. */
  readonly file?: NonNullable<PerfSink["file"]>;
  #position = 0;
  #room: number;

  /** Starts empty, on a disk without end. */
  constructor({ room = Infinity, pipe = false } = {}) {
    this.#room = room;
    if (pipe) return;
    this.file = {
      writeAt: (fileOffset, bytes) => this.#put(fileOffset, bytes),
      truncate: (size) => this.bytes = this.bytes.slice(0, size),
    };
  }

  /** Appends what has room. */
  write(bytes: Uint8Array): void {
    this.#put(this.#position, bytes);
    this.#position += bytes.length;
  }

  #put(at: number, bytes: Uint8Array): void {
    const fitting = bytes.subarray(0, Math.max(0, this.#room - at));
    if (at + fitting.length > this.bytes.length) {
      const more = new Uint8Array(at + fitting.length);
      more.set(this.bytes);
      this.bytes = more;
    }
    this.bytes.set(fitting, at);
    if (fitting.length < bytes.length) throw new Error("No space left on device");
  }
}

/** Writes a file with what `write` adds to it. */
export function writtenFile(
  options: PerfWriterOptions,
  features: readonly FeatureSpec[],
  write: (writer: PerfWriter) => void,
): Uint8Array {
  const sink = new MemorySink();
  const writer = new PerfWriter(sink, options);
  write(writer);
  writer.finalise(features);
  return sink.bytes;
}

/** Runs `use` with the path of a file of `bytes`. */
export async function withFile<T>(
  bytes: Uint8Array,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const path = await Deno.makeTempFile({ suffix: ".perf.data" });
  try {
    await Deno.writeFile(path, bytes);
    return await use(path);
  } finally {
    await Deno.remove(path);
  }
}

/** What perf prints of a recording, and the line that reports a failure. */
export async function perfLines(
  args: readonly string[],
): Promise<{ lines: string[]; failure: string | null }> {
  const lines: string[] = [];
  const failure = await runPerf(args, (line) => lines.push(line));
  return { lines, failure };
}

/** Whether perf is installed and may record. */
export function perfRecords(): boolean {
  try {
    const args = ["record", "-o", "/dev/null", "-e", "dummy:u", "true"];
    return new Deno.Command("perf", { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}
