import type { ReplayReport } from "../auxtrace/mod.ts";
import { type PerfEvent, type PerfFile, sampleTypeNames } from "../parsers/perf/mod.ts";
import { formatTime, hex, isDecimal, snakeCase } from "../text/mod.ts";
import type { FactGroup } from "./data.ts";

type FactRow = readonly [name: string, value: string];

const MAX_EVENTS = 100;

/** Gathers what a recording says of itself; what it does not say is left out. */
export function reportFacts(file: PerfFile, { input, recording }: ReplayReport): FactGroup[] {
  const { values } = file.features();
  const groups: FactGroup[] = [
    {
      title: "File",
      rows: rows([
        ["container", input.container],
        ["size", `${file.size} bytes`],
        ["byte order", `${input.byteOrder} endian`],
        ["compressed", input.compressed ? "yes" : "no"],
        ["packed as", input.packed],
        [
          "finished by the recorder",
          input.container === "pipe" ? null : input.finalised ? "yes" : "no",
        ],
        ["cut", input.cut?.reason],
        [
          "text after the records",
          input.trailingBytes === 0 ? null : `${input.trailingBytes} bytes`,
        ],
        ["damage", file.damage[0]?.message],
      ]),
    },
    {
      title: "Host",
      rows: rows([
        ["hostname", values.hostname],
        ["kernel", values.osrelease],
        ["arch", values.arch],
        ["CPU", values.cpudesc],
        ["CPU id", values.cpuid],
        [
          "CPUs",
          values.nrcpus && `${values.nrcpus.online} online of ${values.nrcpus.available}`,
        ],
        ["memory", values.totalMem === undefined ? null : `${values.totalMem} kB`],
      ]),
    },
    {
      title: "Recorder",
      rows: rows([
        ["perf version", values.version],
        ["command line", values.cmdline?.join(" ")],
        [
          "samples from, to",
          values.sampleTime && values.sampleTime.lastNs > 0n &&
          `${formatTime(values.sampleTime.firstNs)}, ${formatTime(values.sampleTime.lastNs)}`,
        ],
      ]),
    },
    { title: "Events", rows: eventRows(file.events) },
  ];
  const { auxtraceInfo } = file;
  if (auxtraceInfo !== null) {
    const { type, ...words } = auxtraceInfo;
    groups.push({
      title: "AUX trace",
      rows: rows([
        ["type", type],
        ["mode", recording.mode],
        ...Object.entries(words).map(([name, value]): FactRow => [
          snakeCase(name),
          word(value, name),
        ]),
      ]),
    });
  }
  return groups.filter(({ rows }) => rows.length > 0);
}

function eventRows(events: readonly PerfEvent[]): FactRow[] {
  const shown = events.slice(0, MAX_EVENTS).map(({ index, name, attr, ids }): FactRow => {
    const samples = sampleTypeNames(attr.sampleType);
    const period = attr.samplePeriod === 0n
      ? []
      : [attr.flags.freq ? `${attr.samplePeriod} Hz` : `period ${attr.samplePeriod}`];
    const facts = [
      `type ${attr.type}`,
      `config ${hex(attr.config)}`,
      ...period,
      `${ids.length} ${ids.length === 1 ? "id" : "ids"}`,
      ...(samples.length === 0 ? [] : [`samples ${samples.join(" ")}`]),
    ];
    return [name ?? `event ${index}`, facts.join(", ")];
  });
  const more = events.length - shown.length;
  return more > 0 ? [...shown, ["and more", `${more} events`]] : shown;
}

function rows(all: readonly (readonly [string, string | null | undefined | false])[]): FactRow[] {
  return all.flatMap(([name, value]): FactRow[] => value ? [[name, value]] : []);
}

function word(value: unknown, name = ""): string {
  if (value === null) return "unknown";
  if (typeof value === "bigint") return isDecimal(name) ? `${value}` : hex(value);
  if (Array.isArray(value)) return value.map((item) => word(item)).join("; ");
  if (typeof value !== "object") return String(value);
  // A register, whose value is no count.
  if ("name" in value && "value" in value) return `${value.name} ${word(value.value)}`;
  const words = Object.entries(value).map(([name, item]) =>
    `${snakeCase(name)} ${word(item, name)}`
  );
  return words.join(", ");
}
