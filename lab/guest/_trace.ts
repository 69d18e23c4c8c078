import {
  type AuxRing,
  type AuxRingOptions,
  type DataRing,
  kernelFiles,
  openAuxRing,
  openDataRing,
  type PerfEventFd,
  perfEventOpen,
} from "../../live/mod.ts";
import { PMU } from "./_module.ts";

/** What the module traces, and how it is read. The fields of the event are those of auxlab.c. */
export interface TraceOptions extends AuxRingOptions {
  /** CPU that is traced, or -1 for this thread on any of them. */
  readonly cpu: number;
  /** Bytes of the data ring; 512 KiB unless given. */
  readonly dataSize?: number;
  /** Bytes per tick, a multiple of 8. */
  readonly chunk: number;
  /** Microseconds between ticks. */
  readonly tickUs: number;
  /** Absolute offset of the end. */
  readonly stop?: bigint;
  /** Whether only the first word of each page is written. */
  readonly sparse?: boolean;
  /** Whether the module flags truncated chunks. */
  readonly trunc?: boolean;
  /** Whether kernel mode is left out, as an unprivileged user has to. */
  readonly userOnly?: boolean;
}

/** A trace of the module, not enabled yet. */
export interface Trace extends Disposable {
  readonly event: PerfEventFd;
  readonly data: DataRing;
  readonly aux: AuxRing;
}

/** Opens an event of the module. */
export function openEvent(options: TraceOptions): PerfEventFd {
  const { cpu, chunk, tickUs, stop = 0n, sparse = false, trunc = false } = options;
  return perfEventOpen({
    type: Number(kernelFiles.text(`/sys/bus/event_source/devices/${PMU}/type`)),
    config: BigInt(chunk) | BigInt(tickUs) << 32n | (sparse ? 1n << 62n : 0n) |
      (trunc ? 1n << 63n : 0n),
    config2: stop,
    flags: options.userOnly ? ["disabled", "excludeKernel"] : ["disabled"],
  }, { pid: cpu < 0 ? 0 : -1, cpu });
}

/** Opens an event of the module and its rings. */
export function openTrace(options: TraceOptions): Trace {
  using undo = new DisposableStack();
  const event = undo.use(openEvent(options));
  const { dataSize } = options;
  const data = undo.use(openDataRing(event, dataSize === undefined ? {} : { size: dataSize }));
  const aux = undo.use(openAuxRing(data, options));
  const owned = undo.move();
  return { event, data, aux, [Symbol.dispose]: () => owned.dispose() };
}
