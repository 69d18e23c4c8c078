import { ValidationError } from "@cliffy/command";
import { collectReport, type PageAssets, type ReportData, reportPage } from "../../report/mod.ts";
import { complain, concludeReplay, cureOf, openInput, type QuietOptions } from "../_common.ts";
import { toOutput } from "../_failure.ts";
import { type Inputs, recordingNames } from "../_inputs.ts";
import { requirePermissions } from "../_permissions.ts";
import { InputFiles } from "../output/input_files.ts";
import { Output } from "../output/output.ts";
import { folderAccesses, OutputFolder } from "../output/output_folder.ts";
import { outputName } from "../output/output_name.ts";
import { Progress } from "../output/progress.ts";
import { countOf } from "../output/table.ts";
import type { PerfFile } from "../../parsers/perf/mod.ts";
import { forEachRecording } from "./_each_recording.ts";
import { fetchPackage } from "./_fetch_package.ts";
import { judgedBy, type JudgeOptions } from "./_shared_options.ts";

/** Options of `auxtail report`. */
export interface ReportCommandOptions extends JudgeOptions, QuietOptions {
  readonly output?: string | undefined;
  readonly exitZero?: boolean | undefined;
  readonly force?: boolean | undefined;
}

const UPLOT = "npm:uplot@1.6.32";

/** Writes the reports of recordings, says so, and sets the exit code. */
export async function report(options: ReportCommandOptions, inputs: Inputs): Promise<void> {
  judgedBy(options);
  const { output = "-", quiet } = options;
  if (inputs.many && output === "-") {
    throw new ValidationError("Several reports go into a folder: -o FOLDER");
  }
  const [path = "-"] = inputs.inputs;
  // Asked before anything is fetched or read.
  if (inputs.many) requirePermissions(...folderAccesses(output));
  using out = inputs.many ? null : new Output(output, new InputFiles([path]));
  const assets = await fetchPackage(UPLOT, pageAssets);
  if (assets === null) return;
  if (out === null) return await reportMany({ ...options, output }, inputs, assets);
  const { page, replay } = await pageOf(path, options, assets);
  out.write(page);
  out.commit();
  concludeReplay(replay, path, options);
  const { verdict, conclusion } = replay;
  if (verdict === "incomplete" || quiet) return;
  complain(output === "-" ? conclusion : `wrote ${output}: ${conclusion}`);
}

/** Writes a page for each recording to a folder. */
async function reportMany(
  options: ReportCommandOptions & { readonly output: string },
  { inputs, list }: Inputs,
  assets: PageAssets,
): Promise<void> {
  const { output, force = false, quiet } = options;
  using folder = new OutputFolder(output, { inputs: new InputFiles(inputs, list), force });
  const taken = new Set<string>();
  const pages = recordingNames(inputs).map((name) => outputName(name, taken, { after: ".html" }));
  if (!force) { for (const name of pages) folder.claim(name); }
  const encoder = new TextEncoder();
  const alone = { ...options, progress: false };
  const errors = await forEachRecording(inputs, options, {
    async each(path, i) {
      const { page, replay } = await pageOf(path, alone, assets);
      toOutput(() => {
        const file = folder.file(pages[i]!);
        file.append(encoder.encode(page));
        file.close();
      });
      concludeReplay(replay, path, options);
    },
    failed: (path, error) => complain(`${path}: ${error}`),
  });
  folder.commit();
  if (quiet) return;
  const but = errors === 0 ? "" : `; no report of ${countOf(errors, "recording")}`;
  complain(`wrote ${output}: ${countOf(inputs.length - errors, "report")}${but}`);
}

/** Makes the page of a recording. */
async function pageOf(
  path: string,
  options: ReportCommandOptions,
  assets: PageAssets,
): Promise<{ readonly page: string; readonly replay: ReportData["replay"] }> {
  using file = openInput(path, "all");
  if (!file.seekable) {
    complain(`${path} is too long to be held in memory: packets are not shown; ${cureOf(file)}`);
  }
  const data = collect(file, options, path);
  return { page: await reportPage(data, assets), replay: data.replay };
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
