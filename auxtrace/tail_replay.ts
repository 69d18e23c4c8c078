import type { PerfFile } from "../parsers/perf/mod.ts";
import { type AuxPointers, compatAuxPointers } from "./accessors.ts";
import type { AuxAnnouncement, AuxChunkHeader, AuxQueue } from "./aux_events.ts";
import { type AuxListener, AuxWalk, type WalkFacts } from "./aux_walk.ts";
import { QueueTails, type TailRules, type TailStep } from "./queue_tails.ts";

/** Plays the AUX buffers of a recording through accessors: one simulated control page per queue. */
export class TailReplay implements AuxListener {
  readonly #rules: TailRules;
  readonly #tails = new Map<AuxQueue, QueueTails>();
  #hasChunks = false;

  constructor(rules: TailRules) {
    this.#rules = rules;
  }

  /** The tails of a queue; null where none are known. */
  tailsOf(queue: AuxQueue): QueueTails | null {
    return this.#tails.get(queue) ?? null;
  }

  /** Highest head of a snapshot. */
  get highestHead(): bigint {
    let highest = 0n;
    for (const { highestHead } of this.#tails.values()) {
      if (highestHead > highest) highest = highestHead;
    }
    return highest;
  }

  /** Plays a chunk, as soon as its record is there: AUX records alone no longer count. */
  chunkStart(chunk: AuxChunkHeader, { isSnapshot }: WalkFacts): void {
    if (!this.#hasChunks) {
      this.#hasChunks = true;
      this.#tails.clear();
    }
    if (!isSnapshot) this.#of(chunk.queue).nextChunk(chunk);
  }

  /** Plays a snapshot, and takes a chunk back whose payload was cut off. */
  chunk(chunk: AuxChunkHeader, { isSnapshot }: WalkFacts): void {
    const isCut = chunk.presentSize < chunk.size;
    if (isSnapshot && !isCut) this.#of(chunk.queue).snapshot(chunk);
    else if (isCut) this.#of(chunk.queue).dropCutChunk();
  }

  /** Plays an AUX record where no chunk has come. */
  announcement(announcement: AuxAnnouncement, walk: WalkFacts): void {
    if (walk.basis !== "announcements") return;
    const { isSnapshot, rounds } = walk;
    const { queue, fileOffset, high, low, size, endHigh, endLow } = announcement;
    const number = queue.announced.records - 1;
    const record = { number, fileOffset, high, low, size, rounds };
    if (isSnapshot) this.#of(queue).snapshot({ ...record, size: 0 });
    else this.#of(queue).nextAuxRecord(record, { high: endHigh, low: endLow });
  }

  /** Places the last tails. */
  end(walk: WalkFacts): void {
    if (walk.basis !== "chunks" || walk.isSnapshot) return;
    for (const tails of this.#tails.values()) tails.finish(walk);
  }

  #of(queue: AuxQueue): QueueTails {
    let tails = this.#tails.get(queue);
    if (tails === undefined) this.#tails.set(queue, tails = new QueueTails(queue, this.#rules));
    return tails;
  }
}

/**
 * Replays the tails of a recording, one step per chunk, as they become known.
 *
 * The tail of a chunk is the start of the next chunk of its queue; the last ones come at the end.
 * Recordings without AUXTRACE records give one step per AUX record, at the end.
 *
 * @example Which tails a 32-bit perf refuses
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { compatAuxPointers, openPerfFile, replayTails } from "@auxtail/auxtail";
 *
 * using file = openPerfFile("testdata/aux_crossing.perf.data");
 * const refused = [...replayTails(file, compatAuxPointers)].filter((step) => step.refused);
 * assertEquals(refused[0]?.tail, 0x1_0000_0040n);
 * ```
 *
 * @throws {FormatError} After the last step, if the records end early.
 */
export function* replayTails(
  file: PerfFile,
  pointersOf: (page: ArrayBuffer) => AuxPointers = compatAuxPointers,
): Generator<TailStep> {
  const steps: TailStep[] = [];
  const replay = new TailReplay({
    pointersOf,
    maxTail: 0xffffffff,
    wants: () => true,
    step: (step) => void steps.push(step),
  });
  const walk = new AuxWalk(file, [replay]);
  const cursor = file.recordCursor();
  while (cursor.next()) {
    walk.record(cursor);
    if (steps.length > 0) yield* steps.splice(0);
  }
  walk.finish(cursor);
  yield* steps.splice(0);
  if (cursor.cut !== null) throw cursor.cut;
}
