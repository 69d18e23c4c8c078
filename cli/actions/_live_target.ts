import { ValidationError } from "@cliffy/command";
import { pageSize, parseCpuList } from "../../live/internal.ts";
import type { ObservationOptions } from "../../live/mod.ts";

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
const UNITS: Readonly<Record<string, number>> = { B: 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };
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
  "clock_tai": 11,
  tai: 11,
};

/** Reads the options that say what is observed; `command` is the process started from what follows `--`. */
export function observationOptions(options: LiveOptions, command?: number): ObservationOptions {
  const [dataSize, auxSize] = ringSizes(options.mmap);
  const ids = (name: "pid" | "tid") =>
    options[name] === undefined ? undefined : numbers(options[name], name);
  const pids = ids("pid");
  const tids = ids("tid");
  if (options.allCpus && (pids ?? tids) !== undefined) {
    throw new ValidationError("Option --all-cpus excludes --pid and --tid");
  }
  if (command !== undefined && (pids ?? tids) !== undefined) {
    throw new ValidationError("A command excludes --pid and --tid");
  }
  if (options.count !== undefined && options.freq !== undefined) {
    throw new ValidationError("Option --count excludes --freq");
  }
  const wide = options.allCpus === true || options.cpu !== undefined;
  return {
    events: options.event,
    target: {
      cpus: options.cpu === undefined ? undefined : cpus(options.cpu),
      pids,
      tids,
      command: wide ? undefined : command,
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

/** Reads a size with the units of perf: `100`, `64K`, `2G`. */
export function parseByteSize(text: string, option: string): number {
  const [, digits, unit = "B"] = text.match(/^(\d+)([BKMG]?)$/i) ?? [];
  if (digits === undefined) {
    throw new ValidationError(`Option "${option}" takes bytes such as 64K or 2G, got "${text}"`);
  }
  const size = Number(digits) * (UNITS[unit.toUpperCase()] ?? 1);
  if (Number.isSafeInteger(size)) return size;
  throw new ValidationError(`Option "${option}": ${text} is more than there can be`);
}

/** Sizes of the rings in bytes: numbers without a unit are pages; powers of two of pages. */
function ringSizes(text = ""): [number | undefined, number | undefined] {
  const parts = text.split(",");
  if (parts.length > 2) throw new ValidationError(`Option "--mmap" takes DATA,AUX, got "${text}"`);
  const [data, aux] = parts.map((part) => {
    if (part === "") return undefined;
    const size = /^\d+$/.test(part)
      ? parseByteSize(part, "--mmap") * pageSize()
      : parseByteSize(part, "--mmap");
    if (size <= 0) throw new ValidationError(`Option "--mmap" takes sizes above 0, got "${text}"`);
    return 2 ** Math.ceil(Math.log2(Math.max(size, pageSize())));
  });
  return [data, aux];
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

function clock(name: string): number {
  const clock = CLOCKS[name.toLowerCase()];
  if (clock !== undefined) return clock;
  throw new ValidationError(`Option "--clockid" takes ${Object.keys(CLOCKS).join(", ")}`);
}
