import type { TraceFormat } from "../internal.ts";
import { s390KindNames } from "./packet_kind.ts";
import { S390Cursor } from "./s390_cursor.ts";
import { s390Fields, s390Text } from "./s390_fields.ts";

/** Sample data blocks of s390's CPU-measurement sampling facility. */
export const s390Format: TraceFormat<S390Cursor> = {
  type: "s390_cpumsf",
  kindNames: s390KindNames,
  syncKind: null,
  hasPlainBytes: false,
  needsCpuid: true,
  decoder: ({ cpuid }) => {
    const machineType = machineTypeOf(cpuid ?? "");
    return { cursor: () => new S390Cursor(undefined, { machineType }) };
  },
  write: (cursor, out) => out.ascii(s390Text(cursor)),
  fields: s390Fields,
};

/** The second part of the CPUID of s390, such as `IBM,3906,704,M03,3.6,002f`. */
function machineTypeOf(cpuid: string): number | undefined {
  const type = /^[^,]*,(\d+)/.exec(cpuid)?.[1];
  return type === undefined ? undefined : Number(type);
}
