import { assertEquals } from "@std/assert";
import { protoFields, protoMessage, protoText } from "../testing/proto_reader.ts";
import { fitsCounter, type TraceFacts, TraceWriter } from "./_trace_writer.ts";

/** Packets of a trace, each as its fields by number. */
function packetsOf(write: (writer: TraceWriter) => void): ReturnType<typeof protoMessage>[] {
  const writer = new TraceWriter();
  write(writer);
  return [...protoFields(writer.take())].map(({ field, value }) => {
    assertEquals(field, 1); // Trace.packet
    return protoMessage(value as Uint8Array);
  });
}

const message = (packet: ReturnType<typeof protoMessage>, field: number) =>
  protoMessage(packet.get(field) as Uint8Array);

Deno.test("TraceWriter says once, in the first packet, that its state is new", () => {
  const packets = packetsOf((writer) => {
    writer.track("a", null);
    writer.track("b", 1, "bytes");
    writer.instant(1, 5n, "x", {});
  });
  // trusted_packet_sequence_id 10, sequence_flags 13: SEQ_INCREMENTAL_STATE_CLEARED is 1.
  assertEquals(packets.map((packet) => [packet.get(10), packet.get(13)]), [
    [1n, 1n],
    [1n, undefined],
    [1n, undefined],
  ]);
});

Deno.test("TraceWriter numbers its tracks, and describes counters as sizes in bytes", () => {
  const numbers: number[] = [];
  const packets = packetsOf((writer) => {
    numbers.push(
      writer.track("root", null),
      writer.track("leaf", 1),
      writer.track("n", 2, "bytes"),
    );
  });
  assertEquals(numbers, [1, 2, 3]);
  // track_descriptor 60: uuid 1, name 2, parent_uuid 5, counter 8 with unit 3: UNIT_SIZE_BYTES is 3.
  const tracks = packets.map((packet) => message(packet, 60));
  assertEquals(tracks.map((track) => [track.get(1), protoText(track.get(2)), track.get(5)]), [
    [1n, "root", undefined],
    [2n, "leaf", 1n],
    [3n, "n", 2n],
  ]);
  assertEquals(tracks.map((track) => track.has(8)), [false, false, true]);
  assertEquals(protoMessage(tracks[2]!.get(8) as Uint8Array).get(3), 3n);
  assertEquals(packets.map((packet) => packet.has(8)), [false, false, false]);
});

Deno.test("TraceWriter writes a slice as its begin, with name and facts, and its end", () => {
  const [begin, end] = packetsOf((writer) =>
    writer.slice(7, { from: 5n, to: 9n, name: "AUX", facts: { "a": 1 } })
  );
  // TrackEvent: type 9 (1 begin, 2 end), track_uuid 11, name 23, debug_annotations 4.
  const events = [begin!, end!].map((packet) => message(packet, 11));
  assertEquals([begin!.get(8), end!.get(8)], [5n, 9n]);
  assertEquals(events.map((event) => [event.get(9), event.get(11), event.has(4)]), [
    [1n, 7n, true],
    [2n, 7n, false],
  ]);
  assertEquals(protoText(events[0]!.get(23)), "AUX");
  assertEquals(events[1]!.has(23), false);
});

Deno.test("TraceWriter writes counters exactly up to 2^63 - 1, on both sides of 0", () => {
  const at = (value: bigint) => {
    const [packet] = packetsOf((writer) => writer.counter(1, 0n, value));
    const event = message(packet!, 11);
    assertEquals(event.get(9), 4n); // TYPE_COUNTER
    return [event.get(30), event.has(44)];
  };
  const wrapped = (value: bigint) => BigInt.asUintN(64, value);
  for (const value of [0n, 1n, 2n ** 63n - 1n, -1n, -(2n ** 63n)]) {
    assertEquals([value, at(value), fitsCounter(value)], [value, [wrapped(value), false], true]);
  }
  for (const value of [2n ** 63n, -(2n ** 63n) - 1n]) {
    assertEquals([value, at(value), fitsCounter(value)], [value, [undefined, true], false]);
  }
});

/** Annotations of an event with these facts: name, number of the field of the value, value. */
function annotations(facts: TraceFacts): unknown[] {
  const [packet] = packetsOf((writer) => writer.instant(1, 0n, "x", facts));
  const event = packet!.get(11) as Uint8Array;
  return [...protoFields(event)].filter(({ field }) => field === 4).map(({ value }) => {
    const { 10: name, ...values } = Object.fromEntries(protoMessage(value as Uint8Array));
    return [protoText(name), ...Object.entries(values).flat()];
  });
}

Deno.test("TraceWriter writes facts by what they are: switches, counts, positions up to 64 bits", () => {
  // DebugAnnotation: bool_value 2, uint_value 3, pointer_value 7.
  assertEquals(
    annotations({
      yes: true,
      no: false,
      size: 7,
      "aux_size": 2n ** 64n - 1n,
      lost: 3n,
      tail: 2n ** 64n - 1n,
      beyond: 2n ** 64n,
      unknown: null,
      zero: 0n,
      none: 0,
    }),
    [
      ["yes", "2", 1n],
      ["no", "2", 0n],
      ["size", "3", 7n],
      ["aux_size", "3", 2n ** 64n - 1n],
      ["lost", "3", 3n],
      ["tail", "7", 2n ** 64n - 1n],
      ["zero", "7", 0n],
      ["none", "3", 0n],
    ],
  );
});

Deno.test("TraceWriter forgets what was taken", () => {
  const writer = new TraceWriter();
  writer.track("a", null);
  const { length } = writer;
  assertEquals([writer.take().length, writer.length], [length, 0]);
  writer.instant(1, 0n, "x", {});
  const [packet] = [...protoFields(writer.take())].map(({ value }) =>
    protoMessage(value as Uint8Array)
  );
  assertEquals(packet!.has(13), false);
});
