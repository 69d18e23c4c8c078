/**
 * What the command line uses of `live/` beside its public `mod.ts`. Not published.
 *
 * @module
 */

export { pageSize } from "./_system.ts";
export { probeAux } from "./aux_probe.ts";
export { auxPmuKind, cpuListText, parseCpuList } from "./pmu.ts";
export { AuxRing } from "./aux_ring.ts";
