/**
 * Header sections in the pipe streams of Google's perf 3.2 and 3.3.
 *
 * Before the first HEADER_ATTR, records of the types 69 to 80 hold the sections HOSTNAME to
 * NUMA_TOPOLOGY, in their order. Later the same types were given to ID_INDEX to HEADER_FEATURE.
 *
 * @module
 */

import type { Cursor } from "../../internal.ts";
import { Feature, RECORD_HEADER_SIZE } from "../abi.ts";
import type { HeaderFeatureRecord } from "./header.ts";
import { recordBase, type RecordHeader } from "./record.ts";

const FIRST_TYPE = 69;
const LAST_TYPE = FIRST_TYPE + Feature.numaTopology - Feature.hostname;
const TEXTS: ReadonlySet<number> = new Set([
  ...[Feature.hostname, Feature.osrelease, Feature.version, Feature.arch],
  ...[Feature.cpudesc, Feature.cpuid],
]);

/** Whether a record of this type can be a header section. */
export function isOldHeaderType(type: number): boolean {
  return type >= FIRST_TYPE && type <= LAST_TYPE;
}

/** The section that a record of an old type holds. */
export function oldFeature(type: number): number {
  return type - FIRST_TYPE + Feature.hostname;
}

/**
 * Whether a record is a section with one text: its size, then the text, padded with zeros to a
 * multiple of 64. No record of the same type has such a size today.
 */
export function isOldHeader(record: Uint8Array, type: number, little: boolean): boolean {
  const textAt = RECORD_HEADER_SIZE + 4;
  if (!TEXTS.has(oldFeature(type)) || record.length <= textAt || record.length % 8 !== 4) {
    return false;
  }
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  return view.getUint32(RECORD_HEADER_SIZE, little) === record.length - textAt &&
    record.at(-1) === 0;
}

/** Decodes a header section that has no number but its type. */
export function decodeOldHeader(
  body: Cursor,
  header: RecordHeader,
  type: number,
): HeaderFeatureRecord {
  return {
    ...recordBase(header),
    type: "header_feature",
    featureId: oldFeature(type),
    bytes: body.copy(body.remaining),
  };
}
