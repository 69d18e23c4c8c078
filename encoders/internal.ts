/**
 * What other rooms of this project use of `encoders/`. Not published.
 *
 * @module
 */

export { attrSize, type AttrSpec, type EventSpec, writeAttr } from "./attr_bytes.ts";
export { ByteWriter } from "./byte_writer.ts";
export {
  clockData,
  cmdline,
  compressedFeature,
  type CpuPlaceSpec,
  cpuTopology,
  eventDesc,
  type FeatureSpec,
  groupDesc,
  nrcpus,
  pmuMappings,
  sampleTime,
  textFeature,
  wordFeature,
} from "./feature_bytes.ts";
export {
  comm,
  encodeRecord,
  fork,
  type MappedFile,
  mmap,
  mmap2,
  type RecordSpec,
} from "./record_bytes.ts";
export {
  auxtraceInfo,
  type CpuMap,
  cpuMap,
  eventUpdate,
  finishedInit,
  finishedRound,
  headerAttr,
  headerFeature,
  idIndex,
  threadMap,
  timeConv,
  tracingData,
} from "./tool_record_bytes.ts";
