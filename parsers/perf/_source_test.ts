import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { PerfFileBuilder } from "../../testing/perf_builder.ts";
import { bytesSource } from "../byte_source.ts";
import { parsePerfFile } from "./perf_file.ts";
import { parsePerfStream } from "./perf_stream.ts";

const BYTES = new PerfFileBuilder().finishedRound().bytes();

Deno.test("parsePerfFile() takes bytes, a part of a buffer, a buffer, or a source", () => {
  const padded = new Uint8Array(BYTES.length + 32).fill(0xee);
  padded.set(BYTES, 16);
  const part = padded.subarray(16, 16 + BYTES.length);
  for (const given of [BYTES, part, BYTES.buffer, bytesSource(BYTES)]) {
    const file = parsePerfFile(given);
    assertEquals([...file.records()].map(({ type }) => type), ["finished_round"]);
    assertEquals(file.size, BYTES.length);
  }
});

Deno.test("parsePerfFile() says what it expects instead of what it was given", () => {
  const wrong: [given: unknown, type: string][] = [
    ["perf.data", "string"],
    [123, "number"],
    [null, "null"],
    [undefined, "undefined"],
    [{}, "Object"],
    [[1, 2], "Array"],
    [Promise.resolve(BYTES), "Promise"],
    [new Blob([BYTES]), "Blob"],
    [new DataView(BYTES.buffer), "DataView"],
    [new Uint16Array(8), "Uint16Array"],
    [{ size: 8 }, "Object"],
    [{ read: () => 0 }, "Object"],
    [{ size: "8", read: () => 0 }, "Object"],
    [Object.create(null), "object"],
  ];
  for (const [given, type] of wrong) {
    const error: TypeError = assertThrows(() => parsePerfFile(given as Uint8Array), TypeError);
    assertEquals(
      error.message,
      `Cannot read a recording from a value of type ${type}: ` +
        "expected a Uint8Array, an ArrayBuffer or a ByteSource",
    );
  }
});

Deno.test("parsePerfStream() says that it expects chunks", async () => {
  for (const given of [null, undefined, 1, "x", BYTES, new Blob([BYTES])]) {
    await assertRejects(
      () => parsePerfStream(given as unknown as AsyncIterable<Uint8Array>),
      TypeError,
      "expected an AsyncIterable of Uint8Array, such as a ReadableStream",
    );
  }
});
