import type { Cursor } from "../../internal.ts";
import { decodeItems, decodeString } from "../_fields.ts";

/** One PMU of the recording machine: `HEADER_PMU_MAPPINGS`. */
export interface PmuMapping {
  /** What events of this PMU have in `attr.type`. */
  readonly type: number;
  /** Name, like `intel_pt`. */
  readonly name: string;
}

/** A capability of a PMU, from its `caps` folder in sysfs. */
export interface PmuCap {
  /** Name, like `branches`. */
  readonly name: string;
  /** Value as text, like `32`. */
  readonly value: string;
}

/** The capabilities of one PMU: `HEADER_PMU_CAPS`. */
export interface PmuCaps {
  /** Name of the PMU. */
  readonly pmu: string;
  /** Its capabilities. */
  readonly caps: readonly PmuCap[];
}

/** Decodes `HEADER_PMU_MAPPINGS`. */
export function decodePmuMappings(body: Cursor): PmuMapping[] {
  return decodeItems(body.count32(8), () => ({ type: body.u32(), name: decodeString(body) }));
}

/** Decodes `HEADER_CPU_PMU_CAPS`: the capabilities of the PMU `cpu`. */
export function decodeCaps(body: Cursor): PmuCap[] {
  return decodeItems(
    body.count32(8),
    () => ({ name: decodeString(body), value: decodeString(body) }),
  );
}

/** Decodes `HEADER_PMU_CAPS`, formerly `HEADER_HYBRID_CPU_PMU_CAPS`. */
export function decodePmuCaps(body: Cursor): PmuCaps[] {
  return decodeItems(body.count32(8), () => {
    const caps = decodeCaps(body);
    return { pmu: decodeString(body), caps };
  });
}
