import type { ParsedEvent } from "./parsed_event.ts";
import { cpuListText } from "./pmu.ts";

/**
 * Leaves out the events of PMUs that are on none of the CPUs, where what was written means other
 * PMUs, too, of which one is on them.
 *
 * @param cpus Those that are observed; null for threads wherever they run.
 * @throws {Deno.errors.NotSupported} If no PMU that is meant is on any of the CPUs.
 */
export function onChosenCpus(
  events: readonly ParsedEvent[],
  cpus: readonly number[] | null,
): ParsedEvent[] {
  if (cpus === null) return [...events];
  const isThere = (event: ParsedEvent) =>
    event.cpus === null || event.cpus.some((cpu) => cpus.includes(cpu));
  for (const event of events) {
    const { choice } = event;
    const meant = choice === null ? [event] : events.filter((other) => other.choice === choice);
    if (!meant.some(isThere)) throw nowhere(choice ?? event.name, meant, cpus);
  }
  const kept = events.filter(isThere);
  const groups = kept.map(({ leader }) => leader);
  return kept.map((event) => ({ ...event, leader: groups.indexOf(event.leader) }));
}

function nowhere(
  text: string,
  meant: readonly ParsedEvent[],
  cpus: readonly number[],
): Deno.errors.NotSupported {
  const places = meant.map(({ pmu, cpus }) =>
    `${pmu} is on ${cpus!.length === 0 ? "no CPU" : cpuText(cpus!)}`
  );
  const cure = meant.flatMap(({ cpus }) => cpus!.length === 0 ? [] : [`-C ${cpuListText(cpus!)}`]);
  return new Deno.errors.NotSupported(
    `Cannot observe ${text} on ${cpuText(cpus)}: ${places.join(", ")}` +
      (cure.length === 0 ? "" : `; give ${cure.join(" or ")}`),
  );
}

function cpuText(cpus: readonly number[]): string {
  return `CPU${cpus.length === 1 ? "" : "s"} ${cpuListText(cpus)}`;
}
