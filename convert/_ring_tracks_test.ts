import { assertEquals } from "@std/assert";
import { RingTracks } from "./_ring_tracks.ts";
import { TraceWriter } from "./_trace_writer.ts";

/** Keeps the ends of slices. */
class Slices extends TraceWriter {
  readonly spans: [from: bigint, to: bigint][] = [];

  override slice(_track: number, { from, to }: { from: bigint; to: bigint }): void {
    this.spans.push([from, to]);
  }
}

Deno.test("RingTracks draws slices that nest, even where times go back", () => {
  const writer = new Slices();
  const rings = new RingTracks(writer);
  rings.decide("cpu");
  const aux = { offset: 0n, size: 1n, flags: 0n };
  for (const timeNs of [10n, 100n, 50n, 200n]) {
    rings.record({ cpu: 0, tid: 1, timeNs, fileOffset: 0, aux, lost: 0n });
  }
  assertEquals(writer.spans, [[10n, 10n], [10n, 100n], [50n, 50n], [100n, 200n]]);
});
