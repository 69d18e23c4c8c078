import { assertEquals } from "@std/assert";
import { fakeFiles } from "../testing/fake_files.ts";
import { findTracepoints, knownTracepoints, tracepointFolder } from "./_tracepoints.ts";

const TRACEFS = "/sys/kernel/tracing/events";
const DEBUGFS = "/sys/kernel/debug/tracing/events";

Deno.test("tracepointFolder() is that of tracefs, or where older kernels mount it", () => {
  const at = (...folders: string[]) =>
    tracepointFolder(fakeFiles(Object.fromEntries(folders.map((path) => [`${path}/enable`, "0"]))));
  assertEquals(at(TRACEFS), TRACEFS);
  assertEquals(at(DEBUGFS), DEBUGFS);
  assertEquals(at(DEBUGFS, TRACEFS), TRACEFS);
  assertEquals(at(), null);
});

const FILES = fakeFiles({
  "/e/sched/b_one/id": "2\n",
  "/e/sched/a_one/id": "1\n",
  "/e/sched/one/id": "3\n",
  "/e/sched/a.one/id": "4\n",
  "/e/sched/bad/id": "x1\n",
  "/e/sched/none/format": "",
  "/e/sched/enable": "0\n",
  "/e/irq/a_one/id": "9\n",
});

Deno.test("findTracepoints() takes names as they are, and * and ? for letters, in order", () => {
  const found = (system: string, event: string) =>
    findTracepoints(FILES, "/e", system, event).map(({ name, id }) => `${name} ${id}`);
  assertEquals(found("sched", "a_one"), ["sched:a_one 1"]);
  assertEquals(found("sched", "?_one"), ["sched:a_one 1", "sched:b_one 2"]);
  assertEquals(found("sched", "a?one"), ["sched:a.one 4", "sched:a_one 1"]);
  assertEquals(found("sched", "a.on*"), ["sched:a.one 4"]);
  assertEquals(found("sched", "*one"), [
    ...["sched:a.one 4", "sched:a_one 1", "sched:b_one 2", "sched:one 3"],
  ]);
  assertEquals(found("*", "a_one"), ["irq:a_one 9", "sched:a_one 1"]);
  for (const event of ["on", "ne", "", "bad", "none", "?", "enable", "*ne?"]) {
    assertEquals(found("sched", event), []);
  }
  assertEquals(found("sch", "one"), []);
});

Deno.test("knownTracepoints() are those of the system, or the systems", () => {
  assertEquals(knownTracepoints(FILES, "/e", "irq"), ["irq:a_one"]);
  assertEquals(knownTracepoints(FILES, "/e", "ir"), ["sched:*", "irq:*"]);
});
