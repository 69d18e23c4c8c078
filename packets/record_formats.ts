import { PttCursor, pttFields, pttKindNames, pttText } from "../parsers/hisi_ptt/mod.ts";
import { BtsCursor, btsFields, btsKindNames, BtsScan, btsText } from "../parsers/intel_bts/mod.ts";
import { S390Cursor, s390Fields, s390KindNames, s390Text } from "../parsers/s390_cpumsf/mod.ts";
import { DtlCursor, dtlFields, dtlKindNames, dtlText } from "../parsers/vpa_dtl/mod.ts";
import { formatOf } from "./_format_of.ts";
import type { PayloadFormat } from "./format.ts";

/** What formats of records have in common. */
const RECORDS = {
  syncKind: null,
  hasPlainBytes: false,
  ticks: () => null,
  timeNs: () => null,
} as const;

/** Intel BTS: records of 24 bytes. */
export function btsFormat(): PayloadFormat {
  return formatOf<BtsCursor>({
    ...RECORDS,
    type: "intel_bts",
    kindNames: btsKindNames,
    cursor: () => new BtsCursor(),
    scan: () => new BtsScan(),
    write: (cursor, out) => out.ascii(btsText(cursor)),
    fields: btsFields,
  });
}

/** s390 sample data blocks; `machineType` is the second part of the recording's CPUID. */
export function s390Format(machineType: number | null): PayloadFormat {
  return formatOf<S390Cursor>({
    ...RECORDS,
    type: "s390_cpumsf",
    kindNames: s390KindNames,
    cursor: () => new S390Cursor(undefined, machineType === null ? {} : { machineType }),
    write: (cursor, out) => out.ascii(s390Text(cursor)),
    fields: s390Fields,
  });
}

/** HiSilicon PTT. A stream cannot be cut: its first word tells the size of all packets. */
export function pttFormat(): PayloadFormat {
  return formatOf<PttCursor>({
    ...RECORDS,
    type: "hisi_ptt",
    kindNames: pttKindNames,
    findSync: () => -1,
    cursor: () => new PttCursor(),
    write: (cursor, out) => out.ascii(pttText(cursor)),
    fields: pttFields,
  });
}

/** Dispatch trace log of PowerPC, of a machine with this byte order. */
export function dtlFormat(byteOrder: "little" | "big"): PayloadFormat {
  return formatOf<DtlCursor>({
    ...RECORDS,
    type: "vpa_dtl",
    kindNames: dtlKindNames,
    cursor: () => new DtlCursor(undefined, { byteOrder }),
    write: (cursor, out) => out.ascii(dtlText(cursor)),
    fields: dtlFields,
  });
}
