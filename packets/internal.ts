/**
 * What other rooms of this project use of `packets/` beside its public `mod.ts`. Not published.
 *
 * @module
 */

export {
  countPart,
  decodePart,
  type PacketForm,
  packetWriter,
  type PartBytes,
  type PartEnd,
  type PartTask,
  partTask,
} from "./decode_part.ts";
export { joinParts } from "./join_parts.ts";
export { type Part, queueParts } from "./parts.ts";
export { undecodedSteps } from "./undecoded.ts";
export { type StreamCounts, SummaryCounter, summaryOf } from "./summary.ts";
export { queuesWithoutSync } from "./without_sync.ts";
