import { fakePmu } from "./fake_files.ts";

/** Puts a folder in front of names. */
function under(folder: string, texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [`${folder}/${name}`, text]),
  );
}

/**
 * Intel PT of an Intel Core of the tenth generation.
 *
 * Formats from arch/x86/events/intel/pt.c; capabilities as CPUID leaf 0x14 has them there.
 */
export const INTEL_PT: Readonly<Record<string, string>> = fakePmu("intel_pt", {
  type: "8",
  ...under("format", {
    pt: "config:0",
    cyc: "config:1",
    pwr_evt: "config:4",
    fup_on_ptw: "config:5",
    mtc: "config:9",
    tsc: "config:10",
    noretcomp: "config:11",
    ptw: "config:12",
    branch: "config:13",
    mtc_period: "config:14-17",
    cyc_thresh: "config:19-22",
    psb_period: "config:24-27",
    event: "config:31",
    notnt: "config:55",
  }),
  ...under("caps", {
    mtc: "1",
    mtc_periods: "249", // periods 0, 3, 6, 9
    psb_cyc: "1",
    psb_periods: "3f",
    cycle_thresholds: "3fff",
    topa_multiple_entries: "1",
  }),
});

/** Arm SPE, as drivers/perf/arm_spe_pmu.c describes it. */
export const ARM_SPE: Readonly<Record<string, string>> = fakePmu("arm_spe_0", {
  type: "9",
  cpumask: "0-3,8",
  ...under("format", {
    ts_enable: "config:0",
    pa_enable: "config:1",
    pct_enable: "config:2",
    jitter: "config:16",
    branch_filter: "config:32",
    load_filter: "config:33",
    store_filter: "config:34",
    event_filter: "config1:0-63",
    min_latency: "config2:0-11",
  }),
  ...under("caps", { min_interval: "1024", count_size: "12" }),
});

/** CoreSight, as drivers/hwtracing/coresight/coresight-etm-perf.c describes it. */
export const CS_ETM: Readonly<Record<string, string>> = fakePmu("cs_etm", {
  type: "10",
  ...under("format", {
    cycacc: "config:12",
    contextid: "config:14",
    contextid1: "config:14",
    contextid2: "config:15",
    timestamp: "config:28",
    retstack: "config:29",
    sinkid: "config2:0-31",
  }),
  ...under("sinks", { tmc_etr0: "0x2b1d45cc", tmc_etf0: "0x52cc6a3a" }),
  "cpu0/cpu": "0",
});

/** The counters of an Intel core, with two of its events. */
export const CPU: Readonly<Record<string, string>> = fakePmu("cpu", {
  type: "4",
  ...under("format", {
    event: "config:0-7",
    umask: "config:8-15",
    split: "config:0-7,32-35", // as AMD's northbridge has it
    ldlat: "config1:0-15",
  }),
  ...under("events", {
    "cpu-cycles": "event=0x3c",
    "mem-loads": "event=0xcd,umask=0x1,ldlat=3",
    "mem-loads.unit": "loads",
    "mem-loads.scale": "1",
  }),
});

/** The two SPE units of an Arm server, each of half of the CPUs. */
export const TWO_SPES: Readonly<Record<string, string>> = Object.fromEntries(
  [0, 1].flatMap((unit) =>
    Object.entries(fakePmu(`arm_spe_${unit}`, {
      type: `${60 + unit}`,
      cpumask: unit === 0 ? "0-1" : "2-3",
      ...under("format", { ts_enable: "config:0", load_filter: "config:33" }),
      ...under("caps", { min_interval: "1024" }),
    }))
  ),
);

/** The counters of an Intel CPU with large and small cores, as arch/x86/events/intel has them. */
export const HYBRID: Readonly<Record<string, string>> = {
  ...fakePmu("cpu_core", {
    type: "4",
    cpus: "0-1",
    ...under("format", { event: "config:0-7" }),
    ...under("events", { "cpu-cycles": "event=0x3c", "mem-loads": "event=0xcd" }),
  }),
  ...fakePmu("cpu_atom", {
    type: "10",
    cpus: "2-3",
    ...under("format", { event: "config:0-7" }),
    ...under("events", { "cpu-cycles": "event=0x3c" }),
  }),
};
