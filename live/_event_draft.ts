import type { AttrSpec } from "../encoders/internal.ts";
import type { AttrFlag } from "../parsers/perf/abi.ts";
import type { EventTerms } from "./parsed_event.ts";
import type { Pmu } from "./pmu.ts";

/** Words of the attribute that terms write to. */
export const CONFIG_WORDS = ["config", "config1", "config2", "config3", "config4"] as const;
/** One of the words of the attribute that terms write to. */
export type ConfigWord = typeof CONFIG_WORDS[number];

/** An event while its text is read. */
export interface EventDraft {
  type: number;
  readonly pmu: Pmu | null;
  /** What was written, where it means several PMUs; null where it means one, or none. */
  readonly choice: string | null;
  readonly words: Record<ConfigWord, bigint>;
  readonly flags: Set<AttrFlag>;
  readonly terms: { -readonly [Name in keyof EventTerms]: EventTerms[Name] };
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
  more: Partial<Pick<EventDraft, "pmu" | "bpType" | "choice">> = {},
): EventDraft {
  return {
    type,
    words: { config: 0n, config1: 0n, config2: 0n, config3: 0n, config4: 0n, ...words },
    flags: new Set(["excludeGuest"]),
    terms: {},
    pmu: null,
    choice: null,
    ...more,
    name,
    preciseIp: 0,
    sink: null,
    choseSide: false,
  };
}
