import { type AttrSpec, ByteWriter, writeAttr } from "../encoders/internal.ts";
import { Cursor } from "../parsers/internal.ts";
import { decodeAttr } from "../parsers/perf/internal.ts";
import type { EventAttr } from "../parsers/perf/mod.ts";

/** Size that covers the fields of all attrs: kernels refuse a larger one unless the rest is zero. */
export function commonSize(attrs: readonly AttrSpec[]): number {
  if (attrs.some(({ config4 }) => config4 !== undefined)) return 144;
  return attrs.some(({ config3 }) => config3 !== undefined) ? 136 : 128;
}

/** Encodes an attr in the byte order of the supported machines. */
export function attrBytes(attr: AttrSpec): Uint8Array<ArrayBuffer> {
  const bytes = new ByteWriter(true);
  writeAttr(bytes, { size: commonSize([attr]), ...attr });
  return bytes.toBytes();
}

/** An attr as a recording's reader has it. */
export function decodedAttr(attr: AttrSpec): EventAttr {
  const bytes = attrBytes(attr);
  return decodeAttr(new Cursor(bytes, 0, true, "perf_event_attr"), bytes.length);
}
