import { auxChecks } from "../../auxtrace/mod.ts";
import { decoderCheck } from "../../packets/mod.ts";
import { checkFile, type CheckReport, type PerfFile } from "../../parsers/perf/mod.ts";
import { type AnswerOptions, endWith, openInput } from "../_common.ts";
import type { Inputs } from "../_inputs.ts";
import { Progress } from "../output/progress.ts";
import { type Style, style } from "../output/style.ts";
import { textTable, wrap } from "../output/table.ts";
import { jsonText, plural, positionText, printable } from "../../text/mod.ts";
import { type AnswerText, eachRecording } from "./_each_recording.ts";

/** Options of `auxtail check`. */
export interface CheckCommandOptions extends AnswerOptions {
  readonly exitZero?: boolean | undefined;
}

/** Most bytes that are held of an input that comes only once. */
const MAX_HELD = 1 << 25;

/** Checks recordings, prints what was found, and sets the exit code. */
export async function check(options: CheckCommandOptions, inputs: Inputs): Promise<void> {
  const verdicts = { ok: 0, warnings: 0, damaged: 0 };
  const totals = () => ({ verdicts });
  await eachRecording(
    inputs,
    options,
    { schema: "auxtail.checks/1", totals },
    (path, out, options) => {
      const { verdict } = checkOf(path, out, { ...options, isBrief: inputs.many });
      verdicts[verdict]++;
      return () => {
        if (verdict === "damaged" && !options.exitZero) endWith(1);
      };
    },
  );
}

function checkOf(
  path: string,
  out: AnswerText,
  options: CheckCommandOptions & { readonly isBrief: boolean },
): CheckReport {
  // That bytes have a decoder is found by reading them again.
  using file = openInput(path, "all", MAX_HELD);
  const { container, byteOrder, finalised, packed } = file;
  const report = checkWith(file, options);
  if (options.format === "table") {
    out.lines(tableLines(report, path, { paint: style(options), isBrief: options.isBrief }));
  } else {
    const input = { path, container, byteOrder, finalised, packed };
    const json = { schema: "auxtail.check/1", input, ...report };
    out.line(jsonText(json, options.format === "json" ? 2 : undefined));
  }
  return report;
}

function checkWith(file: PerfFile, options: CheckCommandOptions): CheckReport {
  using progress = new Progress(file.size, options);
  return checkFile(file, {
    also: [auxChecks(file), decoderCheck(file)],
    onProgress: (position) => progress.at(position),
  });
}

/** The verdict, unless that is enough a line for each check, and what they found. */
function* tableLines(
  report: CheckReport,
  path: string,
  { paint, isBrief }: { readonly paint: Style; readonly isBrief: boolean },
): Generator<string> {
  const { checks, findings, counts } = report;
  yield `${printable(path)}: ${verdictLine(report, paint)}`;
  if (!isBrief) {
    yield "";
    yield* textTable(
      ["check", "result"],
      checks.map((name) => [name, counts[name] === 0 ? "ok" : `${counts[name]} found`]),
    );
  }
  for (const check of checks) {
    const listed = findings.filter((finding) => finding.check === check);
    if (listed.length === 0) continue;
    yield "";
    yield `${check}:`;
    for (const [i, { severity, fileOffset, message, cure }] of listed.entries()) {
      const text = `${positionText(fileOffset)} ${severity}: ${printable(message)}`;
      const [first = "", ...rest] = wrap(text, 76);
      yield `  ${severity === "error" ? paint.bad(first) : first}`;
      for (const line of rest) yield `    ${line}`;
      // A cure is told once, after the last finding that it is for.
      if (listed.findLastIndex((other) => other.cure === cure) !== i) continue;
      for (const line of wrap(`Cure: ${printable(cure)}`, 74)) yield `    ${line}`;
    }
    const more = counts[check]! - listed.length;
    if (more > 0) yield `  and ${more} more`;
  }
}

function verdictLine({ verdict, errors, warnings }: CheckReport, paint: Style): string {
  switch (verdict) {
    case "ok":
      return paint.good("ok");
    case "warnings":
      return paint.strong(`warnings (${warnings})`);
    case "damaged": {
      const also = warnings === 0 ? "" : `, ${plural(warnings, "warning")}`;
      return paint.bad(`damaged (${plural(errors, "error")}${also})`);
    }
  }
}
