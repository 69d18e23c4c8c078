import { assertEquals } from "@std/assert";
import { Mark, PieceCursor, type TraceFormat } from "../parsers/internal.ts";
import { FACTS } from "../testing/parts_decoding.ts";
import { kindCounts, payloadBytes, printedLines } from "../testing/printed_packets.ts";
import { NdjsonWriter } from "./ndjson_writer.ts";
import { PacketPrinter, packetSummary, QueueReader, TextBuffer } from "./mod.ts";
import { payloadFormat } from "./payload_format.ts";

/** A format that nobody has heard of: a byte of size, then so many bytes; 0 is bad. */
class DummyCursor extends PieceCursor {
  override next(): boolean {
    const left = this.bytes.length - this.at;
    const size = this.bytes[this.at] ?? 1;
    if (size === 0) return this.stand(Mark.Bad, 1);
    return left < size ? this.stop(left) : this.stand(3, size);
  }
}

const dummyFormat: TraceFormat<DummyCursor> = {
  type: "dummy",
  kindNames: ["BAD", "SKIPPED", "CUT", "SIZED"],
  syncKind: null,
  hasPlainBytes: true,
  decoder: () => ({ cursor: () => new DummyCursor(), timeNs: (ticks) => ticks * 1_000_000_000n }),
  write: ({ size }, out) => out.ascii(`SIZED ${size}`),
  fields: ({ size, view, start }) => ({ last: view.getUint8(start + size - 1) }),
  ticks: ({ size }) => size === 2 ? 7n : null,
};

const BYTES = Uint8Array.of(1, 3, 8, 9, 0, 2, 5, 4, 1);
const FORMAT = payloadFormat({ ...FACTS, type: "dummy" }, [dummyFormat]);
const QUEUE = { idx: 4, cpu: 2, tid: null, items: () => [payloadBytes(BYTES)].values() };

Deno.test("A format that is only an object can be printed, counted and summed up", () => {
  assertEquals(printedLines(FORMAT, [payloadBytes(BYTES)]), [
    "00000000:  01                          SIZED 1",
    "00000001:  03 08 09                    SIZED 3",
    "00000004:  -- bad byte 00",
    "00000005:  02 05                       SIZED 2 time=7.000000000",
    "00000007:  -- cut packet: 04 01",
  ]);
  for (const by of ["scan", "cursor"] as const) {
    const counts = kindCounts(FORMAT, [payloadBytes(BYTES)], by);
    assertEquals(counts, { packets: [1, 0, 1, 3], bytes: [1, 0, 2, 6] });
  }
  const queue = {
    ...QUEUE,
    items: function* () {
      yield payloadBytes(BYTES);
    },
  };
  const { totals } = packetSummary({ queues: [queue] }, FORMAT);
  assertEquals(totals.byKind, { SIZED: 3 });
  assertEquals(totals.time, { unit: "ns", first: 7_000_000_000n, last: 7_000_000_000n });
  assertEquals([totals.damagedBytes, totals.bytes], [3, 9]);
});

Deno.test("A format that is only an object gives objects with fields", () => {
  const out = new TextBuffer();
  const json = (value: unknown) =>
    JSON.stringify(value, (_, item) => typeof item === "bigint" ? `${item}` : item);
  const writer = new NdjsonWriter(QUEUE, { kindNames: FORMAT.kindNames, json });
  const reader = new QueueReader(FORMAT, new PacketPrinter(writer, out, FORMAT));
  reader.take(payloadBytes(BYTES.subarray(5, 7)));
  reader.finish();
  assertEquals(JSON.parse(new TextDecoder().decode(out.text())), {
    queue: 4,
    cpu: 2,
    tid: null,
    auxOffset: "0",
    size: 2,
    kind: "SIZED",
    last: 5,
    timeNs: "7000000000",
  });
});
