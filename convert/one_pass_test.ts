import { assert, assertEquals } from "@std/assert";
import { bytesSource, parsePerfFile, type PerfFile, RecordCursor } from "../parsers/perf/mod.ts";
import { AuxRecording, cpuRings, step } from "../testing/aux_recording.ts";
import { AuxFlag, lost } from "../testing/perf_builder.ts";
import { perfettoPackets } from "./perfetto.ts";
import type { TableName } from "./table.ts";
import { TABLES } from "./tables.ts";
import { tableBatches } from "./table_batches.ts";

/** Positions of the records that cursors move to while `run` runs. */
function visitsOf(run: () => void): number[] {
  const { next } = RecordCursor.prototype;
  const visits: number[] = [];
  RecordCursor.prototype.next = function (): boolean {
    const isThere = next.call(this);
    if (isThere) visits.push(this.fileOffset);
    return isThere;
  };
  try {
    run();
  } finally {
    RecordCursor.prototype.next = next;
  }
  return visits;
}

/** A recording of two queues with losses, and where its first round starts. */
function recordingOf(hasChunks: boolean): { bytes: Uint8Array<ArrayBuffer>; start: number } {
  const recording = new AuxRecording({ rings: cpuRings(2) }).round();
  const start = recording.file.position;
  for (let n = 0; n < 100; n++) {
    for (const idx of [0, 1]) {
      const part = {
        offset: BigInt(n * 0x100),
        size: n % 10 === 9 ? 0x80 : 0x100,
        timeNs: step(n),
        flags: n % 10 === 9 ? AuxFlag.Truncated : 0n,
      };
      recording.aux(idx, part);
      recording.file.add(lost(1n, 2n), { id: 1n, cpu: idx, timeNs: step(n) });
      if (hasChunks) recording.chunk(idx, part);
    }
    recording.round();
  }
  return { bytes: recording.bytes(), start };
}

/** Ways to convert a recording. */
const CONVERSIONS: Readonly<Record<string, (file: PerfFile) => Iterable<unknown>>> = {
  "tableBatches()": (file) =>
    tableBatches(file, { name: "x", tables: Object.keys(TABLES) as TableName[] }),
  "perfettoPackets()": (file) => perfettoPackets(file),
};

for (const [name, convert] of Object.entries(CONVERSIONS)) {
  for (const [what, hasChunks] of [["chunks", true], ["AUX records alone", false]] as const) {
    Deno.test(`${name} visits each record once: a recording with ${what}`, () => {
      const { bytes, start } = recordingOf(hasChunks);
      const file = parsePerfFile(bytesSource(bytes));
      const there = visitsOf(() => file.records().toArray()).filter((offset) => offset >= start);
      assert(there.length >= 500);
      const visits = visitsOf(() => [...convert(file)]).filter((offset) => offset >= start);
      assertEquals(visits, there);
    });
  }
}
