/**
 * How values are written for people and as JSON: sizes, times, positions, names of queues.
 *
 * Imports nothing, so that a page that shows one number does not bring a parser with it.
 *
 * @module
 */

export { hex, isDecimal, jsonText, jsonValue, positionText } from "./json_text.ts";
export { printable } from "./printable.ts";
export { VERSION } from "./version.ts";
export {
  countText,
  formatBytes,
  formatSeconds,
  formatTime,
  ownerName,
  plural,
  queueName,
  shortBytes,
  snakeCase,
} from "./words.ts";
