import type { PartEnd } from "./decode_part.ts";
import type { Part } from "./parts.ts";
import type { PayloadItem } from "./payload_item.ts";

/** A part, and what came of it; null where it has to be decoded here. */
export interface PartAnswer<P extends Part, Reply extends PartEnd> {
  /** The part. */
  readonly job: P;
  /** What came of it. */
  readonly reply: Reply | null;
}

/** Decodes items here: a `QueueReader`, or a `QueueScanner`. */
export interface LocalDecoder {
  /** Number of the last bytes of the stream that no packet used so far. */
  unused(): number;
  /** Reads the next item. */
  take(item: PayloadItem): void;
  /** Reads what follows from the end of the last stream. */
  finish(): void;
}

/** What {@linkcode joinParts} does with parts. */
export interface PartsUser<P extends Part, Reply extends PartEnd> {
  /** Whether nothing more is wanted. */
  readonly isDone: boolean;
  /** Uses what came of a part; false if the part has to be decoded here instead. */
  accept(reply: Reply, part: P): boolean;
  /** Opens a decoder for a part and, if need be, for those after it. */
  decoder(part: P): LocalDecoder;
}

/**
 * Joins the results of the parts of queues, in order; the result equals an undivided run.
 *
 * If the decoder of a part did not use its bytes to the last, what came of it is not used: that
 * part and those after it are decoded here until one ends between packets.
 */
export async function joinParts<P extends Part, Reply extends PartEnd>(
  answers: AsyncIterable<PartAnswer<P, Reply>>,
  user: PartsUser<P, Reply>,
): Promise<void> {
  let decoder: LocalDecoder | null = null;
  for await (const { job: part, reply } of answers) {
    const isWhole = decoder === null && reply?.rest === 0;
    if (!isWhole || !user.accept(reply, part)) {
      decoder ??= user.decoder(part);
      for (const item of part.items) decoder.take(item);
      if (!part.isContinued || (!part.endsMidway && decoder.unused() === 0)) {
        decoder.finish();
        decoder = null;
      }
    }
    if (user.isDone) return;
  }
}
