import { assertEquals } from "@std/assert";
import { nodeZstd } from "../../system/mod.ts";
import {
  bytesSource,
  FormatError,
  openPerfFile,
  parsePerfFile,
  parsePerfStream,
  type PerfFile,
  type PerfRecord,
  recordTypeName,
  type SampleRecord,
} from "../../mod.ts";
import type { Mmap2Record } from "./mod.ts";
import { assertEach } from "../../testing/assert_each.ts";
import { fixtureNames, fixturePath } from "../../testing/corpus.ts";
import { type HeaderFacts, parsedFacts } from "../../testing/header_facts.ts";
import { FIRST_COUNTER, SCHEDSTAT_TIMES } from "../../testing/schedstat.ts";
import { sequentialSource } from "../sequential_source.ts";

interface Expected {
  readonly records: Record<string, number>;
  readonly header: Partial<HeaderFacts>;
  readonly wholeRecordsEnd?: number;
  readonly rest?: number;
}

Deno.test("recordCursor() counts the records of every fixture as perf does", async () => {
  await assertEach(recordings(), ({ name, path, expected }) => {
    using file = openPerfFile(path);
    const cursor = file.recordCursor();
    const counts: Record<string, number> = {};
    while (cursor.next()) {
      const type = recordTypeName(cursor.type);
      counts[type] = (counts[type] ?? 0) + 1;
    }
    assertEquals([name, counts], [name, expected.records]);
    const cut = expected.rest ? expected.wholeRecordsEnd : undefined;
    assertEquals([name, cursor.cut?.detail.offset], [name, cut]);
  });
});

Deno.test("features() and events say of every fixture what perf says", async () => {
  await assertEach(recordings(), ({ name, path, expected }) => {
    using file = openPerfFile(path);
    const { missingFeatures, events, ...facts } = expected.header;
    const parsed = parsedFacts(file);
    for (const [key, value] of Object.entries(facts)) {
      assertEquals([name, key, parsed[key as keyof typeof parsed]], [name, key, value]);
    }
    assertEquals([name, parsed.events.length], [name, events?.length]);
    for (const [index, event] of (events ?? []).entries()) {
      assertEquals([name, { ...parsed.events[index], ...event }], [name, parsed.events[index]]);
    }
    for (const section of missingFeatures ?? []) {
      const key = camelCase(section);
      assertEquals([name, section, key in file.features().values], [name, section, false]);
    }
  });
});

Deno.test("records() gives the samples that perf script prints", async () => {
  const names = fixtureNames(".script.txt");
  assertEquals(names.length, 3);
  await assertEach(names.map((name) => ({ name })), ({ name }) => {
    using file = openPerfFile(fixturePath(name.replace(".script.txt", ".perf.data")));
    const records = [...file.records({ order: "time" })];
    const samples = records.filter((record) => record.type === "sample");
    const maps = records.filter((record) => record.type === "mmap2");
    const printed = Deno.readTextFileSync(fixturePath(name)).trimEnd()
      .split(/\n+(?= *\S+ +\d+\/)/);
    assertEquals(
      samples.map((sample) => scriptFields(sample, maps)),
      printed.map(parseScript),
    );
  });
});

Deno.test("records() gives the counters of the /proc/schedstat that perf recorded", () => {
  using file = openPerfFile(fixturePath("perf_schedstat_new.perf.data"));
  const records = [...file.records()].filter((record) =>
    record.type === "schedstat_cpu" || record.type === "schedstat_domain"
  );
  const seen = records.map((record) => [
    Number(record.timestamp),
    record.cpu,
    "domain" in record ? record.domain : null,
    record.counters.length,
  ]);
  const once = (look: number) =>
    [0, 1].flatMap((cpu) => [
      [SCHEDSTAT_TIMES[look], cpu, null, 9],
      [SCHEDSTAT_TIMES[look], cpu, 0, 45],
      [SCHEDSTAT_TIMES[look], cpu, 1, 45],
    ]);
  assertEquals(seen, [...once(0), ...once(1)]);
  const values = records.flatMap(({ counters }) => counters.map(({ value }) => Number(value)));
  const half = values.length / 2;
  const expected = (_: number, n: number) => n < half ? 0 : FIRST_COUNTER + n - half;
  assertEquals(values, values.map(expected));
});

Deno.test("features() has the sections that only newer perfs write", () => {
  using file = openPerfFile(fixturePath("perf_latency_new.perf.data"));
  const { cpuDomainInfo, eMachine, clnSize } = file.features().values;
  const domains = ["MC", "PKG"].map((name, domain) => {
    return { domain, name, cpuMask: "3", cpuList: "0-1" };
  });
  assertEquals(cpuDomainInfo, {
    schedstatVersion: 17,
    maxDomains: 2,
    cpus: [{ cpu: 0, domains }, { cpu: 1, domains }],
  });
  assertEquals([eMachine, clnSize], [{ machine: 62, flags: 0 }, 64]);
});

Deno.test("every kind of source gives the same records", async () => {
  const fixtures = fixtureNames(".perf.data").map((name) => ({ name }));
  await assertEach(fixtures, async ({ name }) => {
    const bytes = Deno.readFileSync(fixturePath(name));
    using file = openPerfFile(fixturePath(name));
    const expected = drain(file);
    assertEquals(drain(parsePerfFile(bytesSource(bytes), { zstd: nodeZstd })), expected, name);
    for (const size of [1, 7, 4096]) {
      const source = sequentialSource(pieces(bytes, size));
      const records = drain(parsePerfFile(source, { zstd: nodeZstd }));
      assertEquals(records, expected, `${name} in pieces of ${size}`);
      const streamed = await drainStream(bytes, size);
      assertEquals(streamed, expected, `${name} in chunks of ${size}`);
    }
  });
});

Deno.test("records() gives the same values in order of time, each once", async () => {
  await assertEach(fixtureNames(".perf.data").map((name) => ({ name })), ({ name }) => {
    using file = openPerfFile(fixturePath(name));
    const inTime: string[] = [];
    try {
      for (const record of file.records({ order: "time" })) inTime.push(text(record));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      inTime.push(error.message);
    }
    assertEquals(inTime.sort(), drain(file).sort(), name);
  });
});

function* recordings(): Generator<{ name: string; path: string; expected: Expected }> {
  for (const name of fixtureNames(".records.json")) {
    const base = name.replace(".records.json", "");
    const kind = fixtureNames(`${base}.perf.dir`).length > 0 ? "dir" : "data";
    const expected: Expected = JSON.parse(Deno.readTextFileSync(fixturePath(name)));
    yield { name: base, path: fixturePath(`${base}.perf.${kind}`), expected };
  }
}

/** All records as text, and the error that ended them. */
function drain(file: PerfFile): string[] {
  const lines: string[] = [];
  try {
    for (const record of file.records()) lines.push(text(record));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    lines.push(error.message);
  }
  return lines;
}

async function drainStream(bytes: Uint8Array, size: number): Promise<string[]> {
  const lines: string[] = [];
  try {
    const { records } = await parsePerfStream(chunks(bytes, size), { zstd: nodeZstd });
    for await (const record of records()) lines.push(text(record));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    lines.push(error.message);
  }
  return lines;
}

function text(record: PerfRecord): string {
  return JSON.stringify(
    record,
    (key, value) =>
      key === "event" // by its number: over a stream, the names in a file come after the records
        ? value?.index
        : typeof value === "bigint"
        ? `${value}`
        : value instanceof BigUint64Array || value instanceof Uint8Array
        ? value.join()
        : value,
  );
}

function pieces(bytes: Uint8Array, size: number): (into: Uint8Array) => number | null {
  let at = 0;
  return (into) => {
    const part = bytes.subarray(at, at + Math.min(size, into.length));
    into.set(part);
    at += part.length;
    return part.length || null;
  };
}

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await bytes.subarray(at, at + size);
}

/** What one entry of `perf script` says: the line, then the addresses or the tracepoint's fields. */
function parseScript(entry: string): unknown {
  const match = /^\s*\S+\s+(\d+)\/(\d+)\s+(?:\[(\d+)\]\s+)?(\d+)\.(\d{9}):\s+(\d+) (\S+): *(.*)/s
    .exec(entry)!;
  const [, pid, tid, cpu, seconds, ns, period, event, rest] = match;
  return {
    pid: Number(pid),
    tid: Number(tid),
    cpu: cpu === undefined ? null : Number(cpu),
    timeNs: BigInt(`${seconds}${ns}`),
    period: BigInt(period!),
    event,
    rest: rest!.trim().split(/\s*\n\s*/),
  };
}

const FIRST_CONTEXT = 2n ** 64n - 4095n;

function scriptFields(sample: SampleRecord, maps: Mmap2Record[]): unknown {
  const { pid, tid, cpu, timeNs, period, ip, callchain, raw, event: { name: event } } = sample;
  const chain = callchain && [...callchain].filter((address) => address < FIRST_CONTEXT)
    .map((address) => inFile(address, maps));
  const rest = raw ? [sysEnter(raw)] : (chain ?? [ip ?? 0n]).map((address) => address.toString(16));
  const cpuKnown = callchain !== undefined || raw !== undefined;
  return { pid, tid, cpu: cpuKnown ? cpu : null, timeNs, period, event, rest };
}

/** Perf prints the frames of a callchain as positions in the files that are mapped there. */
function inFile(address: bigint, maps: Mmap2Record[]): bigint {
  const map = maps.find(({ addr, len }) => addr <= address && address < addr + len);
  return map === undefined ? address : address - map.addr + map.pgoff;
}

/** The fields of raw_syscalls:sys_enter, which follow 8 bytes that all tracepoints have. */
function sysEnter(raw: Uint8Array): string {
  const words = new BigUint64Array(raw.slice(8, 64).buffer);
  return `NR ${words[0]} (${[...words.subarray(1)].map((word) => word.toString(16)).join(", ")})`;
}

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
