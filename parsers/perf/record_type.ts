/**
 * Types of records: below 64 the kernel's, from 64 on those of perf itself.
 *
 * Source: perf_event.h `enum perf_event_type`, tools/lib/perf event.h `enum perf_user_event_type`.
 */
export const RecordType = {
  Mmap: 1,
  Lost: 2,
  Comm: 3,
  Exit: 4,
  Throttle: 5,
  Unthrottle: 6,
  Fork: 7,
  Read: 8,
  Sample: 9,
  Mmap2: 10,
  Aux: 11,
  ItraceStart: 12,
  LostSamples: 13,
  Switch: 14,
  SwitchCpuWide: 15,
  Namespaces: 16,
  Ksymbol: 17,
  BpfEvent: 18,
  Cgroup: 19,
  TextPoke: 20,
  AuxOutputHwId: 21,
  CallchainDeferred: 22,
  HeaderAttr: 64,
  HeaderEventType: 65,
  HeaderTracingData: 66,
  HeaderBuildId: 67,
  FinishedRound: 68,
  IdIndex: 69,
  AuxtraceInfo: 70,
  Auxtrace: 71,
  AuxtraceError: 72,
  ThreadMap: 73,
  CpuMap: 74,
  StatConfig: 75,
  Stat: 76,
  StatRound: 77,
  EventUpdate: 78,
  TimeConv: 79,
  HeaderFeature: 80,
  Compressed: 81,
  FinishedInit: 82,
  Compressed2: 83,
  BpfMetadata: 84,
  SchedstatCpu: 85,
  SchedstatDomain: 86,
} as const;

/** One of the known types of records. */
export type RecordType = typeof RecordType[keyof typeof RecordType];

const names: string[] = [];
for (const [name, type] of Object.entries(RecordType)) {
  names[type] = `PERF_RECORD_${name.replace(/(?<=.)([A-Z])/g, "_$1").toUpperCase()}`;
}

/**
 * Names a type of record as the kernel and perf do; an unknown one by its number.
 *
 * @example Known and unknown types
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { recordTypeName } from "@auxtail/auxtail/perf";
 *
 * assertEquals(recordTypeName(21), "PERF_RECORD_AUX_OUTPUT_HW_ID");
 * assertEquals(recordTypeName(32768), "PERF_RECORD_32768");
 * ```
 */
export function recordTypeName(type: number): string {
  return names[type] ?? `PERF_RECORD_${type}`;
}

/** Finds the number of a type by its name, with or without `PERF_RECORD_`, in any case. */
export function findRecordType(name: string): number | undefined {
  const full = `PERF_RECORD_${name.toUpperCase().replace(/^PERF_RECORD_/, "")}`;
  const number = /^PERF_RECORD_(\d{1,10})$/.exec(full)?.[1];
  if (number !== undefined) return Number(number);
  const type = names.indexOf(full);
  return type < 0 ? undefined : type;
}
