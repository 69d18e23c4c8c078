import { assertEquals } from "@std/assert";
import { compatAuxPointers, nativeAuxPointers } from "../auxtrace/accessors.ts";
import { ControlPage } from "../auxtrace/control_page.ts";
import type { EventSpec } from "../encoders/attr_bytes.ts";
import { encodeRecord } from "../encoders/internal.ts";
import { aux } from "../testing/record_bytes.ts";
import { bytesSource } from "../parsers/byte_source.ts";
import { parsePerfFile } from "../mod.ts";
import { AuxReference } from "./_reference.ts";
import { sample } from "../testing/sample_bytes.ts";
import { MemorySink } from "../testing/written_recordings.ts";
import { AuxRing } from "./aux_ring.ts";
import { type PerfSink, PerfWriter } from "./perf_writer.ts";
import { Recorder } from "./recorder.ts";
import type { AuxEvent } from "./restarts.ts";
import type { RingSession, SessionRing } from "./ring_session.ts";

const EVENT: EventSpec & { ids: bigint[]; name: string } = {
  type: 8,
  name: "intel_bts//",
  ids: [1n],
  sampleType: 0x10002n | 4n,
  flags: ["sampleIdAll"],
};
const CONVERSION = {
  timeShift: 10n,
  timeMult: 512n,
  timeZero: 1000n,
  capUserTimeZero: true,
  capUserTimeShort: false,
  timeCycles: 0n,
  timeMask: 0n,
};

/** A session of one ring on plain memory: AUX positions start at `start`. */
function recorderOf(
  sink: PerfSink,
  { start, kind, pointersOf, event }: {
    start: bigint;
    kind?: "intel_bts";
    event?: AuxEvent;
    pointersOf: typeof nativeAuxPointers;
  },
) {
  const page = new ArrayBuffer(4096);
  const positions = new BigUint64Array(page, ControlPage.auxHead, 2).fill(start);
  const ring = Uint8Array.from(new Array(64).keys());
  const auxRing = new AuxRing({
    page,
    ring,
    pointers: pointersOf(page),
    ...(event && { event }),
    close() {},
  });
  const pending: Uint8Array[] = [];
  const sampleTimes: unknown[] = [];
  const data = {
    lend(use: (first: Uint8Array, second: Uint8Array) => void): number {
      const bytes = pending.shift();
      if (bytes !== undefined) use(bytes, new Uint8Array());
      return bytes?.length ?? 0;
    },
  };
  const rings = [{ index: 0, cpu: 3, tid: -1, data, aux: auxRing }] as unknown as SessionRing[];
  const session = { rings, disable() {} } as unknown as RingSession;
  const writer = new PerfWriter(sink, { events: [EVENT] });
  const recorder = new Recorder(session, writer, {
    // header, identifier, tid
    timeAt: 24,
    trailerTimeAt: 16,
    reference: new AuxReference(kind ?? null, CONVERSION),
    ...(kind === "intel_bts" && { auxAlignment: 24 }),
    features: (times) => {
      sampleTimes.push(times);
      return [];
    },
  });
  return { recorder, positions, pending, auxRing, sampleTimes };
}

Deno.test("Recorder knows the times of the first and the last sample, also of a single one", () => {
  for (const times of [[], [70n], [70n, 90n]]) {
    const sink = new MemorySink();
    const { recorder, pending, auxRing, sampleTimes } = recorderOf(sink, {
      start: 0n,
      pointersOf: nativeAuxPointers,
    });
    using _ring = auxRing;
    for (const timeNs of times) {
      pending.push(encodeRecord(true, sample(EVENT, { timeNs }), { event: EVENT, values: {} }));
      recorder.pass();
    }
    // Without records there are no features either.
    assertEquals(recorder.finish(), times.length > 0);
    assertEquals(sampleTimes, [times.length === 0 ? null : [70n, times.at(-1)!]]);
    const { records, samples, bytes } = recorder.summary;
    assertEquals([records, samples, bytes >= sink.bytes.length - 64], [
      times.length,
      times.length,
      true,
    ]);
  }
});

function recorded(sink: MemorySink) {
  const file = parsePerfFile(bytesSource(sink.bytes));
  return {
    file,
    types: [...file.records()].map(({ type }) => type),
    chunks: [...file.auxChunks()],
  };
}

Deno.test("Recorder writes records before AUX data, then FINISHED_ROUND, pass by pass", () => {
  const sink = new MemorySink();
  const { recorder, positions, pending, auxRing } = recorderOf(sink, {
    start: 0n,
    pointersOf: nativeAuxPointers,
  });
  using _ring = auxRing;
  pending.push(encodeRecord(true, aux({ offset: 0n, size: 40n }), { event: EVENT, values: {} }));
  positions[0] = 40n;
  assertEquals(recorder.pass(), 96);
  assertEquals(recorder.pass(), 0);
  positions[0] = 90n;
  recorder.finish();
  const { file, types, chunks } = recorded(sink);
  assertEquals([file.finalised, recorder.limited], [true, []]);
  assertEquals(types, ["aux", "auxtrace", "finished_round", "auxtrace", "finished_round"]);
  assertEquals(chunks.map(({ auxOffset, size, cpu }) => [auxOffset, size, cpu]), [[0n, 40, 3], [
    40n,
    56,
    3,
  ]]);
  assertEquals([...chunks[1]!.read()].slice(22, 32), [62, 63, 0, 1, 2, 3, 4, 5, 6, 7]);
  assertEquals(recorder.summary.auxBytes, 90);
});

Deno.test("Recorder records what a compat accessor refuses, ends there without FINISHED_ROUND", () => {
  const sink = new MemorySink();
  const { recorder, positions, auxRing } = recorderOf(sink, {
    start: 0xffff_fff0n,
    pointersOf: compatAuxPointers,
  });
  using _ring = auxRing;
  positions[0] = 0xffff_fff8n;
  recorder.pass();
  positions[0] = 0x1_0000_0008n;
  recorder.pass();
  assertEquals(recorder.limited.map(({ ring, overflow }) => [ring.cpu, overflow.tail]), [
    [3, 0x1_0000_0008n],
  ]);
  positions[0] = 0x1_0000_0010n;
  recorder.finish();
  const { file, types, chunks } = recorded(sink);
  assertEquals(file.finalised, true);
  assertEquals(types, ["auxtrace", "finished_round", "auxtrace"]);
  assertEquals(chunks.map(({ auxOffset, size }) => [auxOffset, size]), [
    [0xffff_fff0n, 8],
    [0xffff_fff8n, 16],
  ]);
});

Deno.test("Recorder cuts no record of Intel BTS at the end of the ring", () => {
  const sink = new MemorySink();
  const { recorder, positions, auxRing } = recorderOf(sink, {
    start: 0n,
    kind: "intel_bts",
    pointersOf: nativeAuxPointers,
  });
  using _ring = auxRing;
  positions[0] = 48n;
  recorder.pass();
  positions[0] = 88n;
  recorder.finish();
  const [, second] = recorded(sink).chunks;
  assertEquals([second!.auxOffset, second!.size, [...second!.read()]], [48n, 24, [
    ...new Array(24).keys(),
  ]]);
});

Deno.test("Recorder ends the file where the sink fails, and tells the error", () => {
  const sink = new MemorySink({ room: 800 });
  const { recorder, positions, auxRing } = recorderOf(sink, {
    start: 0n,
    pointersOf: nativeAuxPointers,
  });
  using _ring = auxRing;
  let failure: unknown = null;
  try {
    for (let head = 64n; failure === null; head += 64n) {
      positions[0] = head;
      recorder.pass();
    }
  } catch (error) {
    failure = error;
  }
  let atEnd: unknown = null;
  try {
    recorder.finish();
  } catch (error) {
    atEnd = error;
  }
  assertEquals(atEnd, failure);
  const { file, chunks } = recorded(sink);
  assertEquals(file.finalised, true);
  assertEquals(positions[1], BigInt(64 * chunks.length));
});

Deno.test("AuxReference is a cycle counter for Intel, in the time of the records", () => {
  const reference = new AuxReference("intel_bts", CONVERSION);
  const timeNs = 5_000_000_000n;
  reference.learn(timeNs);
  // mult / 2^shift is half a nanosecond per cycle
  const cycles = Number(reference.now() - 2n * (timeNs - 1000n));
  assertEquals([cycles >= 0, cycles < 1e9], [true, true]);
});

Deno.test("Recorder restarts the event after a TRUNCATED record, and counts it; every byte is there", () => {
  const sink = new MemorySink();
  const calls: string[] = [];
  const event = {
    enabled: true,
    enable: () => void calls.push(`enable at ${positions[1]}`),
    disable: () => void calls.push(`disable at ${positions[1]}`),
  };
  const { recorder, positions, pending, auxRing } = recorderOf(sink, {
    start: 0n,
    pointersOf: nativeAuxPointers,
    event,
  });
  using _ring = auxRing;
  for (let lap = 1n; lap <= 3n; lap++) {
    const truncated = aux({ offset: (lap - 1n) * 64n, size: 64n, flags: 1n });
    pending.push(encodeRecord(true, truncated, { event: EVENT, values: {} }));
    positions[0] = lap * 64n;
    recorder.pass();
  }
  recorder.finish();
  assertEquals(calls, [64, 128, 192].flatMap((at) => [`disable at ${at}`, `enable at ${at}`]));
  const { truncated, restarts, auxBytes } = recorder.summary;
  assertEquals([truncated, restarts, auxBytes], [3, 3, 192]);
  assertEquals(recorded(sink).chunks.map(({ auxOffset, size }) => [auxOffset, size]), [
    [0n, 64],
    [64n, 64],
    [128n, 64],
  ]);
});
