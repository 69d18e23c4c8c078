import protobuf from "protobufjs";
import { assert, assertEquals } from "@std/assert";
import { openPerfBytes, openPerfFile } from "../system/mod.ts";
import { type PerfettoOptions, perfettoPackets } from "../convert/mod.ts";
import type { PerfFile } from "../mod.ts";
import { AuxRecording, step } from "../testing/aux_recording.ts";
import { clockData } from "../encoders/internal.ts";
import { auxEvent, lost } from "../testing/perf_builder.ts";

/** What is used of Perfetto's public schema, by its field numbers. */
const { root } = protobuf.parse(
  `syntax = "proto2";
  message Trace { repeated TracePacket packet = 1; }
  message ClockSnapshot {
    message Clock { optional uint32 clock_id = 1; optional uint64 timestamp = 2; }
    repeated Clock clocks = 1;
    optional BuiltinClock primary_trace_clock = 2;
  }
  enum BuiltinClock {
    BUILTIN_CLOCK_UNKNOWN = 0;
    BUILTIN_CLOCK_REALTIME = 1;
    BUILTIN_CLOCK_MONOTONIC = 3;
  }
  message TracePacket {
    optional ClockSnapshot clock_snapshot = 6;
    optional uint64 timestamp = 8;
    optional uint32 trusted_packet_sequence_id = 10;
    optional TrackEvent track_event = 11;
    optional uint32 sequence_flags = 13;
    optional uint32 timestamp_clock_id = 58;
    optional TrackDescriptor track_descriptor = 60;
  }
  message TrackDescriptor {
    optional uint64 uuid = 1;
    optional string name = 2;
    optional uint64 parent_uuid = 5;
    optional CounterDescriptor counter = 8;
  }
  message CounterDescriptor {
    enum Unit { UNIT_UNSPECIFIED = 0; UNIT_TIME_NS = 1; UNIT_COUNT = 2; UNIT_SIZE_BYTES = 3; }
    optional Unit unit = 3;
  }
  message TrackEvent {
    enum Type {
      TYPE_UNSPECIFIED = 0;
      TYPE_SLICE_BEGIN = 1;
      TYPE_SLICE_END = 2;
      TYPE_INSTANT = 3;
      TYPE_COUNTER = 4;
    }
    repeated DebugAnnotation debug_annotations = 4;
    optional Type type = 9;
    optional uint64 track_uuid = 11;
    optional string name = 23;
    optional int64 counter_value = 30;
    optional double double_counter_value = 44;
  }
  message DebugAnnotation {
    optional bool bool_value = 2;
    optional uint64 uint_value = 3;
    optional uint64 pointer_value = 7;
    optional string name = 10;
  }`,
  { keepCase: true },
);
const TraceType = root.lookupType("Trace");

type Fact = string | boolean;

/** An event as the reader has it; 64-bit integers are decimal strings. */
interface Event {
  readonly type: string;
  readonly track: string;
  readonly timestamp: bigint;
  readonly name: string | undefined;
  readonly value: bigint | number | undefined;
  readonly facts: Record<string, Fact>;
}

interface Track {
  readonly uuid: string;
  readonly name: string;
  readonly parent: string | undefined;
  readonly unit: string | undefined;
}

interface Packet {
  timestamp?: string;
  "trusted_packet_sequence_id"?: number;
  "sequence_flags"?: number;
  "track_descriptor"?: {
    uuid: string;
    name: string;
    "parent_uuid"?: string;
    counter?: { unit: string };
  };
  "track_event"?: {
    type: string;
    "track_uuid": string;
    name?: string;
    "counter_value"?: string;
    "double_counter_value"?: number;
    "debug_annotations"?: Record<string, string | boolean>[];
  };
}

interface ReadTrace {
  readonly tracks: readonly Track[];
  readonly events: readonly Event[];
}

function bytesOf(name: string, options?: PerfettoOptions): Uint8Array {
  using file = openPerfFile(`testdata/${name}.perf.data`);
  return bytesOfFile(file, options);
}

function bytesOfFile(file: PerfFile, options?: PerfettoOptions): Uint8Array {
  const pieces = [...perfettoPackets(file, options)];
  const bytes = new Uint8Array(pieces.reduce((so, { length }) => so + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Reads a trace, and checks what every trace has to keep to. */
function readTrace(bytes: Uint8Array): ReadTrace {
  const message = TraceType.decode(bytes);
  assertEquals(TraceType.encode(message).finish().length, bytes.length, "fields of other numbers");
  const { packet } = TraceType.toObject(message, { longs: String, enums: String }) as {
    packet: Packet[];
  };
  const tracks: Track[] = [];
  const events: Event[] = [];
  for (const [i, each] of packet.entries()) {
    assertEquals(each.trusted_packet_sequence_id, 1);
    assertEquals(each.sequence_flags, i === 0 ? 1 : undefined);
    const { track_descriptor: track, track_event: event } = each;
    if (track !== undefined) {
      const parent = track.parent_uuid;
      assert(parent === undefined || tracks.some(({ uuid }) => uuid === parent));
      assert(track.uuid !== "0" && tracks.every(({ uuid }) => uuid !== track.uuid));
      tracks.push({ uuid: track.uuid, name: track.name, parent, unit: track.counter?.unit });
      continue;
    }
    if (event === undefined || each.timestamp === undefined) throw new Error(`packet ${i}`);
    const described = tracks.find(({ uuid }) => uuid === event.track_uuid);
    assertEquals(described?.unit !== undefined, event.type === "TYPE_COUNTER");
    const { counter_value: exact, double_counter_value: rounded } = event;
    events.push({
      type: event.type,
      track: event.track_uuid,
      timestamp: BigInt(each.timestamp),
      name: event.name,
      value: exact === undefined ? rounded : BigInt(exact),
      facts: Object.fromEntries(
        (event.debug_annotations ?? []).map(({ name, ...value }) => {
          const [fact] = Object.values(value);
          return [name, fact];
        }),
      ),
    });
  }
  return { tracks, events };
}

interface Expected {
  limit: { maxTail: string };
  recording: { mode: string };
  totals: {
    auxRecords: number;
    flaggedTails: number;
    truncatedRecords: number;
    partialRecords: number;
    collisionRecords: number;
    lostRecords: number;
  };
  queues: {
    idx: number | null;
    cpu: number | null;
    tid: number | null;
    chunks: number;
    lastTail: string | null;
    gaps: { from: string; to: string; kind: string }[];
  }[];
  flagged: { tail: string; auxOffset: string; size: number; timeNs: string | null }[];
}

function expectedOf(name: string): Expected {
  return JSON.parse(Deno.readTextFileSync(`testdata/${name}.replay.json`));
}

/** Values of a counter track of a queue. */
function counter({ tracks, events }: ReadTrace, group: string, name: string): Event[] {
  const track = tracks.find((track) => track.name === name && track.parent === group);
  if (track === undefined) throw new Error(`There is no track ${name}`);
  assertEquals(track.unit, "UNIT_SIZE_BYTES");
  return events.filter(({ track: of }) => of === track.uuid);
}

function named({ events }: ReadTrace, name: string): Event[] {
  return events.filter((event) => event.name === name && event.type === "TYPE_INSTANT");
}

/** The group of tracks of a queue: of its CPU, or its thread. */
function groupOf(
  { tracks }: ReadTrace,
  { idx, cpu, tid }: { idx: number | null; cpu: number | null; tid: number | null },
): string {
  const cpuName = cpu === null ? [] : [`CPU ${cpu}`];
  const name = idx === null
    ? [...cpuName, `thread ${tid}`].join(", ")
    : cpuName[0] ?? `thread ${tid}`;
  const group = tracks.find((track) => track.name === name);
  if (group === undefined) throw new Error(`There is no group ${name}`);
  return group.uuid;
}

/** Losses that `gaps` of a queue lists. */
const GAPS = ["gap", "overlap", "regression", "missing"];

const NAMES = [...Deno.readDirSync("testdata")].map(({ name }) => name)
  .filter((name) => name.endsWith(".replay.json"))
  .map((name) => name.replace(".replay.json", "")).sort();

for (const name of NAMES) {
  Deno.test(`perfettoPackets() draws what is known of ${name}`, () => {
    const trace = readTrace(bytesOf(name));
    const { totals, queues, limit, flagged, recording } = expectedOf(name);
    const maxTail = BigInt(limit.maxTail);
    for (const queue of queues) {
      if (recording.mode === "sample") continue;
      const group = groupOf(trace, queue);
      const prefix = queue.idx === null ? "" : `queue ${queue.idx}: `;
      assertEquals(counter(trace, group, `${prefix}head`).length, queue.chunks);
      if (queue.lastTail !== null) {
        const tails = counter(trace, group, `${prefix}tail`);
        const distances = counter(trace, group, `${prefix}to the limit of 32 bits`);
        assertEquals([tails.length, distances.length], [queue.chunks, queue.chunks]);
        const last = BigInt(queue.lastTail);
        const value = last < 2n ** 63n ? last : Number(last);
        assertEquals(tails.at(-1)?.value, value);
        const left = maxTail - last;
        assertEquals(distances.at(-1)?.value, left < -(2n ** 63n) ? Number(left) : left);
      }
      const events = trace.tracks.find((track) =>
        track.name === "events" && track.parent === group
      );
      const gaps = trace.events.filter((event) =>
        event.track === events?.uuid && GAPS.includes(event.name ?? "")
      );
      assertEquals(
        gaps.map(({ name, facts }) => [name, hex(facts.from), hex(facts.to)]),
        queue.gaps.map(({ kind, from, to }) => [kind, from, to]),
      );
    }
    const refused = named(trace, "tail needs more than 32 bits");
    assertEquals(refused.length, totals.flaggedTails);
    const key = (offset: string, tail: string, size: string) => `${offset} ${size} ${tail}`;
    assertEquals(
      refused.map(({ facts }) => key(hex(facts.aux_offset), hex(facts.tail), `${facts.size}`))
        .sort(),
      flagged.map(({ auxOffset, tail, size }) => key(auxOffset, tail, `${size}`)).sort(),
    );
    const times = flagged.map(({ timeNs }) => timeNs).filter((time) => time !== null);
    const drawn = refused.map(({ timestamp }) => `${timestamp}`);
    assertEquals(times.filter((time) => !drawn.includes(time)), []);
    assertEquals(
      ["truncated", "partial", "collision", "lost"].map((name) => named(trace, name).length),
      [
        totals.truncatedRecords,
        totals.partialRecords,
        totals.collisionRecords,
        totals.lostRecords,
      ],
    );
    assertSlices(trace, totals.auxRecords);
  });
}

/** Slices of a track follow on each other without overlap. */
function assertSlices({ events }: ReadTrace, count: number): void {
  const ends = new Map<string, bigint>();
  let slices = 0;
  let open: Event | null = null;
  for (const event of events) {
    if (event.type === "TYPE_SLICE_BEGIN") {
      assert(open === null);
      const end = ends.get(event.track);
      assert(end === undefined || end === event.timestamp);
      assertEquals(event.name, "AUX");
      assertEquals(Object.keys(event.facts), ["aux_offset", "aux_size", "flags", "file_offset"]);
      open = event;
      slices++;
    } else if (event.type === "TYPE_SLICE_END") {
      if (open === null) throw new Error("There is no slice to end");
      assert(open.track === event.track && open.timestamp <= event.timestamp);
      if (!ends.has(event.track)) assertEquals(open.timestamp, event.timestamp);
      ends.set(event.track, event.timestamp);
      open = null;
    }
  }
  assertEquals([slices, open], [count, null]);
}

function hex(value: Fact | undefined): string {
  return `0x${BigInt(String(value)).toString(16)}`;
}

Deno.test("perfettoPackets() writes a ClockSnapshot that Perfetto's schema reads", () => {
  const event = auxEvent("intel_pt//", 1);
  const recording = new AuxRecording({
    events: [{ ...event, clockid: 1, flags: [...event.flags!, "useClockid"] }],
    features: [clockData({ clockid: 1, wallNs: 1_800_000_000_000_000_000n, clockNs: 9_000n })],
  });
  recording.aux(0, { offset: 0n, size: 64, timeNs: step(0) });
  const message = TraceType.decode(bytesOfFile(openPerfBytes(recording.bytes())));
  const { packet } = TraceType.toObject(message, { longs: String, enums: String }) as {
    packet: { "clock_snapshot"?: unknown; "timestamp_clock_id"?: number; timestamp?: string }[];
  };
  assertEquals(packet.flatMap((each) => each.clock_snapshot ?? []), [{
    clocks: [
      { "clock_id": 1, timestamp: "1800000000000000000" },
      { "clock_id": 3, timestamp: "9000" },
    ],
    "primary_trace_clock": "BUILTIN_CLOCK_MONOTONIC",
  }]);
  const timed = packet.filter(({ timestamp }) => timestamp !== undefined);
  assertEquals(new Set(timed.map((each) => each.timestamp_clock_id)), new Set([3]));
});

Deno.test("perfettoPackets() draws AUX and LOST records as perf report -D prints them", () => {
  const { events } = readTrace(bytesOf("aux_flags"));
  const ends = events.filter(({ type }) => type === "TYPE_SLICE_END");
  const slices = events.filter(({ type }) => type === "TYPE_SLICE_BEGIN")
    .map(({ timestamp, facts }, i) => [
      [timestamp, ends[i]?.timestamp],
      ...["file_offset", "aux_offset", "aux_size", "flags"].map((key) => Number(facts[key])),
    ]);
  const [first, second, third] = [10_000_000_000n, 10_500_000_000n, 11_000_000_000n];
  assertEquals(slices, [
    [[first, first], 0x208, 0, 0x40, 4],
    [[first, second], 0x2b8, 0x40, 0x40, 8],
    [[second, second], 0x368, 0x80, 0, 1],
    [[second, third], 0x3a8, 0x80, 0x40, 5],
  ]);
  const instants = events.filter(({ type }) => type === "TYPE_INSTANT")
    .map(({ timestamp, name, facts }) => [timestamp, name, Number(facts.file_offset), facts.lost]);
  assertEquals(instants, [
    [first, "partial", 0x208, undefined],
    [second, "collision", 0x2b8, undefined],
    [second, "truncated", 0x368, undefined],
    [third, "truncated", 0x3a8, undefined],
    [third, "partial", 0x3a8, undefined],
    [third, "lost", 0x458, "17"],
    [third, "lost", 0x490, "3"],
  ]);
});

Deno.test("perfettoPackets() writes positions of 2^63 and more as doubles, with an exact event", () => {
  const trace = readTrace(bytesOf("aux_tails_2_63"));
  const [below, at] = [0, 1].map((idx) => {
    const group = groupOf(trace, { idx, cpu: idx, tid: 4242 });
    return counter(trace, group, `queue ${idx}: tail`).map(({ value }) => value);
  });
  assertEquals(below, [0x7fff_ffff_ffff_ffffn]);
  assertEquals(at, [2 ** 63]);
  const exact = named(trace, "tail needs more than 32 bits").map(({ facts }) => facts.tail);
  assertEquals(exact.slice(0, 2), [`${2n ** 63n - 1n}`, `${2n ** 63n}`]);
});

Deno.test("perfettoPackets() puts a recording without times in file order, a microsecond apart", () => {
  const { events } = readTrace(bytesOf("lab_perf64"));
  const aux = events.filter(({ type }) => type === "TYPE_SLICE_END");
  assert(aux.length > 1);
  const times = [...new Set(events.map(({ timestamp }) => timestamp))].sort((a, b) =>
    Number(a - b)
  );
  assertEquals(times, times.map((_, i) => BigInt(i + 1) * 1000n));
  assertEquals(
    aux.map(({ timestamp }) => timestamp),
    aux.map(({ timestamp }) => timestamp).sort((
      a,
      b,
    ) => Number(a - b)),
  );
});

Deno.test("perfettoPackets() measures the distance to the limit by the bits that are given", () => {
  const trace = readTrace(bytesOf("aux_flags", { bits: 40 }));
  const group = groupOf(trace, { idx: 0, cpu: 0, tid: 4242 });
  const values = counter(trace, group, "queue 0: to the limit of 40 bits");
  assertEquals(values.at(-1)?.value, 2n ** 40n - 1n - 0xc0n);
});

Deno.test("perfettoPackets() draws losses of no queue on a track of their own", () => {
  const recording = new AuxRecording().aux(0, { offset: 0n, size: 64, timeNs: step(0) });
  recording.file.add(lost(1n, 5n), { id: 1n, cpu: 3, tid: 7, timeNs: step(1) });
  recording.chunk(0, { offset: 0n, size: 64 });
  using file = openPerfBytes(recording.bytes());
  const trace = readTrace(bytesOfFile(file));
  const root = trace.tracks.find(({ parent }) => parent === undefined);
  const track = trace.tracks.find(({ name, parent }) => name === "events" && parent === root?.uuid);
  const [event, ...more] = named(trace, "lost");
  assertEquals([event?.track, event?.timestamp, event?.facts.lost], [track?.uuid, step(1), "5"]);
  assertEquals(more, []);
});

Deno.test("perfettoPackets() draws a flagged tail that the perf in question stores", () => {
  // Source: perf's arch/arm/util/auxtrace.c, whose accessors refuse nothing.
  const flagged = named(
    readTrace(bytesOf("aux_demo_exceeds", { fromArch: "aarch64" })),
    "tail needs more than 32 bits",
  );
  assertEquals(flagged.map(({ facts }) => facts.refused), [false, false]);
});
