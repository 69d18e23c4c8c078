/**
 * What other rooms of this project use of `convert/` beside its public `mod.ts`. Not published.
 *
 * @module
 */

export { ownFields } from "./own_fields.ts";
