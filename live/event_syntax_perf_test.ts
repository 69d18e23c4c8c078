import { assert, assertEquals } from "@std/assert";
import { ReadFormat, SampleType } from "../parsers/perf/abi.ts";
import { oracleTest } from "../testing/corpus.ts";
import { parseEvents } from "./event_syntax.ts";
import type { ParsedEvent } from "./parsed_event.ts";
import { kernelFiles } from "./system_files.ts";

/** What perf prints of an attribute, as far as the text of an event decides it; 0 is not printed. */
const FIELDS = [
  "type",
  "config",
  "exclude_user",
  "exclude_kernel",
  "exclude_hv",
  "exclude_host",
  "exclude_guest",
  "exclude_idle",
  "pinned",
  "exclusive",
  "precise_ip",
  "bp_type",
  "{ bp_addr, config1 }",
  "{ bp_len, config2 }",
];
/** What perf record sets in addition. */
const SAMPLING = ["{ sample_period, sample_freq }", "freq", "sample_max_stack", "aux_sample_size"];
/** Texts that say how an event is sampled. */
const SAMPLED = [
  ...["cpu-clock", "cpu-clock/freq=1000/", "cpu-clock/period=10000/u", "cpu-clock:P", "cs:kP"],
  ...[
    "cpu-clock/freq=7,period=5/",
    "cpu-clock/period=5,freq=7/",
    "cycles:u",
    "dummy",
    "bpf-output",
  ],
  ...[
    "{cpu-clock,task-clock}:S",
    "{cpu-clock/period=90000/,sched:sched_switch}:S",
    "cs:S",
    "cs,faults",
  ],
  ...["{sched:sched_switch,cpu-clock}:S", "{cpu-clock,cs}", "cpu-clock/time=0/", "1:0", "r1a:k"],
  ...["cpu-clock/call-graph=fp,max-stack=5/", "cpu-clock/call-graph=no/", "software/config=10/"],
  ...["sched:sched_switch", "mem:0x1000:w", "mem:0x1000:x:u"],
];
type Fields = Record<string, bigint>;

/** Texts that perf stat accepts, or refuses only after it has printed the attribute. */
const TEXTS = [
  ...["cycles", "cpu-cycles:u", "instructions:k", "cache-references", "cache-misses", "branches"],
  ...["branch-instructions", "branch-misses", "bus-cycles", "ref-cycles", "idle-cycles-frontend"],
  ...["stalled-cycles-backend", "cpu-clock", "task-clock", "faults", "page-faults", "minor-faults"],
  ...["major-faults", "cs", "context-switches", "migrations", "cpu-migrations", "alignment-faults"],
  ...["emulation-faults", "dummy", "bpf-output", "cgroup-switches", "branch", "LLC", "LLC-loads"],
  ...["L1-dcache-load-misses", "l1d-loads-misses", "L1-data-store-misses", "L1-icache-misses"],
  ...["Data-TLB-refs", "node-prefetch-misses", "bpu-read-miss", "dTLB-speculative-read-refs"],
  ...["L1-dcache-prefetches", "iTLB-load-misses", "r1a", "r1a:u", "rABCDEF0123456789", "1:1"],
  ...["0x1:0x3", "r1a/name=x/", "cycles/config=5/", "cpu-clock//u", "cpu-clock/period=9/k"],
  ...["mem:0x1000", "mem:0x1000:u", "mem:4096/2:w", "mem:0x1000:x:k", "mem:0/1:rw", "mem:0x0:rwx"],
  ...["sched:sched_switch", "sched:sched_switch:u", "{cpu-clock,cs}:S", "{cpu-clock:u,cs}:k"],
  ...["{cpu-clock:u,cs:G,faults}:pIu", "{cpu-clock:H,cs}:uS", "cpu-clock, cs:u", "cs,{faults:k}"],
  ...["software/config=2/u", "software/config=1,config1=7/"],
  ...["u", "k", "h", "G", "H", "I", "D", "e", "p", "pp", "ppp", "S", "W", "b", "uk", "uh"].map(
    (letters) => `cpu-clock:${letters}`,
  ),
  ...["kh", "uG", "uH", "GH", "ukh", "ukhp", "upp", "Gu", "uI", "Gp", "uDe"].map(
    (letters) => `task-clock:${letters}`,
  ),
];

const REFUSED = [
  ...["cpu-clock:uu", "cpu-clock:pppp", "cpu-clock:q", "foo//", "mem:0:rr", "iTLB-store-misses"],
  ...["r0x1a", "cpu-clock cs", "sched:sched_swich", "cpu-clock/foo/", "", "cs,,cs"],
];

/** The attributes in the order in which perf opens them first. */
async function askPerf(
  args: readonly string[],
): Promise<
  { ok: boolean; attrs: Fields[]; words: { sampleType: string[]; readFormat: string[] }[] }
> {
  const { stdout, stderr } = await new Deno.Command("perf", { args: [...args, "true"] }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  const blocks = text.split(/^perf_event_attr:\n/m).slice(1);
  const attrs = blocks.map((block) => {
    const lines = block.slice(0, block.indexOf("\n---")).split("\n");
    return Object.fromEntries(lines.flatMap((line): [string, bigint][] => {
      const [, name = "", value] = line.match(/^ {2}(\S.*?)\s{2,}(?:\d+ \()?(0x[\da-f]+|\d+)\b/) ??
        [];
      return value === undefined ? [] : [[name, BigInt(value)]];
    }));
  });
  const bits = (block: string, name: string) =>
    new RegExp(`^ {2}${name} +(\\S+)$`, "m").exec(block)?.[1]?.split("|").sort() ?? [];
  const words = blocks.map((block) => ({
    sampleType: bits(block, "sample_type"),
    readFormat: bits(block, "read_format"),
  }));
  return { ok: !/syntax error|Usage:|invalid or unsupported event/i.test(text), attrs, words };
}

function fieldsOf({ attr }: ParsedEvent, names = FIELDS): Fields {
  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const fields: Fields = {
    type: BigInt(attr.type ?? 0),
    config: attr.config ?? 0n,
    "precise_ip": BigInt(attr.preciseIp ?? 0),
    "bp_type": BigInt(attr.bpType ?? 0),
    "{ bp_addr, config1 }": attr.config1 ?? 0n,
    "{ bp_len, config2 }": attr.config2 ?? 0n,
    "{ sample_period, sample_freq }": attr.samplePeriod ?? 0n,
    "sample_max_stack": BigInt(attr.sampleMaxStack ?? 0),
    "aux_sample_size": BigInt(attr.auxSampleSize ?? 0),
  };
  for (const flag of attr.flags ?? []) fields[snake(flag)] = 1n;
  return pick(fields, names);
}

/** The fields of interest that are not 0. */
function pick(fields: Fields, names = FIELDS): Fields {
  return Object.fromEntries(
    names.flatMap((name) => fields[name] ? [[name, fields[name]]] : []),
  );
}

oracleTest(
  "parseEvents() opens what perf opens for the same text",
  ["perf", "perf events"],
  async () => {
    for (const text of TEXTS) {
      const { ok, attrs } = await askPerf(["stat", "-vv", "-e", text]);
      assert(ok, `perf refuses ${text}`);
      const events = parseEvents(text, kernelFiles);
      const opened = attrs.slice(0, events.length).map((attr) => pick(attr));
      assertEquals([text, events.map((event) => fieldsOf(event))], [text, opened]);
    }
  },
);

oracleTest("parseEvents() refuses what perf refuses", ["perf", "perf events"], async () => {
  for (const text of REFUSED) {
    let refused = false;
    try {
      parseEvents(text, kernelFiles);
    } catch {
      refused = true;
    }
    const { attrs } = await askPerf(["stat", "-vv", "-e", text]);
    assertEquals([text, refused, attrs.length], [text, true, 0]);
  }
});

/** Bits by their names in perf's output, where `ID` does what `IDENTIFIER` does. */
function bitNames(bits: bigint | number, names: Readonly<Record<string, number>>): string[] {
  return Object.entries(names).filter(([, bit]) => (Number(bits) & bit) !== 0)
    .map(([name]) => name === "Identifier" ? "ID" : name.toUpperCase()).sort();
}

oracleTest("parseEvents() samples as perf record does", ["perf", "perf events"], async () => {
  const output = await Deno.makeTempFile();
  for (const text of SAMPLED) {
    const args = ["record", "--no-buildid", "-vv", "-o", output, "-e", text];
    const { attrs, words } = await askPerf(args);
    for (const [index, event] of parseEvents(text, kernelFiles).entries()) {
      const names = [...FIELDS, ...SAMPLING];
      const { sampleType = 0, readFormat = 0 } = event.attr;
      assertEquals([text, index, fieldsOf(event, names)], [
        text,
        index,
        pick(attrs[index]!, names),
      ]);
      assertEquals([text, index, bitNames(sampleType, SampleType)], [
        text,
        index,
        words[index]!.sampleType,
      ]);
      // LOST came with Linux 6.0, and counts in a read of the file only.
      const readNames = words[index]!.readFormat.filter((name) => name !== "LOST");
      assertEquals([text, index, bitNames(readFormat, ReadFormat)], [text, index, readNames]);
    }
  }
  await Deno.remove(output);
});

oracleTest("parseEvents() names events as perf does", ["perf", "perf events"], async () => {
  const texts = ["cpu-clock:u", "faults", "sched:sched_switch:u", "cs/name=foo,period=5/u", "1:1"];
  const text = [...texts, "cpu-clock/freq=100/u", "mem:0x1000:w", "{cs,cpu-clock:u}:k"].join(",");
  const folder = await Deno.makeTempDir();
  const path = `${folder}/perf.data`;
  await askPerf(["record", "--no-buildid", "-o", path, "-e", text]);
  const { stdout } = await new Deno.Command("perf", { args: ["evlist", "-i", path] }).output();
  await Deno.remove(folder, { recursive: true });
  const names = new TextDecoder().decode(stdout).trim().split("\n");
  assertEquals(
    parseEvents(text, kernelFiles).map(({ name }) => name),
    names.filter((name) => !name.startsWith("#")),
  );
});
