/**
 * What the command line uses of `convert/` before a table is filled: it loads nothing else.
 *
 * @module
 */

export { TABLE_NAMES } from "./table.ts";
