import { assertEquals } from "@std/assert";
import { auxEvent, comm, finishedRound, PerfFileBuilder } from "../../testing/perf_builder.ts";
import { bytesSource } from "../byte_source.ts";
import { parsePerfFile } from "./perf_file.ts";
import { RoundSorter } from "./round_sorter.ts";

/** Feeds rounds of times, and lists what each mark and the end deliver. */
function deliver(...rounds: number[][]): number[][] {
  const sorter = new RoundSorter<number>();
  const delivered = rounds.map((times) => {
    for (const time of times) sorter.add(time, BigInt(time));
    return [...sorter.endRound()];
  });
  return [...delivered, [...sorter.flush()]];
}

Deno.test("RoundSorter delivers one round late, up to the newest time of the round before", () => {
  assertEquals(deliver([1, 3, 2], [5, 4], [7]), [[], [1, 2, 3], [4, 5], [7]]);
  assertEquals(deliver([10, 30], [20, 40], [35, 50]), [[], [10, 20, 30], [35, 40], [50]]);
  assertEquals(deliver([]), [[], []]);
});

Deno.test("RoundSorter keeps an item that is older than what was delivered", () => {
  assertEquals(deliver([10], [20], [5, 30]), [[], [10], [5, 20], [30]]);
});

Deno.test("RoundSorter keeps the order of items with one time", () => {
  const sorter = new RoundSorter<string>();
  for (const item of ["b", "a", "c"]) sorter.add(item, 7n);
  sorter.add("first", 6n);
  assertEquals([...sorter.flush()], ["first", "b", "a", "c"]);
});

Deno.test("records() in order of time interleaves the rings of two rounds", () => {
  const file = new PerfFileBuilder({ events: [auxEvent("x", 2)] });
  const times = [[10, 30, 20, 40], [35, 60, 38, 70]];
  for (const round of times) {
    for (const time of round) {
      file.add(comm({ pid: 1, tid: 1, comm: `${time}` }), { id: 1n, timeNs: BigInt(time) });
    }
    file.add(finishedRound);
  }
  file.add(comm({ pid: 1, tid: 1, comm: "untimed" }));
  const parsed = parsePerfFile(bytesSource(file.bytes()));
  const names = [...parsed.records({ order: "time" })]
    .map((record) => record.type === "comm" ? record.comm : record.type);
  assertEquals(names, [
    "finished_round",
    "finished_round",
    ...["10", "20", "30", "35", "38", "40"],
    "untimed",
    ...["60", "70"],
  ]);
});
