import { FormatError } from "../../parsers/internal.ts";
import {
  Feature,
  featureKey,
  featureName,
  type PerfEvent,
  type PerfFile,
  RecordType,
  sampleTypeNames,
} from "../../parsers/perf/mod.ts";
import type { QuietOptions } from "../_common.ts";
import { Progress } from "../output/progress.ts";
import { hex } from "../../text/mod.ts";

/** What a recording says of itself. */
export interface Info {
  readonly input: {
    readonly path: string;
    readonly container: PerfFile["container"];
    readonly byteOrder: PerfFile["byteOrder"];
    readonly finalised: boolean;
    readonly compressed: boolean;
    readonly trailingBytes: number;
    readonly cut: { readonly fileOffset: number; readonly reason: string } | null;
  };
  readonly header: {
    readonly version: number;
    readonly size: number;
    readonly fileSize: number;
    readonly attrSize: number;
    readonly attrs: HeaderSection;
    readonly data: HeaderSection;
  };
  /**
   * By upstream name in lower case; of unknown sections the size, of damaged ones the error. Null
   * for a regular file on standard input, where they stand after the records.
   */
  readonly features: Readonly<Record<string, unknown>> | null;
  readonly events: readonly (Pick<PerfEvent, "index" | "name" | "attr" | "ids"> & {
    /** Names of the bits of `attr.sampleType`. */
    readonly sampleType: readonly string[];
  })[];
  readonly auxtraceInfo: PerfFile["auxtraceInfo"];
  /** Number of entries of the AUXTRACE index; null if there is none. */
  readonly auxtraceIndex: number | null;
  readonly sampleTime: unknown;
  /** What could not be decoded, features excepted. */
  readonly damage: readonly string[];
}

interface HeaderSection {
  readonly fileOffset: number;
  readonly size: number;
}

/** Walks a recording, and gathers what it says of itself. */
export function gatherInfo(
  file: PerfFile,
  path: string,
  options: QuietOptions,
): { readonly info: Info; readonly cut: FormatError | null } {
  const cursor = file.recordCursor();
  let compressed = false;
  {
    using progress = new Progress(file.size, options);
    while (cursor.next()) {
      if (cursor.type === RecordType.Compressed || cursor.type === RecordType.Compressed2) {
        compressed = true;
      }
      progress.at(cursor.fileOffset);
    }
  }
  const { container, byteOrder, finalised, header, auxtraceInfo, size: fileSize } = file;
  const { cut, trailingBytes } = cursor;
  const { version, size, attrSize, attrs, data } = header;
  const { features, auxtraceIndex, sampleTime } = readFeatures(file);
  const info: Info = {
    input: {
      path,
      container,
      byteOrder,
      finalised,
      compressed,
      trailingBytes,
      cut: cut && { fileOffset: cut.detail.offset, reason: cut.message },
    },
    header: {
      version,
      size,
      fileSize,
      attrSize,
      attrs: { fileOffset: attrs.offset, size: attrs.size },
      data: { fileOffset: data.offset, size: data.size },
    },
    features: file.seekable || header.pipe ? features : null,
    events: file.events.map(({ index, name, attr, ids }) => ({
      index,
      name,
      sampleType: sampleTypeNames(attr.sampleType),
      attr,
      ids,
    })),
    auxtraceInfo,
    auxtraceIndex,
    sampleTime,
    damage: file.damage.map(({ message }) => message),
  };
  return { info, cut };
}

function readFeatures(
  file: PerfFile,
): Pick<Info, "auxtraceIndex" | "sampleTime"> & { features: Record<string, unknown> } {
  const features: Record<string, unknown> = {};
  let auxtraceIndex: number | null = null;
  let sampleTime: unknown = null;
  for (const id of file.featureIds) {
    const key = featureKey(id);
    const name = featureName(id);
    try {
      if (key === undefined) {
        features[name] = file.featureSection(id)?.size ?? null;
      } else if (id === Feature.auxtrace) {
        const { count, entriesAt } = file.feature(Feature.auxtrace)!;
        auxtraceIndex = count;
        features[name] = { count, entriesOffset: hex(entriesAt) };
      } else {
        const value = file.feature(Feature[key]);
        features[name] = typeof value === "bigint"
          ? Math.min(Number(value), Number.MAX_SAFE_INTEGER)
          : value;
        if (id === Feature.sampleTime) sampleTime = features[name];
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      features[name] = error.message;
    }
  }
  return { features, auxtraceIndex, sampleTime };
}
