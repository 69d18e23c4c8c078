import { kernelFiles, type SystemFiles } from "./system_files.ts";

const DEVICES = "/sys/bus/event_source/devices";
const MOST_CPUS = 65_536;
/** Files beside an event's terms that say how to print its count. */
const NO_EVENT = /\.(?:scale|unit|per-pkg|snapshot)$/;

/** A performance monitoring unit of this machine, as sysfs describes it. */
export interface Pmu {
  /** Name, such as `intel_pt`. */
  readonly name: string;
  /** `type` of its events. */
  readonly type: number;
  /** Whether its events have an AUX area. */
  readonly aux: boolean;
  /** Names of its terms, and which bits of the attribute they are: `config:14-17`. */
  readonly formats: ReadonlyMap<string, string>;
  /** What this unit can do: values by name. */
  readonly caps: ReadonlyMap<string, string>;
  /** CPUs that its events are to be opened on; null if sysfs names none: on any. */
  readonly cpus: readonly number[] | null;
  /** Names of its own events, and the terms they stand for: `event=0x3c`. */
  readonly events: ReadonlyMap<string, string>;
}

/** A kind of PMU that is known to have an AUX area. */
export type AuxPmuKind =
  | "intel_pt"
  | "intel_bts"
  | "arm_spe"
  | "cs_etm"
  | "hisi_ptt"
  | "s390_cpumsf";

const AUX_KINDS: readonly (readonly [RegExp, AuxPmuKind])[] = [
  [/^intel_pt$/, "intel_pt"],
  [/^intel_bts$/, "intel_bts"],
  [/^arm_spe_\d+$/, "arm_spe"],
  [/^cs_etm$/, "cs_etm"],
  [/^hisi_ptt\d+_\d+$/, "hisi_ptt"],
  [/^cpum_sf$/, "s390_cpumsf"],
];

/**
 * Tells by its name what kind of AUX area a PMU has; null if none is known.
 *
 * The kernel says nowhere that a PMU has one: perf goes by the names, too. Source: the drivers'
 * calls of `perf_pmu_register`.
 */
export function auxPmuKind(name: string): AuxPmuKind | null {
  return AUX_KINDS.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

/**
 * Lists the PMUs of this machine by name.
 *
 * @example Names and types
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { listPmus } from "@auxtail/auxtail/live";
 *
 * const software = listPmus().find(({ name }) => name === "software");
 * assertEquals(software?.type, 1);
 * ```
 *
 * @param options.isAux Whether the PMU of this name has an AUX area, for those who can ask the
 * kernel; by default those of {@linkcode auxPmuKind} have.
 */
export function listPmus(
  files: SystemFiles = kernelFiles,
  options: { readonly isAux?: (name: string, type: number) => boolean } = {},
): Pmu[] {
  return files.list(DEVICES).sort().flatMap((name) => findPmu(files, name, options) ?? []);
}

/** Reads what sysfs says of one PMU; undefined if there is none of this name. */
export function findPmu(
  files: SystemFiles,
  name: string,
  options: { readonly isAux?: (name: string, type: number) => boolean } = {},
): Pmu | undefined {
  if (!isFileName(name)) return undefined;
  const text = pmuFile(files, name, "type");
  if (text === null || !/^\d+$/.test(text)) return undefined;
  const type = Number(text);
  const { isAux = (name: string) => auxPmuKind(name) !== null } = options;
  const cpus = pmuFile(files, name, "cpumask") ?? pmuFile(files, name, "cpus");
  const events = pmuFiles(files, name, "events");
  return {
    name,
    type,
    aux: isAux(name, type),
    formats: new Map(pmuFiles(files, name, "format")),
    caps: new Map(pmuFiles(files, name, "caps")),
    cpus: cpus === null ? null : parseCpuList(cpus),
    events: new Map(events.filter(([file]) => !NO_EVENT.test(file))),
  };
}

/**
 * PMUs that a name means: the one that has it, else those that have it with a number after it
 * (`arm_spe` for `arm_spe_0`), or those that fit a pattern (`arm_spe_*`). As in perf, `uncore_` may
 * be left out, and a number of hexadecimal digits has at least three.
 *
 * Source: perf's `parse_events_multi_pmu_add_or_add_pmu()`, `perf_pmu__wildcard_match()`.
 */
export function matchingPmus(files: SystemFiles, name: string): Pmu[] {
  const exact = findPmu(files, name);
  if (exact !== undefined) return [exact];
  const word = withoutUncore(name);
  const numbered = new RegExp(`^${escaped(word)}_?(?:\\d+|[\\da-fA-F]{3,})$`);
  const pattern = /[*?[]/.test(name) ? globPattern(word) : numbered;
  return listPmus(files).filter((pmu) => pattern.test(withoutUncore(pmu.name)));
}

/** Whether a PMU counts what CPUs execute, so that names such as `cycles` mean it. */
export function isCorePmu(files: SystemFiles, name: string): boolean {
  return name === "cpu" || pmuFile(files, name, "cpus") !== null;
}

/** Those PMUs where a CPU has one of several kinds: big and little cores. Else none. */
export function hybridPmus(files: SystemFiles): Pmu[] {
  const cores = files.list(DEVICES).sort().filter((name) => isCorePmu(files, name));
  return cores.length < 2 ? [] : cores.flatMap((name) => findPmu(files, name) ?? []);
}

function withoutUncore(name: string): string {
  return name.replace(/^uncore_/, "");
}

/** A pattern of fnmatch(3) with `*`, `?` and sets; a set that is not closed is a bracket. */
function globPattern(pattern: string): RegExp {
  const parts = pattern.match(/\[[!^]?\]?[^\]]*\]|[^]/g) ?? [];
  const translated = parts.map((part) => {
    if (part === "*") return ".*";
    if (part === "?") return ".";
    if (part.length === 1) return escaped(part);
    const negated = /^\[[!^]/.test(part);
    const set = part.slice(negated ? 2 : 1, -1).replace(/[\\\]^[]/g, "\\$&");
    return `[${negated ? "^" : ""}${set}]`;
  });
  try {
    return new RegExp(`^${translated.join("")}$`);
  } catch {
    return /[^]^/; // a range that runs backwards fits nothing
  }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** Names of the sinks of a PMU: where CoreSight's trace can go to. */
export function listSinks(files: SystemFiles, pmu: string): string[] {
  return files.list(`${DEVICES}/${pmu}/sinks`).sort();
}

/**
 * What CoreSight lacks to trace, by its folder in sysfs, and what to do about it, as one clause;
 * null if it has a sink and a trace unit. Source: coresight-etm-perf.c `etm_perf_symlink()`.
 */
export function coresightLack(files: SystemFiles, pmu: string): string | null {
  const units = files.list(`${DEVICES}/${pmu}`).filter((name) => /^cpu\d+$/.test(name));
  if (units.length === 0) {
    return `${pmu} has no trace unit (no cpuN/ in its folder of sysfs): modprobe coresight_etm4x; ` +
      "the firmware has to describe the units";
  }
  return listSinks(files, pmu).length > 0
    ? null
    : `${pmu} has no sink (no sinks/ in its folder of sysfs): modprobe coresight_tmc or ` +
      "coresight_etb10; the firmware has to describe them";
}

/** Number by which the PMU knows a sink; undefined if there is none of this name. */
export function findSink(files: SystemFiles, pmu: string, sink: string): bigint | undefined {
  if (!isFileName(sink)) return undefined;
  const [, digits] = pmuFile(files, pmu, `sinks/${sink}`)?.match(/^(?:0x)?([\da-f]+)$/i) ?? [];
  return digits === undefined ? undefined : BigInt(`0x${digits}`);
}

/**
 * Terms that every `intel_pt` event starts with, as perf has it: `tsc,mtc,mtc_period=3,…`.
 *
 * Of the periods the unit has, the largest up to 3. Source: perf's `intel_pt_default_config`.
 */
export function intelPtDefaultTerms({ caps, formats }: Pick<Pmu, "caps" | "formats">): string {
  const terms = ["tsc"];
  const mtcPeriods = caps.get("mtc") === "0" ? 0 : parseInt(caps.get("mtc_periods") ?? "0", 16);
  if (mtcPeriods > 0) terms.push("mtc", `mtc_period=${pickPeriod(mtcPeriods)}`);
  const psbPeriods = caps.get("psb_cyc") === "0" ? 0 : parseInt(caps.get("psb_periods") ?? "0", 16);
  if (mtcPeriods > 0 && psbPeriods > 0) terms.push(`psb_period=${pickPeriod(psbPeriods)}`);
  if (formats.has("pt") && formats.has("branch")) terms.push("pt", "branch");
  return terms.join(",");
}

/**
 * Period that perf gives the events of an AUX PMU; undefined for other PMUs.
 *
 * For Arm SPE the instructions between samples, as few as the unit allows. Source: perf's
 * `arm_spe_pmu_default_config` and the `recording_options` of the other kinds.
 */
export function auxSamplePeriod({ name, caps }: Pick<Pmu, "name" | "caps">): bigint | undefined {
  const kind = auxPmuKind(name);
  if (kind !== "arm_spe") return kind === null || kind === "s390_cpumsf" ? undefined : 1n;
  const least = caps.get("min_interval") ?? "0";
  return /^[1-9]\d*$/.test(least) ? BigInt(least) : 4096n;
}

/** The highest bit up to bit 3; if there is none, the lowest above it. */
function pickPeriod(bits: number): number {
  const low = bits & 0xf;
  return low > 0 ? 31 - Math.clz32(low) : 31 - Math.clz32(bits & -bits);
}

/** Decodes a list of CPUs such as `0-3,8`; null if it is not one. An empty list has no CPU. */
export function parseCpuList(text: string): number[] | null {
  const cpus: number[] = [];
  for (const part of text.trim().split(",")) {
    if (part === "") continue;
    const [, from, to = from] = part.match(/^(\d{1,5})(?:-(\d{1,5}))?$/) ?? [];
    if (from === undefined) return null;
    for (let cpu = Number(from); cpu <= Math.min(Number(to), MOST_CPUS); cpu++) cpus.push(cpu);
  }
  return cpus;
}

/** Writes CPUs as the kernel lists them: `0-3,8`. */
export function cpuListText(cpus: readonly number[]): string {
  const parts: [from: number, to: number][] = [];
  for (const cpu of cpus) {
    const last = parts.at(-1);
    if (last?.[1] === cpu - 1) last[1] = cpu;
    else parts.push([cpu, cpu]);
  }
  return parts.map(([from, to]) => from === to ? `${from}` : `${from}-${to}`).join(",");
}

function pmuFile(files: SystemFiles, pmu: string, file: string): string | null {
  return files.text(`${DEVICES}/${pmu}/${file}`)?.trim() ?? null;
}

function pmuFiles(files: SystemFiles, pmu: string, folder: string): [string, string][] {
  return files.list(`${DEVICES}/${pmu}/${folder}`).sort().flatMap((name): [string, string][] => {
    const text = pmuFile(files, pmu, `${folder}/${name}`);
    return text === null ? [] : [[name, text]];
  });
}

function isFileName(name: string): boolean {
  return name !== "" && !/^\.\.?$|[/\0]/.test(name);
}
