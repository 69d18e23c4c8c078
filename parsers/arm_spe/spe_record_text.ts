import type { SpeRecord } from "./spe_records.ts";

/** Names what a record has: `pc=0x4008f0 el=0 load general va=0x7ffe08 latency=34/2/1`. */
export function speRecordText(record: SpeRecord): string {
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
