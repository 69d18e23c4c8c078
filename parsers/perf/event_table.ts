import { FormatError, joinU64 } from "../internal.ts";
import type { EventAttr } from "./attr.ts";
import type { Caps } from "./caps.ts";
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
}

/** What the parsers know of an event besides. */
export interface KnownEvent extends PerfEvent {
  /** Where its records' common fields stand. */
  readonly layout: SampleLayout;
  /** The `event` of all its records. */
  readonly ofRecords: RecordEvent;
}

/** Where the common fields of an event's records stand; the event is one of a `PerfFile`. */
export function layoutOf(event: PerfEvent): SampleLayout {
  return (event as KnownEvent).layout;
}

type Named<T> = T & { name: string | null };

/** The events of a recording, and which ids are whose. Grows while a pipe stream is read. */
export class EventTable {
  readonly #events: Named<KnownEvent & { readonly ofRecords: Named<RecordEvent> }>[] = [];
  readonly #caps: Caps;
  #idCount = 0;
  readonly #small = new Map<number, KnownEvent>();
  readonly #large = new Map<bigint, KnownEvent>();

  constructor(caps: Caps) {
    this.#caps = caps;
  }

  /** The events in file order. */
  get events(): readonly KnownEvent[] {
    return this.#events;
  }

  /**
   * Appends an event, with the name that follows from its attributes, if one does.
   *
   * @param at Position of its attr, for the error.
   * @throws {FormatError} If there are too many events or ids by then.
   */
  add(attr: EventAttr, ids: BigUint64Array, at: number): KnownEvent {
    const { maxEvents, maxEventIds } = this.#caps;
    this.#idCount += ids.length;
    if (this.#events.length >= maxEvents || this.#idCount > maxEventIds) {
      throw new FormatError("unsupported", {
        structure: "perf_event_attr",
        offset: at,
        expected: `at most ${maxEvents} events with ${maxEventIds} ids`,
        actual: "more",
        cure: "its attributes are damaged, or it is read with larger maxEvents and maxEventIds",
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
  find(high: number, low: number): KnownEvent | undefined {
    return high === 0 ? this.#small.get(low) : this.#large.get(joinU64(high, low));
  }
}
