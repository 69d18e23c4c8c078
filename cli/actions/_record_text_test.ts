import { assertEquals, assertMatch } from "@std/assert";
import { openPerfBytes } from "../../system/mod.ts";
import { SampleType } from "../../parsers/perf/abi.ts";
import { type EventSpec, PerfFileBuilder, sample } from "../../testing/perf_builder.ts";
import { snakeCase } from "../../text/mod.ts";
import { recordLine } from "./_record_text.ts";

const EVENT: EventSpec = { type: 1, sampleType: SampleType.Tid | SampleType.Callchain };

function lineOf(record: Parameters<PerfFileBuilder["add"]>[0]): string {
  const bytes = new PerfFileBuilder({ events: [EVENT] }).add(record).bytes();
  using file = openPerfBytes(bytes);
  const cursor = file.recordCursor();
  assertEquals(cursor.next(), true);
  return recordLine(cursor);
}

Deno.test("recordLine() prints sixteen items of a list, and says how many there are beyond", () => {
  const ips = (length: number) => Array.from({ length }, (_, i) => BigInt(i + 1));
  const chain = (length: number) =>
    /callchain=(\[.*?\])/.exec(
      lineOf(sample(EVENT, { pid: 1, tid: 2, callchain: ips(length) })),
    )![1];
  const sixteen = ips(16).map((ip) => `0x${ip.toString(16)}`).join(" ");
  assertEquals(chain(15), `[${sixteen.slice(0, sixteen.lastIndexOf(" "))}]`);
  assertEquals(chain(16), `[${sixteen}]`);
  assertEquals(chain(17), `[${sixteen} ...(17 items)]`);
});

Deno.test("recordLine() prints 32 bytes of a run, and says how many there are beyond", () => {
  const unknown = (words: number) =>
    lineOf({
      type: 40,
      bare: true,
      body: (out) => {
        for (let i = 0; i < words; i++) out.u64(0x0101010101010101n);
      },
    });
  assertMatch(unknown(4), /^0x[0-9a-f]+ PERF_RECORD_40 .* bytes=(?:01){32}$/);
  assertMatch(unknown(5), / bytes=(?:01){32}\.\.\.\(40 bytes\)$/);
});

Deno.test("snakeCase() writes names as the kernel does", () => {
  const names = ["auxOffset", "pid", "timeNs", "dataPageSize"];
  assertEquals(names.map(snakeCase), ["aux_offset", "pid", "time_ns", "data_page_size"]);
});
