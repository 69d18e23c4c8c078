import type { FormatError } from "../parsers/format_error.ts";
import type { AuxPointersChoice } from "./accessors.ts";
import type { QueueReport, ReplayReport } from "./report.ts";

const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
const GIB_4 = 1n << 32n;
const MAX_DAMAGE = 5;
const ADVICE = "Use snapshot mode (-S), shorter runs, filters, or a 64-bit perf.";

/** Puts a replay's findings into words. */
export function conclude(
  report: Omit<ReplayReport, "conclusion" | "advice" | "notes">,
  accessor: AuxPointersChoice | null,
  highestHead: bigint,
  damage: readonly FormatError[],
): Pick<ReplayReport, "conclusion" | "advice" | "notes"> {
  const tight = report.queues.some(({ headroomBytes }) =>
    headroomBytes !== null && headroomBytes < Number(report.limit.maxTail) / 4
  );
  const refuses = accessor === null || accessor.kind === "compat";
  const notes = damage.slice(0, MAX_DAMAGE).map((error) => error.message);
  if (damage.length > MAX_DAMAGE) notes.push(`${damage.length - MAX_DAMAGE} more of this kind.`);
  if (highestHead >= GIB_4) {
    notes.push(`Heads reach 0x${highestHead.toString(16)}: a plain 32-bit read could tear them.`);
  }
  if (report.totals.lostRecords > 0) {
    notes.push(
      `Records were lost (${report.totals.lostRecords} PERF_RECORD_LOST): the times of ` +
        "tails and the rates can be off, the tails are not.",
    );
  }
  return {
    conclusion: sentence(report, accessor),
    advice: tight && refuses ? ADVICE : null,
    notes,
  };
}

function sentence(
  { verdict, queues, totals, limit, recording, input }: Omit<
    ReplayReport,
    "conclusion" | "advice" | "notes"
  >,
  accessor: AuxPointersChoice | null,
): string {
  const { bits } = limit;
  switch (verdict) {
    case "no-aux":
      return "There is no AUX data in this recording, so there is no AUX tail to store.";
    case "not-applicable":
      return recording.mode === "sample"
        ? "The AUX data is in samples: no tail is ever stored, so a 32-bit perf can record this."
        : "These are snapshots: no tail is ever stored, so a 32-bit perf can record this.";
    case "incomplete":
      return `No tail before the cut needs more than ${bits} bits, but the input is cut at 0x${
        input.cut?.fileOffset.toString(16)
      }: what came after is not known.`;
    case "exceeds": {
      const over = queues.filter(({ firstFlagged }) => firstFlagged !== null);
      const proven = over.filter((queue) => !mayFit(queue, limit.maxTail));
      const queue = (proven.length > 0 ? proven : over).reduce((a, b) =>
        b.firstFlagged!.fileOffset < a.firstFlagged!.fileOffset ? b : a
      );
      const first = queue.firstFlagged!;
      const tail = `${first.tailExact ? "" : "~"}0x${first.tail.toString(16)}`;
      const when = first.timeNs === null ? "" : `, at ${formatTime(first.timeNs)} s of its clock`;
      if (queues.some(({ recorder }) => recorder === "stopped-by-limit")) {
        const [who, end] = input.finalised
          ? ["its 32-bit accessor", "ended the recording"]
          : ["a 32-bit perf", "quit without finishing the file"];
        return `This recording was stopped by the limit: ${who} could not store the tail ${tail} of ` +
          `${queueName(queue)}, which needs more than ${bits} bits${when}, and ${end}.`;
      }
      const after = totals.bytesAfterLimit > 0
        ? `, and lost at least the ${formatBytes(totals.bytesAfterLimit)} recorded after that`
        : "";
      const who = bits === 32 ? "A 32-bit perf" : `A limit of ${bits} bits`;
      if (mayFit(queue, limit.maxTail)) {
        const [low, high] = queue.lastTailWindow!.map((end) => `0x${end.toString(16)}`);
        return `${who} may have stopped at the last tail of ${queueName(queue)}${when}: it lies ` +
          `from ${low} to ${high}, and above 0x${limit.maxTail.toString(16)} it needs more than ` +
          `${bits} bits.`;
      }
      return `${who} would have stopped at the tail ${tail} of ${queueName(queue)}, ` +
        `which needs more than ${bits} bits${when}${after}.`;
    }
    case "fits":
      return fits(queues, limit.maxTail, bits, accessor);
  }
}

function fits(
  queues: readonly QueueReport[],
  maxTail: bigint,
  bits: number,
  accessor: AuxPointersChoice | null,
): string {
  if (accessor !== null && accessor.kind !== "compat") {
    const over = queues.filter(({ lastTail }) => lastTail !== null && lastTail > maxTail).length;
    const above = over > 0
      ? `, though tails of ${over} of ${queues.length} queues need more than ${bits} bits`
      : "";
    return `No tail is refused${above}, because ${accessor.reason}.`;
  }
  const fullest = queues.reduce((a, b) => (b.headroomBytes ?? 0) < (a.headroomBytes ?? 0) ? b : a);
  const left = fullest.headroomBytes ?? 0;
  const percent = Math.floor(left / (Number(maxTail) + 1) * 100);
  const time = fullest.secondsLeft === null
    ? ""
    : `, about ${formatSeconds(fullest.secondsLeft)} at its rate`;
  const can = bits === 32 ? ": a 32-bit perf can record this" : "";
  return `Every tail fits in ${bits} bits${can}. ` +
    `Fullest is ${queueName(fullest)}, with ${formatBytes(left)} (${percent} %) left${time}.`;
}

/** Whether the first refused tail of a queue is one that may have fitted. */
export function mayFit(
  { firstFlagged, lastTailWindow }: QueueReport,
  maxTail: bigint,
): boolean {
  return firstFlagged?.tailExact === false && lastTailWindow !== null &&
    lastTailWindow[0] <= maxTail;
}

function queueName({ idx, cpu, tid }: QueueReport): string {
  const owner = cpu !== null ? `CPU ${cpu}` : tid !== null ? `thread ${tid}` : "no owner";
  return idx === null ? owner : `queue ${idx} (${owner})`;
}

/** Writes a number of bytes with a unit, rounded to three digits. */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${bytes} bytes` : `${short(value)} ${UNITS[unit]}`;
}

/** Writes a time in its natural unit, rounded to three digits. */
export function formatSeconds(seconds: number): string {
  const units: [number, string][] = [[86400, "days"], [3600, "h"], [60, "min"], [1, "s"]];
  const [size, name] = units.find(([size]) => seconds >= 2 * size) ?? [1, "s"];
  return seconds > 0 && seconds < 0.01 ? "< 10 ms" : `${short(seconds / size)} ${name}`;
}

/** Writes a time of a recording's clock in seconds, exactly. */
export function formatTime(timeNs: bigint): string {
  return `${timeNs / 1_000_000_000n}.${String(timeNs % 1_000_000_000n).padStart(9, "0")}`;
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString();
}
