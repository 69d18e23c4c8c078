import { assertEquals, assertThrows } from "@std/assert";
import { compatAuxPointers, nativeAuxPointers } from "../../auxtrace/mod.ts";
import { AuxRing } from "../../live/internal.ts";
import { SimulatedRing } from "../../testing/simulated_ring.ts";
import { LimitWarnings } from "./_limit_warnings.ts";

const GIB = 2 ** 30;
const NATIVE = { warnAt: 90, accessor: "auto" } as const;

/** An AUX ring of a thread, or of the CPU of its number, from `start` on, and the kernel's side. */
function ringAt(
  start: bigint,
  { index = 0, tid = -1, pointersOf = nativeAuxPointers }: {
    index?: number;
    tid?: number;
    pointersOf?: typeof nativeAuxPointers;
  },
) {
  const simulated = new SimulatedRing(2 ** 16, start);
  const aux = new AuxRing(simulated.auxMemory(pointersOf));
  const positions = simulated.memory.positions();
  const write = (size: number) => void Atomics.add(positions, 0, BigInt(size));
  return { ring: { index, cpu: tid < 0 ? index : -1, tid, aux }, write };
}

/** Calls `use` with a clock that is set by hand in seconds, and returns what it prints as warnings. */
function warningsOf(use: (wait: (seconds: number) => void) => void): string[] {
  const { now } = performance;
  const { writeSync } = Deno.stderr;
  let ms = 5000;
  let text = "";
  performance.now = () => ms;
  Deno.stderr.writeSync = (bytes) => {
    text += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  try {
    use((seconds) => void (ms += seconds * 1000));
  } finally {
    Object.assign(performance, { now });
    Object.assign(Deno.stderr, { writeSync });
  }
  return text.split("\n").slice(0, -1);
}

Deno.test("LimitWarnings warns once of each ring, with the time left and its span", () => {
  const warned = warningsOf((wait) => {
    const first = ringAt(0n, { index: 0 });
    const second = ringAt(0n, { index: 1, tid: 77 });
    using _first = first.ring.aux;
    using _second = second.ring.aux;
    const warnings = new LimitWarnings(NATIVE);
    const look = () => warnings.look([first.ring, second.ring]);
    look();
    wait(100); // nothing is written: this time does not count
    look();
    first.write(GIB);
    second.write(GIB / 2);
    look(); // from here on
    for (const _ of Array(5)) {
      wait(2);
      first.write(GIB / 2);
      second.write(GIB / 4);
      look();
    }
    assertEquals([warnings.near(0), warnings.near(1)], [null, null]); // 3.5 GiB are 87.5 %
    wait(1);
    first.write(GIB / 4);
    look();
    // 2.75 GiB in 11 s, 0.25 GiB left.
    assertEquals(warnings.near(0), { secondsLeft: 1, observedSeconds: 11 });
    wait(11);
    first.write(GIB / 8);
    second.write(3 * GIB - GIB / 4);
    look();
    // 2.875 GiB in 22 s, 0.125 GiB left.
    assertEquals(warnings.near(0)?.secondsLeft, 22 * 0.125 / 2.875);
    assertEquals(warnings.near(1), { secondsLeft: 0, observedSeconds: 22 });
    first.write(GIB);
    look();
    assertEquals(warnings.near(0)?.secondsLeft, 0);
  });
  assertEquals(warned, [
    "auxtail: CPU 0: AUX data at 93 % of 4 GiB, where a 32-bit perf with compat accessors stops; " +
    "about 1 s left at the rate seen over 11 s",
    "auxtail: thread 77: AUX data past 4 GiB, where a 32-bit perf with compat accessors stops",
  ]);
});

Deno.test("LimitWarnings knows no time left where no rate was seen", () => {
  const warned = warningsOf((wait) => {
    const { ring, write } = ringAt(0n, { index: 2 });
    using _aux = ring.aux;
    const warnings = new LimitWarnings(NATIVE);
    warnings.look([ring]);
    wait(1);
    write(3.75 * GIB);
    warnings.look([ring]); // at once
    assertEquals(warnings.near(2), { secondsLeft: null, observedSeconds: 0 });
    wait(0.009);
    write(4096);
    warnings.look([ring]);
    assertEquals(warnings.near(2)?.secondsLeft, null); // less than 10 ms
    wait(0.991);
    write(GIB / 16 - 4096);
    warnings.look([ring]);
    // As much in 1 s as is left three times.
    assertEquals(warnings.near(2), { secondsLeft: 3, observedSeconds: 1 });
  });
  assertEquals(warned, [
    "auxtail: CPU 2: AUX data at 93 % of 4 GiB, where a 32-bit perf with compat accessors stops; " +
    "the time left is not known, as no rate was seen before",
  ]);
});

Deno.test("LimitWarnings warns from the percentage on, and says what stops a compat reader", () => {
  const rings = (pointersOf = nativeAuxPointers) => ringAt(2n ** 31n - 1n, { pointersOf });
  const warned = warningsOf(() => {
    const { ring, write } = rings(compatAuxPointers);
    using _aux = ring.aux;
    const warnings = new LimitWarnings({ warnAt: 50, accessor: "compat" });
    warnings.look([ring, { index: 1, cpu: 1, tid: -1, aux: null }]);
    assertEquals([warnings.near(0), warnings.near(1)], [null, null]);
    write(1);
    warnings.look([ring]);
  });
  assertEquals(warned, [
    "auxtail: CPU 0: AUX data at 50 % of 4 GiB, where the compat accessor stops this reader; " +
    "the time left is not known, as no rate was seen before",
  ]);
});

Deno.test("LimitWarnings refuses what is no percentage", () => {
  for (const warnAt of [0, -1, 100.5, NaN]) {
    assertThrows(
      () => new LimitWarnings({ ...NATIVE, warnAt }),
      Error,
      `Option "--warn-at" takes a percentage above 0 and up to 100, got ${warnAt}`,
    );
  }
});
