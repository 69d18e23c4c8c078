import type { Style } from "../output/style.ts";
import { countOf, wrap, wrapIndented } from "../output/table.ts";
import {
  countText,
  formatBytes,
  hex,
  isDecimal,
  positionText,
  printable,
  snakeCase,
} from "../../text/mod.ts";
import type { FormatError } from "../../parsers/internal.ts";
import { quotedText } from "../../parsers/perf/internal.ts";
import type { FeatureFailure } from "./_feature_failures.ts";
import type { Info } from "./_gather_info.ts";

const COLUMNS = 80;
const MAX_TEXTS = 10;
const NAME_WIDTH = 22;

/** Writes what a recording says of itself for people, 80 columns wide. */
export function* infoLines(
  info: Info,
  paint: Style,
  failures: readonly FeatureFailure[] = [],
  damage: readonly FormatError[] = [],
): Generator<string> {
  const { input, header, features, events, auxtraceInfo } = info;
  const wordOf = new Map(failures.flatMap(({ word, names }) => names.map((name) => [name, word])));
  yield paint.strong(printable(input.path));
  yield* rows(inputRows(info));
  const { attrs, attrSize } = header;
  if (attrs.size > 0 && attrSize > 0) {
    const least = attrs.size < Number.MAX_SAFE_INTEGER ? "" : "at least ";
    const count = `${least}${Math.floor(attrs.size / attrSize)}`;
    yield* rows([["attrs", `${count} of ${countText(attrSize)} bytes at ${at(attrs)}`]]);
  }
  yield "";
  yield paint.strong(`Features: ${Object.keys(features).length}`);
  yield* rows(
    Object.entries(features).map(([name, value]) => [
      name,
      wordOf.get(name) ?? (name === "total_mem" ? `${short(value)} kB` : short(value)),
    ]),
  );
  yield "";
  yield paint.strong(`Events: ${events.length}`);
  for (const event of events) yield* eventLines(event);
  if (auxtraceInfo !== null) {
    yield "";
    yield paint.strong(`AUXTRACE_INFO: ${auxtraceInfo.type}`);
    for (const [name, value] of Object.entries(auxtraceInfo)) {
      if (name === "cpus") { for (const cpu of value as readonly object[]) yield* cpuLines(cpu); }
      else if (name !== "type") yield* rows([[snakeCase(name), word(value, name)]]);
    }
  }
  const { count, first } = info.decodingErrors;
  if (first !== null) {
    const { fileOffset, code, message } = first;
    yield* [
      "",
      ...wrapIndented(
        `perf could not decode the trace (AUXTRACE_ERROR): ${countOf(count, "time")}, first at ` +
          `${hex(fileOffset)}: code ${code ?? "unknown"}, "${printable(message ?? "")}"`,
      ),
    ];
  }
  for (const { word, message, cure } of failures) {
    const label = word === "not read" ? "Not read" : "Damage";
    yield* ["", ...wrapIndented(`${label}: ${printable(message)}; ${cure}`)];
  }
  const said = new Set(failures.flatMap(({ errors }) => errors.map(({ message }) => message)));
  for (const { fault, message, cure } of damage) {
    if (said.has(message)) continue;
    const label = fault === "unsupported" ? "Not read" : "Damage";
    yield* ["", ...wrapIndented(`${label}: ${printable(message)}; ${cure}`)];
  }
}

function inputRows({ input, header }: Info): [string, string][] {
  const order = `${input.byteOrder} endian`;
  const kind = [
    input.container,
    order,
    ...(input.compressed ? ["compressed"] : []),
    ...(input.packed === null ? [] : [`packed as ${input.packed}`]),
  ].join(", ");
  const state = input.finalised
    ? "yes"
    : input.container === "pipe"
    ? "no: a pipe just ends"
    : "no: the recorder did not finish";
  const { size, fileSize, version, data } = header;
  return [
    ["container", kind],
    ["finalised", state],
    ["file size", formatBytes(fileSize)],
    ["header", `${size} bytes, version ${version}`],
    ["data", `${data.size === 0 ? "to the end" : formatBytes(data.size)}, from ${at(data)}`],
    ...input.strayTexts.slice(0, MAX_TEXTS).map((text): [string, string] => [
      "stray text",
      `${countOf(text.size, "byte")} at ${hex(text.fileOffset)}: ${quotedText(text)}`,
    ]),
    ...(input.trailingBytes === 0
      ? []
      : [["trailing text", countOf(input.trailingBytes, "byte")] as [string, string]]),
    ...(input.secondRecording === null
      ? []
      : [["second recording", input.secondRecording.reason] as [string, string]]),
    ...(input.cut === null ? [] : [cutRow(input.cut)]),
  ];
}

/** Where the records end early; why is said on standard error. */
function cutRow({ fault, fileOffset }: NonNullable<Info["input"]["cut"]>): [string, string] {
  return [fault === "truncated" ? "cut" : "damaged", `at ${hex(fileOffset)}`];
}

function* eventLines({ index, name, attr, sampleType, ids }: Info["events"][number]) {
  const namesOf = (set: object) =>
    Object.entries(set).filter(([, on]) => on).map(([name]) => snakeCase(name));
  const flags = [
    ...namesOf(attr.flags),
    ...namesOf(attr.auxAction).map((action) => `aux_${action}`),
  ];
  const period = attr.samplePeriod === 0n
    ? []
    : [attr.flags.freq ? `${attr.samplePeriod} Hz` : `period ${attr.samplePeriod}`];
  const facts = [`type ${attr.type}`, `config ${hex(attr.config)}`, ...period];
  yield* wrap(`${index}  ${printable(name ?? "(no name)")}`, COLUMNS - 2).map(indented);
  yield `       ${facts.join(", ")}, ${countOf(ids.length, "id")}`;
  for (const [label, names] of [["sample_type", sampleType], ["flags", flags]] as const) {
    if (names.length === 0) continue;
    const lines = wrap(names.join(" "), COLUMNS - 20);
    for (const [i, line] of lines.entries()) yield `       ${(i ? "" : label).padEnd(12)} ${line}`;
  }
}

function cpuLines(cpu: object): string[] {
  const words = Object.entries(cpu).map(([name, value]) =>
    `${snakeCase(name)} ${word(value, name)}`
  );
  const [first = "", ...rest] = wrap(words.join(", "), COLUMNS - 6);
  return [`  ${first}`, ...rest.map((line) => `      ${line}`)];
}

function rows(pairs: readonly (readonly [string, string])[]): string[] {
  return pairs.flatMap(([name, value]) => {
    const width = COLUMNS - NAME_WIDTH - 3;
    const text = printable(value);
    const shown = text.length > width ? `${text.slice(0, width - 3)}...` : text;
    return [`  ${name.padEnd(NAME_WIDTH)} ${shown}`.trimEnd()];
  });
}

/** Says a value of AUXTRACE_INFO; arrays in full. */
function word(value: unknown, name = ""): string {
  if (value === null) return "not recorded";
  if (typeof value === "bigint") return isDecimal(name) ? `${value}` : hex(value);
  if (Array.isArray(value)) {
    return value.length === 0 ? "none" : value.map((item) => word(item)).join(", ");
  }
  if (typeof value === "object") return Object.values(value).map((item) => word(item)).join(" ");
  return typeof value === "string" && value === "" ? "none" : printable(String(value));
}

/** Says a feature in a few words; what it lists, by number. */
function short(value: unknown): string {
  if (Array.isArray(value)) {
    if (value.length > 0 && value.every((item) => typeof item === "string")) return value.join(" ");
    return `${value.length} ${value.length === 1 ? "entry" : "entries"}`;
  }
  if (typeof value === "number") return countText(value);
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value).map(([name, item]) =>
    `${snakeCase(name)} ${Array.isArray(item) ? item.length : short(item)}`
  ).join(", ");
}

function at({ fileOffset }: { readonly fileOffset: number }): string {
  return positionText(fileOffset);
}

function indented(line: string, index: number): string {
  return `${index === 0 ? "  " : "     "}${line}`;
}
