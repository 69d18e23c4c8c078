import type { AttrSpec } from "../encoders/internal.ts";
import type { AttrFlag } from "../parsers/perf/abi.ts";
import { pageSize } from "./_system.ts";
import { openAuxRing } from "./aux_ring.ts";
import { openDataRing } from "./data_ring.ts";
import { type EventTarget, type PerfEventFd, perfEventOpen } from "./perf_event.ts";
import { SyscallError } from "./syscall_error.ts";

/** All that a user without privileges may ask for. */
const USER_SPACE: readonly AttrFlag[] = ["excludeKernel", "excludeHv"];

/**
 * Asks the kernel whether the PMU of an event has an AUX area, by mapping one page of it; the event
 * does not count. An event that cannot be opened has none: neither as it is, nor for user space
 * only, nor with the guests of a virtual machine.
 *
 * @param target Where the event would be opened.
 */
export function probeAux(attr: AttrSpec, target: EventTarget = {}): boolean {
  using event = openSomehow(attr, target);
  if (event === null) return false;
  const size = pageSize();
  try {
    using data = openDataRing(event, { size });
    using _aux = openAuxRing(data, { size });
    return true;
  } catch (error) {
    if (error instanceof SyscallError) return false;
    throw error;
  }
}

/** Opens an event in the first of the ways that the kernel grants; null if there is none. */
function openSomehow(attr: AttrSpec, target: EventTarget): PerfEventFd | null {
  const flags: AttrFlag[] = [...attr.flags ?? [], "disabled"];
  const withGuests = flags.filter((flag) => flag !== "excludeGuest");
  const ways = [flags, withGuests, [...flags, ...USER_SPACE], [...withGuests, ...USER_SPACE]];
  for (const way of ways) {
    try {
      return perfEventOpen({ ...attr, flags: way }, target);
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
    }
  }
  return null;
}
