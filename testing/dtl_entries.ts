/** Encodes entries of PowerPC Dispatch Trace Logs: values in, bytes out. */

/** A dispatch. */
export interface DtlDispatchValues {
  readonly dispatchReason: number;
  readonly preemptReason: number;
  readonly processorId: number;
  readonly enqueueToDispatch: number;
  readonly readyToEnqueue: number;
  readonly waitingToReady: number;
  readonly timebase: bigint;
  readonly faultAddress: bigint;
  readonly srr0: bigint;
  readonly srr1: bigint;
}

/** Encodes a dispatch, as the hypervisor does: big endian. */
export function dtlDispatch(values: DtlDispatchValues): Uint8Array {
  const view = new DataView(new ArrayBuffer(48));
  view.setUint8(0, values.dispatchReason);
  view.setUint8(1, values.preemptReason);
  view.setUint16(2, values.processorId);
  view.setUint32(4, values.enqueueToDispatch);
  view.setUint32(8, values.readyToEnqueue);
  view.setUint32(12, values.waitingToReady);
  view.setBigUint64(16, values.timebase);
  view.setBigUint64(24, values.faultAddress);
  view.setBigUint64(32, values.srr0);
  view.setBigUint64(40, values.srr1);
  return new Uint8Array(view.buffer);
}

/** Encodes the entry that tells of the timebase, as the kernel does: in its own byte order. */
export function dtlBoot(
  { bootTimebase, frequency, byteOrder }: {
    readonly bootTimebase: bigint;
    readonly frequency: bigint;
    readonly byteOrder: "little" | "big";
  },
): Uint8Array {
  const view = new DataView(new ArrayBuffer(48));
  view.setBigUint64(0, bootTimebase, byteOrder === "little");
  view.setBigUint64(8, frequency, byteOrder === "little");
  return new Uint8Array(view.buffer);
}
