import { RecordType } from "./abi.ts";

/** From here on records of perf have no types, nor any that it may have in years. */
export const FIRST_FOREIGN_TYPE = 0x100;
const FIRST_OF_SIMPLEPERF = 0x8000;

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

/** Whether a type is neither perf's nor simpleperf's, today or in years; 0 never was one. */
export function isForeignType(type: number): boolean {
  return type === 0 || type >= FIRST_FOREIGN_TYPE &&
      (type < FIRST_OF_SIMPLEPERF || type >= FIRST_OF_SIMPLEPERF + FIRST_FOREIGN_TYPE);
}
