import type { AttrSpec } from "../encoders/internal.ts";

/** What the text of an event asks of the tool that records it. Absent is not said. */
export interface EventTerms {
  /** `period`: events between samples. Of this and `freq`, the last one given counts. */
  readonly period?: bigint;
  /** `freq`: samples per second. */
  readonly freq?: number;
  /** `time`: whether samples carry the time. */
  readonly time?: boolean;
  /** `call-graph`: `fp`, `dwarf`, `lbr` or `no`. */
  readonly callGraph?: string;
  /** `stack-size`: bytes of stack per sample. */
  readonly stackSize?: number;
  /** `max-stack`: most frames per callchain. */
  readonly maxStack?: number;
  /** `nr`: events to stop after. */
  readonly maxEvents?: number;
  /** `inherit`, `no-inherit`: whether new tasks are observed, too. */
  readonly inherit?: boolean;
  /** `overwrite`, `no-overwrite`: whether old records give way to new ones. */
  readonly overwrite?: boolean;
  /** `branch_type`: which branches are sampled, as perf spells them. */
  readonly branchType?: string;
  /** `aux-output`: whether records go to the AUX area of the group's leader. */
  readonly auxOutput?: boolean;
  /** `aux-sample-size`: bytes of AUX data per sample. */
  readonly auxSampleSize?: number;
  /** Modifier `P`: as precise as the PMU can: `preciseIp` is 3; where that is refused, go down. */
  readonly preciseMax?: boolean;
  /** Modifier `S`: samples of the leader carry the counts of its group. */
  readonly sampleRead?: boolean;
  /** Modifier `W`: open the events without their group where it is refused. */
  readonly weak?: boolean;
}

/** An event as its text says it is to be opened. */
export interface ParsedEvent {
  /**
   * What {@linkcode perfEventOpen} opens: it samples as `perf record` does, 4000 times a second
   * unless the text or the kind of event says otherwise. Events that share a ring are told apart by
   * their ids. What `terms` ask of a recorder is left out: tracking of tasks, stacks, branches.
   */
  readonly attr: AttrSpec;
  /** Name in EVENT_DESC: the text as it was given, unless a term says otherwise. */
  readonly name: string;
  /** PMU that is meant; null for the kernel's own events, whichever unit counts them. */
  readonly pmu: string | null;
  /**
   * What was written, where it means an event of each of several PMUs, as `arm_spe//` and on hybrid
   * CPUs `cycles` do; null elsewhere.
   */
  readonly choice: string | null;
  /** Index of the leader of its group in the list; its own without a group. */
  readonly leader: number;
  /** CPUs that the PMU is to be opened on; null for any. */
  readonly cpus: readonly number[] | null;
  /** What is asked of the tool. */
  readonly terms: EventTerms;
  /** Name after the `@` of a CoreSight event; its number is in the attr. */
  readonly sink: string | null;
}
