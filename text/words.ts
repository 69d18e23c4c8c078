const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/** Writes a number that stops at 2^53 - 1, where numbers end being exact: there as a lower bound. */
export function countText(value: number): string {
  return value < Number.MAX_SAFE_INTEGER ? `${value}` : `at least ${Number.MAX_SAFE_INTEGER}`;
}

/** Writes a number of bytes with a unit, rounded to three digits; 2^53 - 1 as a lower bound. */
export function formatBytes(bytes: number): string {
  if (bytes === Number.MAX_SAFE_INTEGER) return "at least 8 PiB";
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0
    ? `${bytes} ${bytes === 1 ? "byte" : "bytes"}`
    : `${short(value)} ${UNITS[unit]}`;
}

/** Writes a number of things, as in `1 queue` or `3 queues`. */
export function plural(count: number, thing: string): string {
  return `${countText(count)} ${thing}${count === 1 ? "" : "s"}`;
}

/** Writes a number of bytes for a column of a table, as `12 B` or `4 GiB`. */
export function shortBytes(bytes: number): string {
  return formatBytes(bytes).replace(/ bytes?$/, " B");
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

/** Writes a name of ours as the kernel does: `auxOffset` as `aux_offset`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Names a queue, as in `queue 0 (CPU 3)`. */
export function queueName(
  { idx, cpu, tid }: {
    readonly idx: number | null;
    readonly cpu: number | null;
    readonly tid: number | null;
  },
): string {
  const owner = ownerName({ cpu, tid });
  return idx === null ? owner : `queue ${idx} (${owner})`;
}

/** Names what an AUX buffer, or a data ring, belongs to. */
export function ownerName(
  { cpu, tid }: { readonly cpu: number | null; readonly tid: number | null },
): string {
  return cpu !== null ? `CPU ${cpu}` : tid !== null ? `thread ${tid}` : "no owner";
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString();
}
