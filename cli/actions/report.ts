import { collectReport, type PageAssets, type ReportData, reportPage } from "../../report/mod.ts";
import { complain, cutLine, openInput } from "../_common.ts";
import type { ReportCommandOptions } from "../commands/report.ts";
import { Output } from "../output/output.ts";
import { Progress } from "../output/progress.ts";
import type { PerfFile } from "../../parsers/perf/mod.ts";

const UPLOT = "npm:uplot@1.6.32";

/** Writes the report of a recording, says so, and sets the exit code. */
export async function report(options: ReportCommandOptions, path: string): Promise<void> {
  const assets = await pageAssets();
  if (assets === null) return;
  using file = openInput(path);
  using out = new Output(options.output, path);
  const data = collect(file, options, path);
  out.write(await reportPage(data, assets));
  out.flush();
  const { verdict, conclusion, input } = data.replay;
  if (verdict === "exceeds") Deno.exitCode = options.exitZero ? 0 : 1;
  if (verdict === "incomplete") {
    complain(
      input.cut === null
        ? `${path}: not proven: ${input.damage?.reason}; the file is damaged there, or was not written by perf`
        : cutLine(path, { ...input.cut, finalised: input.finalised }, "proven"),
    );
    Deno.exitCode = 2;
  } else if (!options.quiet) {
    const { output = "-" } = options;
    complain(output === "-" ? conclusion : `wrote ${output}: ${conclusion}`);
  }
}

function collect(file: PerfFile, options: ReportCommandOptions, path: string): ReportData {
  const { bits, perf, fromArch, progress, quiet = false } = options;
  const steps = collectReport(file, {
    name: path === "-" ? "standard input" : path.replace(/^.*\/(?=[^/])/, ""),
    bits,
    ...(perf !== undefined && { perf }),
    ...(fromArch !== undefined && { fromArch }),
  });
  using bar = new Progress(file.size, progress && !quiet);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    bar.show(value.done);
  }
}

/** Fetches the library of the chart, or says how to. */
async function pageAssets(): Promise<PageAssets | null> {
  try {
    await import(`${UPLOT}/package.json`, { with: { type: "json" } });
    const [script, style] = await Promise.all(
      ["uPlot.iife.min.js", "uPlot.min.css"].map((name) =>
        import(`${UPLOT}/dist/${name}`, { with: { type: "text" } })
      ),
    );
    return { chartScript: script.default, chartStyle: style.default };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : error;
    complain(`cannot fetch ${UPLOT}: ${reason}; with a network, run: deno cache ${UPLOT}`);
    Deno.exitCode = 2;
    return null;
  }
}
