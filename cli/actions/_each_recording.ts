import { ValidationError } from "@cliffy/command";
import { type AnswerOptions, complain, endWith, type QuietOptions } from "../_common.ts";
import { OutputFailure, recordingError, toOutput } from "../_failure.ts";
import { type Inputs, recordingNames } from "../_inputs.ts";
import { InputFiles } from "../output/input_files.ts";
import { Output } from "../output/output.ts";
import { Progress } from "../output/progress.ts";
import { countOf, wrapIndented } from "../output/table.ts";
import { jsonText, printable } from "../../text/mod.ts";

const NEWLINE = 10;

/** Where a command writes its answer for a recording. */
export type AnswerText = Pick<Output, "write" | "line" | "lines" | "bytes">;

/** Says on standard error why an answer is not complete, after it, and sets the exit code. */
export type Conclude = () => void;

/** How answers for several recordings become one. */
export interface Joining {
  /** Schema of all of them in JSON. */
  readonly schema: string;
  /** Whether NDJSON has lines of each recording, rather than one: they then say of which. */
  readonly areLines?: boolean;
  /** Whether the text for people does not name its recording. */
  readonly hasNoName?: boolean;
  /** What is said of all recordings, besides how many there are. */
  readonly totals?: () => object;
}

/**
 * Prints a command's answer for each recording, and for several what they come to.
 *
 * Several become blocks of text, an object with the list `recordings`, or lines with a summary as
 * the last one. A recording for which the answer fails, also by a bug, is an error in its place.
 *
 * @param answer Writes the answer for a recording, given its short name too.
 */
export async function eachRecording<O extends AnswerOptions>(
  { inputs, skipped, many, list }: Inputs,
  options: O,
  joining: Joining,
  answer: (
    path: string,
    out: AnswerText,
    options: O,
    name: string,
  ) => Conclude | Promise<Conclude>,
): Promise<void> {
  using out = new Output(options.output, new InputFiles(inputs, list));
  const names = recordingNames(inputs);
  if (!many) {
    const conclude = await answer(inputs[0]!, out, options, names[0]!);
    out.commit();
    return conclude();
  }
  const joined = new JoinedAnswers(out, options.format, joining);
  const alone = { ...options, progress: false };
  const errors = await forEachRecording(inputs, options, {
    async each(path, i) {
      joined.begin(path, names[i]!);
      const conclude = await answer(path, joined, alone, names[i]!);
      joined.end();
      conclude();
    },
    failed(_path, error) {
      joined.addError(error);
      joined.end();
    },
  });
  joined.finish({ recordings: inputs.length, errors, ...joining.totals?.() }, skipped);
  out.commit();
  if (errors > 0) complain(`no answer for ${errors} of ${countOf(inputs.length, "recording")}`);
}

/**
 * Does something with each recording. What fails with one, also by a bug, stops no other; what fails
 * with an output does. Sets the exit code.
 *
 * @returns How many failed.
 */
export async function forEachRecording(
  inputs: readonly string[],
  options: QuietOptions,
  { each, failed }: {
    readonly each: (path: string, index: number) => Promise<void>;
    /** Says why a recording has no answer. */
    readonly failed: (path: string, error: string) => void;
  },
): Promise<number> {
  let errors = 0;
  using progress = new Progress(inputs.length, { ...options, unit: "recordings" });
  for (const [i, path] of inputs.entries()) {
    try {
      await each(path, i);
    } catch (error) {
      if (error instanceof Deno.errors.Interrupted || error instanceof OutputFailure) throw error;
      errors++;
      failed(path, error instanceof ValidationError ? error.message : recordingError(error));
      endWith(2);
    }
    progress.show(i + 1);
  }
  return errors;
}

/** Puts answers together. */
class JoinedAnswers implements AnswerText {
  readonly #out: Output;
  readonly #format: string;
  readonly #joining: Joining;
  #path = "";
  #name = "";
  #count = 0;
  /** JSON of the recording, which has to be whole. */
  #held: string[] = [];
  /** What the lines of the recording begin with; null where they stay as they are. */
  #mark: Uint8Array | null = null;
  /** The start of a line that is not whole. */
  #rest = new Uint8Array();

  constructor(out: Output, format: string, joining: Joining) {
    this.#out = out;
    this.#format = format;
    this.#joining = joining;
    if (format === "json") out.write(`{\n  "schema": "${joining.schema}",\n  "recordings": [`);
  }

  begin(path: string, name: string): void {
    this.#path = path;
    this.#name = name;
    const { areLines, hasNoName } = this.#joining;
    if (this.#format === "ndjson" && areLines) {
      this.#mark = new TextEncoder().encode(`"recording":${jsonText(name)},`);
    }
    if (this.#format !== "table") return;
    if (this.#count > 0) this.line("");
    if (hasNoName) this.line(`==> ${printable(path)} <==`);
  }

  /** Says why there is no answer, or no more of it. */
  addError(error: string): void {
    const path = this.#path.toWellFormed();
    this.#held = [];
    if (this.#format === "table") {
      const text = printable(this.#joining.hasNoName ? error : `${this.#path}: ${error}`);
      this.lines(wrapIndented(`error: ${text}`));
    } else if (this.#mark === null) {
      this.line(jsonText({ input: { path }, error }, this.#format === "json" ? 2 : undefined));
    } else {
      this.#rest = new Uint8Array();
      this.line(jsonText({ error }));
    }
  }

  end(): void {
    this.#count++;
    if (this.#format === "json") {
      const texts = this.#held;
      this.#held = [];
      this.#to((out) => {
        out.write(this.#count > 1 ? ",\n    " : "\n    ");
        for (const [i, text] of texts.entries()) {
          const last = i === texts.length - 1;
          out.write((last ? text.trimEnd() : text).replaceAll("\n", "\n    "));
        }
      });
    }
    this.#mark = null;
    this.#to((out) => out.flush());
  }

  /** Says what all of them come to. */
  finish(totals: { readonly recordings: number; readonly errors: number }, skipped: number): void {
    const { schema } = this.#joining;
    const { recordings, errors } = totals;
    if (this.#format === "json") {
      this.#to((out) => out.line(`\n  ],${jsonText({ totals, skipped }, 2).slice(1)}`));
    } else if (this.#format === "ndjson") {
      this.line(jsonText({ summary: { schema, totals, skipped } }));
    } else {
      this.line("");
      this.line(
        countOf(recordings, "recording") + (errors > 0 ? `, ${errors} of them with an error` : "") +
          (skipped > 0 ? `; entries of folders that are no recordings: ${skipped}` : ""),
      );
    }
  }

  write(text: string): void {
    if (this.#format === "json") this.#held.push(text);
    else if (this.#mark !== null) this.bytes(new TextEncoder().encode(text));
    else this.#to((out) => out.write(text));
  }

  line(text: string): void {
    this.write(`${text}\n`);
  }

  lines(lines: Iterable<string>): void {
    for (const line of lines) this.line(line);
  }

  bytes(bytes: Uint8Array): void {
    if (this.#mark === null) return this.#to((out) => out.bytes(bytes));
    const text = joined([this.#rest, bytes]);
    const end = text.lastIndexOf(NEWLINE) + 1;
    this.#rest = text.slice(end);
    const marked = withMark(text.subarray(0, end), this.#mark);
    this.#to((out) => out.bytes(marked));
  }

  #to(act: (out: Output) => void): void {
    toOutput(() => act(this.#out));
  }
}

/** Puts a mark after the brace that each line begins with. */
function withMark(lines: Uint8Array, mark: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < lines.length;) {
    const end = lines.indexOf(NEWLINE, at) + 1;
    parts.push(lines.subarray(at, at + 1), mark, lines.subarray(at + 1, end));
    at = end;
  }
  return joined(parts);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((so, { length }) => so + length, 0));
  let length = 0;
  for (const part of parts) {
    result.set(part, length);
    length += part.length;
  }
  return result;
}
