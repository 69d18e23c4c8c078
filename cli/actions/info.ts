import { type AnswerOptions, complainOfCut, openInput } from "../_common.ts";
import { Output } from "../output/output.ts";
import { style } from "../output/style.ts";
import { jsonText } from "../../text/mod.ts";
import { gatherInfo } from "./_gather_info.ts";
import { infoLines } from "./_info_table.ts";

/** Prints what a recording says of itself; exit code 2 if it was cut. */
export function info(options: AnswerOptions, path: string): void {
  using file = openInput(path);
  using out = new Output(options.output, [path]);
  const { info, cut } = gatherInfo(file, path, options);
  if (options.format === "json") out.line(jsonText({ schema: "auxtail.info/1", ...info }, 2));
  else out.lines(infoLines(info, style(options)));
  out.flush();
  complainOfCut(path, cut, file.secondRecording);
}
