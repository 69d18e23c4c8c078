import type { Cursor } from "../internal.ts";
import {
  type ArmSpeCpu,
  type ArmSpeInfo,
  type CoresightCpu,
  type CoresightInfo,
  decodeArmSpe,
  decodeCoresight,
} from "./_auxtrace_info_arm.ts";
import { type AuxtraceInfoBase, restWords } from "./_auxtrace_info_base.ts";
import {
  decodeIntelBts,
  decodeIntelPt,
  type IntelBtsInfo,
  type IntelPtInfo,
  type TscConversion,
} from "./_auxtrace_info_intel.ts";

export type {
  ArmSpeCpu,
  ArmSpeInfo,
  AuxtraceInfoBase,
  CoresightCpu,
  CoresightInfo,
  IntelBtsInfo,
  IntelPtInfo,
  TscConversion,
};

/** Traces of which the record tells the PMU type at most, and unknown ones. */
export interface OtherAuxtraceInfo extends AuxtraceInfoBase {
  /** Names the variant. */
  readonly type: "s390_cpumsf" | "hisi_ptt" | "vpa_dtl" | "unknown";
  /** What the event has in `attr.type`; `null` if not recorded. */
  readonly pmuType: number | null;
}

/** What a recording says of its AUX traces: `PERF_RECORD_AUXTRACE_INFO`. */
export type AuxtraceInfo =
  | IntelPtInfo
  | IntelBtsInfo
  | CoresightInfo
  | ArmSpeInfo
  | OtherAuxtraceInfo;

/** Name of a kind of trace. */
export type AuxtraceType = AuxtraceInfo["type"];

/**
 * Decodes `PERF_RECORD_AUXTRACE_INFO`.
 *
 * @param body The record after its header: from the `u32` type to the record's end.
 * @throws {FormatError} If the record ends before a word that every version of perf writes, or
 * its words contradict one another.
 */
export function decodeAuxtraceInfo(body: Cursor): AuxtraceInfo {
  const typeId = body.u32();
  body.take(4);
  switch (typeId) {
    case 1:
      return decodeIntelPt(body, typeId);
    case 2:
      return decodeIntelBts(body, typeId);
    case 3:
      return decodeCoresight(body, typeId);
    case 4:
      return decodeArmSpe(body, typeId);
    case 5:
      return {
        type: "s390_cpumsf",
        typeId,
        snapshot: null,
        pmuType: null,
        moreWords: restWords(body),
      };
    case 6:
      return decodePmuType(body, "hisi_ptt", typeId);
    case 7:
      return decodePmuType(body, "vpa_dtl", typeId);
    default:
      return { type: "unknown", typeId, snapshot: null, pmuType: null, moreWords: restWords(body) };
  }
}

function decodePmuType(
  body: Cursor,
  type: "hisi_ptt" | "vpa_dtl",
  typeId: number,
): OtherAuxtraceInfo {
  const pmuType = Number(body.u64()) || null; // VPA DTL reserves the word, but leaves it 0
  return { type, typeId, snapshot: null, pmuType, moreWords: restWords(body) };
}
