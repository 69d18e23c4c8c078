import { complain } from "../_common.ts";
import { type Inputs, recordingNames } from "../_inputs.ts";
import { InputFiles } from "../output/input_files.ts";
import { Output } from "../output/output.ts";
import { Progress } from "../output/progress.ts";
import { style } from "../output/style.ts";
import { countOf } from "../output/table.ts";
import { jsonText } from "../../text/mod.ts";
import { type FileRow, fileRow, filesTable, worstFirst } from "./_replay_files_table.ts";
import { addReplay, noTotals, worstVerdict } from "./_replay_totals.ts";
import { replayFiles } from "./_replay_workers.ts";
import { type ReplayCommandOptions, replayWork } from "./replay.ts";

const SCHEMA = "auxtail.replays/2";

/**
 * Replays several recordings, prints one answer for all, and sets the exit code.
 *
 * For the table a row of each is kept; for JSON its text, because the worst comes first; for NDJSON
 * nothing.
 */
export async function replayMany(
  options: ReplayCommandOptions,
  { inputs, skipped, list }: Inputs,
): Promise<void> {
  const { jobs, format } = options;
  const json = format === "ndjson" ? "line" : format === "json" ? "indented" : null;
  const work = { ...replayWork(options), json } as const;
  using out = new Output(options.output, new InputFiles(inputs, list));
  const names = recordingNames(inputs);
  const rows: FileRow[] = [];
  const totals = noTotals();
  let seconds = 0;
  let bytes = 0;
  {
    using progress = new Progress(inputs.length, { ...options, unit: "recordings" });
    for await (const replay of replayFiles(inputs, { work, jobs })) {
      const { found, size, json } = replay;
      if (format === "ndjson") {
        out.line(json!);
        out.flush();
      } else {
        rows.push(fileRow(replay, names[rows.length]!));
      }
      addReplay(totals, replay);
      if ("isPartial" in found && found.isPartial) seconds++;
      progress.show(totals.recordings, bytes += size);
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
    out.lines(filesTable(ordered, { totals, skipped, paint }));
  }
  out.commit();
  const { recordings, errors, verdicts } = totals;
  const unproven = errors + verdicts.incomplete + seconds;
  if (unproven > 0) {
    const all = countOf(recordings, "recording");
    complain(
      `not proven for ${unproven} of ${all}: ${errors} unreadable, ${verdicts.incomplete} cut or ` +
        `damaged${seconds === 0 ? "" : `, ${seconds} with another recording after the first`}`,
    );
    Deno.exitCode = 2;
  } else if (verdicts.exceeds > 0) {
    Deno.exitCode = options.exitZero ? 0 : 1;
  }
}
