import { assert, assertEquals } from "@std/assert";
import { compatAuxPointers, nativeAuxPointers } from "../auxtrace/accessors.ts";
import { ByteWriter } from "../encoders/byte_writer.ts";
import { SimulatedRing } from "../testing/simulated_ring.ts";
import { AuxRing } from "./aux_ring.ts";
import { type WatchedRing, Watcher } from "./watcher.ts";

const RING_SIZE = 2 ** 16;
const LIMIT = 2n ** 32n;
const AUX = 11;
const LOST = 2;
const TRUNCATED = 1n;

/** A data ring, read up to `tail`, that holds `records` whenever it is emptied. */
function dataRing(records: Uint8Array, tail = 0n): WatchedRing["data"] {
  return {
    size: 4096,
    get head() {
      return tail + BigInt(records.length);
    },
    get tail() {
      return tail;
    },
    lend(use) {
      use(records.subarray(0, 8), records.subarray(8));
      tail += BigInt(records.length);
      return records.length;
    },
  };
}

/** A record of u64 fields. */
function record(type: number, ...fields: bigint[]): Uint8Array {
  const bytes = new ByteWriter(true);
  bytes.u32(type);
  bytes.u16(0);
  bytes.u16(8 + 8 * fields.length);
  for (const field of fields) bytes.u64(field);
  return bytes.toBytes();
}

/** An AUX ring from `start` on, and the kernel's side of it. */
function auxRing(start: bigint, pointersOf = nativeAuxPointers): {
  aux: AuxRing;
  write: (size: number) => void;
} {
  const simulated = new SimulatedRing(RING_SIZE, start);
  const aux = new AuxRing(simulated.auxMemory(pointersOf));
  const positions = simulated.memory.positions();
  return { aux, write: (size) => void Atomics.add(positions, 0, BigInt(size)) };
}

Deno.test("Watcher.tick() tells head and tail before it empties the rings", () => {
  const { aux, write } = auxRing(0n);
  using _aux = aux;
  const watcher = new Watcher([{
    index: 3,
    cpu: 1,
    tid: -1,
    data: dataRing(new Uint8Array()),
    aux,
  }]);
  write(5000);
  const [first] = watcher.tick();
  assertEquals([first!.ring, first!.cpu, first!.tid], [3, 1, null]);
  assertEquals([first!.aux!.head, first!.aux!.tail, first!.aux!.size], [5000n, 0n, RING_SIZE]);
  assert(first!.aux!.bytesPerSecond > 0);
  const [second] = watcher.tick();
  assertEquals([second!.aux!.head, second!.aux!.tail], [5000n, 5000n]);
  assertEquals([second!.aux!.bytesPerSecond, second!.aux!.secondsLeft], [0, null]);
});

Deno.test("Watcher.tick() tells the headroom to 2^32 - 1 and how long it takes", () => {
  const { aux, write } = auxRing(LIMIT - 4096n);
  using _aux = aux;
  const watcher = new Watcher([{
    index: 0,
    cpu: -1,
    tid: 7,
    data: dataRing(new Uint8Array()),
    aux,
  }]);
  write(96);
  const [before] = watcher.tick();
  const { headroomBytes, secondsLeft, bytesPerSecond } = before!.aux!;
  assertEquals([before!.tid, before!.cpu, headroomBytes], [7, null, 4095]);
  assertEquals(secondsLeft, 4095 / bytesPerSecond);
  write(4000);
  watcher.pass();
  const [beyond] = watcher.tick();
  assertEquals([beyond!.aux!.tail, beyond!.aux!.headroomBytes], [LIMIT, 0]);
  assertEquals([beyond!.aux!.limited, watcher.overflow], [false, null]);
});

Deno.test("Watcher.pass() keeps the first tail that a compat accessor refuses", () => {
  const { aux, write } = auxRing(LIMIT - 4096n, compatAuxPointers);
  const { aux: other, write: writeOther } = auxRing(0n, compatAuxPointers);
  using _aux = aux;
  using _other = other;
  const data = dataRing(new Uint8Array());
  const watcher = new Watcher([
    { index: 0, cpu: 0, tid: -1, data, aux },
    { index: 1, cpu: 1, tid: -1, data, aux: other },
  ]);
  write(4096);
  writeOther(100);
  watcher.pass();
  assertEquals(watcher.overflow?.tail, LIMIT);
  write(8);
  watcher.pass();
  assertEquals(watcher.overflow?.tail, LIMIT);
  const [limited, free] = watcher.tick();
  assertEquals([limited!.aux!.limited, limited!.aux!.tail], [true, LIMIT]);
  assertEquals([free!.aux!.limited, free!.aux!.tail], [false, 100n]);
});

Deno.test("Watcher.tick() does not know how much trace data a truncated record lost", () => {
  const cases: [Uint8Array, number, 0 | null][] = [
    [record(AUX, 0n, 64n, 0n), 0, 0],
    [record(AUX, 0n, 64n, TRUNCATED), 1, null],
    // Whether a dropped record said so is not known either.
    [record(LOST, 1n, 3n), 0, null],
  ];
  for (const [bytes, truncatedRecords, lostBytes] of cases) {
    const { aux } = auxRing(0n);
    using _aux = aux;
    const watcher = new Watcher([{ index: 0, cpu: 0, tid: -1, data: dataRing(bytes), aux }]);
    watcher.pass();
    const [ring] = watcher.tick();
    assertEquals([ring!.aux!.truncatedRecords, ring!.aux!.lostBytes], [
      truncatedRecords,
      lostBytes,
    ]);
  }
});

Deno.test("Watcher.tick() counts the records that a data ring lost, and its bytes", () => {
  const lost = record(LOST, 1n, 3n);
  const ring = { index: 0, cpu: 0, tid: -1, data: dataRing(lost), aux: null };
  const watcher = new Watcher([ring]);
  for (const passes of [0, 1, 2]) {
    const [{ data, aux }] = watcher.tick() as [ReturnType<Watcher["tick"]>[number]];
    assertEquals([data.lostEvents, aux], [3 * passes, null]);
    const size = BigInt(lost.length);
    assertEquals([data.tail, data.head], [BigInt(passes) * size, BigInt(passes + 1) * size]);
  }
});

Deno.test("Watcher.tick() says when a data head needs more than 32 bits, with AUX and without", () => {
  const bytes = record(LOST, 1n, 3n);
  const { aux } = auxRing(0n);
  using _aux = aux;
  const data = () => dataRing(bytes, LIMIT - BigInt(bytes.length) - 1n);
  const watcher = new Watcher([
    { index: 0, cpu: 0, tid: -1, data: data(), aux: null },
    { index: 1, cpu: 1, tid: -1, data: data(), aux },
  ]);
  const first = watcher.tick();
  assertEquals(first.map(({ data }) => [data.head, data.over32Bits]), [
    [LIMIT - 1n, false],
    [LIMIT - 1n, false],
  ]);
  const second = watcher.tick();
  assertEquals(second.map(({ data }) => data.over32Bits), [true, true]);
  assertEquals(second[1]!.aux!.headroomBytes, 0xffff_ffff);
});

/** Calls `use` with a clock that is set by hand, in milliseconds. */
function withClock(use: (clock: { ms: number }) => void): void {
  const { now } = performance;
  const clock = { ms: 5000 };
  performance.now = () => clock.ms;
  try {
    use(clock);
  } finally {
    Object.assign(performance, { now });
  }
}

Deno.test("Watcher.tick() has rates in bytes per second, of the time since the tick before", () => {
  withClock((clock) => {
    const { aux, write } = auxRing(0n);
    using _aux = aux;
    const bytes = record(LOST, 1n, 3n); // 24 bytes
    const watcher = new Watcher([{ index: 0, cpu: 0, tid: -1, data: dataRing(bytes), aux }]);
    write(1000);
    // No time has passed: nothing is known.
    const rates = () => {
      const [{ data, aux }] = watcher.tick() as [ReturnType<Watcher["tick"]>[number]];
      return [data.bytesPerSecond, aux!.bytesPerSecond, aux!.secondsLeft];
    };
    assertEquals(rates(), [0, 0, null]);
    write(500);
    clock.ms += 250;
    // The data ring has 24 more at each tick.
    const left = (tail: number, rate: number) => (2 ** 32 - 1 - tail) / rate;
    assertEquals(rates(), [96, 2000, left(1000, 2000)]);
    clock.ms += 2000;
    assertEquals(rates(), [12, 0, null]);
    write(1);
    clock.ms += 1500;
    // 24 / 1.5 and 1 / 1.5, rounded.
    assertEquals(rates(), [16, 1, left(1500, 1)]);
  });
});

Deno.test("Watcher restarts the event of a ring whose records say TRUNCATED, and of no other", () => {
  const rings = [TRUNCATED, 0n].map((flags, index) => {
    const simulated = new SimulatedRing(RING_SIZE);
    const calls: string[] = [];
    const event = {
      enabled: true,
      enable: () => void calls.push("enable"),
      disable: () => void calls.push("disable"),
    };
    const aux = new AuxRing({ ...simulated.auxMemory(nativeAuxPointers), event });
    Atomics.add(simulated.memory.positions(), 0, 64n);
    let records = record(AUX, 0n, 64n, flags);
    const data: WatchedRing["data"] = {
      ...dataRing(new Uint8Array()),
      lend(use) {
        use(records, new Uint8Array());
        records = new Uint8Array();
        return 0;
      },
    };
    return { ring: { index, cpu: index, tid: -1, data, aux }, calls };
  });
  using _first = rings[0]!.ring.aux;
  using _second = rings[1]!.ring.aux;
  const watcher = new Watcher(rings.map(({ ring }) => ring));
  watcher.pass();
  assertEquals(rings.map(({ calls }) => calls), [["disable", "enable"], ["enable"]]);
  assertEquals(watcher.tick().map(({ aux }) => [aux!.restarts, aux!.silent]), [
    [1, false],
    [0, false],
  ]);
});
