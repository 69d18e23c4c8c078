import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { checkFile, openPerfFile, type PerfFile, type PerfRecord } from "../mod.ts";
import { assertEach } from "./assert_each.ts";
import { recordCounts, sorted } from "./perf_disagreements.ts";
import { perfDump } from "./perf_dump.ts";
import { isAtLeast, type PerfProgram } from "./perf_programs.ts";
import { run } from "./run_program.ts";

/** A way in which perf records. */
export interface PerfMode {
  readonly name: string;
  /** Shell command; `$OUT` is the recording, `$PERF` the perf. */
  readonly command: string;
  /** The oldest perf that can do it; the kernel may be too old all the same. */
  readonly since?: string;
  /** What perf says of its own recording from a version on, although it is whole. */
  readonly refusal?: { readonly since: string; readonly message: RegExp };
  /** Whether neither perf nor auxtail can read later files with compressed records. */
  readonly startsOnce?: boolean;
}

/** Shell variables of the commands. */
const VARIABLES = `
QUIET="--no-buildid --no-buildid-cache"
SPIN='i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done'
MANY="-F 5000 -m 1 -e cpu-clock"
FEW="-F 499 -e cpu-clock"
`;

/** Modes in which a stream is compressed, or written to several places or at once. */
export const STREAM_MODES: readonly PerfMode[] = [
  { name: "-z", command: `$PERF record $QUIET $MANY -z -o $OUT -- sh -c "$SPIN"` },
  { name: "--aio", command: `$PERF record $QUIET $MANY --aio -o $OUT -- sh -c "$SPIN"` },
  { name: "--aio -z", command: `$PERF record $QUIET $MANY --aio -z -o $OUT -- sh -c "$SPIN"` },
  {
    name: "--threads -z",
    command: `$PERF record $QUIET $MANY --threads -z -o $OUT -- sh -c "($SPIN) & $SPIN; wait"`,
  },
  {
    name: "--switch-output -z",
    command:
      `$PERF record $QUIET $MANY -z --switch-output=4K -o $OUT -- sh -c "$SPIN; $SPIN; $SPIN"`,
    startsOnce: true,
  },
  { name: "pipe", command: `$PERF record $QUIET $FEW -o - -- sh -c "$SPIN" > $OUT` },
  { name: "pipe -z", command: `$PERF record $QUIET $MANY -z -o - -- sh -c "$SPIN" > $OUT` },
];

/** All modes that this machine can record in. */
export const PERF_MODES: readonly PerfMode[] = [
  ...STREAM_MODES,
  { name: "plain", command: `$PERF record $QUIET $FEW -o $OUT -- sh -c "$SPIN"` },
  {
    name: "--aio=3 -z",
    command: `$PERF record $QUIET $MANY --aio=3 -z -o $OUT -- sh -c "$SPIN; $SPIN"`,
  },
  {
    name: "--threads",
    command: `$PERF record $QUIET $FEW --threads -o $OUT -- sh -c "($SPIN) & $SPIN; wait"`,
  },
  {
    name: "--switch-output",
    command: `$PERF record $QUIET $MANY --switch-output=8K -o $OUT -- sh -c "$SPIN; $SPIN; $SPIN"`,
  },
  // Where perf is built without BPF, as Debian's is, it only says that it ignores the option.
  {
    name: "--off-cpu",
    command: `$PERF record $QUIET $FEW --off-cpu -o $OUT -- sh -c "$SPIN; sleep 0.02"`,
  },
  // Deferred only by kernels from 6.19 on; before, perf records user callchains at once.
  {
    name: "--call-graph fp,defer",
    command: `$PERF record $QUIET $FEW --call-graph fp,defer -o $OUT -- sh -c "$SPIN"`,
    since: "7.0",
  },
  {
    name: "--call-graph dwarf",
    command: `$PERF record $QUIET $FEW --call-graph dwarf,256 -o $OUT -- sh -c "$SPIN"`,
  },
  {
    name: "--latency",
    command: `$PERF record $QUIET $FEW --latency -o $OUT -- sh -c "$SPIN"`,
    since: "6.15",
  },
  {
    name: "--overwrite",
    command: `$PERF record $QUIET $MANY --overwrite --tail-synthesize -o $OUT -- sh -c "$SPIN"`,
  },
  {
    name: "tracepoints",
    command: `$PERF record $QUIET -e raw_syscalls:sys_enter -o $OUT -- sleep 0.01`,
  },
  {
    name: "tracepoints in a pipe",
    command: `$PERF record $QUIET -e raw_syscalls:sys_enter -o - -- sleep 0.01 > $OUT`,
  },
  { name: "trace", command: `$PERF trace record -o $OUT -- sleep 0.01` },
  { name: "sched", command: `$PERF sched record -o $OUT -- sleep 0.01` },
  { name: "lock", command: `$PERF lock record -o $OUT -- sleep 0.01` },
  { name: "kmem", command: `$PERF kmem record -o $OUT -- sleep 0.01` },
  {
    name: "stat",
    command: `$PERF stat record -I 10 -e cpu-clock,page-faults -o $OUT -- sh -c "$SPIN"`,
    // It writes an empty COMPRESSED section, and refuses files with one.
    refusal: { since: "7.0", message: /^Invalid HEADER_COMPRESSED: comp_mmap_len \(0\)/ },
  },
  {
    name: "stat in a pipe",
    command: `$PERF stat record -e cpu-clock,page-faults -o - -- sh -c "$SPIN" > $OUT`,
  },
  {
    name: "a group's values",
    command: `$PERF record $QUIET -F 499 -e '{cpu-clock,page-faults}:S' -o $OUT -- sh -c "$SPIN"`,
  },
  {
    name: "registers",
    command: `$PERF record $QUIET $FEW -I --user-regs=ax,ip,sp -o $OUT -- sh -c "$SPIN"`,
  },
  {
    name: "addresses",
    command: `$PERF record $QUIET -c 3 -d -W --phys-data --data-page-size --code-page-size ` +
      `-e page-faults -o $OUT -- sh -c :`,
  },
  {
    name: "namespaces, cgroups, switches",
    command: `$PERF record $QUIET -F 499 --namespaces --all-cgroups --switch-events -s ` +
      `-e cpu-clock,page-faults -o $OUT -- sh -c "($SPIN) & $SPIN; wait"`,
  },
  { name: "-a", command: `$PERF record $QUIET -F 99 -a -e cpu-clock -o $OUT -- sh -c "$SPIN"` },
  { name: "--buildid-mmap", command: `$PERF record $FEW --buildid-mmap -o $OUT -- sh -c "$SPIN"` },
  { name: "-k", command: `$PERF record $QUIET $FEW -k CLOCK_MONOTONIC -o $OUT -- sh -c "$SPIN"` },
  {
    name: "inject",
    command: `$PERF record $QUIET $MANY -z -o $OUT.in -- sh -c "$SPIN"; ` +
      `$PERF inject -i $OUT.in -o $OUT; rm $OUT.in`,
  },
];

/** Shell command of a recording whose compressed pushes are larger than a record, as a stream. */
export const LARGE_PUSHES: PerfMode = {
  name: "pushes of several records",
  command:
    `$PERF record $QUIET -c 10000 -m 16M --mmap-flush=4M -g -z -e cpu-clock -o - -- sh -c "$SPIN" > $OUT`,
};

/** Records in a folder of its own, and hands out the paths of what perf wrote. */
export async function withRecordings<T>(
  mode: PerfMode,
  perf: PerfProgram,
  use: (paths: readonly string[]) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    const env = { PERF: perf.path, OUT: `${folder}/out` };
    await run("sh", ["-e", "-c", `${VARIABLES}${mode.command}`], { cwd: folder, env });
    const paths = [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`);
    return await use(paths.filter((path) => !path.endsWith(".old")).sort());
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * Compares the records of a recording with those that a perf lists: how many there are of each type,
 * and of those with a time, what the dump says of them. Nothing may be wrong with the recording.
 */
export async function compareRecording(path: string, perf: PerfProgram): Promise<void> {
  const listed: string[][] = [];
  const { counts, failure } = await perfDump(path, {
    perf: perf.path,
    takeLine: (line) => {
      const [, time = "0", size, name, text = ""] = TIMED.exec(line) ?? [];
      const [, frame] = FRAME.exec(line) ?? [];
      if (name !== undefined) listed.push([time, size!, name, DETAIL.exec(text)?.[0] ?? ""]);
      else if (frame !== undefined) listed.at(-1)?.push(BigInt(`0x${frame}`).toString(16));
    },
  });
  assertEquals(failure, null);
  using file = openPerfFile(path);
  assertEquals(recordCounts(path), sorted(counts));
  const found = timedLines([...file.records()].map((record) => fieldsOf(record, file)));
  const expected = timedLines(listed);
  const others = new Set(expected);
  const ours = new Set(found);
  assertEquals(
    found.filter((line) => !others.has(line)),
    expected.filter((line) => !ours.has(line)),
  );
  assertEquals(found.length, expected.length);
  assertEquals(checkFile(file).findings, []);
}

/** Time, size and name of a record. */
const TIMED =
  /^(?:(?:\d+|-1) )?(\d+) (?:0x[0-9a-f]+|0) \[(0x[0-9a-f]+)\]: PERF_RECORD_([A-Z0-9_]+)(.*)/;
/** What is compared of the rest of the line. */
const DETAIL = /^\(IP, 0x\w+\): .*|^(?: exec)?: .*:\d+\/\d+$/;
/** An address of a callchain; newer perfs name the contexts. */
const FRAME = /^\.{5} *\d+: ([0-9a-f]{16})(?: \(.*\))?$/;

/** What is compared of a record, as one line. */
export function recordLine(record: PerfRecord, file: PerfFile): string {
  return fieldsOf(record, file).join(" ");
}

function fieldsOf(record: PerfRecord, file: PerfFile): string[] {
  const name = record.type.toUpperCase();
  const size = `0x${record.size.toString(16)}`;
  if (record.type === "sample") {
    const { misc, pid, tid, ip, period, addr, event, callchain, timeNs } = record;
    const detail = `(IP, ${hex(misc)}): ${pid}/${tid}: ${hex(ip ?? 0n)} ` +
      `period: ${period ?? file.events[event.index!]!.attr.samplePeriod} addr: ${hex(addr ?? 0n)}`;
    return [
      `${timeNs ?? 0n}`,
      size,
      name,
      detail,
      ...[...callchain ?? []].map((ip) => ip.toString(16)),
    ];
  }
  const timeNs = "sampleId" in record ? record.sampleId?.timeNs ?? 0n : 0n;
  const detail = record.type === "comm"
    ? `${record.commExec ? " exec" : ""}: ${record.comm}:${record.pid}/${record.tid}`
    : "";
  return [`${timeNs}`, size, name, detail];
}

/** As C's `%#x`. */
function hex(value: number | bigint): string {
  return Number(value) === 0 ? "0" : `0x${value.toString(16)}`;
}

function timedLines(records: readonly (readonly string[])[]): string[] {
  return records.filter(([time]) => time !== "0").map((fields) => fields.join(" ")).sort();
}

/** Whether perf cannot decompress its recording; then the finding must say why. */
async function continuesStream(path: string, perf: PerfProgram): Promise<boolean> {
  const { failure } = await perfDump(path, { perf: perf.path });
  if (failure === null) return false;
  assertMatch(failure, /Unknown frame descriptor/);
  using file = openPerfFile(path);
  const findings = checkFile(file).findings.map(({ message, cure }) => `${message} ${cure}`);
  assertEquals(findings.length, 1);
  assertMatch(findings[0]!, /a later file of perf record --switch-output -z/);
  return true;
}

/** Records in each mode with each perf that can, and compares; all that differ are named. */
export async function compareModes(
  modes: readonly PerfMode[],
  perfs: readonly PerfProgram[],
): Promise<void> {
  const tries = perfs.flatMap((perf) => modes.map((mode) => ({ mode, perf })));
  const possible = tries.filter(({ mode, perf }) => isAtLeast(perf, mode.since ?? "0.0"));
  await assertEach(
    possible.map((one) => ({ ...one, name: `perf ${one.perf.version}, ${one.mode.name}` })),
    ({ mode, perf }) =>
      withRecordings(mode, perf, async (paths) => {
        assertNotEquals(paths, []);
        for (const [index, path] of paths.entries()) {
          if (mode.startsOnce && index > 0 && await continuesStream(path, perf)) continue;
          if (mode.refusal && isAtLeast(perf, mode.refusal.since)) {
            const { failure } = await perfDump(path, { perf: perf.path });
            assertMatch(failure ?? "", mode.refusal.message);
            assertNotEquals(recordCounts(path), []);
          } else await compareRecording(path, perf);
        }
      }),
  );
}
