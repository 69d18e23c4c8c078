import type { ReplayReport } from "./report.ts";

/** Type of trace and mode of a recording, as words of a heading: `intel_pt`, `full mode`. */
export function traceWords({ auxtraceType, mode }: ReplayReport["recording"]): string[] {
  if (mode === "none") return [...(auxtraceType === null ? [] : [auxtraceType]), "no AUX data"];
  return [auxtraceType ?? "unknown trace type", `${mode} mode`];
}

/** What an input is, as words of a heading: `file, not finalised`, `packed as gzip`. */
export function containerWords({ container, finalised, packed }: ReplayReport["input"]): string[] {
  return [
    finalised || container === "pipe" ? container : `${container}, not finalised`,
    ...(packed === null ? [] : [`packed as ${packed}`]),
  ];
}
