import type { StrayText } from "./foreign_bytes.ts";

/** Text of another program in quotes, with a mark after them if only its start is known. */
export function quotedText({ excerpt, size }: Pick<StrayText, "excerpt" | "size">): string {
  // A character of which only a part was held counts for more bytes than were there.
  const goesOn = excerpt.endsWith("\ufffd") || new TextEncoder().encode(excerpt).length < size;
  return `${JSON.stringify(excerpt)}${goesOn ? " ..." : ""}`;
}
