import { collectReport, type PageAssets, type ReportData, reportPage } from "../../report/mod.ts";
import { complain, concludeReplay, cureOf, openInput, type QuietOptions } from "../_common.ts";
import { Output } from "../output/output.ts";
import { Progress } from "../output/progress.ts";
import type { PerfFile } from "../../parsers/perf/mod.ts";
import { fetchPackage } from "./_fetch_package.ts";
import { judgedBy, type JudgeOptions } from "./_shared_options.ts";

/** Options of `auxtail report`. */
export interface ReportCommandOptions extends JudgeOptions, QuietOptions {
  readonly output?: string | undefined;
  readonly exitZero?: boolean | undefined;
}

const UPLOT = "npm:uplot@1.6.32";

/** Writes the report of a recording, says so, and sets the exit code. */
export async function report(options: ReportCommandOptions, path: string): Promise<void> {
  judgedBy(options);
  const assets = await fetchPackage(UPLOT, pageAssets);
  if (assets === null) return;
  using out = new Output(options.output, [path]);
  using file = openInput(path, "all");
  if (!file.seekable) {
    complain(`${path} is too long to be held in memory: packets are not shown; ${cureOf(file)}`);
  }
  const data = collect(file, options, path);
  out.write(await reportPage(data, assets));
  out.commit();
  concludeReplay(data.replay, path, options);
  const { verdict, conclusion } = data.replay;
  if (verdict === "incomplete" || options.quiet) return;
  const { output = "-" } = options;
  complain(output === "-" ? conclusion : `wrote ${output}: ${conclusion}`);
}

function collect(file: PerfFile, options: ReportCommandOptions, path: string): ReportData {
  const name = path === "-" ? "standard input" : path.replace(/^.*\/(?=[^/])/, "");
  const steps = collectReport(file, { name, ...judgedBy(options) });
  using progress = new Progress(file.size, options);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    progress.show(value.done);
  }
}

/** Loads the library of the chart. */
async function pageAssets(): Promise<PageAssets> {
  await import(`${UPLOT}/package.json`, { with: { type: "json" } });
  const [script, style] = await Promise.all(
    ["uPlot.iife.min.js", "uPlot.min.css"].map((name) =>
      import(`${UPLOT}/dist/${name}`, { with: { type: "text" } })
    ),
  );
  return { chartScript: script.default, chartStyle: style.default };
}
