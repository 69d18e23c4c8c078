import { ValidationError } from "@cliffy/command";
import type { AuxRing, SessionRing } from "../../live/mod.ts";
import { formatSeconds, ownerName } from "../../text/mod.ts";
import { complain } from "../_common.ts";
import type { LiveOptions } from "./_live_target.ts";

/** The first position that a 32-bit reader cannot store. */
const LIMIT = 2 ** 32;
/** A rate that was seen over less time is not used. */
const LEAST_SECONDS = 0.01;

/** How long it takes until an AUX head needs more than 32 bits. */
export interface NearLimit {
  /** At the rate seen so far; 0 beyond the limit, null where no rate was seen. */
  readonly secondsLeft: number | null;
  /** Time over which the rate was seen. */
  readonly observedSeconds: number;
}

/** What is looked at of a ring. */
type Ring = Pick<SessionRing, "index" | "cpu" | "tid"> & {
  readonly aux: Pick<AuxRing, "head"> | null;
};

interface Seen {
  /** The first head that was seen to move, and when; before that, the head where it rests. */
  head: bigint;
  ms: number;
  hasMoved: boolean;
  /** Null below the percentage. */
  near: NearLimit | null;
}

/** Warns once of each AUX ring that comes near the limit of a 32-bit reader. */
export class LimitWarnings {
  readonly #percent: number;
  readonly #isCompat: boolean;
  readonly #seen = new Map<number, Seen>();

  /**
   * @throws {ValidationError} If `--warn-at` is no percentage.
   */
  constructor({ warnAt, accessor }: Pick<LiveOptions, "warnAt" | "accessor">) {
    if (!(warnAt > 0 && warnAt <= 100)) {
      throw new ValidationError(
        `Option "--warn-at" takes a percentage above 0 and up to 100, got ${warnAt}`,
      );
    }
    this.#percent = warnAt;
    this.#isCompat = accessor === "compat";
  }

  /** Looks at the heads of all rings, whenever they are read, and returns whether it warned. */
  look(rings: readonly Ring[]): boolean {
    let hasWarned = false;
    for (const { index, cpu, tid, aux } of rings) {
      if (aux === null) continue;
      const { head } = aux;
      const seen = this.#seenOf(index, head);
      if (Number(head) < LIMIT * this.#percent / 100) continue;
      const isFirst = seen.near === null;
      seen.near = nearLimit(head, seen);
      if (!isFirst) continue;
      hasWarned = true;
      complain(this.#warning({ cpu, tid, head, near: seen.near }));
    }
    return hasWarned;
  }

  /** What the last look found of a ring that has reached the percentage; null of others. */
  near(index: number): NearLimit | null {
    return this.#seen.get(index)?.near ?? null;
  }

  #seenOf(index: number, head: bigint): Seen {
    const ms = performance.now();
    const seen = this.#seen.get(index);
    if (seen?.hasMoved) return seen;
    // What the kernel wrote up to now, it wrote in a time that was not seen.
    const hasMoved = seen !== undefined && head !== seen.head;
    const fresh = { head, ms, hasMoved, near: seen?.near ?? null };
    this.#seen.set(index, fresh);
    return fresh;
  }

  #warning(
    { cpu, tid, head, near }: Pick<Ring, "cpu" | "tid"> & { head: bigint; near: NearLimit },
  ): string {
    const owner = ownerName({ cpu: cpu < 0 ? null : cpu, tid: tid < 0 ? null : tid });
    const who = this.#isCompat
      ? "the compat accessor stops this reader"
      : "a 32-bit perf with compat accessors stops";
    const percent = Math.floor(Number(head) / LIMIT * 100);
    return percent >= 100
      ? `${owner}: AUX data past 4 GiB, where ${who}`
      : `${owner}: AUX data at ${percent} % of 4 GiB, where ${who}; ${leftText(near)}`;
  }
}

function nearLimit(head: bigint, seen: Seen): NearLimit {
  const observedSeconds = (performance.now() - seen.ms) / 1000;
  const bytes = Number(head - seen.head);
  const left = LIMIT - Number(head);
  if (left <= 0) return { secondsLeft: 0, observedSeconds };
  const hasRate = observedSeconds >= LEAST_SECONDS && bytes > 0;
  return { secondsLeft: hasRate ? left * observedSeconds / bytes : null, observedSeconds };
}

function leftText({ secondsLeft, observedSeconds }: NearLimit): string {
  return secondsLeft === null
    ? "the time left is not known, as no rate was seen before"
    : `about ${formatSeconds(secondsLeft)} left at the rate seen over ${
      formatSeconds(observedSeconds)
    }`;
}
