import { ValidationError } from "@cliffy/command";
import type { PayloadQueue } from "../../packets/mod.ts";

/**
 * Refuses queues that the recording does not have.
 *
 * @throws {ValidationError} If one of them was asked for.
 */
export function checkQueues(
  queues: readonly { readonly idx: number | null }[],
  wanted: readonly number[] = [],
): void {
  const missing = wanted.find((number) => !queues.some(({ idx }) => idx === number));
  if (missing === undefined) return;
  const there = queues.map(({ idx }) => idx ?? "-").join(", ") || "none";
  throw new ValidationError(`There is no queue ${missing}: the recording has ${there}`);
}

/**
 * Leaves out the queues that were not asked for.
 *
 * @throws {ValidationError} If one was asked for that the recording does not have.
 */
export function selectQueues(
  queues: readonly PayloadQueue[],
  options: {
    readonly queue?: readonly number[] | undefined;
    readonly cpu?: readonly number[] | undefined;
  },
): PayloadQueue[] {
  const { queue: only, cpu: cpus } = options;
  checkQueues(queues, only);
  const noCpu = cpus?.find((wanted) => !queues.some(({ cpu }) => cpu === wanted));
  if (noCpu !== undefined) {
    const there = [...new Set(queues.map(({ cpu }) => cpu ?? "-"))].join(", ") || "none";
    throw new ValidationError(`There is no queue of CPU ${noCpu}: the recording has ${there}`);
  }
  return queues.filter(({ idx, cpu }) =>
    (only === undefined || (idx !== null && only.includes(idx))) &&
    (cpus === undefined || (cpu !== null && cpus.includes(cpu)))
  );
}
