import { FormatError } from "../format_error.ts";
import type { EventAttr } from "./attr.ts";
import { type SampleLayout, sampleLayout } from "./sample_layout.ts";

/** An event of a recording. */
export interface PerfEvent {
  /** Position among the recording's events. */
  readonly index: number;
  /** How it was opened. */
  readonly attr: EventAttr;
  /** The kernel's ids of its instances, usually one per CPU or thread. */
  readonly ids: BigUint64Array;
  /** Where its records' common fields stand. */
  readonly layout: SampleLayout;
  /** Its name, where the recording tells. */
  readonly name: string | null;
}

const MAX_EVENTS = 1 << 13;
const MAX_IDS = 1 << 20;

/** The events of a recording, and which ids are whose. Grows while a pipe stream is read. */
export class EventTable {
  readonly #events: (PerfEvent & { name: string | null })[] = [];
  #idCount = 0;
  readonly #small = new Map<number, PerfEvent>();
  readonly #large = new Map<bigint, PerfEvent>();

  /** The events in file order. */
  get events(): readonly PerfEvent[] {
    return this.#events;
  }

  /**
   * Appends an event.
   *
   * @param at Position of its attr, for the error.
   * @throws {FormatError} If there are more than 8,192 events or 1,048,576 ids by then.
   */
  add(attr: EventAttr, ids: BigUint64Array, at: number): void {
    this.#idCount += ids.length;
    if (this.#events.length >= MAX_EVENTS || this.#idCount > MAX_IDS) {
      throw new FormatError("unsupported", {
        structure: "perf_event_attr",
        offset: at,
        expected: `at most ${MAX_EVENTS} events with ${MAX_IDS} ids`,
        actual: "more",
      });
    }
    const event = { index: this.#events.length, attr, ids, layout: sampleLayout(attr), name: null };
    this.#events.push(event);
    for (const id of ids) {
      if (id <= 0xffffffffn) this.#small.set(Number(id), event);
      else this.#large.set(id, event);
    }
  }

  /** Gives an event its name. */
  rename(index: number, name: string): void {
    const event = this.#events[index];
    if (event !== undefined) event.name = name;
  }

  /** Finds the event that owns an id. */
  find(high: number, low: number): PerfEvent | undefined {
    return high === 0 ? this.#small.get(low) : this.#large.get((BigInt(high) << 32n) | BigInt(low));
  }
}
