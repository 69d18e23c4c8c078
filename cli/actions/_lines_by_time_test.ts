import { assertEquals, assertThrows } from "@std/assert";
import { RecordType } from "../../parsers/perf/abi.ts";
import type { RecordCursor } from "../../parsers/perf/mod.ts";
import { openPerfBytes } from "../../system/mod.ts";
import { auxEvent, comm, finishedRound, PerfFileBuilder } from "../../testing/perf_builder.ts";
import { randomNumbers } from "../../testing/packet_pieces.ts";
import { type LinesByTime, linesByTime } from "./_lines_by_time.ts";

type Sizes = Pick<LinesByTime, "maxHeld" | "bufferSize">;

/** A recording with a COMM at each time, in rounds, and the names in order of time. */
function recordingOf(
  rounds: readonly (readonly bigint[])[],
): { bytes: Uint8Array; names: string[] } {
  const builder = new PerfFileBuilder({ events: [auxEvent("x", 2)] });
  const all: { time: bigint; name: string }[] = [];
  for (const round of rounds) {
    for (const time of round) {
      const name = `n${all.length}`;
      all.push({ time, name });
      builder.add(comm({ pid: 1, tid: 1, comm: name }), { id: 1n, timeNs: time });
    }
    builder.add(finishedRound);
  }
  const sorted = all.sort((a, b) => a.time < b.time ? -1 : a.time > b.time ? 1 : 0);
  return { bytes: builder.bytes(), names: sorted.map(({ name }) => name) };
}

/** The names in the order in which they are written, and how often all was read. */
function written(
  bytes: Uint8Array,
  sizes: Sizes,
): { names: string[]; rounds: number; reads: number } {
  using file = openPerfBytes(bytes);
  let reads = 1;
  const lines = [...linesByTime(file.recordCursor(), {
    isWanted: () => true,
    write(cursor: RecordCursor) {
      if (cursor.type === RecordType.FinishedRound) return "round";
      const record = cursor.record();
      return record.type === "comm" ? record.comm : record.type;
    },
    again() {
      reads++;
      return file.recordCursor();
    },
    ...sizes,
  })];
  const names = lines.filter((line) => line !== "round");
  return { names, rounds: lines.length - names.length, reads };
}

/** Rounds of which each is later than the one before the last, with times above 2^53 and equal ones. */
function someRounds(random: (limit: number) => number, count: number, size: number): bigint[][] {
  const start = random(2) === 0 ? 5n : 2n ** 63n + 1n;
  return Array.from(
    { length: count },
    (_, round) =>
      Array.from(
        { length: random(size) },
        () => start + BigInt(round * 100 + random(150)) * 0x2000_0001n,
      ),
  );
}

Deno.test("linesByTime() gives the same order, however little fits", () => {
  const random = randomNumbers(13);
  for (let n = 0; n < 60; n++) {
    const { bytes, names } = recordingOf(someRounds(random, 1 + random(6), 60));
    for (const bufferSize of [1, 64, 200, 640, 1 << 20]) {
      for (const maxHeld of [0, 20, 150, 1 << 20]) {
        const found = written(bytes, { maxHeld, bufferSize });
        assertEquals(found.names, names, `${n}: ${maxHeld}, ${bufferSize}`);
      }
    }
  }
});

Deno.test("linesByTime() reads once what fits, and else as often as a buffer has to be filled", () => {
  const { bytes, names } = recordingOf([Array.from({ length: 100 }, (_, n) => BigInt(1000 - n))]);
  const reads = (sizes: Sizes) => {
    const found = written(bytes, sizes);
    assertEquals([found.names, found.rounds], [names, 1]);
    return found.reads;
  };
  assertEquals(reads({}), 1);
  assertEquals(reads({ maxHeld: 10, bufferSize: 6400 }), 2);
  // A buffer of ten lines that come from the last to the first holds five to ten of the earliest.
  const some = reads({ maxHeld: 10, bufferSize: 640 });
  assertEquals(some >= 11 && some <= 21, true, `${some}`);
});

Deno.test("linesByTime() throws what reading again throws, only where it has to", () => {
  const { bytes } = recordingOf([[3n, 1n, 2n]]);
  const lines = (maxHeld: number) => {
    using file = openPerfBytes(bytes);
    return [...linesByTime(file.recordCursor(), {
      isWanted: () => true,
      write: () => "line",
      again: () => {
        throw new RangeError("comes only once");
      },
      maxHeld,
    })].length;
  };
  assertEquals(lines(100), 4);
  assertThrows(() => lines(4), RangeError, "comes only once");
});
