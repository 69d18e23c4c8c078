import { PttKind, pttKindNames } from "./packet_kind.ts";
import type { PttCursor } from "./ptt_cursor.ts";

/** A packet of 4 words. */
export interface PttShortFields {
  /** Bits 31:30 of the first word: form of the TLP. */
  readonly format: number;
  /** Bits 29:25: type of the TLP. */
  readonly tlpType: number;
  /** Bit 24. */
  readonly t9: boolean;
  /** Bit 23. */
  readonly t8: boolean;
  /** Bit 22: whether processing hints are there. */
  readonly th: boolean;
  /** Bit 21. */
  readonly so: boolean;
  /** Bits 20:11, in words. */
  readonly length: number;
  /** Bits 10:0: low bits of the timestamp. */
  readonly time: number;
  /** Words 1 to 3 of the TLP's header. */
  readonly header: readonly number[];
}

/** A packet of 8 words. */
export interface PttLongFields {
  /** The check word. */
  readonly check: number;
  /** The prefix of the TLP. */
  readonly prefix: number;
  /** Words 0 to 3 of the TLP's header. */
  readonly header: readonly number[];
  /** The timestamp. */
  readonly time: number;
}

/** Returns the packet under the cursor by name; marks have no fields. */
export function pttFields(
  cursor: PttCursor,
): PttShortFields | PttLongFields | Record<string, never> {
  if (cursor.kind === PttKind.FourWords) return shortFields(cursor);
  return cursor.kind === PttKind.EightWords ? longFields(cursor) : {};
}

/** Describes the packet under the cursor in the words of `perf script -D`, numbers in hex. */
export function pttText(cursor: PttCursor): string {
  if (cursor.kind === PttKind.FourWords) return shortText(shortFields(cursor));
  return cursor.kind === PttKind.EightWords
    ? longText(longFields(cursor))
    : pttKindNames[cursor.kind]!;
}

function shortFields(cursor: PttCursor): PttShortFields {
  const word = cursor.word(0);
  return {
    format: word >>> 30,
    tlpType: word >>> 25 & 0x1f,
    t9: (word & 1 << 24) !== 0,
    t8: (word & 1 << 23) !== 0,
    th: (word & 1 << 22) !== 0,
    so: (word & 1 << 21) !== 0,
    length: word >>> 11 & 0x3ff,
    time: word & 0x7ff,
    header: [cursor.word(1), cursor.word(2), cursor.word(3)],
  };
}

function longFields(cursor: PttCursor): PttLongFields {
  return {
    check: cursor.word(0),
    prefix: cursor.word(1),
    header: [cursor.word(2), cursor.word(3), cursor.word(4), cursor.word(5)],
    time: cursor.word(7),
  };
}

function shortText(fields: PttShortFields): string {
  const { format, tlpType, t9, t8, th, so, length, time, header } = fields;
  const flags = `T9 ${Number(t9)} T8 ${Number(t8)} TH ${Number(th)} SO ${Number(so)}`;
  const words = header.map((word, index) => `DW${index + 1} ${hex(word)}`).join(" ");
  const start = `Format ${hex(format)} Type ${hex(tlpType)} ${flags}`;
  return `${start} Length ${hex(length)} Time ${hex(time)} ${words}`;
}

function longText({ prefix, header, time }: PttLongFields): string {
  const words = header.map((word, index) => `DW${index} ${hex(word)}`).join(" ");
  return `Prefix ${hex(prefix)} ${words} Time ${hex(time)}`;
}

function hex(value: number): string {
  return value.toString(16);
}
