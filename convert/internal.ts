/**
 * What the command line uses of `convert/` before a table is filled, and of many recordings: it
 * loads nothing else.
 *
 * @module
 */

export { checkRows, namedRows, namedTable } from "./named_rows.ts";
export { TABLE_NAMES } from "./table.ts";
