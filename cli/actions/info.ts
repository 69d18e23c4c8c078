import { type AnswerOptions, complainOfCut, openInput } from "../_common.ts";
import type { Inputs } from "../_inputs.ts";
import { style } from "../output/style.ts";
import { jsonText } from "../../text/mod.ts";
import { type AnswerText, type Conclude, eachRecording } from "./_each_recording.ts";
import { gatherInfo } from "./_gather_info.ts";
import { infoLines } from "./_info_table.ts";

/** Prints what recordings say of themselves; exit code 2 if one is not whole. */
export async function info(options: AnswerOptions, inputs: Inputs): Promise<void> {
  await eachRecording(inputs, options, { schema: "auxtail.infos/1" }, infoOf);
}

function infoOf(path: string, out: AnswerText, options: AnswerOptions): Conclude {
  using file = openInput(path);
  const { info, cut, failures } = gatherInfo(file, path, options);
  const { format } = options;
  if (format === "table") out.lines(infoLines(info, style(options), failures, file.damage));
  else out.line(jsonText({ schema: "auxtail.info/1", ...info }, format === "json" ? 2 : undefined));
  const lacks = failures.find(({ word }) => word !== "not read") ??
    file.damage.find(({ fault, detail }) =>
      fault !== "unsupported" && !detail.structure.startsWith("PERF_RECORD")
    );
  const { secondRecording } = file;
  return () => complainOfCut(path, cut ?? lacks ?? null, secondRecording);
}
