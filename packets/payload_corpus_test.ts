import { assertEquals } from "@std/assert";
import { openPerfFile } from "../system/mod.ts";
import { corpusNames, corpusPath, oracleTest } from "../testing/corpus.ts";
import { concat } from "../testing/perf_builder.ts";
import { bytesOf } from "../testing/pattern_recording.ts";
import { payloadQueues } from "./payload.ts";

const PT = "quipper/perf.data.intel_pt-4.14";
const AUXTRACE = 71;

/** The payloads of the AUXTRACE records of a little endian file, by idx, padding included. */
function payloads(path: string): Map<number, Uint8Array> {
  const bytes = Deno.readFileSync(path);
  const view = new DataView(bytes.buffer);
  const u64 = (at: number) => Number(view.getBigUint64(at, true));
  const found = new Map<number, Uint8Array>();
  let at = u64(40);
  const end = u64(48) === 0 ? bytes.length : at + u64(48);
  while (at + 8 <= end) {
    const isAuxtrace = view.getUint32(at, true) === AUXTRACE;
    const payload = at + view.getUint16(at + 6, true);
    const size = isAuxtrace ? u64(at + 8) : 0;
    if (isAuxtrace) {
      const idx = view.getUint32(at + 32, true);
      const before = found.get(idx) ?? new Uint8Array(0);
      found.set(idx, concat([before, bytes.subarray(payload, payload + size)]));
    }
    at = payload + size;
  }
  return found;
}

/** All bytes of each queue of a recording, by idx. */
function extracted(path: string): Map<number | null, Uint8Array> {
  using file = openPerfFile(path);
  return new Map(
    payloadQueues(file).queues.map((queue) => {
      const parts = queue.items().map((item) => item.type === "bytes" ? bytesOf(item) : []);
      return [queue.idx, concat(parts.map((part) => Uint8Array.from(part)).toArray())];
    }),
  );
}

oracleTest("payloadQueues() finds the bytes that perf decodes", ["corpus", "perf"], async () => {
  const args = ["report", "-D", "-i", corpusPath(PT)];
  const { stdout } = await new Deno.Command("perf", { args, stderr: "null" }).output();
  const dump = new TextDecoder().decode(stdout);
  const queues = dump.split(/PERF_RECORD_AUXTRACE size: .* idx: /).slice(1);
  const ofPerf = new Map(queues.map((text) => {
    const packets = text.split("\n\n")[0] ?? "";
    const hex = [...packets.matchAll(/^\. {2}[0-9a-f]{8}: +((?:[0-9a-f]{2} )+)/gm)];
    return [
      parseInt(text),
      Uint8Array.fromHex(hex.map(([, bytes]) => bytes).join("").replaceAll(" ", "")),
    ];
  }));
  assertEquals([...ofPerf.values()].map(({ length }) => length), [12240, 137728]);
  assertEquals(extracted(corpusPath(PT)), ofPerf);
});

oracleTest("payloadQueues() finds every byte of real CoreSight files", ["corpus"], () => {
  for (const [name, sizes] of [["perf_etm", [384]], ["perf_kernel", [22832, 16368]]] as const) {
    const path = corpusPath(`simpleperf/etm.${name}.data`);
    const found = extracted(path);
    assertEquals([...found.values()].map(({ length }) => length), [...sizes]);
    assertEquals(found, payloads(path));
  }
});

oracleTest("payloadQueues() leaves out of a lab file what is no BTS record", ["corpus"], () => {
  for (const name of corpusNames("lab")) {
    using file = openPerfFile(corpusPath(name));
    const [queue] = payloadQueues(file).queues;
    const expected = file.auxChunks().map((chunk) => chunk.read(0, chunk.size - chunk.size % 24));
    const parts = queue!.items().flatMap((item) => item.type === "bytes" ? [bytesOf(item)] : []);
    assertEquals(concat(parts.toArray()), concat(expected.toArray()), name);
  }
});
