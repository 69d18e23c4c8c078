import { replayJson } from "../../auxtrace/mod.ts";
import { complain } from "../_common.ts";
import { anyOf, type Inputs, recordingNames } from "../_inputs.ts";
import type { FileReplay } from "../_replay_work.ts";
import type { ReplayCommandOptions } from "../commands/replay.ts";
import { Output } from "../output/output.ts";
import { style } from "../output/style.ts";
import { jsonText } from "../../text/mod.ts";
import { type FileRow, fileRow, filesTable, worstFirst } from "./_replay_files_table.ts";
import { addReplay, NO_TOTALS, worstVerdict } from "./_replay_totals.ts";
import { replayFiles } from "./_replay_workers.ts";

const SCHEMA = "auxtail.replays/2";
const EVERY_MS = 100;

/**
 * Replays several recordings, prints one answer for all, and sets the exit code.
 *
 * For the table a row of each is kept; for JSON its text, because the worst comes first; for NDJSON
 * nothing.
 */
export async function replayMany(
  options: ReplayCommandOptions,
  { inputs, skipped }: Inputs,
): Promise<void> {
  const { bits, perf, fromArch, all, jobs, format, output } = options;
  if (output !== undefined && anyOf(inputs)(output)) {
    throw new Deno.errors.AlreadyExists(`cannot write to the input "${output}"`);
  }
  using out = new Output(output);
  const names = recordingNames(inputs);
  const rows: FileRow[] = [];
  let totals = NO_TOTALS;
  const work = {
    bits,
    ...(perf !== undefined && { perf }),
    ...(fromArch !== undefined && { fromArch }),
    maxFlagged: all ? Infinity : 10,
  };
  {
    using count = new FileCount(inputs.length, options.progress && !options.quiet);
    for await (const replay of replayFiles(inputs, { work, jobs })) {
      if (format === "ndjson") {
        out.line(jsonText(fileJson(replay)));
        out.flush();
      } else {
        const json = format === "json" ? jsonText(fileJson(replay), 2) : null;
        rows.push(fileRow(replay, names[rows.length]!, json));
      }
      totals = addReplay(totals, replay);
      count.at(totals.recordings);
    }
  }
  const ordered = worstFirst(rows);
  const result = { totals, skipped, verdict: worstVerdict(totals) };
  if (format === "ndjson") {
    out.line(jsonText({ summary: { schema: SCHEMA, ...result } }));
  } else if (format === "json") {
    out.write(`{\n  "schema": "${SCHEMA}",\n  "recordings": [`);
    for (const [i, { json }] of ordered.entries()) {
      out.write(`${i > 0 ? "," : ""}\n    ${json?.replaceAll("\n", "\n    ")}`);
    }
    out.line(`\n  ],${jsonText(result, 2).slice(1)}`);
  } else {
    const paint = style(options);
    for (const line of filesTable(ordered, { totals, skipped, paint })) out.line(line);
  }
  out.flush();
  const { recordings, errors, verdicts } = totals;
  if (errors + verdicts.incomplete > 0) {
    complain(
      `not proven for ${errors + verdicts.incomplete} of ${recordings} recording${
        recordings === 1 ? "" : "s"
      }: ` +
        `${errors} unreadable, ${verdicts.incomplete} cut`,
    );
    Deno.exitCode = 2;
  } else if (verdicts.exceeds > 0) {
    Deno.exitCode = options.exitZero ? 0 : 1;
  }
}

function fileJson(replay: FileReplay): unknown {
  const { path } = replay;
  return "error" in replay
    ? { input: { path }, error: replay.error }
    : replayJson(replay.report, path);
}

/** How many recordings are read, on standard error where that is a terminal. */
class FileCount implements Disposable {
  readonly #total: number;
  readonly #active: boolean;
  #last = performance.now();
  #shown = false;

  constructor(total: number, enabled: boolean) {
    this.#total = total;
    this.#active = enabled && Deno.stderr.isTerminal();
  }

  at(done: number): void {
    const now = performance.now();
    if (!this.#active || now - this.#last < EVERY_MS) return;
    this.#last = now;
    this.#shown = true;
    this.#print(`${done} of ${this.#total} recordings`);
  }

  [Symbol.dispose](): void {
    if (this.#shown) this.#print("");
  }

  #print(text: string): void {
    Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${text}`));
  }
}
