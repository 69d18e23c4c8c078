import { FormatError, placeOf } from "../../parsers/internal.ts";
import {
  Feature,
  featureKey,
  featureName,
  type PerfFile,
  type RecordCursor,
  RecordType,
  sampleTypeNames,
} from "../../parsers/perf/mod.ts";
import type { QuietOptions } from "../_common.ts";
import { Progress } from "../output/progress.ts";
import { hex } from "../../text/mod.ts";
import { type FailedFeature, featureFailures } from "./_feature_failures.ts";

/** What perf says of a place where it could not decode the trace; null where the record is cut. */
interface DecodingError {
  readonly fileOffset: number;
  readonly code: number | null;
  readonly message: string | null;
}

/** What a recording says of itself, the error where it was cut, and what of it is not decoded. */
type Gathered = ReturnType<typeof gather>;

/** What a recording says of itself, as its JSON has it. */
export type Info = Gathered["info"];

/** Walks a recording, and gathers what it says of itself. */
export const gatherInfo: (file: PerfFile, path: string, options: QuietOptions) => Gathered = gather;

function gather(file: PerfFile, path: string, options: QuietOptions) {
  const cursor = file.recordCursor();
  let compressed = false;
  const decodingErrors: { count: number; first: DecodingError | null } = { count: 0, first: null };
  {
    using progress = new Progress(file.size, options);
    while (cursor.next()) {
      if (cursor.type === RecordType.Compressed || cursor.type === RecordType.Compressed2) {
        compressed = true;
      } else if (cursor.type === RecordType.AuxtraceError) {
        if (decodingErrors.count++ === 0) decodingErrors.first = decodingError(cursor);
      }
      progress.at(cursor.fileOffset);
    }
  }
  const { container, byteOrder, finalised, packed, header, auxtraceInfo, size: fileSize } = file;
  const { cut, trailingBytes, strayTexts } = cursor;
  const { version, size, attrSize, attrs, data } = header;
  const { features, auxtraceIndex, sampleTime, failed } = readFeatures(file);
  const failures = featureFailures(file, failed);
  const info = {
    input: {
      path,
      container,
      byteOrder,
      finalised,
      compressed,
      trailingBytes,
      strayTexts,
      cut: cut && placeOf(cut),
      packed,
      secondRecording: file.secondRecording,
    },
    header: {
      version,
      size,
      fileSize,
      attrSize,
      attrs: { fileOffset: attrs.offset, size: attrs.size },
      data: { fileOffset: data.offset, size: data.size },
    },
    features,
    events: file.events.map(({ index, name, attr, ids }) => ({
      index,
      name,
      sampleType: sampleTypeNames(attr.sampleType),
      attr,
      ids,
    })),
    auxtraceInfo,
    auxtraceIndex,
    decodingErrors,
    sampleTime,
    // what could not be decoded, features excepted
    damage: file.damage.map(({ message, cure }) => `${message}; ${cure}`),
  };
  return { info, cut, failures };
}

/** What the AUXTRACE_ERROR record under the cursor says. */
function decodingError(cursor: RecordCursor): DecodingError {
  const { fileOffset } = cursor;
  const record = cursor.record();
  if (record.type !== "auxtrace_error") return { fileOffset, code: null, message: null };
  const { code, message } = record;
  return { fileOffset, code, message };
}

/**
 * Features by upstream name in lower case: of unknown sections the size, of damaged ones the error.
 * `auxtraceIndex` is the number of its entries; null if there is none.
 */
function readFeatures(file: PerfFile) {
  const features: Record<string, unknown> = {};
  let auxtraceIndex: number | null = null;
  let sampleTime: unknown = null;
  const failed: FailedFeature[] = [];
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
      failed.push({ id, name, error });
    }
  }
  return { features, auxtraceIndex, sampleTime, failed };
}
