import { assertEquals } from "@std/assert";
import { parseLine } from "./perf_view.ts";

Deno.test("parseLine() reads AUX with and without CPU and time", () => {
  const text = "0x16b8 [0x30]: PERF_RECORD_AUX offset: 0xfffff000 size: 0x400 flags: 0x1 [T]";
  const aux = {
    fileOffset: 0x16b8n,
    timeNs: null,
    auxOffset: 0xffff_f000n,
    auxSize: 0x400n,
    flags: 1n,
  };
  assertEquals(parseLine(text), { aux });
  assertEquals(parseLine(`1 67893051924 ${text}`), { aux: { ...aux, timeNs: 67893051924n } });
});

Deno.test("parseLine() reads AUXTRACE of a thread", () => {
  const line = "0 0 0xac0 [0x30]: PERF_RECORD_AUXTRACE size: 0x1ff8  offset: 0  " +
    "ref: 0xfc1132cd5  idx: 0  tid: 210  cpu: -1";
  assertEquals(parseLine(line), {
    auxtrace: {
      fileOffset: 0xac0n,
      auxSize: 0x1ff8n,
      auxOffset: 0n,
      reference: 0xfc1132cd5n,
      idx: 0,
      tid: 210,
      cpu: -1,
    },
  });
});

Deno.test("parseLine() leaves other lines alone", () => {
  for (
    const line of [
      "",
      "0x220 [0x40]: PERF_RECORD_AUXTRACE_INFO type: 2",
      "0x528 [0x20]: PERF_RECORD_ITRACE_START pid: 211 tid: 211",
      "           AUX events:          7  (17.1%)",
    ]
  ) {
    assertEquals(parseLine(line), null);
  }
});
