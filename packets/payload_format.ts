import { FormatError } from "../parsers/internal.ts";
import type { TscTime } from "../parsers/intel_pt/mod.ts";
import type { PerfFile } from "../parsers/perf/mod.ts";
import { coresightFormat } from "./coresight_format.ts";
import type { PayloadFormat } from "./format.ts";
import type { PayloadRecording } from "./payload.ts";
import { ptFormat } from "./pt_format.ts";
import { btsFormat, dtlFormat, pttFormat, s390Format } from "./record_formats.ts";
import { speFormat, speRecordsFormat } from "./spe_format.ts";
import { findTimeConversion } from "./time_conversion.ts";

/** What decides how payload is decoded. Plain data, so that it can be sent to a Worker. */
export interface FormatFacts extends Pick<PayloadRecording, "type" | "info" | "hwIds"> {
  /** How ticks of the trace become times; null if unknown. */
  readonly time: TscTime | null;
  /** Byte order of the recording machine. */
  readonly byteOrder: "little" | "big";
  /** s390: type of the machine; null if unknown. */
  readonly machineType: number | null;
  /** Arm SPE: whether packets are put together to records. */
  readonly records: boolean;
}

/** Gathers what a recording says of how its payload is decoded. Reads its first records again. */
export function formatFacts(
  file: PerfFile,
  { type, info, hwIds }: Pick<PayloadRecording, "type" | "info" | "hwIds">,
): FormatFacts {
  const time = findTimeConversion(file);
  const { byteOrder } = file;
  const machineType = type === "s390_cpumsf" ? findMachineType(file) : null;
  return { type, info, hwIds, time, byteOrder, machineType, records: false };
}

/** The second part of the CPUID of s390, such as `IBM,3906,704,M03,3.6,002f`. */
function findMachineType(file: PerfFile): number | null {
  const type = /^[^,]*,(\d+)/.exec(file.features().values.cpuid ?? "")?.[1];
  return type === undefined ? null : Number(type);
}

/**
 * Chooses the decoder for a recording's payload.
 *
 * @throws {FormatError} If there is none for its type of trace.
 */
export function payloadFormat(facts: FormatFacts): PayloadFormat {
  const { type, time } = facts;
  switch (type) {
    case "intel_pt":
      return ptFormat(time);
    case "intel_bts":
      return btsFormat();
    case "arm_spe":
      return facts.records ? speRecordsFormat(time) : speFormat(time);
    case "cs_etm":
      return coresightFormat(facts);
    case "s390_cpumsf":
      return s390Format(facts.machineType);
    case "hisi_ptt":
      return pttFormat();
    case "vpa_dtl":
      return dtlFormat(facts.byteOrder);
    default:
      throw new FormatError("unsupported", {
        structure: "AUX payload",
        offset: 0,
        expected: "a known type of trace",
        actual: type ?? "none",
      });
  }
}
