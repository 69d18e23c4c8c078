import type { AuxtraceType } from "../parsers/perf/mod.ts";
import { type Accessor32, accessor32 } from "./accessors.ts";
import { traitsOf } from "./payload_traits.ts";

/** What a recording shows of the machine and of its tails, for {@linkcode judge}. */
export interface JudgementFacts {
  /** The machine: the ARCH feature, or what the user names in its place; null where unknown. */
  readonly arch: string | null;
  readonly auxtraceType: AuxtraceType | null;
  /** Whether tails are stored: in full-trace mode they are, in snapshots and AUX samples not. */
  readonly storesTails: boolean;
  /** Whether the input was not read to its end: more tails can follow, of which nothing is known. */
  readonly hasMore: boolean;
  /** Number of tails that need more than `bits` bits. */
  readonly flaggedTails: number;
  /** Bits that the compat accessors let a tail have. */
  readonly bits: number;
  readonly stoppedByLimit: boolean;
  /** Whether a head or a tail needs more than 32 bits. */
  readonly crosses4GiB: boolean;
}

/** What the accessors of the v4 patch do with a recording's tails, on any machine. */
export interface GenericJudgement {
  /** Whether they refuse a tail; null where none is stored, or the rest of the input would decide it. */
  readonly refuses: boolean | null;
  /** The reason, in sentences. */
  readonly why: string;
}

/** What perf 5.15 and later does, built for 32 bits and run on the machine that recorded. */
export interface ReleasedJudgement {
  /** The machine; null where unknown. */
  readonly arch: string | null;
  /** How that perf reaches head and tail. */
  readonly accessor: Accessor32 | "unknown";
  /**
   * Whether it refuses a tail; null where none is stored, or the machine or the rest of the input
   * would decide it.
   */
  readonly refuses: boolean | null;
  /**
   * Whether it may read half of an update; null where the machine or the rest of the input would
   * decide it.
   */
  readonly tornReads: boolean | null;
  /** The reason, in sentences. */
  readonly why: string;
}

/** Which 32-bit perf refuses a tail of a recording. */
export interface Judgement {
  /** The v4 patch. */
  readonly generic: GenericJudgement;
  /** The perf that was released. */
  readonly released: ReleasedJudgement;
}

const NO_TAIL = "No tail is stored, so none can be refused.";
const HAS_MORE = "Not known: the answer ends where the input is cut or damaged.";
const NO_NAME = "The name of its machine is not known.";
const STOPPED = "The limit stopped its recorder, which so took the kernel for a 64-bit one.";
const TORN =
  "Above 4 GiB, which this recording reaches, unchecked reads of the head can be torn if " +
  "the kernel is a 64-bit one.";

/**
 * Says which 32-bit perf refuses a tail of a recording: that of the v4 patch, and the released one.
 *
 * Without a machine's name, the kind of trace tells whether it is x86 or Arm. Both have names on
 * perf's list, and others under a 32-bit personality; a recorder that was stopped by the limit saw
 * a name on the list. Source: perf's auxtrace.h, env.c and arch/arm/util/auxtrace.c.
 */
export function judge(facts: JudgementFacts): Judgement {
  return { generic: judgeGeneric(facts), released: judgeReleased(facts) };
}

/** A machine's name for a sentence: what is no name of a machine is not repeated. */
export function printableMachine(arch: string): string {
  return /^[\w.+-]{1,32}$/.test(arch) ? arch : "a machine of an unreadable name";
}

function judgeGeneric(facts: JudgementFacts): GenericJudgement {
  const { storesTails, hasMore, flaggedTails, bits } = facts;
  if (!storesTails) return { refuses: null, why: hasMore ? HAS_MORE : NO_TAIL };
  const needs = flaggedTails === 1 ? "1 tail needs" : `${flaggedTails || "No"} tails need`;
  const rule = `The accessors of the v4 patch refuse tails of more than ${bits} bits.`;
  return hasMore && flaggedTails === 0
    ? {
      refuses: null,
      why: `${HAS_MORE} Up to there no tail needs more than ${bits} bits. ${rule}`,
    }
    : { refuses: flaggedTails > 0, why: `${rule} ${needs} more.` };
}

function judgeReleased(facts: JudgementFacts): ReleasedJudgement {
  const { arch, auxtraceType, stoppedByLimit } = facts;
  if (arch !== null) {
    return { arch, ...judgeCases([[printableMachine(arch), accessor32(arch)]], facts, "") };
  }
  const { machines } = traitsOf(auxtraceType);
  const cases: Case[] = machines?.map((machine) => [machine, accessor32(machine)]) ??
    [["a machine of perf's list other than Arm", "compat"], ["any other machine", "plain"]];
  return stoppedByLimit
    ? { arch, ...judgeCases(cases.slice(0, 1), facts, `${NO_NAME} ${STOPPED} `) }
    : { arch, ...judgeCases(cases, facts, `${NO_NAME} `) };
}

/** A machine, and how a 32-bit perf reaches the positions there. */
type Case = readonly [machine: string, accessor: Accessor32];

/** Judges by the machines that it may be. */
function judgeCases(
  cases: readonly Case[],
  { storesTails, hasMore, flaggedTails, bits, crosses4GiB }: JudgementFacts,
  before: string,
): Omit<ReleasedJudgement, "arch"> {
  const accessor = agreed(cases.map(([, accessor]) => accessor));
  // What was not seen up to the place of a cut can follow it.
  const unlessMore = (was: boolean) => was || (hasMore ? null : false);
  const refuses = agreed(
    cases.map(([, accessor]) => accessor === "compat" && unlessMore(flaggedTails > 0)),
  );
  const tornReads = agreed(
    cases.map(([, accessor]) => accessor === "plain" && unlessMore(crosses4GiB)),
  );
  const decides = hasMore && flaggedTails === 0 &&
    cases.some(([, accessor]) => accessor === "compat");
  const why = storesTails
    ? (decides ? `${HAS_MORE} ` : "") + before +
      cases.map(([machine, accessor]) => sentence(machine, accessor, bits)).join(" ")
    : hasMore
    ? HAS_MORE
    : NO_TAIL;
  return {
    accessor: accessor ?? "unknown",
    refuses: storesTails ? refuses : null,
    tornReads,
    why: tornReads === false || !crosses4GiB ? why : `${why} ${TORN}`,
  };
}

/** The value that all have; null where they differ. */
function agreed<T>(values: readonly T[]): T | null {
  const [first] = values;
  return first !== undefined && values.every((value) => value === first) ? first : null;
}

function sentence(machine: string, accessor: Accessor32, bits: number): string {
  const perf = `On ${machine}, a 32-bit perf of version 5.15 or later`;
  switch (accessor) {
    case "compat":
      return `${perf} refuses tails of more than ${bits} bits.`;
    case "arm":
      return `${perf} stores every tail: it reaches 64 bits in one access (LDRD, STRD).`;
    case "plain":
      return `${perf} stores every tail: it does not take the kernel for a 64-bit one.`;
  }
}
