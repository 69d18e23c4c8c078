import { bitCount } from "./_fields.ts";
import { BranchSampleType, RECORD_HEADER_SIZE, SampleType } from "./abi.ts";
import type { EventAttr } from "./attr.ts";

/**
 * Where the common fields of an event's records stand, in bytes.
 *
 * In a sample they are counted from the record's start, in the `sample_id` trailer of every
 * other record from its end; -1 where the event does not record the field. Source:
 * kernel/events/core.c `perf_output_sample()`, `__perf_event__output_id_sample()`.
 */
export interface SampleLayout {
  /** {@linkcode SampleType} bits. */
  readonly sampleType: number;
  /** Size of the fields of one word each that a sample starts with, in bytes. */
  readonly wordsSize: number;
  /** Whether fields of any size follow them. */
  readonly hasMore: boolean;
  /** `read_format` bits. */
  readonly readFormat: number;
  /** Whether branch stacks start with `hw_idx`. */
  readonly branchHwIndex: boolean;
  /** Whether counters may follow branch stacks. */
  readonly branchCounters: boolean;
  /** Number of sampled user registers. */
  readonly regsUser: number;
  /** Number of registers sampled at the interrupt. */
  readonly regsIntr: number;
  /** Whether records other than samples have a trailer. */
  readonly sampleIdAll: boolean;
  /** Size of the trailer, in bytes. */
  readonly trailerSize: number;
  /** Positions from the start of a sample. */
  readonly sample: SamplePositions;
  /** Positions from the end of any other record. */
  readonly trailer: FieldPositions;
}

/** Positions of the fields that nearly every record has. */
export interface FieldPositions {
  /** The event's id. */
  readonly id: number;
  /** Process and thread. */
  readonly tid: number;
  /** Time. */
  readonly time: number;
  /** CPU. */
  readonly cpu: number;
}

/** Positions of the fields of one word that a sample starts with. */
export interface SamplePositions extends FieldPositions {
  /** Address of the instruction. */
  readonly ip: number;
  /** Address that was accessed. */
  readonly addr: number;
  /** Id of the event itself. */
  readonly streamId: number;
  /** Events that the sample stands for. */
  readonly period: number;
}

const WORDS = SampleType.Identifier | SampleType.Ip | SampleType.Tid | SampleType.Time |
  SampleType.Addr | SampleType.Id | SampleType.StreamId | SampleType.Cpu | SampleType.Period;

/** Computes the layout of an event's records. */
export function sampleLayout(attr: EventAttr): SampleLayout {
  const sampleType = Number(attr.sampleType & 0xffffffffn);
  const branchSampleType = Number(attr.branchSampleType & 0xffffffffn);
  let end = RECORD_HEADER_SIZE;
  const next = (bit: number) => {
    if ((sampleType & bit) === 0) return -1;
    end += 8;
    return end - 8;
  };
  const identifier = next(SampleType.Identifier);
  const ip = next(SampleType.Ip);
  const tid = next(SampleType.Tid);
  const time = next(SampleType.Time);
  const addr = next(SampleType.Addr);
  const id = next(SampleType.Id);
  const streamId = next(SampleType.StreamId);
  const cpu = next(SampleType.Cpu);
  const period = next(SampleType.Period);

  const { sampleIdAll } = attr.flags;
  let back = 0;
  const previous = (bit: number) => {
    if (!sampleIdAll || (sampleType & bit) === 0) return -1;
    back += 8;
    return back;
  };
  const identifierBack = previous(SampleType.Identifier);
  const cpuBack = previous(SampleType.Cpu);
  previous(SampleType.StreamId);
  const idBack = previous(SampleType.Id);
  const timeBack = previous(SampleType.Time);
  const tidBack = previous(SampleType.Tid);

  return {
    sampleType,
    wordsSize: end - RECORD_HEADER_SIZE,
    hasMore: (sampleType & ~WORDS) !== 0,
    readFormat: Number(attr.readFormat & 0xffffffffn),
    branchHwIndex: (branchSampleType & BranchSampleType.HwIndex) !== 0,
    branchCounters: (branchSampleType & BranchSampleType.Counters) !== 0,
    regsUser: bitCount(attr.sampleRegsUser),
    regsIntr: bitCount(attr.sampleRegsIntr),
    sampleIdAll,
    trailerSize: back,
    sample: {
      id: identifier >= 0 ? identifier : id,
      tid,
      time,
      cpu,
      ip,
      addr,
      streamId,
      period,
    },
    trailer: {
      id: identifierBack >= 0 ? identifierBack : idBack,
      tid: tidBack,
      time: timeBack,
      cpu: cpuBack,
    },
  };
}
