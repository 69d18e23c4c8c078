import type { Cursor } from "../../internal.ts";
import { decodeAttr, type EventAttr } from "../attr.ts";
import { decodeItems, decodeString, decodeWords } from "../_fields.ts";

/** One event of `HEADER_EVENT_DESC`: the only place where a file keeps the names of events. */
export interface EventDesc {
  /** How the event was opened. */
  readonly attr: EventAttr;
  /** Name, like `cycles:u`. */
  readonly name: string;
  /** Ids by which records name the event. */
  readonly ids: readonly bigint[];
}

/** One group of events: `HEADER_GROUP_DESC`. */
export interface EventGroup {
  /** Name; `{anon_group}` if it was given none. */
  readonly name: string;
  /** Index of its leader among the events. */
  readonly leaderIndex: number;
  /** Number of events, with the leader. */
  readonly memberCount: number;
}

/** Decodes `HEADER_EVENT_DESC`. */
export function decodeEventDesc(body: Cursor): EventDesc[] {
  const count = body.u32();
  const attrSize = body.u32();
  if (count * (attrSize + 8) > body.remaining) body.fail(count * (attrSize + 8));
  return decodeItems(count, () => {
    const attr = decodeAttr(body, attrSize);
    const idCount = body.u32();
    const name = decodeString(body);
    return { attr, name, ids: [...decodeWords(body, idCount)] };
  });
}

/** Decodes `HEADER_GROUP_DESC`. */
export function decodeGroups(body: Cursor): EventGroup[] {
  return decodeItems(body.count32(12), () => ({
    name: decodeString(body),
    leaderIndex: body.u32(),
    memberCount: body.u32(),
  }));
}
