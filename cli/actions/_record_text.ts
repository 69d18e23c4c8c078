import { type RecordCursor, recordTypeName } from "../../parsers/perf/mod.ts";
import { ownFields } from "../../parsers/perf/internal.ts";
import { hex, isDecimal, printable, snakeCase } from "../../text/mod.ts";

/** Most items of a list, and most bytes of a run, that a line shows. */
const MAX_ITEMS = 16;
const MAX_BYTES = 32;

/** What every line says by itself. */
const HEADER_KEYS = new Set([
  ...["fileOffset", "misc", "size", "type", "recordType", "event", "sampleId"],
]);
const HEX_NUMBERS = new Set(["prot", "flags", "misc"]);

/** Kernel names that are not the snake case of ours, in all records or in one type of them. */
const kernelNames = new Map<string, string>([
  ["cpuMode", "cpumode"],
  ["timeNs", "time"],
  ["auxtrace.auxOffset", "offset"],
  ["auxtrace.auxSize", "size"],
  ["auxtrace_error.errorType", "type"],
  ["auxtrace_error.format", "fmt"],
  ["auxtrace_error.message", "msg"],
  ["bpf_event.bpfType", "type"],
  ["bpf_event.programId", "id"],
  ["bpf_metadata.programName", "prog_name"],
  ["compressed.compressedSize", "data_size"],
  ["compressed2.compressedSize", "data_size"],
  ["header_feature.featureId", "feat_id"],
  ["header_tracing_data.payloadSize", "size"],
  ["stat.cpuIndex", "cpu"],
  ["stat.threadIndex", "thread"],
  ["stat.timeEnabled", "ena"],
  ["stat.timeRunning", "run"],
  ["stat.value", "val"],
]);

/** Writes the record under the cursor in one line: position, type, fields, `|`, trailer. */
export function recordLine(cursor: RecordCursor): string {
  const record = cursor.record();
  const { fileName } = cursor;
  const place = fileName === null
    ? hex(record.fileOffset)
    : `${fileName}:${hex(record.fileOffset)}`;
  const event = record.type === "sample" ? cursor.event?.name ?? null : null;
  const parts = [
    place,
    recordTypeName(cursor.type),
    ...(event === null ? [] : [`event=${quoted(event)}`]),
    `header={misc=${hex(record.misc)} size=${record.size}}`,
    ...fields(record, record.type),
  ];
  const trailer = "sampleId" in record && record.sampleId !== null
    ? ["|", ...fields(record.sampleId, "")]
    : [];
  return [...parts, ...trailer].join(" ");
}

/** What NDJSON says of the record under the cursor. */
export function recordFields(cursor: RecordCursor): Record<string, unknown> {
  return {
    fileOffset: cursor.fileOffset,
    ...(cursor.fileName !== null && { fileName: cursor.fileName }),
    type: recordTypeName(cursor.type),
    size: cursor.size,
    misc: cursor.misc,
    event: cursor.event?.name ?? null,
    cpu: cursor.cpu,
    pid: cursor.pid,
    tid: cursor.tid,
    timeNs: cursor.timeNs,
    ...ownFields(cursor.record()),
  };
}

/** Says fields as `name=value`, set flags as `name`; what is not recorded is left out. */
function fields(record: object, type: string): string[] {
  return Object.entries(record).flatMap(([key, value]) => {
    if (type !== "" && HEADER_KEYS.has(key)) return [];
    if (value === null || value === undefined || value === false) return [];
    const name = kernelNames.get(`${type}.${key}`) ?? kernelNames.get(key) ?? snakeCase(key);
    if (value === true) return [name];
    if (key === "inode") return fields(value as object, "");
    return [`${name}=${text(key, value)}`];
  });
}

function text(key: string, value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number") return HEX_NUMBERS.has(key) ? hex(value) : `${value}`;
  if (typeof value === "bigint") return isDecimal(key) ? `${value}` : hex(value);
  if (value instanceof Error) return quoted(value.message);
  if (value instanceof Uint8Array) {
    const shown = value.subarray(0, MAX_BYTES).toHex();
    return value.length > MAX_BYTES ? `${shown}...(${value.length} bytes)` : shown;
  }
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const items = value as unknown as { readonly length: number; slice(a: number, b: number): [] };
    const shown = [...items.slice(0, MAX_ITEMS)].map((item) => text(key, item)).join(" ");
    return items.length > MAX_ITEMS ? `[${shown} ...(${items.length} items)]` : `[${shown}]`;
  }
  return `{${fields(value as object, "").join(" ")}}`;
}

function quoted(value: string): string {
  return printable(JSON.stringify(value));
}
