/**
 * Recordings of this machine's files and streams: the one room beside `cli/` and `live/` that touches
 * the system.
 *
 * @module
 */

export {
  openPerfBytes,
  openPerfFile,
  type OpenPerfFileOptions,
  openPerfPath,
  openPerfReads,
  openPerfStandardInput,
  openPerfStream,
} from "./open_perf_file.ts";
export { type ReadOn, unpack } from "./unpack.ts";
export { nodeZstd, nodeZstdEncoder, type ZstdEncoder } from "./zstd.ts";
