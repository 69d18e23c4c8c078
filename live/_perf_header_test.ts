import { assertEquals } from "@std/assert";
import type { EventSpec } from "../encoders/attr_bytes.ts";
import type { FeatureSpec } from "../encoders/feature_bytes.ts";
import {
  featureSections,
  fileHeader,
  filePreamble,
  pipeHeader,
  preambleSize,
} from "./_perf_header.ts";

// Source: tools/perf/Documentation/perf.data-file-format.txt: magic, size of the header, size of an
// attr and its section, sections of attrs, data and event types, then 256 bits of features.
const MAGIC = 0x32454c4946524550n;
const HEADER = 104n;
const ATTR = 136n; // PERF_ATTR_SIZE_VER8, unless the event says another
const EVENTS: readonly EventSpec[] = [
  { type: 1, size: 136 },
  { type: 1, size: 136, ids: [7n, 8n] },
  { type: 1, size: 136, ids: [] },
  { type: 1, size: 136, ids: [9n] },
];

function words(bytes: Uint8Array): bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 8 }, (_, n) => view.getBigUint64(n * 8, true));
}

Deno.test("filePreamble() has ids of all events, then each attr with the place of its ids", () => {
  const all = words(filePreamble(EVENTS));
  const entry = ATTR + 16n;
  const data = HEADER + 3n * 8n + 4n * entry;
  assertEquals(all.slice(0, 9), [
    ...[MAGIC, HEADER, entry, HEADER + 24n, 4n * entry, data, 0n, 0n, 0n],
  ]);
  assertEquals([BigInt(all.length * 8), BigInt(preambleSize(EVENTS))], [data, data]);
  assertEquals(all.slice(13, 16), [7n, 8n, 9n]);
  const sections = EVENTS.map((_, n) => {
    const end = 16 + (n + 1) * Number(entry / 8n);
    return all.slice(end - 2, end);
  });
  assertEquals(sections, [[HEADER, 0n], [HEADER, 16n], [HEADER + 16n, 0n], [HEADER + 16n, 8n]]);
});

Deno.test("fileHeader() has the size of the data, and a bit for each feature in 256", () => {
  const features = [2, 63, 64, 200].map((bit): FeatureSpec => ({ bit, write() {} }));
  const all = words(fileHeader([], 4096, features));
  assertEquals(all, [
    ...[MAGIC, HEADER, 16n, HEADER, 0n, HEADER, 4096n, 0n, 0n],
    ...[1n << 2n | 1n << 63n, 1n, 0n, 1n << 8n],
  ]);
});

Deno.test("featureSections() has a table of places and sizes, then the sections", () => {
  const features = [1, 2, 0].map((size, bit): FeatureSpec => ({
    bit,
    write: (out) => out.bytes(new Uint8Array(size * 8).fill(bit + 1)),
  }));
  const at = 1000n + 3n * 16n;
  assertEquals(words(featureSections(features, 1000)), [
    ...[at, 8n, at + 8n, 16n, at + 24n, 0n],
    ...[0x0101010101010101n, 0x0202020202020202n, 0x0202020202020202n],
  ]);
  assertEquals(featureSections([], 1000).length, 0);
});

Deno.test("pipeHeader() is the magic number and its own size", () => {
  assertEquals(words(pipeHeader()), [MAGIC, 16n]);
});
