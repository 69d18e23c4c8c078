import type { UndecodedScan, UndecodedTrace } from "../internal.ts";
import { FRAME_SIZE, isBarrier } from "./deformatter.ts";
import { TRACE_IDS, type TraceUnit } from "./trace_unit.ts";

/** Bytes of a frame that are data, where no id is among them. */
const FRAME_DATA = 15;

/** Whose bytes a fragment can hold. */
interface FragmentSources {
  readonly units: readonly TraceUnit[];
  readonly isRaw?: boolean;
}

/** What stands in frames under ids that no trace unit has. */
const OTHERS = "STM or ITM";
/** The same where CPUs are left whose ids are not known. */
const OTHERS_OR_CPU = "STM, ITM or a CPU without its AUX_OUTPUT_HW_ID record";
/** What stands there where AUXTRACE_INFO has no units at all, or has an unknown layout. */
const UNDESCRIBED = "trace units that are not described";
/** What stands in bytes without frames of such a CPU. */
const UNKNOWN_CPU = "bytes without frames of a CPU that is not in AUXTRACE_INFO";

/** Counts the bytes of a fragment by trace id, as far as nothing decodes them. */
export class CoresightUndecodedScan implements UndecodedScan {
  readonly #sources: FragmentSources;
  /** Bytes by id; those before the first id, and of bytes without frames, are at 0. */
  readonly #bytes = new Float64Array(0x80);
  #id = 0;

  constructor(sources: FragmentSources) {
    this.#sources = sources;
  }

  /** See {@linkcode UndecodedScan.push}. */
  push(bytes: Uint8Array): number {
    if (this.#sources.isRaw) {
      this.#bytes[0]! += bytes.length;
      return 0;
    }
    const counts = this.#bytes;
    let at = 0;
    for (; at + FRAME_SIZE <= bytes.length; at += FRAME_SIZE) {
      const ids = bytes[at]! | bytes[at + 2]! | bytes[at + 4]! | bytes[at + 6]! | bytes[at + 8]! |
        bytes[at + 10]! | bytes[at + 12]! | bytes[at + 14]!;
      if ((ids & 1) === 0) counts[this.#id]! += FRAME_DATA;
      else if (bytes[at] === 0xff && isBarrier(bytes, at)) this.#id = 0;
      else this.#countMixed(bytes, at);
    }
    return bytes.length - at;
  }

  /** See {@linkcode UndecodedScan.found}. */
  found(): UndecodedTrace[] {
    return [...this.#bytes.entries()].flatMap(([traceId, bytes]) => {
      const source = bytes === 0 ? null : undecodedSource(this.#sources, traceId);
      return source === null ? [] : [{ ...source, bytes }];
    });
  }

  /** Counts the bytes of a frame with ids, of which the byte before can belong to the source before. */
  #countMixed(bytes: Uint8Array, at: number): void {
    const low = bytes[at + FRAME_DATA]!;
    for (let i = 0; i < FRAME_DATA; i++) {
      const byte = bytes[at + i]!;
      if ((i & 1) === 1 || (byte & 1) === 0) {
        this.#bytes[this.#id]!++;
        continue;
      }
      const isLate = (low >> (i >> 1) & 1) === 1 && byte >> 1 !== this.#id && i + 1 < FRAME_DATA;
      if (isLate) {
        this.#bytes[this.#id]!++;
        i++;
      }
      this.#id = byte >> 1;
    }
  }
}

/** What a source is that nothing decodes; null for one that is decoded, and for reserved ids. */
export function undecodedSource(
  { units, isRaw = false }: FragmentSources,
  traceId: number,
): Omit<UndecodedTrace, "bytes"> | null {
  const unit = isRaw ? units[0] : units.find((unit) => unit.traceId === traceId);
  if (unit !== undefined) {
    const { cpu, protocol, etm } = unit;
    return etm === null ? { traceId: isRaw ? null : traceId, cpu, what: protocol } : null;
  }
  if (isRaw) return { traceId: null, cpu: null, what: UNKNOWN_CPU };
  if (traceId === 0 || traceId > TRACE_IDS) return null;
  if (units.length === 0) return { traceId, cpu: null, what: UNDESCRIBED };
  const what = units.some((unit) => unit.traceId === null) ? OTHERS_OR_CPU : OTHERS;
  return { traceId, cpu: null, what };
}
