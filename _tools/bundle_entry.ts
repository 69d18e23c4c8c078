/**
 * What `deno task bundle` puts into one file: all that needs no system.
 *
 * @module
 */

export * from "../auxtrace/mod.ts";
export * from "../convert/mod.ts";
export * from "../packets/mod.ts";
export * from "../parsers/arm_spe/mod.ts";
export * from "../parsers/coresight/mod.ts";
export * from "../parsers/hisi_ptt/mod.ts";
export * from "../parsers/intel_bts/mod.ts";
export * from "../parsers/intel_pt/mod.ts";
export * from "../parsers/perf/mod.ts";
export * from "../parsers/s390_cpumsf/mod.ts";
export * from "../parsers/vpa_dtl/mod.ts";
export * from "../report/mod.ts";
