import type { TraceFacts, TraceWriter } from "./_trace_writer.ts";

/** Records kept until it is known whose the rings are. */
const MAX_WAITING = 1 << 16;
/** Rings told apart; more than any machine has. */
const MAX_RINGS = 8192;
const FLAGS: readonly (readonly [flag: bigint, name: string])[] = [
  [1n, "TRUNCATED"],
  [4n, "PARTIAL"],
  [8n, "COLLISION"],
];

/** What a CPU or a thread has. */
interface Ring {
  readonly group: number;
  records: number | null;
  events: number | null;
  /** Newest time of its AUX records. */
  lastNs: bigint | null;
}

/** CPU and thread that something belongs to. */
interface Owner {
  readonly cpu: number | null;
  readonly tid: number | null;
}

/** An AUX or a LOST record. */
export interface RingRecord extends Owner {
  readonly timeNs: bigint;
  readonly fileOffset: number;
  readonly aux: { readonly offset: bigint; readonly size: bigint; readonly flags: bigint } | null;
  /** Events that a LOST record counts. */
  readonly lost: bigint;
}

/**
 * The tracks of the rings of a recording.
 *
 * A ring belongs to a CPU or to a thread, which the first AUXTRACE record tells; the records before
 * that are kept until then.
 */
export class RingTracks {
  readonly #writer: TraceWriter;
  readonly #root: number;
  readonly #rings = new Map<string, Ring>();
  #waiting: RingRecord[] = [];
  #owners: "cpu" | "thread" | "both" | null = null;

  constructor(writer: TraceWriter) {
    this.#writer = writer;
    this.#root = writer.track("AUX area tracing", null);
  }

  /** Says whose the rings are; null where nothing tells, so that CPU and thread both count. */
  decide(owners: "cpu" | "thread" | null): void {
    if (this.#owners !== null) return;
    this.#owners = owners ?? "both";
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const record of waiting) this.#draw(record);
  }

  /** Draws a record, now or when it is known where. */
  record(record: RingRecord): void {
    if (this.#owners !== null) return this.#draw(record);
    this.#waiting.push(record);
    if (this.#waiting.length === MAX_WAITING) this.decide(null);
  }

  /** The group of tracks of a ring. */
  groupOf(owner: Owner): number {
    return this.#ringOf(owner).group;
  }

  /** The track of a ring's events without duration. */
  eventsOf(owner: Owner): number {
    const ring = this.#ringOf(owner);
    return ring.events ??= this.#writer.track("events", ring.group);
  }

  #draw(record: RingRecord): void {
    const { timeNs, aux, fileOffset } = record;
    if (aux === null) {
      this.#writer.instant(this.eventsOf(record), timeNs, "LOST", {
        lost: record.lost,
        "file_offset": BigInt(fileOffset),
      });
      return;
    }
    const ring = this.#ringOf(record);
    ring.records ??= this.#writer.track("AUX records", ring.group);
    const facts: TraceFacts = {
      "aux_offset": aux.offset,
      "aux_size": aux.size,
      flags: aux.flags,
      "file_offset": BigInt(fileOffset),
    };
    const { lastNs } = ring;
    const from = lastNs === null || lastNs > timeNs ? timeNs : lastNs;
    this.#writer.slice(ring.records, { from, to: timeNs, name: "AUX", facts });
    if (lastNs === null || lastNs < timeNs) ring.lastNs = timeNs; // else slices would not nest
    for (const [flag, name] of FLAGS) {
      if ((aux.flags & flag) !== 0n) {
        this.#writer.instant(this.eventsOf(record), timeNs, name, facts);
      }
    }
  }

  #ringOf(owner: Owner): Ring {
    const name = this.#nameOf(owner);
    let ring = this.#rings.get(name);
    if (ring === undefined) {
      if (this.#rings.size >= MAX_RINGS) return this.#rings.values().next().value!;
      const group = this.#writer.track(name, this.#root);
      this.#rings.set(name, ring = { group, records: null, events: null, lastNs: null });
    }
    return ring;
  }

  #nameOf({ cpu, tid }: Owner): string {
    const parts = [];
    if (cpu !== null && (this.#owners !== "thread" || tid === null)) parts.push(`CPU ${cpu}`);
    if (tid !== null && (this.#owners !== "cpu" || cpu === null)) parts.push(`thread ${tid}`);
    return parts.length === 0 ? "no owner" : parts.join(", ");
  }
}
