/**
 * What the viewer uses of the script of a report's page. A door of its own: these files need the
 * types of a browser, which `report/internal.ts` and all that imports it do without.
 *
 * @module
 */

export { activate, type Activated } from "./activate.ts";
