/**
 * What `live/` and `cli/` use of `system/` beside its public `mod.ts`. Not published.
 *
 * @module
 */

export { type SyncWriter, writeAll } from "./write_all.ts";
export { zstdFrame } from "./zstd.ts";
