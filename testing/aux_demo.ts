import { AuxRecording, cpuRings } from "./aux_recording.ts";
import { ByteWriter } from "../encoders/byte_writer.ts";

const START = 812_345_678_901n;

/**
 * A run of Intel PT packets: PSB with time and ratio, then short branches (TNT) and targets (TIP),
 * then PAD up to `size` bytes. Source: SDM volume 3, chapter 33.
 */
function ptBytes(size: number, seed: number): Uint8Array {
  const out = new ByteWriter(true);
  for (let i = 0; i < 8; i++) out.u16(0x8202); // PSB
  out.u64(0x19n | BigInt(seed) << 24n); // TSC
  for (const byte of [0x02, 0x03, 24, 0]) out.u8(byte); // CBR
  out.u16(0x0199); // MODE.Exec, 64-bit
  out.u16(0x2302); // PSBEND
  let random = seed;
  while (out.size + 16 <= size) {
    random = (Math.imul(random, 1103515245) + 12345) >>> 0;
    out.u8(0x04 | (random >>> 16 & 0xfe)); // TNT
    if (random >>> 28 === 0) {
      out.u8(0x2d); // TIP, 16 bits
      out.u16(random >>> 8);
    }
  }
  out.zeros(size - out.size);
  return out.toBytes();
}

/** Reads ring `idx` once, as perf does. */
function pass(
  recording: AuxRecording,
  part: { idx: number; offset: bigint; size: number; afterNs: bigint },
): void {
  const { idx, offset, size, afterNs } = part;
  recording.aux(idx, { offset, size, timeNs: START + afterNs });
  recording.chunk(idx, { offset, payload: ptBytes(size, 7 * size + idx) });
}

/** Two CPUs in four passes: 2 MiB/s and 1 MiB/s. */
export function demoFits(): Uint8Array {
  const recording = new AuxRecording({ rings: cpuRings(2) });
  const passes = [
    { afterNs: 0n, sizes: [1024, 512] },
    { afterNs: 651_042n, sizes: [1021, 700] },
    { afterNs: 1_302_083n, sizes: [1535, 349] },
    { afterNs: 1_953_125n, sizes: [1540, 999] },
  ];
  const offsets = [0n, 0n];
  for (const { afterNs, sizes } of passes) {
    for (const [idx, size] of sizes.entries()) {
      const offset = offsets[idx] ?? 0n;
      pass(recording, { idx, offset, size, afterNs });
      offsets[idx] = offset + BigInt(size);
    }
    recording.round();
  }
  return recording.bytes();
}

/**
 * The last file of a recording with --switch-output, stopped by the limit: CPU 0 passes 4 GiB,
 * its tail is refused, and the last pass finds a few more bytes.
 */
export function demoExceeds(): Uint8Array {
  const recording = new AuxRecording({ rings: cpuRings(2), finalised: false });
  pass(recording, { idx: 0, offset: 0xffff_ea00n, size: 2048, afterNs: 0n });
  pass(recording, { idx: 1, offset: 0x3b9a_c800n, size: 1024, afterNs: 0n });
  recording.round();
  pass(recording, { idx: 0, offset: 0xffff_f200n, size: 2048, afterNs: 1_953_125n });
  pass(recording, { idx: 1, offset: 0x3b9a_cc00n, size: 1024, afterNs: 1_953_125n });
  recording.round();
  pass(recording, { idx: 0, offset: 0xffff_fa00n, size: 1927, afterNs: 3_400_000n });
  pass(recording, { idx: 0, offset: 0x1_0000_0187n, size: 121, afterNs: 3_906_250n });
  return recording.bytes();
}
