/**
 * What other rooms of this project use of `parsers/perf/` beside its public `mod.ts`. Not published.
 * The constants of the kernel and perf are in `abi.ts`, which is a door of its own.
 *
 * @module
 */

export { decodeAttr } from "./attr.ts";
export {
  type ChunkFields,
  readAuxFields,
  readChunkFields,
  readHwId,
  readLostEvents,
} from "./aux_fields.ts";
export { hasPerfMagic } from "./header.ts";
export { layoutOf } from "./event_table.ts";
export { ownFields } from "./own_fields.ts";
export { PACKED_START, packedKind, type Packing, packingOf } from "./packing.ts";
export { quotedText } from "./_quoted.ts";
export { RoundSorter } from "./round_sorter.ts";
export { type SampleLayout, sampleLayout } from "./sample_layout.ts";
export { Session } from "./session.ts";
export { checkChunks, wrongArgument } from "./perf_bytes.ts";
