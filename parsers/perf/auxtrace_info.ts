import { type Cursor, FormatError } from "../internal.ts";
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

/** A trace of a known type, whose words are laid out as no known perf does; they are not decoded. */
export interface UnknownLayoutInfo extends AuxtraceInfoBase {
  /** Names the trace. */
  readonly type: AuxtraceType;
  /** Tells the variant from those of the same type that are decoded. */
  readonly layout: "unknown";
  /** Why the words are not decoded. */
  readonly reason: string;
  /** Not known: its place depends on the layout. */
  readonly snapshot: null;
  /** Not known: its place depends on the layout. */
  readonly pmuType: null;
}

/** What a recording says of its AUX traces: `PERF_RECORD_AUXTRACE_INFO`. */
export type AuxtraceInfo =
  | IntelPtInfo
  | IntelBtsInfo
  | CoresightInfo
  | ArmSpeInfo
  | OtherAuxtraceInfo
  | UnknownLayoutInfo;

/** The cause of a layout that is not known, and what is known all the same. */
export const UNKNOWN_LAYOUT_CURE =
  "a perf that auxtail does not know wrote it, or it is damaged; the type is known all the same";

/**
 * Decodes `PERF_RECORD_AUXTRACE_INFO`.
 *
 * The type stands first in every version. If the words after it are fewer than every known version
 * of perf writes, of a newer version, or contradict one another, the layout is unknown.
 *
 * @param body The record after its header: from the `u32` type to the record's end.
 * @param report Called with the reason if the layout is unknown.
 * @throws {FormatError} If the record ends before its type does.
 */
export function decodeAuxtraceInfo(
  body: Cursor,
  report: (error: FormatError) => void = () => {},
): AuxtraceInfo {
  const typeId = body.u32();
  body.take(Math.min(body.remaining, 4));
  const { at } = body;
  body.cure = UNKNOWN_LAYOUT_CURE;
  try {
    return decodeWords(body, typeId);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    report(error);
    body.at = at;
    return {
      type: typeName(typeId),
      typeId,
      layout: "unknown",
      reason: error.message,
      snapshot: null,
      pmuType: null,
      moreWords: [...restWords(body)],
    };
  } finally {
    body.cure = undefined;
  }
}

function decodeWords(body: Cursor, typeId: number): AuxtraceInfo {
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
  const type = typeName(typeId) as OtherAuxtraceInfo["type"];
  const pmuType = WITH_PMU_TYPE.includes(typeId) ? Number(body.u64()) || null : null;
  return { type, typeId, snapshot: null, pmuType, moreWords: [...restWords(body)] };
}

function typeName(typeId: number): AuxtraceType {
  const names = Object.keys(AuxtraceType) as AuxtraceType[];
  return names.find((name) => AuxtraceType[name] === typeId) ?? "unknown";
}
