import { assertEquals, assertThrows } from "@std/assert";
import { FormatError } from "../parsers/internal.ts";
import type { IdIndexEntry } from "../parsers/perf/mod.ts";
import type { Kernel32 } from "./kernel_32.ts";
import { QueueFinder } from "./queue_finder.ts";

const MAX_U32 = 0xffff_ffff;

function finder(): QueueFinder {
  return new QueueFinder({ wraps: false } as Kernel32);
}

function entry(facts: Partial<IdIndexEntry>): IdIndexEntry {
  return { id: 1n, idx: 0, cpu: null, tid: null, machinePid: null, vcpu: null, ...facts };
}

/** The queues of a finder, as `idx cpu tid`. */
function names({ queues }: QueueFinder): string[] {
  return queues.map(({ idx, cpu, tid }) => `${idx} ${cpu} ${tid}`);
}

Deno.test("QueueFinder takes ids whose queue, CPU and thread have 32 bits", () => {
  const cases: [Partial<IdIndexEntry>, string][] = [
    [{ idx: MAX_U32, cpu: 1 }, `${MAX_U32} 1 null`],
    [{ idx: MAX_U32 + 1, cpu: 1 }, "null 7 8"],
    [{ cpu: 0, tid: 0 }, "0 0 0"],
    [{ cpu: MAX_U32, tid: MAX_U32 }, `0 ${MAX_U32} ${MAX_U32}`],
    [{ cpu: MAX_U32 + 1 }, "null 7 8"],
    [{ tid: MAX_U32 + 1 }, "null 7 8"],
    [{ cpu: -1 }, "null 7 8"],
    [{ tid: -1 }, "null 7 8"],
  ];
  for (const [facts, queue] of cases) {
    const found = finder();
    found.addIds([entry(facts)]);
    found.ofSample(1n, { cpu: 7, tid: 8 }, 0);
    assertEquals(names(found), [queue]);
  }
});

Deno.test("QueueFinder knows by the first id whether queues belong to CPUs or threads", () => {
  const owners = (...entries: IdIndexEntry[]) => {
    const found = finder();
    found.addIds(entries);
    return found.ownersByIds();
  };
  assertEquals(owners(), null);
  assertEquals(owners(entry({ cpu: 0, tid: 5 })), "cpu");
  assertEquals(owners(entry({ tid: 5 })), "thread");
  assertEquals(owners(entry({ tid: 5 }), entry({ id: 2n, cpu: 0 })), "thread");
});

Deno.test("QueueFinder finds a record's queue by its CPU, then its thread, then by both", () => {
  const found = finder();
  const ofCpu = found.withIdx({ idx: 0, cpu: 0, tid: 50 }, 0);
  const ofThread = found.withIdx({ idx: 1, cpu: null, tid: 0 }, 0);
  const ofPair = found.findOrAdd({ cpu: 3, tid: 4 }, 0);
  assertEquals(found.find({ cpu: 0, tid: 0 }), ofCpu);
  assertEquals(found.find({ cpu: 9, tid: 0 }), ofThread);
  assertEquals(found.find({ cpu: null, tid: 0 }), ofThread);
  assertEquals(found.find({ cpu: 3, tid: 4 }), ofPair);
  assertEquals(found.find({ cpu: 3, tid: 5 }), undefined);
  assertEquals(found.find({ cpu: null, tid: null }), undefined); // several have an idx
  assertEquals(names(found), ["0 0 50", "1 null 0", "null 3 4"]);
});

Deno.test("QueueFinder gives a record that names nobody to the only queue with an idx", () => {
  const found = finder();
  assertEquals(found.find({ cpu: null, tid: null }), undefined);
  const only = found.withIdx({ idx: 4, cpu: 2, tid: 9 }, 0);
  assertEquals(found.find({ cpu: null, tid: null }), only);
  assertEquals(found.find({ cpu: null, tid: 9 }), undefined); // it names a thread
  assertEquals(found.find({ cpu: 1, tid: null }), undefined);
});

Deno.test("QueueFinder begins queues of CPUs, threads or pairs, as the recording has them", () => {
  const begun = (owners: QueueFinder["owners"], cpu: number | null, tid: number | null) => {
    const found = finder();
    found.owners = owners;
    const queue = found.findOrAdd({ cpu, tid }, 0);
    assertEquals(found.findOrAdd({ cpu, tid }, 0), queue);
    return names(found);
  };
  assertEquals(begun("cpu", 0, 5), ["null 0 null"]);
  assertEquals(begun("thread", 0, 5), ["null null 5"]);
  assertEquals(begun("pair", 0, 5), ["null 0 5"]);
  assertEquals(begun("cpu", null, 5), ["null null 5"]);
  assertEquals(begun("thread", 3, null), ["null 3 null"]);
});

Deno.test("QueueFinder gives a queue that AUX records began its idx and thread, once", () => {
  const found = finder();
  found.owners = "cpu";
  const begun = found.findOrAdd({ cpu: 2, tid: 8 }, 0);
  assertEquals(found.withIdx({ idx: 6, cpu: 2, tid: 9 }, 0), begun);
  assertEquals(found.withIdx({ idx: 6, cpu: 5, tid: 5 }, 0), begun); // the idx decides
  assertEquals(found.withIdx({ idx: 7, cpu: 2, tid: 9 }, 0) === begun, false);
  assertEquals(found.find({ cpu: 2, tid: null }), begun); // the first of the CPU
  assertEquals(names(found), ["6 2 9", "7 2 9"]);
  const threads = finder();
  threads.owners = "thread";
  const ofThread = threads.findOrAdd({ cpu: 2, tid: 0 }, 0);
  assertEquals(threads.withIdx({ idx: 1, cpu: null, tid: 0 }, 0), ofThread);
  const nobody = threads.withIdx({ idx: 2, cpu: null, tid: null }, 0);
  assertEquals(threads.withIdx({ idx: 2, cpu: null, tid: null }, 0), nobody);
  assertEquals(names(threads), ["1 null 0", "2 null null"]);
});

Deno.test("QueueFinder says where more queues come than any machine has", () => {
  const found = finder();
  for (let cpu = 0; cpu < 8192; cpu++) found.findOrAdd({ cpu, tid: 1 }, 0);
  const error: FormatError = assertThrows(
    () => found.findOrAdd({ cpu: 8192, tid: 1 }, 0x99),
    FormatError,
  );
  assertEquals(
    error.message,
    "Cannot decode AUX queue at 0x99: expected at most 8192 queues, got more",
  );
});
