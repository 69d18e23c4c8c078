import type { Cursor } from "../internal.ts";
import {
  type ArmSpeInfo,
  type CoresightInfo,
  decodeArmSpe,
  decodeCoresight,
} from "./auxtrace_info_arm.ts";
import type { AuxtraceInfoBase } from "./auxtrace_info_base.ts";
import { restWords } from "./_fields.ts";
import { AuxtraceType } from "./abi.ts";
import {
  decodeIntelBts,
  decodeIntelPt,
  type IntelBtsInfo,
  type IntelPtInfo,
} from "./auxtrace_info_intel.ts";

/** Traces of which the record tells the PMU type at most, and unknown ones. */
export interface OtherAuxtraceInfo extends AuxtraceInfoBase {
  /** Names the variant. */
  readonly type: Exclude<
    AuxtraceType,
    (IntelPtInfo | IntelBtsInfo | CoresightInfo | ArmSpeInfo)["type"]
  >;
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
    case AuxtraceType.intel_pt:
      return decodeIntelPt(body, typeId);
    case AuxtraceType.intel_bts:
      return decodeIntelBts(body, typeId);
    case AuxtraceType.cs_etm:
      return decodeCoresight(body, typeId);
    case AuxtraceType.arm_spe:
      return decodeArmSpe(body, typeId);
    default:
      return decodeOther(body, typeId);
  }
}

/** Kinds whose record starts with the type of the PMU. VPA DTL leaves that word 0. */
const WITH_PMU_TYPE: readonly number[] = [AuxtraceType.hisi_ptt, AuxtraceType.vpa_dtl];

function decodeOther(body: Cursor, typeId: number): OtherAuxtraceInfo {
  const names = Object.keys(AuxtraceType) as OtherAuxtraceInfo["type"][];
  const type = names.find((name) => AuxtraceType[name] === typeId) ?? "unknown";
  const pmuType = WITH_PMU_TYPE.includes(typeId) ? Number(body.u64()) || null : null;
  return { type, typeId, snapshot: null, pmuType, moreWords: [...restWords(body)] };
}
