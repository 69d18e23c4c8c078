/**
 * A recording as tables, for the tools that people already use.
 *
 * @module
 */

export { hex, isDecimal, jsonText } from "./json_text.ts";
