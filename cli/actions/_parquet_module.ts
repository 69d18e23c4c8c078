import type { ParquetModule } from "../../convert/mod.ts";
import { zstdFrame } from "../../system/internal.ts";
import { fetchPackage } from "./_fetch_package.ts";

const PACKAGE: string = "npm:hyparquet-writer@0.17.0";
const PAGES: string = `${PACKAGE}/src/datapage.js`;
/** The fastest of the levels that make small files; lower ones are no faster. */
const ZSTD_LEVEL = 1;

/** What `ParquetTable` is given; null, with the reason said and exit code 2, if npm has to be reached. */
export async function parquetModule(): Promise<ParquetModule | null> {
  return await fetchPackage(PACKAGE, async () => {
    const { ByteWriter, ParquetWriter } = await import(PACKAGE);
    const { writePageHeader } = await import(PAGES);
    const compress = (page: Uint8Array) => zstdFrame(page, ZSTD_LEVEL);
    return { ByteWriter, ParquetWriter, writePageHeader, compress };
  });
}
