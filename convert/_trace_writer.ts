import type { ClockData } from "../parsers/perf/features/mod.ts";
import { ProtoWriter } from "./_proto.ts";

/** Fields of Perfetto's messages, by their numbers in its `.proto` files. */
const Trace = { packet: 1 } as const;
const Packet = {
  clockSnapshot: 6,
  timestamp: 8,
  sequenceId: 10,
  trackEvent: 11,
  sequenceFlags: 13,
  timestampClockId: 58,
  trackDescriptor: 60,
} as const;
const Snapshot = { clocks: 1, primaryTraceClock: 2 } as const;
const Clock = { clockId: 1, timestamp: 2 } as const;
const Track = { uuid: 1, name: 2, parentUuid: 5, counter: 8 } as const;
const Counter = { unit: 3 } as const;
const Event = {
  debugAnnotations: 4,
  type: 9,
  trackUuid: 11,
  name: 23,
  counterValue: 30,
  doubleCounterValue: 44,
} as const;
const Annotation = { boolValue: 2, uintValue: 3, pointerValue: 7, name: 10 } as const;

const SEQUENCE = 1;
const INCREMENTAL_STATE_CLEARED = 1;
const UNIT_SIZE_BYTES = 3;
const REALTIME = 1;
/** Perfetto's `BuiltinClock` of each `CLOCK_*` of Linux. */
const BUILTIN_CLOCKS: ReadonlyMap<number, number> = new Map([
  [0, REALTIME],
  [1, 3], // MONOTONIC
  [4, 5], // MONOTONIC_RAW
  [5, 2], // REALTIME_COARSE
  [6, 4], // MONOTONIC_COARSE
  [7, 6], // BOOTTIME
]);
/** First of the numbers that a sequence may give to clocks that Perfetto does not know. */
const OWN_CLOCK = 64;
const MAX_U64 = 2n ** 64n - 1n;
const EventType = { sliceBegin: 1, sliceEnd: 2, instant: 3, counter: 4 } as const;

/**
 * What belongs to an event: positions and masks are written as pointers, shown as `0x…`; what is
 * null, or needs more than 64 bits, is left out.
 */
export type TraceFacts = Readonly<Record<string, bigint | number | boolean | null>>;

/** 64-bit facts that are sizes or counts. */
const COUNTS = new Set(["aux_size", "lost"]);

/** Whether a counter has the value exactly, or rounded as a `double`. */
export function fitsCounter(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

/** Writes a Perfetto trace, packet by packet. Times are in ns. */
export class TraceWriter {
  readonly #out = new ProtoWriter();
  #tracks = 0;
  #begun = false;
  #clockId: number | null = null;

  get length(): number {
    return this.#out.length;
  }

  /** What was written so far; the next packets follow on it. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#out.take();
  }

  /** Says which clock the times after it are of, and what the wall clock showed at one of them. */
  clock({ clockid, clockNs, wallClockNs }: ClockData): void {
    const out = this.#out;
    const builtin = BUILTIN_CLOCKS.get(clockid);
    const clockId = builtin ?? OWN_CLOCK;
    const clocks = new Map([[REALTIME, wallClockNs], [clockId, clockNs]]);
    this.#packet(null, () =>
      out.message(Packet.clockSnapshot, () => {
        for (const [id, timestamp] of clocks) {
          out.message(Snapshot.clocks, () => {
            out.integer(Clock.clockId, id);
            out.integer(Clock.timestamp, timestamp);
          });
        }
        out.integer(Snapshot.primaryTraceClock, builtin ?? REALTIME);
      }));
    this.#clockId = clockId;
  }

  /** Describes a track, or a group of them, and gives its id. */
  track(name: string, parent: number | null, type: "events" | "bytes" = "events"): number {
    const out = this.#out;
    const uuid = ++this.#tracks;
    this.#packet(null, () =>
      out.message(Packet.trackDescriptor, () => {
        out.integer(Track.uuid, uuid);
        out.string(Track.name, name);
        if (parent !== null) out.integer(Track.parentUuid, parent);
        if (type === "bytes") {
          out.message(Track.counter, () => out.integer(Counter.unit, UNIT_SIZE_BYTES));
        }
      }));
    return uuid;
  }

  slice(
    track: number,
    { from, to, name, facts }: {
      readonly from: bigint;
      readonly to: bigint;
      readonly name: string;
      readonly facts: TraceFacts;
    },
  ): void {
    this.#event(track, from, EventType.sliceBegin, () => this.#describe(name, facts));
    this.#event(track, to, EventType.sliceEnd, () => {});
  }

  instant(track: number, timeNs: bigint, name: string, facts: TraceFacts): void {
    this.#event(track, timeNs, EventType.instant, () => this.#describe(name, facts));
  }

  /** Writes the value of a counter, as a `double` where it does not fit in 64 bits with a sign. */
  counter(track: number, timeNs: bigint, value: bigint): void {
    this.#event(track, timeNs, EventType.counter, () => {
      if (fitsCounter(value)) this.#out.integer(Event.counterValue, value);
      else this.#out.double(Event.doubleCounterValue, Number(value));
    });
  }

  #event(track: number, timeNs: bigint, type: number, fields: () => void): void {
    const out = this.#out;
    this.#packet(timeNs, () =>
      out.message(Packet.trackEvent, () => {
        out.integer(Event.type, type);
        out.integer(Event.trackUuid, track);
        fields();
      }));
  }

  #describe(name: string, facts: TraceFacts): void {
    const out = this.#out;
    out.string(Event.name, name);
    for (const [key, value] of Object.entries(facts)) {
      if (value === null || (typeof value === "bigint" && value > MAX_U64)) continue;
      out.message(Event.debugAnnotations, () => {
        out.string(Annotation.name, key);
        if (typeof value === "boolean") out.integer(Annotation.boolValue, value ? 1 : 0);
        else if (typeof value === "number" || COUNTS.has(key)) {
          out.integer(Annotation.uintValue, value);
        } else out.integer(Annotation.pointerValue, value);
      });
    }
  }

  #packet(timeNs: bigint | null, data: () => void): void {
    const out = this.#out;
    out.message(Trace.packet, () => {
      if (timeNs !== null) {
        out.integer(Packet.timestamp, timeNs);
        if (this.#clockId !== null) out.integer(Packet.timestampClockId, this.#clockId);
      }
      out.integer(Packet.sequenceId, SEQUENCE);
      if (!this.#begun) out.integer(Packet.sequenceFlags, INCREMENTAL_STATE_CLEARED);
      this.#begun = true;
      data();
    });
  }
}
