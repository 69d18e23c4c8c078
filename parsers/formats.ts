/**
 * The list of payload formats. Not published: `./packets` decodes all of them.
 *
 * @module
 */

import { speFormat } from "./arm_spe/mod.ts";
import { coresightFormat } from "./coresight/mod.ts";
import { pttFormat } from "./hisi_ptt/mod.ts";
import { btsFormat } from "./intel_bts/mod.ts";
import { ptFormat } from "./intel_pt/mod.ts";
import type { TraceFormat } from "./internal.ts";
import { s390Format } from "./s390_cpumsf/mod.ts";
import { dtlFormat } from "./vpa_dtl/mod.ts";

/** All payload formats that are decoded. */
export const traceFormats: readonly TraceFormat[] = [
  ptFormat,
  btsFormat,
  speFormat,
  coresightFormat,
  s390Format,
  pttFormat,
  dtlFormat,
];

/** Finds the format of a type of trace; undefined if it is not decoded. */
export function findFormat(type: string | null): TraceFormat | undefined {
  return traceFormats.find((format) => format.type === type);
}
