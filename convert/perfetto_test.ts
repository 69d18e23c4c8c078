import { assert, assertEquals, assertThrows } from "@std/assert";
import { bytesSource, FormatError, parsePerfFile, type PerfFile } from "../parsers/perf/mod.ts";
import { sequentialSource } from "../parsers/sequential_source.ts";
import { clockData } from "../encoders/internal.ts";
import { AuxRecording, step } from "../testing/aux_recording.ts";
import { auxEvent } from "../testing/perf_builder.ts";
import { protoFields, protoMessage, protoText } from "../testing/proto_reader.ts";
import { perfettoPackets } from "./perfetto.ts";

function fixture(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(`testdata/${name}.perf.data`);
}

/** The whole trace, and why the records end early. */
function traceOf(file: PerfFile): { hex: string; cut: FormatError | null } {
  const packets = perfettoPackets(file);
  let hex = "";
  for (;;) {
    const { done, value } = packets.next();
    if (done) return { hex, ...value };
    hex += value.toHex();
  }
}

function streamOf(bytes: Uint8Array): PerfFile {
  let at = 0;
  return parsePerfFile(sequentialSource((into) => {
    const piece = bytes.subarray(at, at + Math.min(into.length, 100));
    at += piece.length;
    into.set(piece);
    return piece.length === 0 ? null : piece.length;
  }));
}

Deno.test("perfettoPackets() makes the same of a stream as of the saved one", () => {
  const noChunks = new AuxRecording({ pipe: true });
  for (let n = 0; n < 3; n++) {
    noChunks.aux(0, { offset: BigInt(64 * n), size: 64, timeNs: step(n) }).round();
  }
  for (const bytes of [fixture("aux_pipe"), fixture("aux_pipe_big_endian"), noChunks.bytes()]) {
    const saved = traceOf(parsePerfFile(bytesSource(bytes)));
    assert(saved.hex.startsWith("0a"));
    assert(saved.hex.includes(new TextEncoder().encode("head").toHex()));
    assertEquals(traceOf(streamOf(bytes)), saved);
  }
});

Deno.test("perfettoPackets() says where a recording is cut, after what there is", () => {
  const { hex, cut } = traceOf(parsePerfFile(bytesSource(fixture("aux_cut"))));
  assertEquals(cut?.detail.offset, 0x300);
  assert(hex.length > 0);
});

Deno.test("perfettoPackets() makes a trace of a recording without AUX data", () => {
  const { hex } = traceOf(parsePerfFile(bytesSource(fixture("aux_none"))));
  const name = new TextEncoder().encode("AUX area tracing").toHex();
  assert(hex.includes(name));
});

Deno.test("perfettoPackets() refuses limits that no accessor has", () => {
  for (const bits of [7, 53, 32.5]) {
    const file = parsePerfFile(bytesSource(fixture("aux_none")));
    assertThrows(() => perfettoPackets(file, { bits }).next(), RangeError);
  }
});

Deno.test("perfettoPackets() lets nothing but FormatError escape from damaged recordings", () => {
  for (const name of ["aux_gaps", "aux_flags", "aux_only", "aux_tails_2_63", "aux_per_thread"]) {
    const whole = fixture(name);
    for (let at = 0; at < whole.length; at++) {
      readDamaged(whole.subarray(0, at));
      const flipped = whole.slice();
      flipped[at]! ^= 0xff;
      readDamaged(flipped);
    }
  }
});

function readDamaged(bytes: Uint8Array): void {
  try {
    traceOf(parsePerfFile(bytesSource(bytes)));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
}

/** Numbers of fields in Perfetto's trace.proto, trace_packet.proto and track_event.proto. */
const F = { packet: 1, timestamp: 8, event: 11, type: 9, name: 23, counter: 30, rounded: 44 };
const TYPES = ["", "begin", "end", "instant", "counter"];

/** The events of a trace: what, when, name or value. */
function eventsOf(
  file: PerfFile,
): [type: string, timeNs: bigint, what: string | bigint | number][] {
  const bytes = Uint8Array.fromHex(traceOf(file).hex);
  return [...protoFields(bytes)].flatMap(({ field, value }) => {
    assertEquals(field, F.packet);
    const packet = protoMessage(value as Uint8Array);
    if (!packet.has(F.event)) return [];
    const event = protoMessage(packet.get(F.event) as Uint8Array);
    const rounded = event.get(F.rounded) as Uint8Array | undefined;
    const what = rounded !== undefined
      ? new DataView(rounded.buffer, rounded.byteOffset).getFloat64(0, true)
      : event.has(F.counter)
      ? BigInt.asIntN(64, event.get(F.counter) as bigint)
      : protoText(event.get(F.name));
    return [[TYPES[Number(event.get(F.type))]!, packet.get(F.timestamp) as bigint, what]];
  });
}

Deno.test("perfettoPackets() draws times up to 2^63 - 1, and larger ones at the newest before", () => {
  const last = 2n ** 63n - 1n;
  const recording = new AuxRecording();
  for (const [n, timeNs] of [step(0), last + 1n, last, 2n ** 64n - 1n].entries()) {
    recording.aux(0, { offset: BigInt(n), size: 1, timeNs });
  }
  const events = eventsOf(parsePerfFile(bytesSource(recording.bytes())));
  const ends = events.filter(([type]) => type === "end").map(([, timeNs]) => timeNs);
  assertEquals(ends, [step(0), step(0), last, last]);
});

Deno.test("perfettoPackets() puts records without times a microsecond apart", () => {
  const recording = new AuxRecording();
  for (const n of [0, 1, 2]) recording.aux(0, { offset: BigInt(n * 8), size: 8 });
  const events = eventsOf(parsePerfFile(bytesSource(recording.bytes())));
  const ends = events.filter(([type]) => type === "end").map(([, timeNs]) => timeNs);
  // Each record stores a tail, which is drawn a microsecond before it.
  assertEquals(ends, [2000n, 4000n, 6000n]);
});

Deno.test("perfettoPackets() draws what has no time at the newest time before it, once there are times", () => {
  const recording = new AuxRecording();
  // Two records without times come a microsecond apart, and store tails, which do too.
  const times = [
    undefined,
    undefined,
    500n,
    undefined,
    700n,
    600n,
    undefined,
    700n,
    701n,
    undefined,
  ];
  for (const [n, timeNs] of times.entries()) {
    recording.aux(0, { offset: BigInt(n), size: 1, ...(timeNs !== undefined && { timeNs }) });
  }
  const events = eventsOf(parsePerfFile(bytesSource(recording.bytes())));
  const ends = events.filter(([type]) => type === "end").map(([, timeNs]) => timeNs);
  assertEquals(ends, [2000n, 4000n, 500n, 500n, 700n, 600n, 700n, 700n, 701n, 701n]);
});

Deno.test("perfettoPackets() draws head, tail and distance, and flags the first tail over the limit", () => {
  const limit = 2n ** 32n;
  const recording = new AuxRecording();
  recording.both(0, { offset: limit - 9n, size: 8, timeNs: step(0) });
  recording.both(0, { offset: limit - 1n, size: 1, timeNs: step(1) });
  const events = eventsOf(parsePerfFile(bytesSource(recording.bytes())));
  assertEquals(events.filter(([type]) => type === "counter" || type === "instant"), [
    ["counter", step(0), limit - 1n],
    ["counter", step(0), limit - 1n],
    ["counter", step(0), 0n],
    ["counter", step(1), limit],
    ["counter", step(1), limit],
    ["counter", step(1), -1n],
    ["instant", step(1), "tail needs more than 32 bits"],
  ]);
});

Deno.test("perfettoPackets() draws positions of 2^63 and more as doubles", () => {
  const recording = new AuxRecording();
  recording.both(0, { offset: 2n ** 63n - 9n, size: 8, timeNs: step(0) });
  recording.both(0, { offset: 2n ** 63n - 1n, size: 1, timeNs: step(1) });
  const events = eventsOf(parsePerfFile(bytesSource(recording.bytes())));
  const heads = events.filter(([type]) => type === "counter").map(([, , what]) => what);
  assertEquals([heads[0], heads[3]], [2n ** 63n - 1n, 2 ** 63]);
});

Deno.test("perfettoPackets() gives a flagged tail its facts, and leaves out what is unknown", () => {
  const recording = new AuxRecording();
  const at = recording.file.position;
  recording.chunk(0, { offset: 2n ** 32n, size: 8 });
  const bytes = Uint8Array.fromHex(traceOf(parsePerfFile(bytesSource(recording.bytes()))).hex);
  const facts = [...protoFields(bytes)].flatMap(({ value: packet }) => {
    const event = protoMessage(packet as Uint8Array).get(F.event);
    if (event === undefined) return [];
    // Fields of DebugAnnotation: 2 bool_value, 3 uint_value, 7 pointer_value, 10 name.
    return [...protoFields(event as Uint8Array)].filter(({ field }) => field === 4).map(
      ({ value }) => {
        const { 10: name, ...values } = Object.fromEntries(protoMessage(value as Uint8Array));
        return [protoText(name), ...Object.entries(values).flat()];
      },
    );
  });
  const flagged = facts.filter(([name]) => name !== "from" && name !== "to");
  assertEquals(flagged.slice(0, 8), [
    ["chunk", "3", 0n],
    ["file_offset", "7", BigInt(at)],
    ["aux_offset", "7", 2n ** 32n],
    ["size", "3", 8n],
    ["head", "7", 2n ** 32n + 8n],
    ["tail", "7", 2n ** 32n + 8n],
    ["tail_exact", "2", 0n], // no AUX record proves it
    ["refused", "2", 1n],
  ]);
});

/** A recording of one AUX record, with a clock of its own. */
function clocked(
  options: { clockid?: number; recorded?: number; pipe?: boolean; byteOrder?: "little" | "big" },
): Uint8Array<ArrayBuffer> {
  const { clockid, recorded = clockid, pipe = false, byteOrder = "little" } = options;
  const event = auxEvent("intel_pt//", 1);
  const recording = new AuxRecording({
    pipe,
    byteOrder,
    events: [{
      ...event,
      ...(clockid !== undefined && { clockid, flags: [...event.flags!, "useClockid" as const] }),
    }],
    features: recorded === undefined
      ? []
      : [clockData({ clockid: recorded, wallNs: 1_700_000_000n, clockNs: 9_000_000_000n })],
  });
  for (let n = 0; n < 50; n++) {
    recording.aux(0, { offset: BigInt(64 * n), size: 64, timeNs: step(n) }).round();
  }
  return recording.bytes();
}

/** The clocks of a trace: of the snapshot, of the whole trace, and of each event. */
function clocksOf(file: PerfFile): unknown {
  const { hex } = traceOf(file);
  const packets = [...protoFields(Uint8Array.fromHex(hex))].map(({ value }) =>
    protoMessage(value as Uint8Array)
  );
  // TracePacket: clock_snapshot 6, timestamp 8, timestamp_clock_id 58. ClockSnapshot: clocks 1
  // (clock_id 1, timestamp 2), primary_trace_clock 2.
  const snapshots = packets.flatMap((packet) => packet.get(6) as Uint8Array ?? []);
  const events = packets.filter((packet) => packet.has(8));
  assert(events.length > 0);
  const [snapshot] = snapshots;
  if (snapshot === undefined) return events.find((event) => event.has(58)) ?? null;
  assertEquals(snapshots.length, 1);
  assert(packets.findIndex((packet) => packet.has(6)) < packets.indexOf(events[0]!));
  const clocks = [...protoFields(snapshot)].filter(({ field }) => field === 1).map(({ value }) => {
    const clock = protoMessage(value as Uint8Array);
    return [clock.get(1), clock.get(2)];
  });
  const [clock] = new Set(events.map((event) => event.get(58)));
  return { clocks, primary: protoMessage(snapshot).get(2), events: clock };
}

Deno.test("perfettoPackets() places a recording on the clock that CLOCK_DATA names", () => {
  // CLOCK_* of linux/time.h, BuiltinClock of perfetto/common/builtin_clock.proto; 64 is one that
  // Perfetto does not know, such as CLOCK_TAI.
  const builtin: [number, bigint][] = [[1, 3n], [4, 5n], [5, 2n], [6, 4n], [7, 6n], [11, 64n]];
  for (const [clockid, id] of builtin) {
    for (const byteOrder of ["little", "big"] as const) {
      const bytes = clocked({ clockid, byteOrder });
      assertEquals(clocksOf(parsePerfFile(bytesSource(bytes))), {
        clocks: [[1n, 1_700_000_000n], [id, 9_000_000_000n]],
        primary: id === 64n ? 1n : id,
        events: id,
      });
    }
  }
  assertEquals(clocksOf(parsePerfFile(bytesSource(clocked({ clockid: 0 })))), {
    clocks: [[1n, 9_000_000_000n]],
    primary: 1n,
    events: 1n,
  });
});

Deno.test("perfettoPackets() places a stream on its clock, of a pipe and of a file", () => {
  for (const pipe of [true, false]) {
    const bytes = clocked({ clockid: 1, pipe });
    const read = clocksOf(parsePerfFile(bytesSource(bytes)));
    assertEquals((read as { events: bigint }).events, 3n);
    assertEquals(clocksOf(streamOf(bytes)), read);
  }
});

Deno.test("perfettoPackets() leaves a recording on Perfetto's clock where its own is not known", () => {
  const without = [clocked({}), clocked({ recorded: 1 }), clocked({ clockid: 1, recorded: 4 })];
  for (const bytes of without) assertEquals(clocksOf(parsePerfFile(bytesSource(bytes))), null);
});
