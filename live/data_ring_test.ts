import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { DataRings } from "../auxtrace/data_rings.ts";
import { oracleTest } from "../testing/corpus.ts";
import { pause } from "../testing/simulated_ring.ts";
import { turned } from "./_data_readers.ts";
import {
  type AttrSpec,
  type DataRing,
  openAuxRing,
  openDataRing,
  perfEventOpen,
  SampleType,
  SyscallError,
} from "./mod.ts";

/** cpu-clock of this thread, each millisecond: a ring of one page has room for a tenth of a second. */
const CLOCK: AttrSpec = {
  type: 1,
  config: 0n,
  samplePeriod: 1_000_000n,
  sampleType: SampleType.Identifier | SampleType.Ip | SampleType.Tid | SampleType.Time,
  flags: ["sampleIdAll", "excludeKernel"],
};
/** Header, id, ip, tid, time. */
const SAMPLE_SIZE = 40;

/** Keeps the CPU busy until `done`. */
function spin(done: () => boolean): void {
  for (let turn = 0; turn % 1000 !== 0 || !done(); turn++);
}

const bytesThere = (ring: DataRing) => Number(ring.head - ring.tail);

oracleTest("DataRing.drain() reads all samples across the wrap, in order", ["perf events"], () => {
  using event = perfEventOpen(CLOCK);
  using ring = openDataRing(event, { size: 4096 });
  let last = 0n;
  let count = 0;
  while (ring.tail < 3n * 4096n) {
    spin(() => bytesThere(ring) > 1000);
    event.disable();
    count += ring.drain((record) => {
      assertEquals([record.type, record.size, record.pid], [9, SAMPLE_SIZE, Deno.pid]);
      assert(record.timeNs! > last);
      last = record.timeNs!;
    });
    event.enable();
  }
  assertEquals(ring.tail, BigInt(count * SAMPLE_SIZE));
  assertEquals([ring.lostRecords, ring.lostEvents], [0, 0]);
});

oracleTest("DataRings comes as far as the kernel's data_head", ["perf events"], () => {
  using event = perfEventOpen({
    ...CLOCK,
    flags: ["sampleIdAll", "excludeKernel", "contextSwitch"],
  });
  using ring = openDataRing(event, { size: 4096 });
  const rings = new DataRings({ events: [] });
  const types = new Set<number>();
  while (ring.tail < 3n * 4096n) {
    pause();
    spin(() => bytesThere(ring) > 1000);
    ring.drain((record) => {
      types.add(record.type);
      rings.record(record);
    });
  }
  assert(types.has(9) && types.has(14));
  assertEquals(rings.rings().map(({ cpu, bytes }) => [cpu, bytes]), [[null, Number(ring.tail)]]);
});

oracleTest("DataRing.records() gives values that can be kept", ["perf events"], () => {
  using event = perfEventOpen(CLOCK);
  using ring = openDataRing(event, { size: 4096 });
  spin(() => bytesThere(ring) > 5 * SAMPLE_SIZE);
  const kept = [...ring.records()];
  for (const record of kept) {
    assert(record.type === "sample" && record.id === event.id && record.pid === Deno.pid);
  }
  assert(kept.length > 5);
});

oracleTest("DataRing counts what the kernel dropped while it was full", ["perf events"], () => {
  using event = perfEventOpen({ ...CLOCK, samplePeriod: 100_000n });
  using ring = openDataRing(event, { size: 4096 });
  spin(() => bytesThere(ring) > 4096 - 2 * SAMPLE_SIZE);
  // The event counts this thread's own time: work, and no clock, fills the ring beyond its end.
  let turns = 0;
  spin(() => ++turns > 50_000);
  ring.drain(() => {});
  spin(() => bytesThere(ring) > 0);
  const lost = [...ring.records()].filter((record) => record.type === "lost");
  assertEquals([ring.lostRecords, lost.length], [1, 1]);
  assert(ring.lostEvents > 10, `${ring.lostEvents} lost`);
});

oracleTest("DataRing continues after the record whose use threw", ["perf events"], () => {
  using event = perfEventOpen(CLOCK);
  using ring = openDataRing(event, { size: 4096 });
  spin(() => bytesThere(ring) > 10 * SAMPLE_SIZE);
  event.disable();
  const times: bigint[] = [];
  const failing = () =>
    ring.drain((record) => {
      times.push(record.timeNs!);
      if (times.length === 3) throw new Error("enough");
    });
  assertThrows(failing, Error, "enough");
  assertEquals(ring.tail, BigInt(3 * SAMPLE_SIZE));
  ring.drain((record) => times.push(record.timeNs!));
  assertEquals(times.length * SAMPLE_SIZE, Number(ring.head));
  assertEquals(new Set(times).size, times.length);
});

oracleTest(
  "DataRing of a backward event takes the newest records, oldest first",
  ["perf events"],
  () => {
    using event = perfEventOpen({ ...CLOCK, flags: [...CLOCK.flags!, "writeBackward"] });
    using ring = openDataRing(event, { size: 4096 });
    let last = 0n;
    const read = () => {
      let count = 0;
      ring.drain((record) => {
        assertEquals([record.type, record.size], [9, SAMPLE_SIZE]);
        assert(record.timeNs! > last);
        last = record.timeNs!;
        count++;
      });
      return count;
    };
    spin(() => BigInt.asUintN(64, -ring.head) > 400n);
    const few = read();
    assert(few >= 10 && few < 40);
    spin(() => BigInt.asUintN(64, ring.tail - ring.head) > 12_000n);
    assertEquals(read(), Math.floor(4096 / SAMPLE_SIZE));
  },
);

Deno.test("turned() puts records into the opposite order and drops a cut one", () => {
  const records = (...sizes: number[]) =>
    sizes.flatMap((size) => [size, 0, 0, 0, 0, 0, size, 0, ...new Array(size - 8).fill(size)]);
  const newestFirst = Uint8Array.from([...records(8, 24, 16), ...records(32).slice(0, 24)]);
  assertEquals([...turned(newestFirst)], records(16, 24, 8));
  assertEquals(
    [...turned(Uint8Array.from([...records(16), ...new Array(16).fill(0)]))],
    records(16),
  );
});

oracleTest("DataRing.add() has other events write to the ring", ["perf events"], () => {
  using clock = perfEventOpen(CLOCK);
  using faults = perfEventOpen({ ...CLOCK, config: 2n, samplePeriod: 1n });
  using ring = openDataRing(clock, { size: 1 << 16 });
  ring.add(faults);
  const touched = new Uint8Array(1 << 22).fill(1);
  const ids = new Set<bigint | null>();
  while (ids.size < 2) {
    spin(() => bytesThere(ring) > 0);
    for (const record of ring.records()) if (record.type === "sample") ids.add(record.id);
  }
  assertEquals([...ids].sort(), [clock.id, faults.id].sort());
  assertEquals(touched.length, 1 << 22);
});

oracleTest("DataRing.wait() ends on data, timeout, abort and close", ["perf events"], async () => {
  using event = perfEventOpen({ ...CLOCK, flags: [...CLOCK.flags!, "disabled"] });
  const ring = openDataRing(event, { size: 4096 });
  assertEquals(await ring.wait({ timeoutMs: 5 }), "timeout");
  assertEquals(await ring.wait({ signal: AbortSignal.abort() }), "aborted");
  assertEquals(await ring.wait({ signal: AbortSignal.timeout(5) }), "aborted");
  event.enable();
  spin(() => bytesThere(ring) > 0);
  assertEquals(await ring.wait(), "data");
  event.disable();
  ring.drain(() => {});
  const waits = [ring.wait(), ring.wait({ timeoutMs: 60_000 })];
  setTimeout(() => ring[Symbol.dispose](), 5);
  assertEquals(await Promise.all(waits), ["closed", "closed"]);
});

oracleTest(
  "DataRing.wait() lets timers run, and ends with its event",
  ["perf events"],
  async () => {
    const event = perfEventOpen({ ...CLOCK, flags: ["disabled"] });
    using ring = openDataRing(event, { size: 4096 });
    let ticks = 0;
    const timer = setInterval(() => ++ticks === 10 && event[Symbol.dispose](), 1);
    assertEquals(await ring.wait(), "closed");
    clearInterval(timer);
    assertEquals(await ring.wait(), "closed");
  },
);

oracleTest("DataRing.wait() ends when the traced task exits", ["perf events"], async () => {
  const child = new Deno.Command("sleep", { args: ["0.05"] }).spawn();
  using event = perfEventOpen(CLOCK, { pid: child.pid });
  using ring = openDataRing(event, { size: 4096 });
  let end = await ring.wait();
  while (end === "data") {
    ring.drain(() => {});
    end = await ring.wait();
  }
  assertEquals(end, "exited");
  await child.status;
});

oracleTest("a closed DataRing is empty and says so", ["perf events"], async () => {
  using event = perfEventOpen(CLOCK);
  const ring = openDataRing(event, { size: 4096 });
  const stale = new Uint8Array(ring.page);
  ring[Symbol.dispose]();
  ring[Symbol.dispose]();
  assertEquals([stale.length, stale[0]], [0, undefined]);
  assertThrows(() => ring.drain(() => {}), TypeError, "Cannot read a data ring that is closed");
  assertThrows(() => ring.lend(() => {}), TypeError, "closed");
  assertEquals(await ring.wait(), "closed");
});

oracleTest("a DataRing that is closed while it is read ends the reading", ["perf events"], () => {
  using event = perfEventOpen(CLOCK);
  using ring = openDataRing(event, { size: 4096 });
  spin(() => bytesThere(ring) > 5 * SAMPLE_SIZE);
  let seen = 0;
  ring.lend((first) => {
    ring[Symbol.dispose]();
    seen = first.length;
  });
  assertEquals(seen, 0);
});

oracleTest("perfEventOpen() names the call, the error and the cure", ["perf events"], () => {
  const error = assertThrows(() => perfEventOpen({ type: 4242 }), SyscallError) as SyscallError;
  assertEquals([error.syscall, error.errno, error.code], ["perf_event_open", 2, "ENOENT"]);
  assertStringIncludes(
    error.message,
    "perf_event_open: no such file, event or kind of event (ENOENT)",
  );
  const gone = assertThrows(() => perfEventOpen(CLOCK, { pid: 2 ** 22 - 1 }), SyscallError);
  assertStringIncludes((gone as SyscallError).message, "ESRCH");
});

oracleTest("openDataRing() and openAuxRing() say why they are refused", ["perf events"], () => {
  using event = perfEventOpen(CLOCK);
  for (const size of [0, 5000, 3 * 4096, NaN]) {
    assertThrows(() => openDataRing(event, { size }), RangeError, "a power of two of pages");
  }
  using ring = openDataRing(event, { size: 4096 });
  const none = assertThrows(() => openAuxRing(ring), SyscallError) as SyscallError;
  assertEquals([none.syscall, none.code], ["mmap", "EOPNOTSUPP"]);
});

oracleTest("a closed event says so", ["perf events"], async () => {
  const event = perfEventOpen(CLOCK);
  event[Symbol.dispose]();
  event[Symbol.dispose]();
  assertThrows(() => event.enable(), TypeError, "Cannot use a perf event that is closed");
  assertEquals(await event.waiter.wait(), "closed");
});

oracleTest("a closed event lends its number to nobody", ["perf events"], () => {
  const event = perfEventOpen(CLOCK);
  using other = perfEventOpen(CLOCK);
  event[Symbol.dispose]();
  const closed = "Cannot use a perf event that is closed";
  assertThrows(() => openDataRing(event), TypeError, closed);
  assertThrows(() => event.setFilter("x"), TypeError, closed);
  assertThrows(() => other.setOutput(event), TypeError, closed);
  assertThrows(() => perfEventOpen(CLOCK, { group: event }), TypeError, closed);
});

oracleTest(
  "DataRing.wait() of a second ring waits, although the first was closed",
  ["perf events"],
  async () => {
    using event = perfEventOpen({ ...CLOCK, flags: ["disabled"] });
    assertEquals(await event.waiter.wait({ timeoutMs: 5 }), "exited");
    const first = openDataRing(event, { size: 4096 });
    const wait = first.wait();
    setTimeout(() => first[Symbol.dispose](), 5);
    assertEquals(await wait, "closed");
    using second = openDataRing(event, { size: 4096 });
    assertEquals(await second.wait({ timeoutMs: 5 }), "timeout");
  },
);

oracleTest("DataRing starts where the reader before it ended", ["perf events"], () => {
  using event = perfEventOpen(CLOCK);
  using first = openDataRing(event, { size: 4096 });
  spin(() => bytesThere(first) > 5 * SAMPLE_SIZE);
  first.drain(() => {});
  using second = openDataRing(event, { size: 4096 });
  assertEquals(second.tail >= first.tail && first.tail > 0n, true);
});

oracleTest("DataRing.lend() rejects a call of itself in the callback", ["perf events"], () => {
  using event = perfEventOpen(CLOCK);
  using ring = openDataRing(event, { size: 4096 });
  spin(() => bytesThere(ring) > 0);
  ring.lend(() => assertThrows(() => ring.lend(() => {}), TypeError, "twice at a time"));
  spin(() => bytesThere(ring) > 0);
  assert(ring.lend(() => {}) > 0);
});
