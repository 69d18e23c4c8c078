import { joinU64, Mark, type PacketCursor } from "../parsers/internal.ts";
import {
  SpeCursor,
  speFields,
  SpeKind,
  speKindNames,
  type SpeRecord,
  SpeRecordCursor,
  SpeScan,
  speText,
} from "../parsers/arm_spe/mod.ts";
import { type TscTime, tscToNs } from "../parsers/intel_pt/mod.ts";
import { formatOf } from "./_format_of.ts";
import type { PayloadFormat } from "./format.ts";

/** Kind of a whole record: its packets are not told apart. */
const RECORD = Mark.Cut + 1;

/** Arm SPE; TIMESTAMP packets tell times where `time` is known. */
export function speFormat(time: TscTime | null): PayloadFormat {
  return formatOf<SpeCursor>({
    type: "arm_spe",
    kindNames: speKindNames,
    syncKind: null,
    hasPlainBytes: true,
    cursor: ({ auxOffset }) => new SpeCursor(undefined, { position: auxOffset }),
    scan: ({ auxOffset }) => new SpeScan({ position: auxOffset }),
    write: (cursor, out) => out.ascii(speText(cursor)),
    fields: speFields,
    ticks: ({ kind, high, low }) => kind === SpeKind.Timestamp ? joinU64(high, low) : null,
    timeNs: (ticks) => time && tscToNs(ticks, time),
  });
}

/** The records of Arm SPE, in place of their packets. A stream of them cannot be cut. */
export function speRecordsFormat(time: TscTime | null): PayloadFormat {
  return formatOf<RecordCursor>({
    type: "arm_spe",
    kindNames: [...speKindNames.slice(0, RECORD), "RECORD"],
    syncKind: null,
    hasPlainBytes: false,
    findSync: () => -1,
    cursor: ({ auxOffset }) => new RecordCursor(auxOffset),
    write: ({ records }, out) => out.ascii(recordText(records.toRecord())),
    fields({ records }) {
      const { offset: _, size: __, ...fields } = records.toRecord();
      return fields;
    },
    ticks: ({ records }) => {
      const { low, high } = records;
      return records.has(SpeKind.Timestamp)
        ? joinU64(high[SpeKind.Timestamp]!, low[SpeKind.Timestamp]!)
        : null;
    },
    timeNs: (ticks) => time && tscToNs(ticks, time),
  });
}

/** Records under a cursor; their bytes are not at hand, as a record may lie in several pieces. */
class RecordCursor implements PacketCursor {
  readonly records: SpeRecordCursor;
  readonly kind = RECORD;
  readonly bytes = new Uint8Array(0);
  readonly start = 0;

  constructor(position: bigint) {
    this.records = new SpeRecordCursor(undefined, { position });
  }

  get offset(): number {
    return this.records.offset;
  }

  get size(): number {
    return this.records.size;
  }

  get rest(): number {
    return this.records.rest;
  }

  refill(bytes: Uint8Array): void {
    this.records.refill(bytes);
  }

  end(): void {
    this.records.end();
  }

  next(): boolean {
    return this.records.next();
  }
}

/** Names what a record has: `pc=0x4008f0 el=0 load general va=0x7ffe08 latency=34/2/1`. */
function recordText(record: SpeRecord): string {
  const { pc, target, previousTarget, va, pa, operation, events } = record;
  const address = (name: string, at: { readonly address: bigint } | null) =>
    at === null ? [] : [`${name}=0x${at.address.toString(16)}`];
  const number = (name: string, value: number | bigint | null) =>
    value === null ? [] : [`${name}=${value}`];
  return [
    ...address("pc", pc),
    ...number("el", pc && pc.el),
    ...(operation === null ? [] : [`op=${operation.class}/${operation.group}`]),
    ...address("target", target),
    ...address("previousTarget", previousTarget),
    ...address("va", va),
    ...address("pa", pa),
    ...number("totalLatency", record.totalLatency),
    ...number("issueLatency", record.issueLatency),
    ...number("translationLatency", record.translationLatency),
    ...(events === null
      ? []
      : [`events=${trueNames(events) || `0x${events.bitmap.toString(16)}`}`]),
    ...number("dataSource", record.dataSource),
    ...number("contextEl1", record.contextEl1),
    ...number("contextEl2", record.contextEl2),
    ...number("timestamp", record.timestamp),
    ...(record.damagedBytes > 0 ? [`damagedBytes=${record.damagedBytes}`] : []),
    ...(record.complete ? [] : ["incomplete"]),
  ].join(" ");
}

function trueNames(flags: object): string {
  return Object.entries(flags).flatMap(([name, flag]) => flag === true ? [name] : []).join(",");
}
