import type { SessionRing } from "../../live/mod.ts";
import { hex } from "../../text/mod.ts";
import { complain } from "../_common.ts";

/** Says once of each ring that its AUX data has ended although the events were restarted. */
export class SilentRings {
  readonly #reported = new Set<number>();

  /** Looks at all rings, while they are read. */
  report(rings: readonly SessionRing[]): void {
    for (const { index, cpu, tid, aux } of rings) {
      if (aux === null || !aux.silent || this.#reported.has(index)) continue;
      this.#reported.add(index);
      complain(
        `${cpu >= 0 ? `CPU ${cpu}` : `thread ${tid}`}: no AUX data since ${
          hex(aux.tail)
        }, where the ` +
          "buffer was full, in spite of 10 restarts: the kernel has stopped the event for good, or " +
          "what it traces does not run; end and start again, with a larger AUX buffer (-m ,SIZE)",
      );
    }
  }
}
