import { formatBytes, formatSeconds } from "../../text/mod.ts";
import type { QuietOptions } from "../_common.ts";
import { checkStopped } from "../_stop_signals.ts";

const DELAY_MS = 500;
const EVERY_MS = 100;
const WIDTH = 30;

/**
 * A progress bar on standard error: only where that is a terminal, and after half a second. Work that
 * tells of its progress ends by an error after a signal, where signals are heard.
 *
 * `at()` is cheap enough to be called at every record.
 */
export class Progress implements Disposable {
  readonly #total: number;
  readonly #unit: string;
  readonly #active: boolean;
  readonly #start = performance.now();
  #calls = 0;
  #last = 0;
  #shown = false;

  /**
   * `total` is what `at()` or `show()` reaches at the end, or Infinity if that is not known: bytes,
   * unless `unit` names something else that is counted.
   */
  constructor(
    total: number,
    { progress, quiet = false, unit = "bytes" }: QuietOptions & { readonly unit?: string },
  ) {
    this.#total = total;
    this.#unit = unit;
    this.#active = progress && !quiet && Deno.stderr.isTerminal();
  }

  /** Notes how far the work is, at every record. */
  at(position: number): void {
    if ((++this.#calls & 0xfff) === 0) this.show(position);
  }

  /**
   * Notes how far the work is, at every step of some milliseconds.
   *
   * @param bytes What was read so far, where something else is counted.
   */
  show(position: number, bytes = 0): void {
    checkStopped();
    if (!this.#active) return;
    const now = performance.now();
    if (now - this.#start < DELAY_MS || now - this.#last < EVERY_MS) return;
    this.#last = now;
    this.#shown = true;
    this.#print(`\r\x1b[K${this.#text(position, bytes, (now - this.#start) / 1000)}`);
  }

  #text(position: number, bytes: number, seconds: number): string {
    const total = this.#total;
    const left = position > 0 ? (total / position - 1) * seconds : Infinity;
    const said = this.#unit === "bytes"
      ? [barText(position, total), byteRate(position / seconds)]
      : [`${position} of ${total} ${this.#unit}`, `${(position / seconds).toFixed(0)}/s`];
    if (bytes > 0) said.push(formatBytes(bytes), byteRate(bytes / seconds));
    if (left < Infinity) said.push(`${formatSeconds(Math.max(left, 0))} left`);
    return said.join(", ");
  }

  /** Takes the bar away. */
  [Symbol.dispose](): void {
    if (this.#shown) this.#print("\r\x1b[K");
  }

  #print(text: string): void {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  }
}

function barText(position: number, total: number): string {
  const mib = `${(position / 2 ** 20).toFixed(0)} MiB`;
  if (total === Infinity) return mib;
  const part = Math.min(position / total, 1);
  return `[${"#".repeat(part * WIDTH).padEnd(WIDTH, "-")}] ${(part * 100).toFixed(0)} % ${mib}`;
}

function byteRate(bytesPerSecond: number): string {
  return `${formatBytes(Math.round(bytesPerSecond))}/s`;
}
