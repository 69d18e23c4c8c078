import { Cursor } from "../../internal.ts";
import { decodeItems } from "../_fields.ts";

/**
 * The tracing data of tracepoints, `HEADER_TRACING_DATA`: its structure and the ids of the
 * tracepoints. The texts stay in the file, at the positions given. Source: perf's
 * `util/trace-event-info.c`.
 */
export interface TracingData {
  /** Version of the layout, like `0.6`. */
  readonly version: string;
  /** Whether the recording machine was big endian. */
  readonly bigEndian: boolean;
  /** Size of a `long` of the recording machine's kernel, in bytes. */
  readonly longSize: number;
  /** Page size of the recording machine, in bytes. */
  readonly pageSize: number;
  /** The text of `events/header_page`. */
  readonly headerPage: TextPlace;
  /** The text of `events/header_event`. */
  readonly headerEvent: TextPlace;
  /** The systems with recorded tracepoints, without `ftrace`. */
  readonly systems: readonly string[];
  /** All formats; those of ftrace's own events come first, with the system `ftrace`. */
  readonly formats: readonly TracepointFormat[];
  /** The copy of `/proc/kallsyms`; empty today. */
  readonly kallsyms: TextPlace;
  /** The strings of `trace_printk()`. */
  readonly printkFormats: TextPlace;
  /** The comm of each pid that ftrace saved; `null` before version 0.6. */
  readonly savedCmdlines: TextPlace | null;
}

/** Where a text is. */
export interface TextPlace {
  /** Absolute position, in bytes. */
  readonly fileOffset: number;
  /** Size in bytes. */
  readonly size: number;
}

/** The format of one tracepoint: its name, and where its description of the fields is. */
export interface TracepointFormat extends TextPlace {
  /** System, like `sched`. */
  readonly system: string;
  /** Name, like `sched_switch`; `null` if the text has no line with it. */
  readonly name: string | null;
  /** What `attr.config` holds for this tracepoint; `null` if the text has no line with it. */
  readonly id: number | null;
}

const MAGIC = "\x17\x08\x44tracing";
const SAVED_CMDLINES_SINCE = 0.6;

/** The lines with name and id come first in a format; this many bytes hold them. */
const NAME_AND_ID = 256;

/** Decodes `HEADER_TRACING_DATA`, in the byte order that it names itself. */
export function decodeTracingData(body: Cursor): TracingData {
  const start = body.at;
  const magic = body.text(MAGIC.length);
  if (magic !== MAGIC) {
    body.refuse("bad-magic", JSON.stringify(MAGIC), JSON.stringify(magic), start);
  }
  const version = nulText(body);
  const bigEndian = body.u8() === 1;
  const blob = new Cursor(
    body.bytes.subarray(body.at, body.end),
    body.fileOffset,
    !bigEndian,
    body.structure,
  );
  const longSize = blob.u8();
  const pageSize = blob.u32();
  const headerPage = namedText(blob, "header_page");
  const headerEvent = namedText(blob, "header_event");
  const formats = decodeFormats(blob, "ftrace");
  const systemCount = blob.count32(5);
  const systems: string[] = [];
  for (let i = 0; i < systemCount; i++) {
    const system = nulText(blob);
    systems.push(system);
    for (const format of decodeFormats(blob, system)) formats.push(format);
  }
  const kallsyms = skipText(blob, blob.count32(1));
  const printkFormats = skipText(blob, blob.count32(1));
  const hasCmdlines = Number.parseFloat(version) >= SAVED_CMDLINES_SINCE;
  const savedCmdlines = hasCmdlines ? skipText(blob, blob.count64(1)) : null;
  body.take(blob.at);
  return {
    version,
    bigEndian,
    longSize,
    pageSize,
    headerPage,
    headerEvent,
    systems,
    formats,
    kallsyms,
    printkFormats,
    savedCmdlines,
  };
}

function decodeFormats(blob: Cursor, system: string): TracepointFormat[] {
  return decodeItems(blob.count32(8), () => {
    const size = blob.count64(1);
    const at = blob.at;
    const head = blob.text(Math.min(size, NAME_AND_ID));
    blob.at = at;
    const name = /^name: (.+)$/m.exec(head)?.[1] ?? null;
    const id = /^ID: (\d+)$/m.exec(head)?.[1];
    return { system, name, id: id === undefined ? null : Number(id), ...skipText(blob, size) };
  });
}

function skipText(blob: Cursor, size: number): TextPlace {
  const { fileOffset } = blob;
  blob.take(size);
  return { fileOffset, size };
}

function namedText(blob: Cursor, expected: string): TextPlace {
  const start = blob.at;
  const actual = nulText(blob);
  if (actual !== expected) blob.refuse("corrupt", expected, actual, start);
  return skipText(blob, blob.count64(1));
}

function nulText(body: Cursor): string {
  const nul = body.bytes.subarray(body.at, body.end).indexOf(0);
  if (nul < 0) body.fail(body.remaining + 1);
  return body.text(nul + 1);
}
