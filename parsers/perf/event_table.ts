import { FormatError } from "../internal.ts";
import type { EventAttr } from "./attr.ts";
import { genericEventName } from "./event_name.ts";
import { type SampleLayout, sampleLayout } from "./sample_layout.ts";

/**
 * What a record says of its event. All records of an event share this object, and where a later
 * record of the stream names the event, as PERF_RECORD_EVENT_UPDATE does, the name in it changes.
 */
export interface RecordEvent {
  /** Position among the recording's events. */
  readonly index: number;
  /** Its name, as far as the recording has told. */
  readonly name: string | null;
}

/** An event of a recording. */
export interface PerfEvent extends RecordEvent {
  /** How it was opened. */
  readonly attr: EventAttr;
  /** The kernel's ids of its instances, usually one per CPU or thread. */
  readonly ids: BigUint64Array;
  /** Where its records' common fields stand. */
  readonly layout: SampleLayout;
  /** The `event` of all its records. */
  readonly ofRecords: RecordEvent;
}

type Named<T> = T & { name: string | null };

const MAX_EVENTS = 1 << 13;
const MAX_IDS = 1 << 20;

/** The events of a recording, and which ids are whose. Grows while a pipe stream is read. */
export class EventTable {
  readonly #events: Named<PerfEvent & { readonly ofRecords: Named<RecordEvent> }>[] = [];
  #idCount = 0;
  readonly #small = new Map<number, PerfEvent>();
  readonly #large = new Map<bigint, PerfEvent>();

  /** The events in file order. */
  get events(): readonly PerfEvent[] {
    return this.#events;
  }

  /**
   * Appends an event, with the name that follows from its attributes, if one does.
   *
   * @param at Position of its attr, for the error.
   * @throws {FormatError} If there are more than 8,192 events or 1,048,576 ids by then.
   */
  add(attr: EventAttr, ids: BigUint64Array, at: number): PerfEvent {
    this.#idCount += ids.length;
    if (this.#events.length >= MAX_EVENTS || this.#idCount > MAX_IDS) {
      throw new FormatError("unsupported", {
        structure: "perf_event_attr",
        offset: at,
        expected: `at most ${MAX_EVENTS} events with ${MAX_IDS} ids`,
        actual: "more",
      });
    }
    const index = this.#events.length;
    const name = genericEventName(attr);
    const layout = sampleLayout(attr);
    const event = { index, attr, ids, layout, name, ofRecords: { index, name } };
    this.#events.push(event);
    for (const id of ids) {
      if (id <= 0xffffffffn) this.#small.set(Number(id), event);
      else this.#large.set(id, event);
    }
    return event;
  }

  /** Gives an event its name. */
  rename(index: number, name: string): void {
    const event = this.#events[index];
    if (event !== undefined) event.name = event.ofRecords.name = name;
  }

  /** Finds the event that owns an id. */
  find(high: number, low: number): PerfEvent | undefined {
    return high === 0 ? this.#small.get(low) : this.#large.get((BigInt(high) << 32n) | BigInt(low));
  }
}
