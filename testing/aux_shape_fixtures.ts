import {
  type AuxFixture,
  AuxRecording,
  btsInfo,
  cpuRings,
  speInfo,
  step,
} from "./aux_recording.ts";
import {
  aux,
  auxEvent,
  AuxFlag,
  compressed,
  compressed2,
  compressedFeature,
  concat,
  lost,
  lostSamples,
  ZstdRing,
} from "./perf_builder.ts";

/** AUX records inside COMPRESSED records, the second of them cut in two; AUXTRACE is plain. */
async function compressedFile(wrap: typeof compressed): Promise<Uint8Array> {
  const recording = new AuxRecording({ features: [compressedFeature(4096)] });
  const { file } = recording;
  const parts = [0, 1, 2].map((n) => {
    const part = recording.auxValues(0, {
      offset: 0xffff_ff80n + BigInt(64 * n),
      size: 64,
      timeNs: step(n),
    });
    return file.encode(aux({ offset: part.offset, size: BigInt(part.size) }), part);
  });
  const ring = concat(parts);
  using zstd = new ZstdRing();
  file.add(wrap(await zstd.flush(ring.subarray(0, 100))));
  file.add(wrap(await zstd.flush(ring.subarray(100, 144))));
  recording.chunk(0, { offset: 0xffff_ff80n, size: 128 }).round();
  file.add(wrap(await zstd.flush(ring.subarray(144))));
  return recording.chunk(0, { offset: 0x1_0000_0000n, size: 64 }).round().bytes();
}

function pipe(byteOrder: "little" | "big"): AuxRecording {
  return new AuxRecording({ byteOrder, pipe: true, ...(byteOrder === "big" && bigEndian) });
}

const bigEndian = {
  byteOrder: "big",
  arch: "aarch64_be",
  info: speInfo,
  events: [auxEvent("arm_spe_0//u", 1)],
} as const;

function crossing(recording: AuxRecording): AuxRecording {
  return recording
    .both(0, { offset: 0xffff_ff80n, size: 64, timeNs: step(0) })
    .round()
    .both(0, { offset: 0xffff_ffc0n, size: 72, timeNs: step(1) });
}

function below(recording: AuxRecording): AuxRecording {
  return recording
    .both(0, { offset: 0n, size: 64, timeNs: step(0) })
    .round()
    .both(0, { offset: 0x40n, size: 16, timeNs: step(1) })
    .round();
}

/** Recordings of other shapes: containers, byte orders, damage, gaps. */
export const shapeFixtures: readonly AuxFixture[] = [
  {
    name: "aux_big_endian",
    shows: "A big endian recording (Arm SPE) that crosses 2^32",
    build: () => crossing(new AuxRecording(bigEndian)).round().bytes(),
  },
  {
    name: "aux_compressed",
    shows: "AUX records inside COMPRESSED, one of them cut in two; AUXTRACE is plain",
    build: () => compressedFile(compressed),
  },
  {
    name: "aux_compressed2",
    shows: "The same with COMPRESSED2",
    build: () => compressedFile(compressed2),
  },
  {
    name: "aux_pipe",
    shows: "A little endian pipe that ends at the limit",
    build: () => crossing(pipe("little")).bytes(),
  },
  {
    name: "aux_pipe_big_endian",
    shows: "A big endian pipe below the limit",
    build: () => below(pipe("big")).bytes(),
  },
  {
    name: "aux_pipe_stray",
    shows: "A pipe with text of perf after its last record",
    build() {
      const text = "[ perf record: Woken up 1 times to write data ]\n";
      return concat([below(pipe("little")).bytes(), new TextEncoder().encode(text)]);
    },
  },
  {
    name: "aux_cut",
    shows: "Unfinalised and cut in the middle of an AUXTRACE payload, nothing flagged before",
    build() {
      const recording = new AuxRecording({ finalised: false })
        .both(0, { offset: 0n, size: 128, timeNs: step(0) })
        .round()
        .chunk(0, { offset: 128n, size: 256 });
      return recording.bytes().subarray(0, -156);
    },
  },
  {
    name: "aux_torn_read",
    shows: "A head whose high half was read too new: the offset jumps by 2^32 and back",
    build() {
      const recording = new AuxRecording()
        .aux(0, { offset: 0xffff_ff00n, size: 0x40, timeNs: step(0) })
        .aux(0, { offset: 0xffff_ff40n, size: 0x40, timeNs: step(1) })
        .aux(0, { offset: 0xffff_ff80n, size: 0xc0, timeNs: step(2) })
        .aux(0, { offset: 0x1_0000_0040n, size: 0x40, timeNs: step(4) });
      return recording
        .chunk(0, { offset: 0xffff_ff00n, size: 0x40 })
        .round()
        .chunk(0, { offset: 0x1_ffff_ff40n, size: 0x40 })
        .round()
        .chunk(0, { offset: 0xffff_ff80n, size: 0xc0 })
        .round()
        .chunk(0, { offset: 0x1_0000_0040n, size: 0x40 })
        .round()
        .bytes();
    },
  },
  {
    name: "aux_gaps",
    shows: "A gap, an overlap, a regression, and bytes that were announced but are missing",
    build: () =>
      new AuxRecording({ rings: cpuRings(4) })
        .both(0, { offset: 0n, size: 0x40, timeNs: step(0) })
        .both(1, { offset: 0n, size: 0x40 })
        .chunk(2, { offset: 0x1000n, size: 0x40 })
        .aux(3, { offset: 0n, size: 0x100, timeNs: step(0) })
        .both(3, { offset: 0x100n, size: 0x40, timeNs: step(1) })
        .round()
        .aux(0, { offset: 0x40n, size: 0x40, timeNs: step(1) })
        .both(0, { offset: 0x80n, size: 0x40, timeNs: step(2) })
        .both(1, { offset: 0x20n, size: 0x40 })
        .chunk(2, { offset: 0x800n, size: 0x40 })
        .aux(3, { offset: 0x140n, size: 0x60, timeNs: step(2) })
        .round()
        .bytes(),
  },
  {
    name: "aux_flags",
    shows: "TRUNCATED, PARTIAL, COLLISION and LOST",
    build() {
      const recording = new AuxRecording();
      recording
        .both(0, { offset: 0n, size: 64, timeNs: step(0), flags: AuxFlag.Partial })
        .both(0, { offset: 64n, size: 64, timeNs: step(1), flags: AuxFlag.Collision })
        .aux(0, { offset: 128n, size: 0, timeNs: step(1), flags: AuxFlag.Truncated })
        .both(0, {
          offset: 128n,
          size: 64,
          timeNs: step(2),
          flags: AuxFlag.Truncated | AuxFlag.Partial,
        });
      recording.file
        .add(lost(1n, 17n), { id: 1n, timeNs: step(2) })
        .add(lost(1n, 3n), { id: 1n, timeNs: step(2) })
        .add(lostSamples(5n), { id: 1n, timeNs: step(2) });
      return recording.round().bytes();
    },
  },
  {
    name: "aux_bts",
    shows: "Intel BTS: sizes 23 below and 7 above the tail, exact and inexact last tails",
    build: () =>
      new AuxRecording({ rings: cpuRings(3), info: btsInfo, events: [auxEvent("intel_bts//", 3)] })
        .aux(0, { offset: 0n, size: 71, timeNs: step(0) })
        .aux(0, { offset: 71n, size: 49, timeNs: step(1) })
        .aux(0, { offset: 120n, size: 118, timeNs: step(2) })
        .aux(1, { offset: 0n, size: 48 })
        .aux(1, { offset: 48n, size: 42 })
        .aux(1, { offset: 90n, size: 6 })
        .aux(2, { offset: 0n, size: 48 })
        .chunk(0, { offset: 0n, size: 48 })
        .chunk(1, { offset: 0n, size: 48 })
        .chunk(2, { offset: 0n, size: 48 })
        .round()
        .chunk(0, { offset: 71n, size: 56 })
        .chunk(1, { offset: 48n, size: 48 })
        .chunk(2, { offset: 48n, size: 0 })
        .round()
        .chunk(0, { offset: 120n, size: 96 })
        .chunk(2, { offset: 71n, size: 48 })
        .round()
        .bytes(),
  },
];
