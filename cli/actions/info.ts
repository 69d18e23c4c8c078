import { type AnswerOptions, complainOfCut, openInput } from "../_common.ts";
import { Output } from "../output/output.ts";
import { style } from "../output/style.ts";
import { jsonText } from "../../text/mod.ts";
import { gatherInfo } from "./_gather_info.ts";
import { infoLines } from "./_info_table.ts";

/** Prints what a recording says of itself; exit code 2 if it is not whole. */
export function info(options: AnswerOptions, path: string): void {
  using out = new Output(options.output, [path]);
  using file = openInput(path);
  const { info, cut, failures } = gatherInfo(file, path, options);
  if (options.format === "json") out.line(jsonText({ schema: "auxtail.info/1", ...info }, 2));
  else out.lines(infoLines(info, style(options), failures, file.damage));
  out.commit();
  const lacks = failures.find(({ word }) => word !== "not read") ??
    file.damage.find(({ fault, detail }) =>
      fault !== "unsupported" && !detail.structure.startsWith("PERF_RECORD")
    );
  complainOfCut(path, cut ?? lacks ?? null, file.secondRecording);
}
