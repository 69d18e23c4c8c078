import type { AttrSpec } from "../encoders/internal.ts";
import { ReadFormat, SampleType } from "../parsers/perf/abi.ts";
import { CONFIG_WORDS, type EventDraft } from "./_event_draft.ts";
import { EventType, SW_BPF_OUTPUT } from "./_event_names.ts";
import { sysctl } from "./_limits.ts";
import type { ParsedEvent } from "./parsed_event.ts";
import { auxSamplePeriod } from "./pmu.ts";
import type { SystemFiles } from "./system_files.ts";

const DEFAULT_FREQUENCY = 4000;

/** How often an event is sampled: once every N events, or N times a second. */
export type SampleRate = { readonly period: bigint } | { readonly frequency: number };

/** Makes the events of all groups of a text. */
export function finishEvents(
  groups: readonly (readonly EventDraft[])[],
  files: SystemFiles,
): ParsedEvent[] {
  const isAlone = groups.flat().length === 1;
  let index = 0;
  return groups.flatMap((group) => {
    const leader = index;
    index += group.length;
    return group.map((draft) => {
      const { name, pmu, choice, terms, sink } = draft;
      const attr = attrOf(draft, { group, isAlone, files });
      const cpus = pmu?.cpus ?? null;
      return { attr, name, pmu: pmu?.name ?? null, choice, leader, cpus, terms, sink };
    });
  });
}

/** Has an event sampled at a rate that the kernel allows, in place of the one it has. */
export function atRate(attr: AttrSpec, rate: SampleRate, files: SystemFiles): AttrSpec {
  const { flags = [] } = attr;
  const sampleType = Number(attr.sampleType ?? 0);
  const rest = flags.filter((flag) => flag !== "freq");
  if ("frequency" in rate) {
    const most = sysctl(files, "perf_event_max_sample_rate") ?? Infinity;
    return {
      ...attr,
      samplePeriod: BigInt(Math.min(rate.frequency, most)),
      sampleType: sampleType | SampleType.Period,
      flags: [...rest, "freq"],
    };
  }
  // Without PERIOD, the kernel writes a tracepoint's sample once for each unit that it counts.
  const needsPeriod = (sampleType & SampleType.Raw) !== 0;
  return {
    ...attr,
    samplePeriod: rate.period,
    sampleType: needsPeriod ? sampleType | SampleType.Period : sampleType & ~SampleType.Period,
    flags: rest,
  };
}

/** Words that are 0 are left out. Source: perf's `evsel__config()`. */
function attrOf(
  draft: EventDraft,
  { group, isAlone, files }: {
    group: readonly EventDraft[];
    isAlone: boolean;
    files: SystemFiles;
  },
): AttrSpec {
  const { type, words, flags, terms, bpType, auxAction } = draft;
  const set = CONFIG_WORDS.filter((word) => word === "config" || words[word] !== 0n);
  const preciseIp = terms.preciseMax ? 3 : draft.preciseIp;
  const leader = group[0]!;
  const readsGroup = leader.terms.sampleRead === true;
  const samples = readsGroup ? leader : draft;
  const attr: AttrSpec = {
    type,
    ...Object.fromEntries(set.map((word) => [word, words[word]])),
    sampleType: sampleTypeOf(samples) | (isAlone && !readsGroup ? 0 : SampleType.Identifier) |
      (readsGroup ? SampleType.Read : 0),
    readFormat: ReadFormat.Id | (readsGroup && group.length > 1 ? ReadFormat.Group : 0),
    ...(bpType !== undefined && { bpType }),
    ...(preciseIp > 0 && { preciseIp }),
    ...(auxAction !== undefined && { auxAction }),
    ...(terms.maxStack !== undefined && { sampleMaxStack: terms.maxStack }),
    ...(terms.auxSampleSize !== undefined && { auxSampleSize: terms.auxSampleSize }),
    flags: [
      ...flags,
      ...(terms.auxOutput ? ["auxOutput" as const] : []),
      ...(terms.inherit && !readsGroup ? ["inherit" as const] : []),
    ],
  };
  const sampled = atRate(attr, rateOf(samples), files);
  if (samples === draft) return sampled;
  // The leader's samples carry the counts of its group, so its members take none.
  return { ...attr, samplePeriod: 0n, sampleType: sampled.sampleType! };
}

/** Without PERIOD, which depends on the rate. */
function sampleTypeOf(draft: EventDraft): number {
  const { terms } = draft;
  let bits: number = SampleType.Ip | SampleType.Tid;
  if (terms.time !== false) bits |= SampleType.Time;
  if (hasRawData(draft)) bits |= SampleType.Cpu | SampleType.Raw;
  if (terms.callGraph === "fp") bits |= SampleType.Callchain;
  if (terms.auxSampleSize !== undefined) bits |= SampleType.Aux;
  return bits;
}

function rateOf(draft: EventDraft): SampleRate {
  const { type, pmu, terms } = draft;
  if (terms.freq !== undefined) return { frequency: terms.freq };
  const isEach = type === EventType.breakpoint || hasRawData(draft);
  const period = terms.period ?? (isEach ? 1n : pmu === null ? undefined : auxSamplePeriod(pmu));
  return period === undefined ? { frequency: DEFAULT_FREQUENCY } : { period };
}

function hasRawData({ type, words }: EventDraft): boolean {
  return type === EventType.tracepoint ||
    type === EventType.software && words.config === SW_BPF_OUTPUT;
}
