import {
  AuxRecording,
  cpuRings,
  type Part,
  type RecordingOptions,
  speInfo,
  step,
} from "./aux_recording.ts";
import { auxEvent, AuxFlag, intelPtInfo, lost } from "./perf_builder.ts";
import { randomNumbers } from "./random_numbers.ts";

/** What a recording of the fleet is made to show. */
export type FleetKind =
  | "fits"
  | "exceeds"
  | "stopped"
  | "lossy"
  | "snapshot"
  | "no-aux"
  | "cut"
  | "bad";

/** A recording of a fleet, and what its builder knows of it. */
export interface FleetRecording {
  /** Its path below the folder of the fleet, `HOST/run-N.data`. */
  readonly path: string;
  /** What it shows. */
  readonly kind: FleetKind;
  /** Host that its features name; null where it is not finalised, or nothing can be read. */
  readonly hostname: string | null;
  /** ns from its first stored tail to the first that needs more than 32 bits; null without one. */
  readonly nsToLimit: bigint | null;
  /** Losses by kind; null where the recording is cut, or none. */
  readonly losses: Readonly<Record<string, number>> | null;
  /** Its bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** How many of a hundred recordings are of a kind. */
const SHARES: Readonly<Record<FleetKind, number>> = {
  fits: 58,
  exceeds: 5,
  stopped: 5,
  lossy: 18,
  snapshot: 4,
  "no-aux": 4,
  cut: 3,
  bad: 3,
};

const KINDS = Object.entries(SHARES)
  .flatMap(([kind, share]) => Array<FleetKind>(share).fill(kind as FleetKind));

const LIMIT = 1n << 32n;
const RUNS_OF_A_HOST = 50;

/** A recording under construction: its numbers, and where each ring is. */
interface Draft {
  readonly recording: AuxRecording;
  readonly random: (below: number) => number;
  readonly offsets: bigint[];
  readonly losses: Record<string, number>;
}

/**
 * Builds the recordings of a fleet: 50 of each host, of both byte orders, files and pipes, of which
 * some exceed the limit, lost trace, are cut, or are no recordings. The same number of recordings
 * has the same bytes on every machine.
 */
export function* fleetRecordings(count: number): Generator<FleetRecording> {
  const numbers = randomNumbers(2026);
  const random = (below: number) => numbers() % below;
  for (let n = 0; n < count; n++) {
    const host = `edge-${String(Math.floor(n / RUNS_OF_A_HOST)).padStart(3, "0")}`;
    const path = `${host}/run-${String(n).padStart(6, "0")}.data`;
    const kind = KINDS[n % 1009 * 37 % KINDS.length]!;
    yield { path, kind, ...build(kind, host, random) };
  }
}

function build(
  kind: FleetKind,
  host: string,
  random: Draft["random"],
): Omit<FleetRecording, "path" | "kind"> {
  const none = { hostname: null, nsToLimit: null, losses: null };
  if (kind === "bad") return { ...none, bytes: badBytes(random) };
  const options = recordingOptions(kind, host, random);
  const rings = cpuRings(1 + random(4));
  const recording = new AuxRecording({
    ...options,
    rings,
    events: [auxEvent(options.info === speInfo ? "arm_spe_0//u" : "intel_pt//u", rings.length)],
  });
  const draft: Draft = {
    recording,
    random,
    offsets: rings.map(() => BigInt(random(1 << 30)) & ~7n),
    losses: {},
  };
  const nsToLimit = WRITERS[kind](draft);
  const bytes = recording.bytes();
  if (kind === "cut") return { ...none, bytes: bytes.slice(0, -(16 + 8 * random(4))) };
  const hostname = options.finalised === false ? null : host;
  return { hostname, nsToLimit, losses: draft.losses, bytes };
}

/** What is no recording: nothing, text, the head of one, or its magic and noise. */
function badBytes(random: Draft["random"]): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder();
  const noise = Uint8Array.from({ length: 200 }, () => random(256));
  const all = [
    new Uint8Array(),
    text.encode("<html>404</html>\n"),
    new AuxRecording().bytes().slice(0, 40),
    Uint8Array.from([...text.encode("PERFILE2"), ...noise]),
  ];
  return all[random(all.length)]!;
}

function recordingOptions(
  kind: FleetKind,
  hostname: string,
  random: Draft["random"],
): RecordingOptions {
  const isBig = random(4) === 0;
  const isStopped = kind === "stopped" || kind === "cut";
  return {
    hostname,
    finalised: !isStopped,
    pipe: !isStopped && random(8) === 0,
    ...(isBig && { byteOrder: "big", arch: "aarch64_be", info: speInfo }),
    ...(kind === "snapshot" && { info: intelPtInfo({ snapshot: true }) }),
  };
}

/** Writes the records of each kind; returns the ns from the first tail to the first above the limit. */
const WRITERS: Readonly<Record<Exclude<FleetKind, "bad">, (draft: Draft) => bigint | null>> = {
  fits(draft) {
    passes(draft, 2 + draft.random(5));
    return null;
  },
  exceeds(draft) {
    return passLimit(draft, 2);
  },
  stopped(draft) {
    return passLimit(draft, 0);
  },
  lossy(draft) {
    const { recording, random, losses } = draft;
    passes(draft, 2);
    const flags = [AuxFlag.Truncated, AuxFlag.Partial, AuxFlag.Collision];
    const kind = random(5);
    if (kind < flags.length) {
      nextPart(draft, 2, { flags: flags[kind]! });
      losses[["truncated", "partial", "collision"][kind]!] = 1;
    } else if (kind === 3) {
      const size = 64 * (1 + random(9));
      recording.aux(0, { offset: draft.offsets[0]!, size, timeNs: step(2) });
      draft.offsets[0]! += BigInt(size);
      losses["gap"] = losses["missing"] = 1;
    } else {
      recording.file.add(lost(1n, BigInt(1 + random(99))), {
        id: 1n,
        cpu: 0,
        timeNs: step(2),
      });
      losses["lost"] = 1;
    }
    recording.round();
    passes(draft, 1, 3);
    return null;
  },
  snapshot({ recording, random }) {
    for (let n = 0; n < 3; n++) {
      const offset = BigInt(0x1000 * n + 8 * random(99));
      recording.aux(0, { offset, size: 0x1000, timeNs: step(n), flags: AuxFlag.Overwrite });
      recording.chunk(0, { offset, size: 64 });
    }
    return null;
  },
  "no-aux": () => null,
  cut(draft) {
    passes(draft, 2);
    return null;
  },
};

/** Reads each ring `count` times, half a second apart. */
function passes(draft: Draft, count: number, first = 0): void {
  for (let n = first; n < first + count; n++) {
    for (const idx of draft.recording.rings.keys()) {
      nextPart(draft, n, { idx, timeNs: step(n) + BigInt(idx) });
    }
    draft.recording.round();
  }
}

/** Appends what comes next in a ring. */
function nextPart(
  { recording, random, offsets }: Draft,
  n: number,
  { idx = 0, ...part }: Partial<Part> & { idx?: number },
): void {
  const size = part.size ?? 64 * (1 + random(40));
  recording.both(idx, { timeNs: step(n), ...part, offset: offsets[idx]!, size });
  offsets[idx]! += BigInt(size);
}

/** Passes the limit in the second part of CPU 0, and continues for `more` parts. */
function passLimit(draft: Draft, more: number): bigint {
  draft.offsets[0] = LIMIT - 4096n;
  for (const idx of draft.recording.rings.keys()) {
    nextPart(draft, 0, { idx, size: 4096 - 64, timeNs: step(0) + BigInt(idx) });
  }
  draft.recording.round();
  const after = BigInt(1000 * (1 + draft.random(1_000_000)));
  nextPart(draft, 1, { size: 128, timeNs: step(0) + after });
  for (let n = 0; n < more; n++) {
    draft.recording.round();
    nextPart(draft, 3 + n, {});
  }
  return after;
}
