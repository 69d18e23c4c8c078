import type { ByteWriter, FeatureSpec } from "../encoders/internal.ts";
import { Feature } from "../parsers/perf/abi.ts";
import { tracepointFolder } from "./_tracepoints.ts";
import type { SystemFiles } from "./system_files.ts";

const MAGIC = Uint8Array.of(0x17, 0x08, 0x44);
const VERSION = "0.6";
const LITTLE_ENDIAN = 0;
const LONG_SIZE = 8;

/** Formats of the recorded tracepoints of one system. */
interface TracedSystem {
  readonly name: string;
  readonly formats: readonly Uint8Array[];
}

/**
 * TRACING_DATA: how to read the fields of tracepoints. Null if tracefs may not be read.
 *
 * Source: perf's `util/trace-event-info.c`.
 *
 * @param options.ids `config` of the events that are tracepoints.
 * @param options.pageSize Size of a page of memory in bytes.
 */
export function tracingDataFeature(
  files: SystemFiles,
  { ids, pageSize }: { ids: readonly bigint[]; pageSize: number },
): FeatureSpec | null {
  const events = tracepointFolder(files);
  if (events === null) return null;
  const tracefs = events.slice(0, events.lastIndexOf("/"));
  const bytesOf = (path: string) => files.read(`${tracefs}/${path}`) ?? new Uint8Array();
  const headers = ["header_page", "header_event"].map((name) => {
    return { name, bytes: bytesOf(`events/${name}`) };
  });
  const systems = tracedSystems(files, events, ids);
  const printkFormats = bytesOf("printk_formats");
  const savedCmdlines = bytesOf("saved_cmdlines");
  return {
    bit: Feature.tracingData,
    write(out) {
      out.bytes(MAGIC);
      out.text(`tracing${VERSION}\0`);
      out.u8(LITTLE_ENDIAN);
      out.u8(LONG_SIZE);
      out.u32(pageSize);
      for (const { name, bytes } of headers) {
        out.text(`${name}\0`);
        sized(out, bytes);
      }
      out.u32(0); // formats of ftrace's own events
      out.u32(systems.length);
      for (const { name, formats } of systems) {
        out.text(`${name}\0`);
        out.u32(formats.length);
        for (const format of formats) sized(out, format);
      }
      out.u32(0); // kallsyms
      out.u32(printkFormats.length);
      out.bytes(printkFormats);
      sized(out, savedCmdlines);
    },
  };
}

function tracedSystems(files: SystemFiles, events: string, ids: readonly bigint[]): TracedSystem[] {
  const wanted = new Set(ids.map(String));
  return files.list(events).flatMap((name) => {
    const formats = files.list(`${events}/${name}`).flatMap((event) => {
      const id = files.text(`${events}/${name}/${event}/id`)?.trim();
      if (id === undefined || !wanted.has(id)) return [];
      return files.read(`${events}/${name}/${event}/format`) ?? [];
    });
    return formats.length > 0 ? [{ name, formats }] : [];
  });
}

function sized(out: ByteWriter, bytes: Uint8Array): void {
  out.u64(BigInt(bytes.length));
  out.bytes(bytes);
}
