import {
  type FormatFacts,
  formatFacts,
  type PayloadBytes,
  type PayloadQueue,
  payloadQueues,
  type PayloadRecording,
} from "../../packets/mod.ts";
import { bytesSource, FormatError } from "../../parsers/internal.ts";
import type { CoresightInfo } from "../../parsers/perf/mod.ts";
import { openSeekable } from "../_common.ts";
import { openFileSource } from "../_file_source.ts";
import type { RawType } from "../_raw_types.ts";

/** The payload of a recording, or of a file that holds nothing else. */
export interface PayloadInput
  extends Disposable, Pick<PayloadRecording, "queues" | "announced" | "cut"> {
  /** What decides how it is decoded. */
  readonly facts: FormatFacts;
  readonly finalised: boolean;
  /** Whether its bytes can be read from the file by anybody: they are not packed, and no stream. */
  readonly isPlain: boolean;
}

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
  const { finalised, packed } = file;
  const isPlain = packed === null && !isStream(path);
  return {
    queues,
    announced,
    cut,
    facts,
    finalised,
    isPlain,
    [Symbol.dispose]: () => owned.dispose(),
  };
}

/** What bytes of an ETE are taken to come from: ETE 1.3 with ids of 4 bytes. */
const ASSUMED_ETE: CoresightInfo = {
  type: "cs_etm",
  typeId: 3,
  headerVersion: 2,
  pmuType: 0,
  snapshot: null,
  moreWords: [],
  cpus: [{
    cpu: 0,
    kind: "ete",
    magic: 0x5050_5050_5050_5050n,
    traceId: null,
    params: [{ name: "TRCIDR2", value: 0x1080n }, { name: "TRCDEVARCH", value: 0x4773_5a13n }],
  }],
};

/** Opens a file of bare payload bytes as one queue. */
export function openRawPayload(path: string, rawType: RawType): PayloadInput {
  const isUnit = rawType === "etmv4" || rawType === "ete";
  const type = isUnit || rawType === "coresight" ? "cs_etm" : rawType;
  if (path !== "-" && Deno.statSync(path).isDirectory) {
    throw new Deno.errors.IsADirectory(`cannot read the folder "${path}" as bare payload`);
  }
  const file = isStream(path) ? null : openFileSource(path);
  const source = file ?? bytesSource(readStream(path));
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
    cut: null,
    finalised: true,
    isPlain: file !== null,
    facts: {
      type,
      info: rawType === "ete" ? ASSUMED_ETE : null,
      hwIds: new Map(),
      time: null,
      byteOrder: "little",
      cpuid: null,
      records: false,
    },
    [Symbol.dispose]: () => file?.[Symbol.dispose](),
  };
}

/** Says that there is no payload, and whether there should be some. */
export function noPayloadLine({ records, bytes }: PayloadRecording["announced"]): string {
  if (records === 0) return "No AUX payload";
  return `No AUX payload: AUX records announce ${bytes} bytes, but no AUXTRACE record brings them`;
}

/** Whether the bytes of a file come only once. */
function isStream(path: string): boolean {
  if (path === "-") return true;
  const { isFile, isDirectory } = Deno.statSync(path);
  return !isFile && !isDirectory;
}

function readStream(path: string): Uint8Array {
  if (path === "-") return readAll(Deno.stdin, "standard input");
  using handle = Deno.openSync(path);
  return readAll(handle, path);
}

function readAll(from: { readSync(into: Uint8Array): number | null }, name: string): Uint8Array {
  let bytes = new Uint8Array(MIB);
  let length = 0;
  for (;;) {
    const count = from.readSync(bytes.subarray(length)) ?? 0;
    if (count === 0) return bytes.subarray(0, length);
    length += count;
    if (length > MAX_HELD) {
      throw new Deno.errors.InvalidData(
        `${name} has more than ${MAX_HELD / MIB} MiB: save it to a file first`,
      );
    }
    if (length === bytes.length) {
      const larger = new Uint8Array(Math.min(length * 2, MAX_HELD + 1));
      larger.set(bytes);
      bytes = larger;
    }
  }
}
