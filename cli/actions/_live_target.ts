import { ValidationError } from "@cliffy/command";
import { pageSize, parseCpuList } from "../../live/internal.ts";
import type { ObservationOptions } from "../../live/mod.ts";
import { formatBytes } from "../../text/mod.ts";
import type { Access } from "../_permissions.ts";
import { parseByteSize } from "./_byte_size.ts";

/** Options of the commands that observe a running system. */
export interface LiveOptions {
  readonly event?: readonly string[] | undefined;
  readonly mmap?: string | undefined;
  readonly count?: string | undefined;
  readonly freq?: string | undefined;
  readonly allCpus?: boolean | undefined;
  readonly cpu?: string | undefined;
  readonly pid?: string | undefined;
  readonly tid?: string | undefined;
  readonly perThread?: boolean | undefined;
  /** False with `--no-inherit`. */
  readonly inherit: boolean;
  readonly clockid?: string | undefined;
  readonly accessor: "auto" | "native" | "compat";
  /** Percentage of 4 GiB. */
  readonly warnAt: number;
}

const MOST_ID = 2 ** 31 - 1;
const MOST_PERIOD = 2n ** 63n - 1n;
/** Source: linux/time.h, and the names that perf record -k takes. */
const CLOCKS: Readonly<Record<string, number>> = {
  realtime: 0,
  real: 0,
  monotonic: 1,
  mono: 1,
  "monotonic_raw": 4,
  raw: 4,
  boottime: 7,
  boot: 7,
  tai: 11,
};

/** What observing takes. To be asked for before signals are heard, so that Ctrl-C ends a question. */
export function liveAccesses(commandLine: readonly string[]): Access[] {
  return [
    { name: "ffi" },
    ...(commandLine.length > 0 ? [{ name: "run", command: "sh" }] as const : []),
  ];
}

/**
 * Reads the options that say what is observed.
 *
 * @param command The process started from what follows `--`. Where CPUs or tasks are named, it is not
 * observed: as with perf, it says how long they are.
 */
export function observationOptions(options: LiveOptions, command?: number): ObservationOptions {
  const [dataSize, auxSize] = ringSizes(options.mmap);
  const ids = (name: "pid" | "tid") =>
    options[name] === undefined ? undefined : numbers(options[name], name);
  const pids = ids("pid");
  const tids = ids("tid");
  if (options.allCpus && (pids ?? tids) !== undefined) {
    throw new ValidationError("Option --all-cpus excludes --pid and --tid");
  }
  if (options.count !== undefined && options.freq !== undefined) {
    throw new ValidationError("Option --count excludes --freq");
  }
  const isOfOthers = options.allCpus === true || options.cpu !== undefined ||
    (pids ?? tids) !== undefined;
  return {
    events: options.event,
    target: {
      cpus: options.cpu === undefined ? undefined : cpus(options.cpu),
      pids,
      tids,
      command: isOfOthers ? undefined : command,
      perThread: options.perThread,
    },
    dataSize,
    auxSize,
    frequency: options.freq === undefined ? undefined : frequency(options.freq),
    period: options.count === undefined ? undefined : period(options.count),
    inherit: options.inherit ? undefined : false,
    clockid: options.clockid === undefined ? undefined : clock(options.clockid),
    accessor: options.accessor,
  };
}

/** Says of the sizes of rings that were rounded up what they are now, as perf does. */
export function roundedSizes(text = ""): string[] {
  return parsedSizes(text).flatMap((size, index) => {
    const ring = ringSize(size);
    const what = index === 0 ? "records" : "AUX data";
    return ring === size ? [] : [
      `--mmap: rounded the rings of ${what} up to ${formatBytes(ring!)} (${
        ring! / pageSize()
      } pages)`,
    ];
  });
}

/** Sizes of the rings in bytes. */
function ringSizes(text?: string): [number | undefined, number | undefined] {
  const [data, aux] = parsedSizes(text).map(ringSize);
  return [data, aux];
}

/** The sizes as they are given, in bytes: numbers without a unit are pages. */
function parsedSizes(text = ""): (number | undefined)[] {
  const parts = text.split(",");
  if (parts.length > 2) throw new ValidationError(`Option "--mmap" takes DATA,AUX, got "${text}"`);
  return parts.map((part) => {
    if (part === "") return undefined;
    const size = /^\d+$/.test(part)
      ? parseByteSize(part, "--mmap") * pageSize()
      : parseByteSize(part, "--mmap");
    if (size <= 0) throw new ValidationError(`Option "--mmap" takes sizes above 0, got "${text}"`);
    return size;
  });
}

/** The next power of two of pages. */
function ringSize(size: number | undefined): number | undefined {
  return size === undefined ? undefined : 2 ** Math.ceil(Math.log2(Math.max(size, pageSize())));
}

function numbers(text: string, option: string): number[] {
  if (!/^\d+(,\d+)*$/.test(text)) {
    throw new ValidationError(`Option "--${option}" takes numbers such as 17,18, got "${text}"`);
  }
  const list = text.split(",").map(Number);
  const wrong = list.find((id) => id < 1 || id > MOST_ID);
  if (wrong !== undefined) {
    throw new ValidationError(`Option "--${option}": there is no task ${wrong}`);
  }
  return list;
}

function cpus(text: string): number[] {
  const list = parseCpuList(text);
  if (list === null || list.length === 0) {
    throw new ValidationError(`Option "--cpu" takes CPUs such as 0,2-4, got "${text}"`);
  }
  return [...new Set(list)].sort((a, b) => a - b);
}

function frequency(text: string): number | "max" {
  if (text === "max") return text;
  if (/^\d+$/.test(text) && Number(text) >= 1) return Number(text);
  throw new ValidationError('Option "--freq" takes a number above 0');
}

function period(text: string): bigint {
  const value = /^\d+$/.test(text) ? BigInt(text) : 0n;
  if (value >= 1n && value <= MOST_PERIOD) return value;
  throw new ValidationError(
    `Option "--count" takes a number above 0 and below 2^63, got "${text}"`,
  );
}

/** Reads a clock by its number or its name, `CLOCK_` before it or not, as perf does. */
function clock(text: string): number {
  const known = [...new Set(Object.values(CLOCKS))];
  const clock = /^\d+$/.test(text)
    ? Number(text)
    : CLOCKS[text.toLowerCase().replace(/^clock_/, "")];
  if (clock !== undefined && known.includes(clock)) return clock;
  const names = known.map((number) => {
    const of = Object.keys(CLOCKS).filter((name) => CLOCKS[name] === number);
    return `${of.join(" or ")} (${number})`;
  });
  throw new ValidationError(`Option "--clockid" takes ${names.join(", ")}, got "${text}"`);
}
