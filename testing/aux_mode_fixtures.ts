import {
  type AuxFixture,
  AuxRecording,
  coresightSnapshotInfo,
  cpuRings,
  step,
  TID,
} from "./aux_recording.ts";
import {
  auxEvent,
  AuxFlag,
  comm,
  type EventSpec,
  intelPtInfo,
  PerfFileBuilder,
  sample,
  SampleType,
  usualFeatures,
} from "./perf_builder.ts";

const SAMPLE_TYPE = SampleType.Identifier | SampleType.Ip | SampleType.Tid | SampleType.Time |
  SampleType.Cpu;

function sampleMode(): Uint8Array {
  const sampling: EventSpec = {
    type: 0,
    name: "cycles:u",
    ids: [11n, 12n],
    samplePeriod: 100_000n,
    sampleType: SAMPLE_TYPE | SampleType.Aux,
    flags: ["sampleIdAll"],
    auxSampleSize: 64,
  };
  const tracing = { ...auxEvent("intel_pt//u", 2), sampleType: SAMPLE_TYPE };
  const recording = new AuxRecording({
    rings: cpuRings(2),
    events: [tracing, sampling],
  });
  const samples = [
    { cpu: 1, tid: 100, size: 32 },
    { cpu: 0, tid: 101, size: 16 },
    { cpu: 0, tid: 100, size: 64 },
    { cpu: 0, tid: 100, size: 40 },
  ];
  for (const [n, { cpu, tid, size }] of samples.entries()) {
    const id = BigInt(11 + cpu);
    const ip = 0x401000n + BigInt(4 * n);
    const aux = new Uint8Array(size);
    recording.file.add(sample(sampling, { id, ip, pid: 100, tid, timeNs: step(n), cpu, aux }));
  }
  return recording.round().bytes();
}

function noAux(): Uint8Array {
  const event: EventSpec = {
    type: 1,
    name: "cpu-clock",
    ids: [1n],
    samplePeriod: 1_000_000n,
    sampleType: SAMPLE_TYPE,
    flags: ["sampleIdAll"],
  };
  const file = new PerfFileBuilder({
    events: [event],
    features: usualFeatures("x86_64", ["/usr/bin/perf", "record", "./work"]),
  });
  file.add(comm({ pid: TID, tid: TID, comm: "work" }));
  for (let n = 0; n < 3; n++) {
    const values = { id: 1n, ip: 0x401000n, pid: TID, tid: TID, timeNs: step(n), cpu: 0 };
    file.add(sample(event, values));
  }
  return file.finishedRound().bytes();
}

/** Recordings of other modes and recorders. */
export const modeFixtures: readonly AuxFixture[] = [
  {
    name: "aux_only",
    shows: "AUX records without AUXTRACE: a gap on CPU 0, CPU 1 passes 2^32",
    build: () =>
      new AuxRecording({ rings: cpuRings(2) })
        .aux(0, { offset: 0n, size: 0x1000, timeNs: step(0) })
        .aux(1, { offset: 0xffff_f000n, size: 0x1000, timeNs: step(0) })
        .round()
        .aux(0, { offset: 0x1000n, size: 0x800, timeNs: step(1) })
        .aux(1, { offset: 0x1_0000_0000n, size: 0x10, timeNs: step(1) })
        .round()
        .aux(0, { offset: 0x2000n, size: 0x100, timeNs: step(2) })
        .round()
        .bytes(),
  },
  {
    name: "aux_snapshot_pt",
    shows: "Intel PT snapshots: positions inside the ring, nothing to refuse",
    build: () =>
      new AuxRecording({ info: intelPtInfo({ snapshot: true }) })
        .aux(0, { offset: 0x80n, size: 0x1000, timeNs: step(0), flags: AuxFlag.Overwrite })
        .chunk(0, { offset: 0x40n, size: 64 })
        .aux(0, { offset: 0x480n, size: 0x1000, timeNs: step(1), flags: AuxFlag.Overwrite })
        .chunk(0, { offset: 0x440n, size: 64 })
        .bytes(),
  },
  {
    name: "aux_snapshot_coresight",
    shows: "CoreSight snapshots: heads count on, above 2^32",
    build: () =>
      new AuxRecording({
        info: coresightSnapshotInfo,
        arch: "aarch64",
        events: [auxEvent("cs_etm//u", 1)],
      })
        .aux(0, { offset: 0x1_0000_0100n, size: 0x100, timeNs: step(0), flags: AuxFlag.Overwrite })
        .chunk(0, { offset: 0x1_0000_0000n, size: 0x100 })
        .aux(0, { offset: 0x1_0000_0300n, size: 0x200, timeNs: step(1), flags: AuxFlag.Overwrite })
        .chunk(0, { offset: 0x1_0000_0200n, size: 0x100 })
        .bytes(),
  },
  {
    name: "aux_samples",
    shows: "AUX data inside samples: two CPUs, two threads",
    build: sampleMode,
  },
  {
    name: "aux_32bit_recorder",
    shows: "perf and kernel of 32 bits: the head wraps at 2^32, perf writes 2^64 - 0x80",
    build: () =>
      new AuxRecording({ arch: "i686" })
        .both(0, { offset: 0xffff_ff00n, size: 0x80, timeNs: step(0) })
        .round()
        .aux(0, { offset: 0xffff_ff80n, size: 0x100, timeNs: step(1) })
        .chunk(0, { offset: (1n << 64n) - 0x80n, size: 0x100 })
        .round()
        .both(0, { offset: 0x80n, size: 0x100, timeNs: step(2) })
        .round()
        .bytes(),
  },
  {
    name: "aux_per_thread",
    shows: "Rings of threads (CPU -1): AUX records belong to them by tid, on whatever CPU",
    build: () =>
      new AuxRecording({
        rings: [{ cpu: -1, tid: 100 }, { cpu: -1, tid: 101 }],
        info: intelPtInfo({ perCpu: false }),
      })
        .both(0, { offset: 0n, size: 60, timeNs: step(0) })
        .both(1, { offset: 0n, size: 61, timeNs: step(0) })
        .round()
        .both(0, { offset: 60n, size: 64, timeNs: step(1) })
        .both(1, { offset: 61n, size: 128, timeNs: step(1) })
        .round()
        .bytes(),
  },
  {
    name: "aux_none",
    shows: "Samples only, no AUX area tracing",
    build: noAux,
  },
];
