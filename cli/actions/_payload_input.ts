import {
  type FormatFacts,
  formatFacts,
  type PayloadBytes,
  type PayloadQueue,
  payloadQueues,
  type PayloadRecording,
} from "../../packets/mod.ts";
import { bytesSource, FormatError } from "../../parsers/internal.ts";
import { hasPerfMagic, PACKED_START, packedKind, packingOf } from "../../parsers/perf/internal.ts";
import type { ByteSource, SecondRecording } from "../../parsers/perf/mod.ts";
import { type ReadOn, unpack } from "../../system/mod.ts";
import { openSeekable } from "../_common.ts";
import { openFileSource } from "../_file_source.ts";
import { comesOnce, readsOnce } from "../_waiting_reads.ts";
import { countText } from "../../text/mod.ts";
import type { RawType } from "../_raw_types.ts";

/** The payload of a recording, or of a file that holds nothing else. */
export interface PayloadInput
  extends Disposable, Pick<PayloadRecording, "queues" | "announced" | "cut"> {
  /** What decides how it is decoded. */
  readonly facts: FormatFacts;
  /** Whether its bytes can be read from the file by anybody: they are not packed, and no stream. */
  readonly isPlain: boolean;
  /** Another recording after the one whose payload it is. */
  readonly second?: SecondRecording | null;
}

/** First bytes that tell whether a file is gzip or zstd. */
const PACKING_SIZE = 4;
const MIB = 2 ** 20;
/** Most bytes of a stream that are held in memory, to be read twice. */
const MAX_HELD = 256 * MIB;

/** Opens a recording by the name that the user gave. */
export function openPayload(path: string): PayloadInput {
  using handles = new DisposableStack();
  const file = handles.use(openSeekable(path));
  const recording = payloadQueues(file);
  const { queues, announced, cut } = recording;
  const facts = formatFacts(file, recording);
  const owned = handles.move();
  const second = file.secondRecording;
  const isPlain = file.packed === null && !comesOnce(path);
  return {
    queues,
    announced,
    cut,
    second,
    facts,
    isPlain,
    [Symbol.dispose]: () => owned.dispose(),
  };
}

/** TRCDEVARCH of ETE 1.3, which bytes of an ETE are taken to come from. */
const ASSUMED_ETE = 0x4773_5a13;

/** Opens a file of bare payload bytes as one queue; registers are those of a trace unit. */
export function openRawPayload(
  path: string,
  rawType: RawType,
  registers: Readonly<Record<string, number>>,
): PayloadInput {
  const isUnit = rawType === "etmv4" || rawType === "ete";
  const type = isUnit || rawType === "coresight" ? "cs_etm" : rawType;
  if (path !== "-" && Deno.statSync(path).isDirectory) {
    throw new Deno.errors.IsADirectory(`cannot read the folder "${path}" as bare payload`);
  }
  using handles = new DisposableStack();
  const { source, isPlain, cut } = openBare(path, handles);
  const first = new Uint8Array(PACKED_START);
  const start = first.subarray(0, source.read(0, first));
  if (hasPerfMagic(start)) {
    throw new Deno.errors.InvalidData(
      `${path} is a recording of perf, not bare payload of one: leave out --raw`,
    );
  }
  const kind = packedKind(start);
  // Trace, too, can start with the two bytes of that.
  if (kind !== null && kind.name !== "compress") {
    throw new Deno.errors.InvalidData(
      `${path} is ${kind.name}, not bare payload: unpack it first: ${kind.command} FILE`,
    );
  }
  const owned = handles.move();
  const bytes: PayloadBytes = {
    type: "bytes",
    auxOffset: 0n,
    size: source.size,
    fileOffset: 0,
    part: null,
    follows: "nothing",
    cpu: null,
    reference: 0n,
    raw: isUnit,
    read(from, into) {
      const count = source.read(from, into);
      if (count === 0 && into.length > 0) {
        throw new FormatError("truncated", {
          structure: "AUX payload",
          offset: from,
          expected: `${source.size} bytes, as at first`,
          actual: "the end of the file",
          cure: "the file became shorter while it was read: read it again",
        });
      }
      return count;
    },
  };
  const queue: PayloadQueue = {
    idx: null,
    cpu: null,
    tid: null,
    *items() {
      if (bytes.size > 0) yield bytes;
    },
  };
  return {
    queues: [queue],
    announced: { records: 0, bytes: 0n },
    cut,
    isPlain,
    facts: {
      type,
      info: null,
      registers: rawType === "ete" ? { TRCDEVARCH: ASSUMED_ETE, ...registers } : registers,
      hwIds: new Map(),
      time: null,
      byteOrder: null,
      cpuid: null,
      records: false,
    },
    [Symbol.dispose]: () => owned.dispose(),
  };
}

/** Says that there is no payload, and whether there should be some. */
export function noPayloadLine({ records, bytes }: PayloadRecording["announced"]): string {
  if (records === 0) return "No AUX payload";
  const size = countText(Number(bytes));
  return `No AUX payload: AUX records announce ${size} bytes, but no AUXTRACE record brings them`;
}

/** Bare bytes, and where they were cut. */
interface BareBytes extends Pick<PayloadInput, "isPlain" | "cut"> {
  readonly source: ByteSource;
}

/** Opens a file of bare bytes, which is unpacked if it is gzip or zstd. */
function openBare(path: string, handles: DisposableStack): BareBytes {
  if (comesOnce(path)) {
    using undo = new DisposableStack();
    const { readOn, close } = readsOnce(path);
    undo.defer(close);
    return readStream(readOn, path === "-" ? "standard input" : path);
  }
  const source = handles.use(openFileSource(path));
  const start = new Uint8Array(PACKING_SIZE);
  if (packingOf(start.subarray(0, source.read(0, start))) === null) {
    return { source, isPlain: true, cut: null };
  }
  let at = 0;
  return readStream((into) => {
    const count = source.read(at, into);
    at += count;
    return count;
  }, path);
}

/** Reads bytes that come once, up to their end, or where what they are packed in is damaged. */
function readStream(readOn: ReadOn, name: string): BareBytes {
  const { packed, stream, close } = unpack(readOn);
  let bytes = new Uint8Array(MIB);
  let length = 0;
  const end = (cut: FormatError | null) => ({
    source: bytesSource(bytes.subarray(0, length)),
    isPlain: false,
    cut,
  });
  try {
    for (;;) {
      const count = stream(bytes.subarray(length)) ?? 0;
      if (count === 0) return end(null);
      length += count;
      if (length > MAX_HELD) {
        const cure = packed === null ? "save it to a file first" : `unpack it first: ${packed} -d`;
        throw new Deno.errors.InvalidData(`${name} has more than ${MAX_HELD / MIB} MiB: ${cure}`);
      }
      if (length === bytes.length) {
        const larger = new Uint8Array(Math.min(length * 2, MAX_HELD + 1));
        larger.set(bytes);
        bytes = larger;
      }
    }
  } catch (error) {
    if (error instanceof FormatError) return end(error);
    throw error;
  } finally {
    close();
  }
}
