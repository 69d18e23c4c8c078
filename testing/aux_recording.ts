import {
  auxEvent,
  auxtraceInfo,
  AuxtraceType,
  type AuxtraceValues,
  type AuxValues,
  comm,
  eventDesc,
  finishedInit,
  idIndex,
  intelPtInfo,
  PerfFileBuilder,
  type PerfFileOptions,
  type RecordSpec,
  usualFeatures,
} from "./perf_builder.ts";

/** A recording in `testdata/` whose replay is known. */
export interface AuxFixture {
  /** File name without `.perf.data`. */
  readonly name: string;
  /** What it shows, in one line. */
  readonly shows: string;
  /** Makes its bytes. */
  readonly build: () => Uint8Array | Promise<Uint8Array>;
}

/** One AUX ring: its CPU (-1 for a thread's ring) and thread. */
export interface Ring {
  /** CPU, or -1. */
  readonly cpu: number;
  /** Thread. */
  readonly tid: number;
}

/** A file of `perf record` with AUX area tracing, and the rings it was recorded from. */
export interface RecordingOptions extends PerfFileOptions {
  /** One ring per idx; by default that of CPU 0. */
  readonly rings?: readonly Ring[];
  /** The AUXTRACE_INFO record; Intel PT unless given. */
  readonly info?: RecordSpec;
  /** Machine name; x86_64 unless given. Unfinalised files do not hold it. */
  readonly arch?: string;
  /** Name of the host; "testbox" unless given. Unfinalised files do not hold it. */
  readonly hostname?: string;
}

/** Thread of rings that belong to a CPU. */
export const TID = 4242;

/** Rings of CPU 0 up to `count` - 1. */
export function cpuRings(count: number): Ring[] {
  return Array.from({ length: count }, (_, cpu) => ({ cpu, tid: TID }));
}

/** Time of step `n`, in ns: half a second apart from 10 s on. */
export function step(n: number): bigint {
  return 10_000_000_000n + BigInt(n) * 500_000_000n;
}

/** Part of a trace. */
export interface Part {
  /** Position of its first byte. */
  readonly offset: bigint;
  /** Bytes, before padding. */
  readonly size: number;
  /** Time of its AUX record, in ns; without one the record has time 0. */
  readonly timeNs?: bigint;
  /** AUX flags. */
  readonly flags?: bigint | number;
}

/** Builds recordings ring by ring. */
export class AuxRecording {
  /** The file under construction. */
  readonly file: PerfFileBuilder;
  /** The rings by idx. */
  readonly rings: readonly Ring[];

  /** Writes what perf synthesises before the trace. */
  constructor(options: RecordingOptions = {}) {
    this.rings = options.rings ?? cpuRings(1);
    const events = options.events ?? [auxEvent("intel_pt//u", this.rings.length)];
    const args = ["/usr/bin/perf", "record", "-e", events[0]?.name ?? "", "./work"];
    const features = [
      ...usualFeatures(options.arch ?? "x86_64", args, options.hostname),
      eventDesc(events),
      ...options.features ?? [],
    ];
    this.file = new PerfFileBuilder({ ...options, events, features });
    this.file.add(idIndex(this.rings.map(({ cpu, tid }, idx) => ({
      id: BigInt(idx + 1),
      idx: BigInt(idx),
      cpu: BigInt(cpu),
      tid: BigInt(tid),
    }))));
    this.file.add(options.info ?? intelPtInfo());
    this.file.add(comm({ pid: TID, tid: TID, comm: "work" }));
    this.file.add(finishedInit);
  }

  /** Says what the AUX record of `part` holds. */
  auxValues(idx: number, part: Part): AuxValues {
    const { cpu, tid } = this.#ring(idx);
    return { ...part, id: BigInt(idx + 1), cpu: Math.max(cpu, 0), tid };
  }

  /** Appends the AUX record of a part. */
  aux(idx: number, part: Part): this {
    this.file.aux(this.auxValues(idx, part));
    return this;
  }

  /** Appends the AUXTRACE record of a part; its bytes are zero unless `payload` is given. */
  chunk(idx: number, part: Pick<AuxtraceValues, "offset" | "size" | "payload">): this {
    this.file.auxtrace({ idx, ...this.#ring(idx), ...part });
    return this;
  }

  /** Appends a part as perf does when it reads a ring once: its AUX record, then its bytes. */
  both(idx: number, part: Part): this {
    return this.aux(idx, part).chunk(idx, { offset: part.offset, size: part.size });
  }

  /** Ends a pass over all rings. */
  round(): this {
    this.file.finishedRound();
    return this;
  }

  /** The whole file. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.file.bytes();
  }

  #ring(idx: number): Ring {
    const ring = this.rings[idx];
    if (!ring) throw new RangeError(`No ring has idx ${idx}`);
    return ring;
  }
}

/** The AUXTRACE_INFO of Intel BTS. */
export const btsInfo: RecordSpec = auxtraceInfo(AuxtraceType.intel_bts, [
  9n,
  31n,
  1431655765n,
  0n,
  1n,
  0n,
]);

/** The AUXTRACE_INFO of Arm SPE, first version. */
export const speInfo: RecordSpec = auxtraceInfo(AuxtraceType.arm_spe, [8n, 1n]);

/** The AUXTRACE_INFO of CoreSight with one ETMv4, in snapshot mode. */
export const coresightSnapshotInfo: RecordSpec = auxtraceInfo(AuxtraceType.cs_etm, [
  1n,
  8n << 32n | 1n,
  1n,
  ...[0x4040404040404040n, 0n, 7n],
  ...[0x1001n, 0x10n, 0x28000ea1n, 0x4100f403n, 0x488n, 0n, 0xccn],
]);
