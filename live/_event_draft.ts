import type { AttrSpec } from "../encoders/internal.ts";
import type { AttrFlag } from "../parsers/perf/abi.ts";
import type { EventTerms, ParsedEvent } from "./event_syntax.ts";
import type { Pmu } from "./pmu.ts";

/** Words of the attribute that terms write to. */
export const CONFIG_WORDS = ["config", "config1", "config2", "config3", "config4"] as const;
/** One of the words of the attribute that terms write to. */
export type ConfigWord = typeof CONFIG_WORDS[number];

/** An event while its text is read. */
export interface EventDraft {
  readonly type: number;
  readonly pmu: Pmu | null;
  readonly words: Record<ConfigWord, bigint>;
  readonly flags: Set<AttrFlag>;
  readonly terms: { -readonly [Name in keyof EventTerms]: EventTerms[Name] };
  /** Period of an event that is sampled each time it happens. */
  readonly samplePeriod?: bigint;
  readonly bpType?: number;
  name: string;
  auxAction?: NonNullable<AttrSpec["auxAction"]>;
  preciseIp: number;
  sink: string | null;
  /** Whether a modifier said which of host and guest is meant. */
  choseSide: boolean;
}

/** Starts an event; like perf, without the guests of a virtual machine. */
export function draftEvent(
  name: string,
  type: number,
  words: Partial<Record<ConfigWord, bigint>>,
  more: Partial<Pick<EventDraft, "pmu" | "samplePeriod" | "bpType">> = {},
): EventDraft {
  return {
    type,
    words: { config: 0n, config1: 0n, config2: 0n, config3: 0n, config4: 0n, ...words },
    flags: new Set(["excludeGuest"]),
    terms: {},
    pmu: null,
    ...more,
    name,
    preciseIp: 0,
    sink: null,
    choseSide: false,
  };
}

/** Makes the event of a draft. Words that are 0 are left out. */
export function finishEvent(draft: EventDraft, leader: number): ParsedEvent {
  const { type, pmu, words, flags, terms, samplePeriod, bpType, preciseIp, auxAction } = draft;
  const set = CONFIG_WORDS.filter((word) => word === "config" || words[word] !== 0n);
  return {
    attr: {
      type,
      ...Object.fromEntries(set.map((word) => [word, words[word]])),
      ...(samplePeriod !== undefined && { samplePeriod }),
      ...(bpType !== undefined && { bpType }),
      ...(preciseIp > 0 && { preciseIp }),
      ...(auxAction !== undefined && { auxAction }),
      flags: [...flags],
    },
    name: draft.name,
    pmu: pmu?.name ?? null,
    leader,
    cpus: pmu?.cpus ?? null,
    terms,
    sink: draft.sink,
  };
}
