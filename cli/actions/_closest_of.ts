import { printable } from "../../text/mod.ts";
import { closestString } from "@std/text/closest-string";

/** Says which known word is meant by an unknown one; nothing if none is known. */
export function closestOf(word: string, known: readonly string[]): string {
  if (known.length === 0) return "";
  const closest: string = closestString(word, [...known]);
  return `; did you mean "${printable(closest)}"?`;
}
