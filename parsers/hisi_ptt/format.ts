import type { TraceFormat } from "../internal.ts";
import { pttKindNames } from "./packet_kind.ts";
import { PttCursor } from "./ptt_cursor.ts";
import { pttFields, pttText } from "./ptt_fields.ts";

/** HiSilicon PTT. A stream cannot be cut: its first word tells the size of all packets. */
export const pttFormat: TraceFormat<PttCursor> = {
  type: "hisi_ptt",
  kindNames: pttKindNames,
  syncKind: null,
  hasPlainBytes: false,
  decoder: () => ({ cursor: () => new PttCursor() }),
  write: (cursor, out) => out.ascii(pttText(cursor)),
  fields: pttFields,
  findSync: () => -1,
};
