import { assertEquals } from "@std/assert";
import { TraceGroup } from "./_trace_group.ts";
import { TraceWriter } from "./_trace_writer.ts";

/** Keeps the ends of slices. */
class Slices extends TraceWriter {
  readonly spans: [from: bigint, to: bigint][] = [];

  override slice(_track: number, { from, to }: { from: bigint; to: bigint }): void {
    this.spans.push([from, to]);
  }
}

Deno.test("TraceGroup draws slices that nest, even where times go back", () => {
  const writer = new Slices();
  const group = new TraceGroup(writer, 1);
  for (const timeNs of [10n, 100n, 50n, 200n]) group.auxRecord(timeNs, {});
  assertEquals(writer.spans, [[10n, 10n], [10n, 100n], [50n, 50n], [100n, 200n]]);
});
