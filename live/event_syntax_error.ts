/** What is wrong with the text of an event, and where. */
export interface EventSyntaxErrorDetail {
  /** The whole text. */
  readonly text: string;
  /** Index in the text. */
  readonly position: number;
  /** What may stand there. */
  readonly expected: string;
  /** What stands there. */
  readonly actual: string;
  /** Names that would have been good; the nearest one is suggested. */
  readonly candidates?: Iterable<string>;
}

/**
 * Reports events that cannot be parsed, or that this machine does not have.
 *
 * @example A typing error
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * import { EventSyntaxError, parseEvents } from "@auxtail/auxtail/live";
 *
 * const error = assertThrows(() => parseEvents("cs,cpu-clok"), EventSyntaxError);
 * assertEquals(
 *   error.message,
 *   'Cannot parse events "cs,cpu-clok" at 3: expected the name of an event, got "cpu-clok"; ' +
 *     "did you mean cpu-clock?",
 * );
 * ```
 */
export class EventSyntaxError extends Error {
  /** The name of the class, for messages. */
  override readonly name = "EventSyntaxError";
  /** Index in the text of the events. */
  readonly position: number;

  /** Builds the message from the detail. */
  constructor({ text, position, expected, actual, candidates = [] }: EventSyntaxErrorDetail) {
    const got = actual === "" ? "nothing" : `"${actual}"`;
    const near = nearest(actual, candidates);
    super(
      `Cannot parse events "${text}" at ${position}: expected ${expected}, got ${got}` +
        (near === null ? "" : `; did you mean ${near}?`),
    );
    this.position = position;
  }
}

/** The candidate with the least edit distance; null if all are too far away to be meant. */
function nearest(word: string, candidates: Iterable<string>): string | null {
  let best: string | null = null;
  let limit = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < limit && distance < candidate.length) [best, limit] = [candidate, distance];
  }
  return best;
}

/** How many letters have to be added, dropped or changed to get from one word to the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const changed = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
