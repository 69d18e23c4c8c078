import { assertEquals } from "@std/assert";
import { FACTS } from "../../testing/parts_decoding.ts";
import { type CoresightCpu, coresightFormat } from "./mod.ts";

/** A trace unit of a CPU; `TS_SOURCE` 1 is the virtual counter. Source: perf's cs-etm.h. */
function unit(cpu: number, tsSource: bigint | null): CoresightCpu {
  const params = tsSource === null ? [] : [{ name: "TS_SOURCE", value: tsSource }];
  return { cpu, kind: "etmv4", magic: 0n, traceId: 0x10 + cpu, params };
}

Deno.test("coresightFormat knows times only where every CPU takes them from the virtual counter", () => {
  const time = { timeShift: 1n, timeMult: 6n, timeZero: 100n };
  const start = { auxOffset: 0n, cpu: 0, reference: 0n, raw: false };
  const timeOf = (cpus: CoresightCpu[]) => {
    const info = { type: "cs_etm", cpus };
    return coresightFormat.decoder({ ...FACTS, info, time }).timeNs?.(7n, start) ?? null;
  };
  // perf_event.h: zero + (ticks * mult >> shift).
  assertEquals(timeOf([unit(0, 1n), unit(1, 1n)]), 121n);
  assertEquals(timeOf([unit(0, 1n), unit(1, 0n)]), null);
  assertEquals(timeOf([unit(0, 0n), unit(1, 1n)]), null);
  assertEquals(timeOf([unit(0, null)]), null);
});
