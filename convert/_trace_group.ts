import type { TraceFacts, TraceWriter } from "./_trace_writer.ts";

/** A group of tracks, each described when something is first drawn on it. */
export class TraceGroup {
  readonly #writer: TraceWriter;
  readonly #group: number;
  readonly #tracks = new Map<string, number>();
  /** Newest time of its AUX records. */
  #lastNs: bigint | null = null;

  constructor(writer: TraceWriter, group: number) {
    this.#writer = writer;
    this.#group = group;
  }

  /** Draws an AUX record, as a slice from the one before it. */
  auxRecord(timeNs: bigint, facts: TraceFacts): void {
    const last = this.#lastNs;
    const from = last === null || last > timeNs ? timeNs : last;
    this.#writer.slice(this.track("AUX records"), { from, to: timeNs, name: "AUX", facts });
    if (last === null || last < timeNs) this.#lastNs = timeNs; // else slices would not nest
  }

  /** The track of a name, described when it is first asked for. */
  track(name: string, type?: "bytes"): number {
    let track = this.#tracks.get(name);
    if (track === undefined) {
      track = this.#writer.track(name, this.#group, type);
      this.#tracks.set(name, track);
    }
    return track;
  }
}
