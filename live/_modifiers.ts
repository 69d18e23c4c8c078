import type { AttrFlag } from "../parsers/perf/abi.ts";
import type { EventDraft } from "./_event_draft.ts";

/** Who is not counted; modifiers clear all of these at first, unless they are those of a group. */
const EXCLUDES: readonly AttrFlag[] = [
  "excludeUser",
  "excludeKernel",
  "excludeHv",
  "excludeHost",
  "excludeGuest",
  "excludeIdle",
];
const LEVELS: Readonly<Record<string, AttrFlag>> = {
  u: "excludeUser",
  k: "excludeKernel",
  h: "excludeHv",
};
const SIDES: Readonly<Record<string, AttrFlag>> = { G: "excludeGuest", H: "excludeHost" };

/** Whether all letters are modifiers of perf, none but `p` twice, and `p` at most three times. */
export function areModifiers(letters: string): boolean {
  return /^[ukhpPGHSDIWeb]+$/.test(letters) && !/([^p]).*\1|p.*p.*p.*p/.test(letters);
}

/**
 * Applies the letters after an event's colon, or those after its group's brace.
 *
 * `b` (count with BPF) is perf stat's and has no effect.
 *
 * @param ofGroup Where the letters are the group's: what the event chose itself, and whether it is
 * the leader, the only one to be pinned or exclusive.
 */
export function applyModifiers(
  draft: EventDraft,
  letters: string,
  ofGroup?: { readonly leader: boolean },
): void {
  const { flags, terms } = draft;
  if (ofGroup === undefined) {
    for (const flag of EXCLUDES) flags.delete(flag);
    draft.choseSide = false;
    draft.preciseIp = 0;
  }
  let choseLevel = Object.values(LEVELS).some((flag) => flags.has(flag));
  for (const letter of letters) {
    const level = LEVELS[letter];
    const side = SIDES[letter];
    if (level !== undefined) {
      if (!choseLevel) { for (const flag of Object.values(LEVELS)) flags.add(flag); }
      choseLevel = true;
      flags.delete(level);
    } else if (side !== undefined) {
      if (!draft.choseSide) { for (const flag of Object.values(SIDES)) flags.add(flag); }
      draft.choseSide = true;
      flags.delete(side);
    } else if (letter === "I") {
      flags.add("excludeIdle");
    } else if (letter === "p") {
      draft.preciseIp++;
    }
    if ((letter === "u" || letter === "p") && !draft.choseSide) flags.add("excludeGuest");
  }
  terms.preciseMax = letters.includes("P");
  terms.sampleRead = letters.includes("S");
  if (ofGroup?.leader === false) return;
  terms.weak = letters.includes("W");
  if (letters.includes("D")) flags.add("pinned");
  else flags.delete("pinned");
  if (letters.includes("e")) flags.add("exclusive");
  else flags.delete("exclusive");
}
