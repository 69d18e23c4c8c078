import { type TraceUnit, traceUnits } from "../parsers/coresight/mod.ts";

/** Trace units of the recording that the ETMv4 input is made of, as peers/opencsd_packets.c has them. */
export const etmUnits: readonly TraceUnit[] = traceUnits({
  cpus: [0x10, 0x1c].map((traceId, cpu) => ({
    cpu,
    kind: "etmv4",
    magic: 0x4040404040404040n,
    traceId,
    params: [
      { name: "TRCCONFIGR", value: 0x40n },
      { name: "TRCTRACEIDR", value: BigInt(traceId) },
      { name: "TRCIDR0", value: 0x28000ea1n },
      { name: "TRCIDR1", value: 0x4100f422n },
      { name: "TRCIDR2", value: 0x20001088n },
      { name: "TRCIDR8", value: 0n },
      { name: "TRCAUTHSTATUS", value: 0x8cn },
    ],
  })),
});
