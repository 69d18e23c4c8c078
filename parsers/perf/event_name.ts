import type { EventAttr } from "./attr.ts";

const HARDWARE = [
  "cpu-cycles",
  "instructions",
  "cache-references",
  "cache-misses",
  "branches",
  "branch-misses",
  "bus-cycles",
  "stalled-cycles-frontend",
  "stalled-cycles-backend",
  "ref-cycles",
];
const SOFTWARE = [
  "cpu-clock",
  "task-clock",
  "page-faults",
  "context-switches",
  "cpu-migrations",
  "minor-faults",
  "major-faults",
  "alignment-faults",
  "emulation-faults",
  "dummy",
  "bpf-output",
  "cgroup-switches",
];

/** Names a generic hardware or software event, for recordings that do not name theirs. */
export function genericEventName({ type, config }: EventAttr): string | null {
  const names = type === 0 ? HARDWARE : type === 1 ? SOFTWARE : [];
  return names[Number(config & 0xffffffffn)] ?? null;
}
