/** What bare payload bytes can be. */
export const RAW_TYPES = [
  "intel_pt",
  "intel_bts",
  "cs_etm",
  "coresight",
  "etmv4",
  "ete",
  "arm_spe",
  "s390_cpumsf",
  "hisi_ptt",
  "vpa_dtl",
] as const;

/** One of {@linkcode RAW_TYPES}. */
export type RawType = typeof RAW_TYPES[number];
