import { assertEquals, assertThrows } from "@std/assert";
import { nativeAuxPointers } from "../auxtrace/accessors.ts";
import { oracleTest } from "../testing/corpus.ts";
import { pageSize } from "./_system.ts";
import { AuxRing } from "./aux_ring.ts";
import { openDataRing } from "./data_ring.ts";
import { perfEventOpen } from "./perf_event.ts";
import { RingSession } from "./ring_session.ts";
import { kernelFiles } from "./system_files.ts";

const CLOCK = { type: 1, flags: ["disabled", "excludeKernel"] } as const;

/** What of a closed handle can still be asked: what was counted, and how a wait ends. */
const COUNTED = ["constructor", "tail", "wait", "enabled", "restarts", "silent"];
/** What the handles of this library call on each other. */
const INTERNAL = ["mayPause", "tend"];

/** Uses each member of a closed handle. */
function assertClosed(handle: object, message: string): void {
  const prototype = Object.getPrototypeOf(handle);
  const names = Object.getOwnPropertyNames(prototype)
    .filter((name) => ![...COUNTED, ...INTERNAL].includes(name));
  for (const name of names) {
    const use = () => {
      const member = Reflect.get(handle, name);
      const result = typeof member === "function" ? member.call(handle, handle) : member;
      return typeof result?.next === "function" ? result.next() : result;
    };
    assertThrows(use, TypeError, message, name);
  }
}

oracleTest("each member of a closed event, ring or session says so", ["perf events"], () => {
  const event = perfEventOpen(CLOCK);
  const data = openDataRing(event, { size: 1 << 16 });
  data[Symbol.dispose]();
  assertClosed(data, "Cannot read a data ring that is closed");
  event[Symbol.dispose]();
  assertClosed(event, "Cannot use a perf event that is closed");
  const session = new RingSession([{ attr: CLOCK, leader: 0, cpus: null }], {
    cpus: null,
    tids: [Deno.pid],
  }, { dataSize: 1 << 16 });
  session[Symbol.dispose]();
  assertClosed(session, "Cannot use a ring session that is closed");
});

Deno.test("each member of a closed AUX ring says so", () => {
  const page = new ArrayBuffer(4096);
  const ring = new Uint8Array(64);
  const aux = new AuxRing({ page, ring, pointers: nativeAuxPointers(page), close() {} });
  aux[Symbol.dispose]();
  assertClosed(aux, "Cannot read an AUX ring that is closed");
});

/** Size of the worker's ring, which no other test has: files of tests may share a process. */
const RING_BYTES = 1 << 17;

/** Rings of that size that this process has mapped. */
function mappedRings(): number {
  return kernelFiles.text("/proc/self/maps")!.split("\n").filter((line) => {
    const [, start, end] = /^(\w+)-(\w+) .*\[perf_event\]/.exec(line) ?? [];
    return Number(`0x${end}`) - Number(`0x${start}`) === RING_BYTES + pageSize();
  }).length;
}

oracleTest(
  "a worker that is told to end its wait leaves no ring mapped",
  ["perf events"],
  async () => {
    const before = mappedRings();
    const worker = new Worker(new URL("../testing/waiting_worker.ts", import.meta.url), {
      type: "module",
    });
    const answer = () => new Promise((resolve) => worker.onmessage = ({ data }) => resolve(data));
    assertEquals(await answer(), "mapped");
    assertEquals(mappedRings(), before + 1);
    const closed = answer();
    worker.postMessage("end");
    assertEquals([await closed, mappedRings()], ["closed", before]);
    worker.terminate();
  },
);
