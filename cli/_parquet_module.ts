import type { ParquetModule } from "../convert/mod.ts";
import { zstdFrame } from "../system/internal.ts";

/** The package that writes Parquet. */
export const PARQUET: string = "npm:hyparquet-writer@0.17.0";

const PAGES: string = `${PARQUET}/src/datapage.js`;
/** The fastest of the levels that make small files; lower ones are no faster. */
const ZSTD_LEVEL = 1;

/** Loads what `ParquetTable` is given. */
export async function loadParquet(): Promise<ParquetModule> {
  const { ByteWriter, ParquetWriter } = await import(PARQUET);
  const { writePageHeader } = await import(PAGES);
  // An empty file is a module, too.
  if (![ByteWriter, ParquetWriter, writePageHeader].every((value) => typeof value === "function")) {
    throw new Error("its files are damaged in Deno's cache");
  }
  const compress = (page: Uint8Array) => zstdFrame(page, ZSTD_LEVEL);
  return { ByteWriter, ParquetWriter, writePageHeader, compress };
}
