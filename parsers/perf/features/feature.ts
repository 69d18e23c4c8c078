/**
 * The ids of the feature sections: bit numbers in the header's bitmap, and the ids in
 * `PERF_RECORD_HEADER_FEATURE`. Source: perf's `util/header.h`, `HEADER_*`.
 */
export const Feature = {
  tracingData: 1,
  buildId: 2,
  hostname: 3,
  osrelease: 4,
  version: 5,
  arch: 6,
  nrcpus: 7,
  cpudesc: 8,
  cpuid: 9,
  totalMem: 10,
  cmdline: 11,
  eventDesc: 12,
  cpuTopology: 13,
  numaTopology: 14,
  branchStack: 15,
  pmuMappings: 16,
  groupDesc: 17,
  auxtrace: 18,
  stat: 19,
  cache: 20,
  sampleTime: 21,
  memTopology: 22,
  clockid: 23,
  dirFormat: 24,
  bpfProgInfo: 25,
  bpfBtf: 26,
  compressed: 27,
  cpuPmuCaps: 28,
  clockData: 29,
  hybridTopology: 30,
  pmuCaps: 31,
  cpuDomainInfo: 32,
  eMachine: 33,
  clnSize: 34,
} as const;

/** Name of a feature section in TypeScript: the key of its value in `Features`. */
export type FeatureKey = keyof typeof Feature;

/** Id of a known feature section. */
export type Feature = typeof Feature[FeatureKey];

const keys = Object.keys(Feature) as FeatureKey[];
const keyById: ReadonlyMap<number, FeatureKey> = new Map(keys.map((key) => [Feature[key], key]));

/** Looks up the key of a feature section; `undefined` for an id that is not known. */
export function featureKey(id: number): FeatureKey | undefined {
  return keyById.get(id);
}

/** Gives the upstream name in lower case (`cpu_topology`), or `feature_40` for an unknown id. */
export function featureName(id: number): string {
  return keyById.get(id)?.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`) ?? `feature_${id}`;
}
