import type { AttrSpec } from "../encoders/internal.ts";
import { pageSize } from "./_system.ts";
import { openAuxRing } from "./aux_ring.ts";
import { openDataRing } from "./data_ring.ts";
import { type EventTarget, perfEventOpen } from "./perf_event.ts";
import { SyscallError } from "./syscall_error.ts";

/**
 * Asks the kernel whether the PMU of an event has an AUX area, by mapping one page of it; the event
 * does not count. An event that cannot be opened has none.
 *
 * @param target Where the event would be opened.
 */
export function probeAux(attr: AttrSpec, target: EventTarget = {}): boolean {
  const size = pageSize();
  try {
    using event = perfEventOpen({ ...attr, flags: [...attr.flags ?? [], "disabled"] }, target);
    using data = openDataRing(event, { size });
    using _aux = openAuxRing(data, { size });
    return true;
  } catch (error) {
    if (error instanceof SyscallError) return false;
    throw error;
  }
}
