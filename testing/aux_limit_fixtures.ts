import {
  type AuxFixture,
  AuxRecording,
  cpuRings,
  type RecordingOptions,
  step,
} from "./aux_recording.ts";

/** Three queues whose only tails are 1 below, at and 1 above `limit`. */
function tailsAround(limit: bigint): Uint8Array {
  const recording = new AuxRecording({ rings: cpuRings(3) });
  for (const idx of recording.rings.keys()) {
    recording.both(idx, { offset: limit - 64n, size: 63 + idx, timeNs: step(idx) });
  }
  return recording.round().bytes();
}

/** CPU 0 shortly before 4 GiB, CPU 1 far below; the first pass is complete. */
function beforeLimit(options: RecordingOptions): AuxRecording {
  return new AuxRecording({ rings: cpuRings(2), ...options })
    .both(0, { offset: 0xffff_ff80n, size: 64, timeNs: step(0) })
    .both(1, { offset: 0x1000n, size: 64, timeNs: step(0) })
    .round();
}

/** The same up to the refused tail of CPU 0. */
function refused(): AuxRecording {
  return beforeLimit({ finalised: false })
    .both(0, { offset: 0xffff_ffc0n, size: 128, timeNs: step(1) });
}

/** Recordings that meet the limit, or do not. */
export const limitFixtures: readonly AuxFixture[] = [
  {
    name: "aux_tails_2_32",
    shows: "Tails just below, at and above 2^32",
    build: () => tailsAround(1n << 32n),
  },
  {
    name: "aux_tails_2_33",
    shows: "Tails just below, at and above 2^33",
    build: () => tailsAround(1n << 33n),
  },
  {
    name: "aux_tails_2_63",
    shows: "Tails just below, at and above 2^63",
    build: () => tailsAround(1n << 63n),
  },
  {
    name: "aux_crossing",
    shows: "A chunk that crosses 2^32 in a recorder that goes on: finalised",
    build: () =>
      beforeLimit({})
        .both(0, { offset: 0xffff_ffc0n, size: 128, timeNs: step(1) })
        .both(1, { offset: 0x1040n, size: 128, timeNs: step(1) })
        .round()
        .both(0, { offset: 0x1_0000_0040n, size: 64, timeNs: step(2) })
        .round()
        .bytes(),
  },
  {
    name: "aux_one_of_three",
    shows: "Three queues of which the middle one exceeds",
    build: () =>
      new AuxRecording({ rings: cpuRings(3) })
        .both(0, { offset: 0n, size: 256, timeNs: step(0) })
        .both(1, { offset: 0xffff_fff0n, size: 40, timeNs: step(0) })
        .both(2, { offset: 0xffff_ff00n, size: 255, timeNs: step(0) })
        .round()
        .bytes(),
  },
  {
    name: "aux_stopped_one",
    shows: "Stopped by the limit: one flagged chunk, then nothing",
    build: () => refused().bytes(),
  },
  {
    name: "aux_stopped_two",
    shows: "Stopped by the limit: the last pass adds a second flagged chunk to the same queue",
    build: () =>
      refused()
        .both(0, { offset: 0x1_0000_0040n, size: 37, timeNs: step(2) })
        .bytes(),
  },
  {
    name: "aux_stopped_two_queues",
    shows: "Stopped by the limit: the last pass finds another queue above it too",
    build: () =>
      new AuxRecording({ rings: cpuRings(2), finalised: false })
        .both(0, { offset: 0xffff_ff80n, size: 64, timeNs: step(0) })
        .both(1, { offset: 0xffff_f000n, size: 1024, timeNs: step(0) })
        .round()
        .both(0, { offset: 0xffff_ffc0n, size: 128, timeNs: step(1) })
        .both(1, { offset: 0xffff_f400n, size: 3080, timeNs: step(2) })
        .bytes(),
  },
  {
    name: "aux_three_flagged",
    shows: "Unfinalised, no round after the first flagged chunk, but three of them: unexplained",
    build: () =>
      refused()
        .both(0, { offset: 0x1_0000_0040n, size: 64, timeNs: step(2) })
        .both(0, { offset: 0x1_0000_0080n, size: 64, timeNs: step(4) })
        .bytes(),
  },
  {
    name: "aux_unfinalised",
    shows: "A recorder that was killed below the limit",
    build: () =>
      beforeLimit({ finalised: false })
        .both(0, { offset: 0xffff_ffc0n, size: 32, timeNs: step(1) })
        .bytes(),
  },
  {
    name: "aux_round_after",
    shows: "Unfinalised, but FINISHED_ROUND follows the flagged chunk: the limit did not stop it",
    build: () => refused().round().bytes(),
  },
  {
    name: "aux_inexact_tail",
    shows: "Last chunks without an AUX record that ends in their last 8 bytes",
    build: () =>
      new AuxRecording({ rings: cpuRings(2) })
        .both(0, { offset: 0xffff_ff80n, size: 64, timeNs: step(0) })
        .both(1, { offset: 0x80n, size: 64, timeNs: step(0) })
        .round()
        .chunk(0, { offset: 0xffff_ffc0n, size: 64 })
        .chunk(1, { offset: 0xc0n, size: 64 })
        .round()
        .bytes(),
  },
  {
    name: "aux_switch_output",
    shows: "A later file of --switch-output: the first offset is not 0",
    build: () =>
      new AuxRecording()
        .both(0, { offset: 0x1234_5678n, size: 100, timeNs: step(0) })
        .round()
        .both(0, { offset: 0x1234_56dcn, size: 256, timeNs: step(1) })
        .round()
        .bytes(),
  },
];
