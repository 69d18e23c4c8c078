import { type EventAttr, SampleType } from "./attr.ts";

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
  readonly sample: FieldPositions;
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

const WORDS = SampleType.Identifier | SampleType.Ip | SampleType.Tid | SampleType.Time |
  SampleType.Addr | SampleType.Id | SampleType.StreamId | SampleType.Cpu | SampleType.Period;
const HW_INDEX = 1n << 17n;
const COUNTERS = 1n << 19n;

/** Computes the layout of an event's records. */
export function sampleLayout(attr: EventAttr): SampleLayout {
  const sampleType = Number(attr.sampleType & 0xffffffffn);
  const has = (bit: number) => (sampleType & bit) !== 0;
  let from = 8;
  const next = (bit: number) => {
    if (!has(bit)) return -1;
    from += 8;
    return from - 8;
  };
  const identifier = next(SampleType.Identifier);
  next(SampleType.Ip);
  const tid = next(SampleType.Tid);
  const time = next(SampleType.Time);
  next(SampleType.Addr);
  const id = next(SampleType.Id);
  next(SampleType.StreamId);
  const cpu = next(SampleType.Cpu);
  next(SampleType.Period);
  const wordsSize = from - 8;

  let back = 0;
  const previous = (bit: number) => {
    if (!has(bit)) return -1;
    back += 8;
    return back;
  };
  const identifierBack = previous(SampleType.Identifier);
  const cpuBack = previous(SampleType.Cpu);
  previous(SampleType.StreamId);
  const idBack = previous(SampleType.Id);
  const timeBack = previous(SampleType.Time);
  const tidBack = previous(SampleType.Tid);
  const { sampleIdAll } = attr.flags;

  return {
    sampleType,
    wordsSize,
    hasMore: (sampleType & ~WORDS) !== 0,
    readFormat: Number(attr.readFormat & 0xffffffffn),
    branchHwIndex: (attr.branchSampleType & HW_INDEX) !== 0n,
    branchCounters: (attr.branchSampleType & COUNTERS) !== 0n,
    regsUser: bitCount(attr.sampleRegsUser),
    regsIntr: bitCount(attr.sampleRegsIntr),
    sampleIdAll,
    trailerSize: sampleIdAll ? back : 0,
    sample: { id: identifier >= 0 ? identifier : id, tid, time, cpu },
    trailer: sampleIdAll
      ? {
        id: identifierBack >= 0 ? identifierBack : idBack,
        tid: tidBack,
        time: timeBack,
        cpu: cpuBack,
      }
      : { id: -1, tid: -1, time: -1, cpu: -1 },
  };
}

function bitCount(mask: bigint): number {
  let count = 0;
  for (let rest = mask; rest !== 0n; rest &= rest - 1n) count++;
  return count;
}
