import { type Cursor, FormatError } from "../../internal.ts";

/** Reads a version field of `size` bytes; fails with fault `unsupported` if it is not 1. */
export function needVersion1(body: Cursor, size: 4 | 8): void {
  const offset = body.fileOffset;
  const version = size === 4 ? body.u32() : body.u64();
  if (Number(version) === 1) return;
  throw new FormatError("unsupported", {
    structure: body.structure,
    offset,
    expected: "version 1",
    actual: `version ${version}`,
  });
}
