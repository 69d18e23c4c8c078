import { assertEquals } from "@std/assert";
import type { AuxtraceType } from "../parsers/perf/mod.ts";
import type { AuxQueue, LossKind } from "./aux_events.ts";
import { neededBuffer, rateOf, remedyFor } from "./remedies.ts";

/** Facts of a queue that remedies look at: 2 chunks of at most 64 KiB, read within 1 ms, in 1 s. */
function queue(
  facts: {
    largestChunk?: number;
    longestPauseNs?: number | null;
    chunks?: number;
    spanNs?: number | null;
    bytes?: number;
  } = {},
): AuxQueue {
  const { largestChunk = 65536, longestPauseNs = 1_000_000, chunks = 2 } = facts;
  const { spanNs = 1_000_000_000, bytes = 100_000 } = facts;
  const announced = { spanNs, bytesAfterFirst: bytes };
  return { largestChunk, longestPauseNs, chunks, announced } as unknown as AuxQueue;
}

function remedy(
  kind: LossKind,
  of: AuxQueue | null = queue(),
  type: AuxtraceType | null = "intel_pt",
  basis: "chunks" | "announcements" = "chunks",
): string {
  return remedyFor({ kind, queue: of }, { basis, type });
}

const full = (buffer: string) =>
  `The AUX buffer was full. Record with a larger one (${buffer}), or trace less.`;

Deno.test("remedyFor() has a sentence for each kind of loss", () => {
  assertEquals(remedy("truncated"), full("-m ,128K"));
  assertEquals(
    remedy("lost"),
    "The data buffer was full, so records are lacking. Record with a larger one (-m N).",
  );
  assertEquals(
    remedy("silent"),
    "The kernel stopped tracing after a full AUX buffer and did not start again. Kernels before " +
      "6.16 do so at times: use a newer one, or a larger AUX buffer (-m ,128K), so that it never " +
      "gets full.",
  );
  assertEquals(
    remedy("error"),
    "perf could not decode the trace here when it wrote this file (perf inject). The trace is in " +
      "the recording that the file was made from: look there what is lost.",
  );
  assertEquals(
    remedy("missing"),
    "AUX records announce these bytes, and no AUXTRACE record holds them. If the file is a copy or " +
      "an excerpt, look for them in the original.",
  );
  const back =
    "Positions go back, so some bytes are there twice or belong to another run. Do not " +
    "join the chunks across this place.";
  assertEquals([remedy("overlap"), remedy("regression")], [back, back]);
});

Deno.test("remedyFor() tells a gap between chunks from one between AUX records", () => {
  assertEquals(
    remedy("gap"),
    "No chunk holds these bytes: the recorder did not write them, or they were removed.",
  );
  assertEquals(
    remedy("gap", queue(), null, "announcements"),
    "No AUX record announces these bytes: the driver skipped them, or a record was lost.",
  );
});

Deno.test("remedyFor() knows what PARTIAL and COLLISION mean in each kind of trace", () => {
  const guest = "The trace has gaps because a KVM guest ran, or VMX was on. Trace the guest from " +
    "inside, or on a CPU that allows tracing in VMX.";
  const gaps = "The trace has gaps here.";
  const collided = "Samples collided, or a trace buffer wrapped. Record less, or with a lower " +
    "sampling rate.";
  const expected = [
    ["intel_pt", guest, collided],
    ["intel_bts", gaps, collided],
    [
      "cs_etm",
      gaps,
      "The trace buffer wrapped (TRBE). Record with a larger AUX buffer (-m ,128K).",
    ],
    [
      "arm_spe",
      "The last record before this place is damaged. Record with a larger buffer (-m ,128K).",
      "Samples collided. Record with a lower sampling rate (a larger -c).",
    ],
    ["s390_cpumsf", gaps, collided],
    [null, gaps, collided],
  ] as const;
  for (const [type, partial, collision] of expected) {
    assertEquals([type, remedy("partial", queue(), type)], [type, partial]);
    assertEquals([type, remedy("collision", queue(), type)], [type, collision]);
  }
});

Deno.test("remedyFor() names the size that a buffer needs, as perf's options take it", () => {
  const truncated = (of: AuxQueue | null) => remedy("truncated", of);
  const unknown = full("-m ,N with a larger N");
  assertEquals(truncated(null), unknown);
  assertEquals(truncated(queue({ largestChunk: 0 })), unknown);
  const least = (size: string) => full(`-m ,N with N above ${size}, the least that the buffer had`);
  assertEquals(truncated(queue({ largestChunk: 1, chunks: 1 })), least("4 KiB"));
  assertEquals(truncated(queue({ largestChunk: 4096, chunks: 1 })), least("4 KiB"));
  assertEquals(truncated(queue({ largestChunk: 4097, longestPauseNs: null })), least("8 KiB"));
  assertEquals(truncated(queue({ largestChunk: 4096, spanNs: null })), least("4 KiB"));
  // Twice the least that it had.
  assertEquals(truncated(queue({ largestChunk: 1 })), full("-m ,8K"));
  assertEquals(truncated(queue({ largestChunk: 256 << 10 })), full("-m ,512K"));
  assertEquals(truncated(queue({ largestChunk: 512 << 10 })), full("-m ,1M"));
  assertEquals(truncated(queue({ largestChunk: 256 << 20 })), full("-m ,512M"));
  assertEquals(truncated(queue({ largestChunk: 2 ** 29 })), full("-m ,1G"));
  assertEquals(truncated(queue({ largestChunk: 2 ** 31 })), full("-m ,4G"));
});

Deno.test("neededBuffer() holds what came in the longest pause, up to 4 PiB", () => {
  const needed = (longestPauseNs: number, rate: number) =>
    neededBuffer(queue({ largestChunk: 4096, longestPauseNs }), rate);
  // 2 MB/s for half a second are 1,000,000 bytes; 2^20 bytes per second for 1 s are 2^20.
  assertEquals(needed(500_000_000, 2_000_000), 1 << 20);
  assertEquals(needed(1_000_000_000, 1 << 20), 1 << 20);
  assertEquals(needed(1_000_000_000, (1 << 20) + 1), 1 << 21);
  assertEquals(needed(1_000_000_000, 0), 8192);
  assertEquals(needed(2 ** 40, 2 ** 60), 2 ** 52);
});

Deno.test("rateOf() divides the bytes after the first record by the time, if that is above 0", () => {
  const rate = (spanNs: number | null) => rateOf(queue({ spanNs, bytes: 500 }));
  const none = { observedSeconds: null, bytesPerSecond: null, reliable: null };
  for (const spanNs of [null, 0, -1]) assertEquals(rate(spanNs), none);
  assertEquals(rate(2_000_000_000), { observedSeconds: 2, bytesPerSecond: 250, reliable: 250 });
  // 10 ms are enough to go by, one ns less is not.
  assertEquals([rate(10_000_000).reliable, rate(9_999_999).reliable], [50_000, null]);
});
