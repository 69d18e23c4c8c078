/**
 * What the viewer uses of the script of a report's page.
 *
 * @module
 */

export { activate, type Activated } from "./activate.ts";
