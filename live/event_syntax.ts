import { finishEvents } from "./_event_attr.ts";
import { draftEvent, type EventDraft } from "./_event_draft.ts";
import {
  COMMON_NAMES,
  EventType,
  genericEvent,
  isOfAnyCore,
  PMU_TYPE_SHIFT,
} from "./_event_names.ts";
import { applyModifiers, areModifiers } from "./_modifiers.ts";
import { aliasTerms, applyTerms } from "./_terms.ts";
import { findTracepoints, knownTracepoints, tracepointFolder } from "./_tracepoints.ts";
import { EventSyntaxError } from "./event_syntax_error.ts";
import {
  auxPmuKind,
  hybridPmus,
  intelPtDefaultTerms,
  listPmus,
  matchingPmus,
  type Pmu,
} from "./pmu.ts";
import type { ParsedEvent } from "./parsed_event.ts";
import { kernelFiles, type SystemFiles } from "./system_files.ts";

const NUMBER = "(?:0x[\\da-fA-F]+|\\d+)";
const BREAKPOINT = new RegExp(
  `mem:(${NUMBER})(?:/(${NUMBER}))?(?::([rwx]{1,3})(?![^,{}\\s:]))?(?::([^,{}\\s]*))?`,
  "y",
);
const EVENT = /([^,{}/\s]+)(?:\/((?:[^/']|'[^']*')*)\/:?([^,{}\s]*))?/y;
const NUMERIC = new RegExp(`^(${NUMBER}):(${NUMBER})$`);
const BREAKPOINT_BITS: Readonly<Record<string, number>> = { r: 1, w: 2, x: 4 };
const U64 = 0xffff_ffff_ffff_ffffn;

/**
 * Parses events in the syntax of `perf record -e`.
 *
 * Knows names of hardware, software and cache events, `rNNN`, `TYPE:CONFIG`, `mem:ADDR/LEN:rwx`,
 * tracepoints with `*` and `?` (sorted by name), `pmu/terms/modifiers`, events of PMUs by name,
 * lists, and groups in braces. As in perf, `intel_pt` starts with {@linkcode intelPtDefaultTerms},
 * and guests are excluded unless modifiers say otherwise. A PMU may be named without its number,
 * or by a pattern: `arm_spe//` and `arm_spe_*` are an event of each of `arm_spe_0`, `arm_spe_1`.
 * So are hardware and cache events where CPUs are of several kinds: `cycles` there is
 * `cpu_core/cycles/` and `cpu_atom/cycles/`. Source: perf-list(1), perf 6.1 and 7.3.
 *
 * @example Two clocks of this user's code
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseEvents } from "@auxtail/auxtail/live";
 *
 * const [first, second] = parseEvents("{cpu-clock:u,task-clock/period=1000/u}");
 * assertEquals([first?.attr.type, first?.attr.config], [1, 0n]);
 * assertEquals([second?.leader, second?.attr.samplePeriod], [0, 1000n]);
 * ```
 *
 * @param files Where PMUs and tracepoints are read; those of this machine unless given.
 * @throws {EventSyntaxError} If the text is not in this syntax, or names what is not there.
 */
export function parseEvents(text: string, files: SystemFiles = kernelFiles): ParsedEvent[] {
  return new EventParser(text, files).list();
}

class EventParser {
  readonly #text: string;
  readonly #files: SystemFiles;
  readonly #groups: EventDraft[][] = [];
  #at = 0;

  constructor(text: string, files: SystemFiles) {
    this.#text = text;
    this.#files = files;
  }

  list(): ParsedEvent[] {
    do {
      if (this.#accept("{")) this.#group();
      else this.#groups.push(...this.#event().map((draft) => [draft]));
    } while (this.#accept(","));
    if (this.#at < this.#text.length) this.#fail(this.#at, '"," or the end');
    return finishEvents(this.#groups, this.#files);
  }

  #group(): void {
    const drafts: EventDraft[] = [];
    do drafts.push(...this.#event()); while (this.#accept(","));
    if (!this.#accept("}")) this.#fail(this.#at, '"," or "}"');
    const groups = groupsOfPmus(drafts);
    if (this.#text[this.#at] === ":") {
      const start = this.#at + 1;
      const letters = this.#take(/:([^,{}\s]*)/y)?.[1] ?? "";
      for (const group of groups) {
        for (const [i, draft] of group.entries()) {
          this.#modify(draft, letters, start, { leader: i === 0 });
        }
      }
    }
    this.#groups.push(...groups);
  }

  /** Reads one event; a pattern of tracepoints is several. */
  #event(): EventDraft[] {
    this.#skipSpaces();
    const start = this.#at;
    if (this.#text.startsWith("mem:", start)) return [this.#breakpoint()];
    const match = this.#take(EVENT);
    if (match === null) this.#fail(start, "an event");
    const [whole, head = "", terms, after] = match;
    if (terms === undefined) {
      if (this.#text[this.#at] === "/") this.#fail(start + whole.length, '"/" after the terms');
      return this.#plain(head, start);
    }
    const drafts = this.#named(head, start, whole) ?? this.#ofPmus(head, start, whole);
    const position = start + head.length + 1;
    const finished = this.#those(drafts, (draft) => {
      applyTerms(draft, terms, { text: this.#text, position }, this.#files);
    });
    for (const draft of finished) {
      if (after !== "") this.#modify(draft, after!, start + whole.length - after!.length);
    }
    return finished;
  }

  /** As in perf, those of several PMUs that know the terms; one does not have to know its. */
  #those(drafts: readonly EventDraft[], apply: (draft: EventDraft) => void): EventDraft[] {
    let refused: unknown;
    const finished = drafts.filter((draft) => {
      try {
        apply(draft);
        return true;
      } catch (error) {
        refused ??= error;
        return false;
      }
    });
    if (finished.length === 0) throw refused;
    return finished;
  }

  /** An event without slashes: a name, and modifiers after a colon. */
  #plain(head: string, start: number): EventDraft[] {
    const first = head.indexOf(":");
    const isGeneric = genericEvent(head.slice(0, first)) !== null;
    const colon = isGeneric ? first : head.lastIndexOf(":");
    const name = head.slice(0, colon);
    if (colon > 0 && !NUMERIC.test(head)) {
      const drafts = this.#named(name, start, head) ?? this.#aliases(name, head);
      if (drafts.length > 0) {
        for (const draft of drafts) this.#modify(draft, head.slice(colon + 1), start + colon + 1);
        return drafts;
      }
    }
    const drafts = this.#named(head, start, head) ?? this.#aliases(head, head);
    if (drafts.length > 0) return drafts;
    const pmus = listPmus(this.#files);
    const names = [
      ...COMMON_NAMES,
      ...pmus.flatMap(({ name, events }) => [`${name}//`, ...events.keys()]),
    ];
    if (matchingPmus(this.#files, head).length > 0) {
      this.#fail(start, `"${head}//" for an event of a PMU`, head);
    }
    this.#fail(start, "the name of an event", head, names);
  }

  /** The events of the kernel that have this name; null if it is not of their kinds. */
  #named(name: string, start: number, whole: string): EventDraft[] | null {
    const generic = genericEvent(name);
    if (generic !== null) {
      const { type, config } = generic;
      const pmus = isOfAnyCore(type) ? hybridPmus(this.#files) : [];
      if (pmus.length === 0) return [draftEvent(whole, type, { config })];
      return pmus.map((pmu) => {
        const words = { config: config | BigInt(pmu.type) << PMU_TYPE_SHIFT };
        return draftEvent(nameOnPmu(pmu, whole), type, words, { pmu, choice: whole });
      });
    }
    const [, type, config] = name.match(NUMERIC) ?? [];
    if (type !== undefined) {
      const word = this.#number(config!, start + type.length + 1, U64);
      return [draftEvent(whole, Number(this.#number(type, start, 0xffff_ffffn)), { config: word })];
    }
    const [, system, event] = name.match(/^([^:]+):([^:]+)$/) ?? [];
    return system === undefined ? null : this.#tracepoints(system, event!, start);
  }

  #tracepoints(system: string, event: string, start: number): EventDraft[] {
    const name = `${system}:${event}`;
    const folder = tracepointFolder(this.#files);
    if (folder === null) {
      const cure =
        "mount it, or let this user read it: mount -o remount,mode=755 /sys/kernel/tracing";
      this.#fail(start, `an event, or tracefs for tracepoints (${cure})`, name, COMMON_NAMES);
    }
    const found = findTracepoints(this.#files, folder, system, event);
    if (found.length === 0) {
      const names = knownTracepoints(this.#files, folder, system);
      this.#fail(start, "an event or a tracepoint of this machine", name, names);
    }
    return found.map(({ name, id }) => draftEvent(name, EventType.tracepoint, { config: id }));
  }

  /** Events of PMUs that go by this name, where the PMU is not named. */
  #aliases(name: string, whole: string): EventDraft[] {
    const pmus = listPmus(this.#files).filter((pmu) => aliasTerms(pmu, name) !== undefined);
    return pmus.map((pmu) => {
      const draft = draftEvent(
        pmus.length > 1 ? nameOnPmu(pmu, whole) : whole,
        pmu.type,
        {},
        { pmu, choice: pmus.length > 1 ? whole : null },
      );
      applyTerms(draft, name, { text: this.#text, position: this.#at }, this.#files);
      return draft;
    });
  }

  #ofPmus(name: string, start: number, whole: string): EventDraft[] {
    const pmus = matchingPmus(this.#files, name);
    if (pmus.length === 0) {
      const names = listPmus(this.#files).map(({ name }) => name);
      this.#fail(
        start,
        `a PMU of this machine (${names.join(", ") || "it has none"})`,
        name,
        names,
      );
    }
    if (new Set(pmus.map(({ name }) => auxPmuKind(name))).size > 1) {
      const names = pmus.map(({ name }) => name).join(", ");
      this.#fail(start, `PMUs of one kind (this means ${names})`, name);
    }
    return pmus.map((pmu) => {
      const choice = pmus.length > 1 ? whole : null;
      const ownName = pmu.name + whole.slice(name.length);
      return this.#ofPmu(
        pmu,
        draftEvent(choice === null ? whole : ownName, pmu.type, {}, {
          pmu,
          choice,
        }),
        start,
      );
    });
  }

  #ofPmu(pmu: Pmu, draft: EventDraft, start: number): EventDraft {
    if (auxPmuKind(pmu.name) === "intel_pt") {
      const known = intelPtDefaultTerms(pmu).split(",").filter((term) =>
        pmu.formats.has(term.replace(/=.*/, ""))
      );
      applyTerms(draft, known.join(","), { text: this.#text, position: start }, this.#files);
    }
    return draft;
  }

  #breakpoint(): EventDraft {
    const start = this.#at;
    const match = this.#take(BREAKPOINT);
    if (match === null) this.#fail(start, "mem:ADDRESS/LENGTH:rwx", this.#rest());
    const [whole, address = "", length, access = "rw", letters] = match;
    if (/(.).*\1/.test(access)) this.#fail(start, "each of r, w, x once", whole);
    const bpType = [...access].reduce((bits, letter) => bits | BREAKPOINT_BITS[letter]!, 0);
    const size = length ?? (access === "x" ? "8" : "4");
    const draft = draftEvent(whole, EventType.breakpoint, {
      config1: this.#number(address, start + "mem:".length, U64),
      config2: this.#number(size, start, U64),
    }, { bpType });
    if (letters !== undefined) this.#modify(draft, letters, this.#at - letters.length);
    return draft;
  }

  #modify(draft: EventDraft, letters: string, start: number, group?: { leader: boolean }): void {
    if (!areModifiers(letters)) this.#fail(start, "modifiers (ukhGHIpPSDeWb, each once)", letters);
    applyModifiers(draft, letters, group);
    if (draft.preciseIp > 3) this.#fail(start, "at most three p, those of the event among them");
  }

  #number(text: string, at: number, most: bigint): bigint {
    const value = BigInt(text);
    if (value > most) this.#fail(at, `a number up to ${most}`, text);
    return value;
  }

  #accept(letter: string): boolean {
    this.#skipSpaces();
    if (this.#text[this.#at] !== letter) return false;
    this.#at++;
    return true;
  }

  #skipSpaces(): void {
    this.#take(/\s*/y);
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#at += match[0].length;
    return match;
  }

  #rest(): string {
    return this.#text.slice(this.#at);
  }

  #fail(
    position: number,
    expected: string,
    actual = this.#text.slice(position),
    candidates: readonly string[] = [],
  ): never {
    throw new EventSyntaxError({ text: this.#text, position, expected, actual, candidates });
  }
}

/** Name of an event that was written without its PMU: `cycles:u` is `cpu_core/cycles/u`. */
function nameOnPmu(pmu: Pmu, whole: string): string {
  const [, event = whole, terms, letters = ""] = /^([^:/]+)(?:\/(.*)\/)?:?(\w*)$/.exec(whole) ?? [];
  return `${pmu.name}/${terms ? `${event},${terms}` : event}/${letters}`;
}

/**
 * The groups of a text's group: events of different PMUs cannot be counted together, so that one
 * that means several PMUs is one group of each. Software events go with the first of them.
 */
function groupsOfPmus(drafts: readonly EventDraft[]): EventDraft[][] {
  if (drafts.every(({ choice }) => choice === null)) return [[...drafts]];
  const first = drafts.find(({ choice }) => choice !== null)!.pmu!.name;
  const groups = Map.groupBy(drafts, ({ pmu }) => pmu?.name ?? first);
  return [...groups.values()];
}
