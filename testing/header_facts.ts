import { type PerfFile, ReadFormat, SampleType } from "../parsers/perf/mod.ts";

/** An event of the recording: its name, and its sample type and read format in perf's notation, `A|B`. */
export interface EventFacts {
  readonly name: string;
  readonly sampleType: string | undefined;
  readonly readFormat: string | undefined;
  readonly ids: number[] | undefined;
}

/** What `perf report --header-only -I` prints; data offset and size are 0 for pipe streams. */
export interface HeaderFacts {
  readonly hostname: string | undefined;
  readonly osRelease: string | undefined;
  readonly perfVersion: string | undefined;
  readonly arch: string | undefined;
  readonly cpusOnline: number | undefined;
  readonly cpusAvailable: number | undefined;
  readonly cpuDescription: string | undefined;
  readonly cpuId: string | undefined;
  readonly totalMemoryKib: number | undefined;
  readonly cmdline: string | undefined;
  readonly dataOffset: number | undefined;
  readonly dataSize: number | undefined;
  readonly missingFeatures: string[] | undefined;
  readonly events: EventFacts[];
}

/** Reads `key = value` (header) or `key: value` (`perf evlist -v`) in a description of an event. */
export function eventFacts(name: string, text: string): EventFacts {
  return {
    name,
    sampleType: /sample_type(?: =|:) ([\w|]+)/.exec(text)?.[1],
    readFormat: /read_format(?: =|:) ([\w|]+)/.exec(text)?.[1],
    ids: /\bid = \{ ([\d, ]+) \}/.exec(text)?.[1]?.split(", ").map(Number),
  };
}

/** Reads what `perf report --header-only -I` printed. */
export function headerFacts(text: string): HeaderFacts {
  const fact = (key: string) => new RegExp(`^# ${key} *: (.*?) *$`, "m").exec(text)?.[1];
  const number = (key: string) => {
    const value = fact(key);
    return value === undefined ? undefined : parseInt(value);
  };
  return {
    hostname: fact("hostname"),
    osRelease: fact("os release"),
    perfVersion: fact("perf version"),
    arch: fact("arch"),
    cpusOnline: number("nrcpus online"),
    cpusAvailable: number("nrcpus avail"),
    cpuDescription: fact("cpudesc"),
    cpuId: fact("cpuid"),
    totalMemoryKib: number("total memory"),
    cmdline: fact("cmdline"),
    dataOffset: number("data offset"),
    dataSize: number("data size"),
    missingFeatures: fact("missing features")?.split(" "),
    events: [...text.matchAll(/^# event : name = (.+?), (.*)$/gm)]
      .map((match) => eventFacts(match[1] ?? "", match[2] ?? "")),
  };
}

/** Names of bits, in perf's notation and order, of the bits that perf prints. */
const SAMPLE_BITS: readonly [string, number][] = [
  ["IP", SampleType.Ip],
  ["TID", SampleType.Tid],
  ["TIME", SampleType.Time],
  ["ADDR", SampleType.Addr],
  ["READ", SampleType.Read],
  ["CALLCHAIN", SampleType.Callchain],
  ["ID", SampleType.Id],
  ["CPU", SampleType.Cpu],
  ["PERIOD", SampleType.Period],
  ["STREAM_ID", SampleType.StreamId],
  ["RAW", SampleType.Raw],
  ["BRANCH_STACK", SampleType.BranchStack],
  ["REGS_USER", SampleType.RegsUser],
  ["STACK_USER", SampleType.StackUser],
  ["IDENTIFIER", SampleType.Identifier],
  ["REGS_INTR", SampleType.RegsIntr],
  ["DATA_SRC", SampleType.DataSrc],
  ["WEIGHT", SampleType.Weight],
  ["PHYS_ADDR", SampleType.PhysAddr],
  ["AUX", SampleType.Aux],
  ["CGROUP", SampleType.Cgroup],
  ["DATA_PAGE_SIZE", SampleType.DataPageSize],
  ["CODE_PAGE_SIZE", SampleType.CodePageSize],
  ["WEIGHT_STRUCT", SampleType.WeightStruct],
];
const READ_BITS: readonly [string, number][] = [
  ["TOTAL_TIME_ENABLED", ReadFormat.TotalTimeEnabled],
  ["TOTAL_TIME_RUNNING", ReadFormat.TotalTimeRunning],
  ["ID", ReadFormat.Id],
  ["GROUP", ReadFormat.Group],
  ["LOST", ReadFormat.Lost],
];

/** The same facts as our parser finds them; missing features are left out. */
export function parsedFacts(file: PerfFile): Omit<HeaderFacts, "missingFeatures"> {
  const { values } = file.features();
  const { data, pipe } = file.header;
  return {
    hostname: values.hostname,
    osRelease: values.osrelease,
    perfVersion: values.version,
    arch: values.arch,
    cpusOnline: values.nrcpus?.online,
    cpusAvailable: values.nrcpus?.available,
    cpuDescription: values.cpudesc,
    cpuId: values.cpuid,
    totalMemoryKib: values.totalMem === undefined ? undefined : Number(values.totalMem),
    cmdline: values.cmdline?.join(" "),
    dataOffset: pipe ? 0 : data.offset,
    dataSize: data.size,
    events: file.events.map(({ name, attr, ids }) => ({
      name: name ?? "",
      sampleType: bitNames(SAMPLE_BITS, attr.sampleType),
      readFormat: bitNames(READ_BITS, attr.readFormat),
      ids: ids.length === 0 ? undefined : [...ids].map(Number),
    })),
  };
}

function bitNames(bits: readonly [string, number][], value: bigint): string | undefined {
  const names = bits.filter(([, bit]) => value & BigInt(bit)).map(([name]) => name);
  return names.length === 0 ? undefined : names.join("|");
}
