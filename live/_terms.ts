import type { AttrSpec } from "../encoders/internal.ts";
import { CONFIG_WORDS, type ConfigWord, type EventDraft } from "./_event_draft.ts";
import { genericEvent, isOfAnyCore, PMU_TYPE_SHIFT } from "./_event_names.ts";
import { EventSyntaxError } from "./event_syntax_error.ts";
import { findSink, hybridPmus, isCorePmu, listSinks, type Pmu } from "./pmu.ts";
import type { SystemFiles } from "./system_files.ts";

/** Where the terms stand. */
export interface TermsPlace {
  /** The whole text, for errors. */
  readonly text: string;
  /** Index in `text`. */
  readonly position: number;
}

interface Term extends TermsPlace {
  readonly name: string;
  /** Null if there is no `=`. */
  readonly value: string | null;
}

const TERM = /\s*(@[^,\s]+|[\w.-]+)\s*(?:=\s*('[^']*'|[^,]*))?(?:,|$)/y;
const U32 = 0xffff_ffffn;
const U64 = 0xffff_ffff_ffff_ffffn;
const AUX_ACTIONS = new Map<string, NonNullable<AttrSpec["auxAction"]>>([
  ["pause", "pause"],
  ["resume", "resume"],
  ["start-paused", "startPaused"],
]);

/** Terms for the tool, or that every PMU has. Source: perf-list(1), perf-record(1) `-e`. */
const TOOL_TERMS: Readonly<Record<string, (draft: EventDraft, term: Term) => void>> = {
  "name": (draft, term) => draft.name = word(term),
  "period": ({ terms }, term) => {
    terms.period = number(term, U64);
    delete terms.freq;
  },
  "freq": ({ terms }, term) => {
    terms.freq = Number(number(term, U32));
    delete terms.period;
  },
  "time": ({ terms }, term) => terms.time = flag(term),
  "call-graph": ({ terms }, term) => terms.callGraph = word(term),
  "stack-size": ({ terms }, term) => terms.stackSize = Number(number(term, U32)),
  "max-stack": ({ terms }, term) => terms.maxStack = Number(number(term, 0xffffn)),
  "nr": ({ terms }, term) => terms.maxEvents = Number(number(term, U32)),
  "inherit": ({ terms }, term) => terms.inherit = flag(term),
  "no-inherit": ({ terms }, term) => terms.inherit = !flag(term),
  "overwrite": ({ terms }, term) => terms.overwrite = flag(term),
  "no-overwrite": ({ terms }, term) => terms.overwrite = !flag(term),
  "branch_type": ({ terms }, term) => terms.branchType = word(term),
  "aux-output": ({ terms }, term) => terms.auxOutput = flag(term),
  "aux-sample-size": ({ terms }, term) => terms.auxSampleSize = Number(number(term, U32)),
  "aux-action": (draft, term) => {
    const action = AUX_ACTIONS.get(word(term));
    if (action === undefined) fail(term, [...AUX_ACTIONS.keys()].join(", "), term.value ?? "");
    draft.auxAction = action;
  },
};

/**
 * Applies the terms between an event's slashes: those of its PMU, the names of the PMU's own
 * events, and those for the tool. What is given twice counts as it is given last.
 *
 * @throws {EventSyntaxError} If a term is not known, or its value does not fit.
 */
export function applyTerms(
  draft: EventDraft,
  list: string,
  place: TermsPlace,
  files: SystemFiles,
): void {
  for (const term of splitTerms(list, place)) {
    const { pmu, words } = draft;
    const tool = Object.hasOwn(TOOL_TERMS, term.name) ? TOOL_TERMS[term.name] : undefined;
    const format = pmu?.formats.get(term.name);
    const config = CONFIG_WORDS.find((word) => word === term.name);
    if (term.name.startsWith("@")) {
      setSink(draft, term, files);
    } else if (tool !== undefined) {
      tool(draft, term);
    } else if (config !== undefined) {
      words[config] = number(term, U64);
    } else if (format !== undefined && (term.name !== "event" || !isAlias(pmu, term.value))) {
      setFormat(draft, format, term);
    } else if (pmu !== null) {
      if (!isAlias(pmu, term.name) && setGeneric(draft, pmu, term, files)) continue;
      setAlias(draft, pmu, term);
    } else {
      unknownTerm(term, []);
    }
  }
}

/** Finds the terms of a PMU's own event; as in perf, upper and lower case are the same. */
export function aliasTerms(pmu: Pmu, name: string): string | undefined {
  for (const [event, terms] of pmu.events) {
    if (event.toLowerCase() === name.toLowerCase()) return terms;
  }
  return undefined;
}

function isAlias(pmu: Pmu | null, name: string | null): boolean {
  return pmu !== null && name !== null && aliasTerms(pmu, name) !== undefined;
}

function* splitTerms(list: string, { text, position }: TermsPlace): Generator<Term> {
  let at = 0;
  while (at < list.length) {
    TERM.lastIndex = at;
    const match = TERM.exec(list);
    const [part = "", name = "", value = null] = match ?? [];
    if (match === null) fail({ text, position: position + at }, "a term", list.slice(at));
    const start = position + at + part.search(/\S/);
    yield { text, position: start, name, value: value?.trim().replaceAll("'", "") ?? null };
    at += part.length;
  }
}

function setFormat({ words }: EventDraft, format: string, term: Term): void {
  const { word, bits } = formatBits(format, term);
  const value = number(term, (1n << BigInt(bits.length)) - 1n, ` (${format})`);
  for (const [from, to] of bits.entries()) {
    const bit = 1n << BigInt(to);
    words[word] = (value >> BigInt(from) & 1n) === 1n ? words[word] | bit : words[word] & ~bit;
  }
}

/** Reads which bits a format is, from low to high: `config:0-7,32-35`. */
function formatBits(format: string, term: Term): { word: ConfigWord; bits: number[] } {
  const [, name, ranges = ""] = format.match(/^(config[1-4]?):([\d,-]+)$/) ?? [];
  const word = CONFIG_WORDS.find((word) => word === name);
  const bits = ranges.split(",").flatMap((range) => {
    const [from = NaN, to = from] = range.split("-").map(Number);
    return Array.from({ length: to < 64 ? Math.max(to - from + 1, 0) : 0 }, (_, i) => from + i);
  });
  if (word === undefined || bits.length === 0) {
    fail(term, `a term whose format is bits of config (this one is ${format})`, term.name);
  }
  return { word, bits };
}

function setAlias(draft: EventDraft, pmu: Pmu, term: Term): void {
  const name = term.name === "event" ? term.value ?? "" : term.name;
  const terms = aliasTerms(pmu, name);
  if (terms === undefined || (term.name !== "event" && term.value !== null)) {
    unknownTerm(term, [...pmu.formats.keys(), ...pmu.events.keys()]);
  }
  for (const part of splitTerms(terms, term)) {
    const format = pmu.formats.get(part.name);
    const config = CONFIG_WORDS.find((word) => word === part.name);
    const inPlace = { ...part, position: term.position };
    if (format !== undefined) setFormat(draft, format, inPlace);
    else if (config !== undefined) draft.words[config] = number(inPlace, U64);
    else unknownTerm(inPlace, []);
  }
}

/** `cpu_core/cycles/`: an event that needs no PMU, counted by this one. Source: `config_term_pmu()`. */
function setGeneric(draft: EventDraft, pmu: Pmu, term: Term, files: SystemFiles): boolean {
  const event = term.value === null ? genericEvent(term.name) : null;
  if (event === null || !isOfAnyCore(event.type) || !isCorePmu(files, pmu.name)) return false;
  const isHybrid = hybridPmus(files).length > 0;
  draft.type = event.type;
  draft.words.config = event.config | (isHybrid ? BigInt(pmu.type) << PMU_TYPE_SHIFT : 0n);
  return true;
}

/** `@tmc_etr0`: perf's hand-written way to say `sinkid=`. */
function setSink(draft: EventDraft, term: Term, files: SystemFiles): void {
  const name = term.name.slice(1);
  const { pmu } = draft;
  if (pmu === null) fail(term, "a sink only for a PMU that has sinks", term.name);
  const id = findSink(files, pmu.name, name);
  if (id === undefined) {
    const sinks = listSinks(files, pmu.name);
    const known = sinks.length === 0 ? "none: this PMU has no sinks" : sinks.join(", ");
    fail(term, `a sink (${known})`, name, sinks.map((sink) => `@${sink}`));
  }
  draft.words.config2 = id;
  draft.sink = name;
}

function unknownTerm(term: Term, names: readonly string[]): never {
  const known = names.length === 0 ? "" : ` (${names.join(", ")})`;
  fail(term, `a known term${known}`, term.name, [...names, ...Object.keys(TOOL_TERMS)]);
}

function flag(term: Term): boolean {
  return number(term, 1n) === 1n;
}

function word(term: Term): string {
  if (term.value === null || term.value === "") fail(term, `${term.name}=TEXT`, term.name);
  return term.value;
}

/** Reads a number; a term without a value is 1. */
function number(term: Term, most: bigint, why = ""): bigint {
  const text = term.value ?? "1";
  if (!/^(?:0x[\da-f]+|\d+)$/i.test(text)) fail(term, `${term.name}=NUMBER`, text);
  const value = BigInt(text);
  if (value > most) fail(term, `${term.name} to be 0 to ${most}${why}`, text);
  return value;
}

function fail(
  { text, position }: TermsPlace,
  expected: string,
  actual: string,
  candidates: readonly string[] = [],
): never {
  throw new EventSyntaxError({ text, position, expected, actual, candidates });
}
