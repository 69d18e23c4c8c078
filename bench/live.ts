import type { RingFigures } from "./live_ring.ts";
import { recordRows } from "./live_record.ts";
import { type BenchRow, firstLine, hasGnuTime, type Invocation, outputOf } from "./measure.ts";

const GB = 1e9;
const MIN_COPY = 0.9;
const MAX_EMPTY_DRAIN_NS = 1000;

/**
 * Measures the reading of live rings, and recording with perf beside it.
 *
 * With `smoke`, less of everything.
 */
export async function liveRows(
  options: { smoke: boolean; folder: string },
): Promise<BenchRow[]> {
  const rows = await ringRows(options);
  if (!hasGnuTime || !await mayRecord(options)) {
    const ratio = "SKIPPED: GNU time is not installed, or perf cannot record";
    return [...rows, { what: "record and watch", ratio, toReach: "-", met: undefined }];
  }
  return [...rows, ...await recordRows(options)];
}

/** Whether perf is there, and the kernel lets it record. */
async function mayRecord({ folder }: { folder: string }): Promise<boolean> {
  const path = `${folder}/try.data`;
  const record: Invocation = ["perf", "record", "-e", "cpu-clock", "-q", "-o", path, "--", "true"];
  return await firstLine(record) !== undefined;
}

/** Rings in memory of the system, with a thread in the kernel's place. */
async function ringRows({ smoke }: { smoke: boolean }): Promise<BenchRow[]> {
  const figures: RingFigures = JSON.parse(
    await outputOf([
      Deno.execPath(),
      ...["run", "--no-prompt", "--allow-read", "--allow-ffi", "bench/live_ring.ts"],
      ...(smoke ? ["--smoke"] : []),
    ]),
  );
  const copy = figures.drainedBytesPerSecond / figures.copiedBytesPerSecond;
  const { emptyDrainNs, streamedBytes } = figures;
  const streamed = `${streamedBytes / GB} GB through a ring of 1 MiB, every word checked`;
  return [
    {
      what: "copy out of an AUX mapping in 64 KiB pieces, against Uint8Array.set",
      ratio: `${copy.toFixed(2)}x of ${rate(figures.copiedBytesPerSecond)}`,
      toReach: `${MIN_COPY.toFixed(2)}x`,
      met: copy >= MIN_COPY,
    },
    {
      what: "one drain of an empty ring",
      ratio: `${emptyDrainNs.toFixed(0)} ns`,
      toReach: `${MAX_EMPTY_DRAIN_NS} ns`,
      met: emptyDrainNs < MAX_EMPTY_DRAIN_NS,
    },
    reported(`${streamed}, native`, figures.nativeBytesPerSecond),
    reported(`${streamed}, compat (rings of 4 GB)`, figures.compatBytesPerSecond),
  ];
}

function reported(what: string, bytesPerSecond: number): BenchRow {
  return { what, ratio: rate(bytesPerSecond), toReach: "-", met: undefined };
}

function rate(bytesPerSecond: number): string {
  return `${(bytesPerSecond / GB).toFixed(1)} GB/s`;
}
