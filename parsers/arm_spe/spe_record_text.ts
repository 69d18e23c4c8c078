import type { SpeRecord } from "./spe_records.ts";

/** Names what a record has: `pc=0x4008f0 el=0 op=load/general va=0x7ffe08 totalLatency=34`. */
export function speRecordText(record: SpeRecord): string {
  const { pc, operation, events } = record;
  const hex = (at: { readonly address: bigint } | null) => at && `0x${at.address.toString(16)}`;
  const parts: Readonly<Record<string, number | bigint | string | null>> = {
    pc: hex(pc),
    el: pc && pc.el,
    op: operation && `${operation.class}/${operation.group}`,
    target: hex(record.target),
    previousTarget: hex(record.previousTarget),
    va: hex(record.va),
    pa: hex(record.pa),
    totalLatency: record.totalLatency,
    issueLatency: record.issueLatency,
    translationLatency: record.translationLatency,
    events: events && (trueNames(events) || `0x${events.bitmap.toString(16)}`),
    dataSource: record.dataSource,
    contextEl1: record.contextEl1,
    contextEl2: record.contextEl2,
    timestamp: record.timestamp,
    damagedBytes: record.damagedBytes || null,
  };
  const texts = Object.entries(parts).flatMap(([name, value]) =>
    value === null ? [] : [`${name}=${value}`]
  );
  return [...texts, ...(record.complete ? [] : ["incomplete"])].join(" ");
}

function trueNames(flags: object): string {
  return Object.entries(flags).flatMap(([name, flag]) => flag === true ? [name] : []).join(",");
}
