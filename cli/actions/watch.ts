import {
  type AuxProgress,
  observe,
  type RingSession,
  type RingTick,
  stoppedCommand,
  Watcher,
} from "../../live/mod.ts";
import { complain } from "../_common.ts";
import { Output } from "../output/output.ts";
import { LiveTable } from "../output/live_table.ts";
import { type Style, style } from "../output/style.ts";
import { textTable } from "../output/table.ts";
import { formatSeconds, hex, jsonText, shortBytes } from "../../text/mod.ts";
import {
  liveAccesses,
  type LiveOptions,
  observationOptions,
  roundedSizes,
} from "./_live_target.ts";
import { requirePermissions } from "../_permissions.ts";
import { LimitWarnings, type NearLimit } from "./_limit_warnings.ts";
import { SilentRings } from "./_silent_rings.ts";
import { StopRequests } from "./_stop_requests.ts";

/** Options of `auxtail watch`. */
export interface WatchCommandOptions extends LiveOptions {
  readonly interval: number;
  readonly ticks?: number | undefined;
  readonly format?: "table" | "ndjson" | undefined;
  readonly color: string;
}

/** Watches rings until something ends it, and sets the exit code. */
export async function watch(
  options: WatchCommandOptions,
  commandLine: readonly string[],
): Promise<void> {
  const warnings = new LimitWarnings(options);
  observationOptions(options, commandLine.length > 0 ? 0 : undefined);
  for (const line of roundedSizes(options.mmap)) complain(line);
  requirePermissions(...liveAccesses(commandLine));
  using stop = new StopRequests();
  using command = commandLine.length > 0
    ? await stoppedCommand(commandLine, { stdoutToStderr: true })
    : null;
  using observation = observe(observationOptions(options, command?.pid));
  if (command !== null) stop.follow(command);
  const { session } = observation;
  const watcher = new Watcher(session.rings);
  try {
    if (!stop.requested) {
      observation.start();
      command?.start();
    }
    await tickAll(session, watcher, { ...options, stop, warnings, printer: printerOf(options) });
  } finally {
    command?.kill("SIGTERM");
  }
  if (watcher.overflow === null) return;
  complain(watcher.overflow.message);
  Deno.exitCode = 1;
}

/** What is known of the rings at one time. */
interface Tick {
  /** Counted from 1. */
  readonly tick: number;
  /** Since the start, in seconds. */
  readonly seconds: number;
  readonly rings: readonly WarnedRing[];
}

/** A ring, and whether its AUX head has come near the limit. */
interface WarnedRing extends RingTick {
  readonly aux: (AuxProgress & { readonly nearLimit: NearLimit | null }) | null;
}

interface Printer {
  print(tick: Tick): void;
  /** Has the next tick printed below what a warning printed. */
  leave(): void;
}

/** Ticks once per interval, and once more at the end, which tells of a limit that was met. */
async function tickAll(
  session: RingSession,
  watcher: Watcher,
  { interval, ticks = Infinity, stop, warnings, printer }: {
    interval: number;
    ticks?: number | undefined;
    stop: StopRequests;
    warnings: LimitWarnings;
    printer: Printer;
  },
): Promise<void> {
  const start = performance.now();
  const silentRings = new SilentRings();
  const look = () => {
    if (warnings.look(session.rings)) printer.leave();
  };
  look();
  for (let tick = 1; tick <= ticks; tick++) {
    const due = start + tick * interval * 1000;
    const mayContinue = await emptyUntil(due, session, watcher, { stop, look });
    look();
    const rings = watcher.tick().map((ring) => ({
      ...ring,
      aux: ring.aux && { ...ring.aux, nearLimit: warnings.near(ring.ring) },
    }));
    const seconds = Math.round(performance.now() - start) / 1000;
    printer.print({ tick, seconds, rings });
    silentRings.report(session.rings);
    if (!mayContinue || rings.some(({ aux }) => aux?.limited)) return;
  }
}

/** Empties the rings where it is urgent, until `due`. Returns false if nothing more can come. */
async function emptyUntil(
  due: number,
  session: RingSession,
  watcher: Watcher,
  { stop, look }: { stop: StopRequests; look: () => void },
): Promise<boolean> {
  while (!stop.requested && watcher.overflow === null) {
    const timeoutMs = due - performance.now();
    if (timeoutMs <= 0) return true;
    const why = await session.wait({ timeoutMs, signal: stop.signal });
    if (why === "exited") return false;
    if (why === "data") {
      watcher.pass();
      look();
    }
  }
  return false;
}

function printerOf(options: WatchCommandOptions): Printer {
  const { format = Deno.stdout.isTerminal() ? "table" : "ndjson" } = options;
  if (format === "ndjson") {
    const print = (tick: Tick) => {
      using out = new Output();
      out.line(jsonText({ schema: "auxtail.watch/1", ...tick }));
    };
    return { print, leave() {} };
  }
  const paint = style(options);
  const live = new LiveTable();
  return {
    print: ({ seconds, rings }) =>
      live.draw(tableLines(rings, seconds), (line, row) => paintRow(line, rings[row - 2], paint)),
    leave: () => live.leave(),
  };
}

function paintRow(line: string, ring: WarnedRing | undefined, paint: Style): string {
  const isBad = ring?.aux && (ring.aux.nearLimit !== null || ring.aux.silent);
  return isBad ? paint.bad(line) : line;
}

function tableLines(rings: readonly RingTick[], seconds: number): string[] {
  const heading = [
    ...["ring", "area", "cpu", "tid", "head", "tail"],
    ...["rate", "headroom", "left", "lost", "data_head"],
  ];
  return [`${seconds.toFixed(1)} s`, ...textTable(heading, rings.map(ringRow))];
}

function ringRow({ ring, cpu, tid, data, aux }: RingTick): string[] {
  const { head, tail, bytesPerSecond } = aux ?? data;
  const left = aux?.limited ? "refused" : formatLeft(aux?.secondsLeft ?? null);
  return [
    `${ring}`,
    aux === null ? "data" : "AUX",
    `${cpu ?? "-"}`,
    `${tid ?? "-"}`,
    hex(head),
    hex(tail),
    `${shortBytes(bytesPerSecond)}/s`,
    aux === null ? "-" : shortBytes(aux.headroomBytes),
    left,
    lostText({ data, aux }),
    `${hex(data.head)}${data.over32Bits ? " > 32 bits" : ""}`,
  ];
}

function formatLeft(seconds: number | null): string {
  return seconds === null ? "-" : formatSeconds(seconds);
}

function lostText({ data, aux }: Pick<RingTick, "data" | "aux">): string {
  const records = data.lostEvents > 0 ? [`${data.lostEvents} records`] : [];
  if (aux === null) return records[0] ?? "0";
  if (aux.lostBytes === 0) return "0 B";
  const cut = aux.truncatedRecords > 0 ? [`AUX ${aux.truncatedRecords} times`] : [];
  const restarts = aux.restarts > 0 ? [`${aux.restarts} restarts`] : [];
  const silent = aux.silent ? ["silent"] : [];
  return [...cut, ...restarts, ...silent, ...records].join(", ");
}
