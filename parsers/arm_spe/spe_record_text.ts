import type { SpeEvents } from "./spe_events.ts";
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
    events: events && (eventNames(events) || "none"),
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

/** Names of what happened, and numbers of what the CPU's model knows. */
function eventNames(events: SpeEvents): string {
  const names = Object.entries(events).flatMap(([name, flag]) => flag === true ? [name] : []);
  return [...names, ...events.implementationDefined.map((bit) => `impdef:${bit}`)].join(",");
}
