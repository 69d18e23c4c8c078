import * as perf from "./perf_builder.ts";

/** All bits but WEIGHT, which excludes WEIGHT_STRUCT. */
const EVERY_BIT = Object.values(perf.SampleType).reduce((sum, bit) => sum | bit, 0) &
  ~perf.SampleType.Weight;

const event: perf.EventSpec = {
  type: 1,
  name: "every",
  ids: [106n],
  sampleType: EVERY_BIT,
  readFormat: perf.ReadFormat.TotalTimeEnabled | perf.ReadFormat.TotalTimeRunning |
    perf.ReadFormat.Id |
    perf.ReadFormat.Lost,
  flags: ["sampleIdAll"],
  preciseIp: 3,
  samplePeriod: 108n,
  branchSampleType: 1n << 17n,
  sampleRegsUser: 0b11n,
  sampleRegsIntr: 0b11n,
  sampleStackUser: 24,
};

const trailer: perf.SampleIdSpec = { id: 106n, pid: 102, tid: 103, timeNs: 104n, cpu: 110 };

const mapping = {
  pid: 102,
  tid: 103,
  addr: 0x4000n,
  len: 0x2000n,
  pgoff: 0n,
  filename: "/lib/x.so",
};
const task = { pid: 102, ppid: 1, tid: 103, ptid: 1, timeNs: 104n };
const times = { timeNs: 104n, id: 106n, streamId: 107n };

/** The values of the kernel's own sample-parsing test, where it names any. */
const sampleValues: perf.SampleSpec = {
  ...trailer,
  ip: 101n,
  addr: 105n,
  streamId: 107n,
  period: 108n,
  read: { values: [{ value: 5n, id: 106n, lost: 1n }], enabled: 1n, running: 2n },
  callchain: [201n, 202n, 203n],
  raw: new Uint8Array(20),
  branches: [{ from: 211n, to: 212n, predicted: true, cycles: 213 }],
  hwIdx: 1n,
  regsUser: { abi: 2n, regs: [301n, 302n] },
  stackUser: { data: new Uint8Array(24), dynSize: 16n },
  weight: 101n,
  dataSrc: 111n,
  transaction: 112n,
  regsIntr: { abi: 2n, regs: [401n, 402n] },
  physAddr: 113n,
  cgroup: 114n,
  dataPageSize: 115n,
  codePageSize: 116n,
  aux: new Uint8Array(32),
};

/** Kernel records of an event, each with the line that perf 6.1 prints of it. */
const kernelRecords = (event: perf.EventSpec): [perf.RecordSpec, string][] => [
  [perf.mmap(mapping), "MMAP 102/103: [0x4000(0x2000) @ 0]: x /lib/x.so"],
  [
    perf.mmap2({
      ...mapping,
      prot: 5,
      flags: 2,
      file: { maj: 8, min: 1, ino: 77n, inoGeneration: 3n },
    }),
    "MMAP2 102/103: [0x4000(0x2000) @ 0 08:01 77 3]: ",
  ],
  [
    perf.mmap2({ ...mapping, prot: 5, flags: 2, file: { buildId: new Uint8Array(20).fill(0xcd) } }),
    `MMAP2 102/103: [0x4000(0x2000) @ 0 <${"cd".repeat(20)}>]: `,
  ],
  [perf.lost(106n, 7n), "LOST: id:106: lost:7"],
  [perf.comm({ pid: 102, tid: 103, comm: "work", misc: 0x2000 }), "COMM exec: work:102/103"],
  [perf.fork(task), "FORK(102:103):(1:1)"],
  [perf.throttle("throttle", times), "THROTTLE"],
  [perf.throttle("unthrottle", times), "UNTHROTTLE"],
  [
    perf.read(event, {
      pid: 102,
      tid: 103,
      values: { values: [{ value: 1n, id: 106n, lost: 4n }], enabled: 2n, running: 3n },
    }),
    "READ: 102 103 every 1",
  ],
  [perf.aux({ offset: 1n, size: 2n, flags: 9n }), "AUX offset: 0x1 size: 0x2 flags: 0x9 [T]"],
  [perf.itraceStart(102, 103), "ITRACE_START pid: 102 tid: 103"],
  [perf.lostSamples(5n), "LOST_SAMPLES: id:106: lost samples :5"],
  [perf.contextSwitch(0x2000), "SWITCH OUT"],
  [
    perf.contextSwitchCpuWide(0, { nextPrevPid: 5, nextPrevTid: 6 }),
    "SWITCH_CPU_WIDE IN           prev pid/tid:     5/6",
  ],
  [
    perf.namespaces({ pid: 102, tid: 103, links: [{ dev: 1n, ino: 2n }] }),
    "NAMESPACES 102/103 - nr_namespaces: 1",
  ],
  [perf.cgroup(77n, "/a/b"), "CGROUP cgroup: 77 /a/b"],
  [
    perf.textPoke({ addr: 0x20n, before: new Uint8Array(5), after: new Uint8Array(5).fill(0x90) }),
    "TEXT_POKE 20  old len 5 new len 5",
  ],
  [perf.auxOutputHwId(3n), "AUX_OUTPUT_HW_ID hw_id: 0x3"],
  [
    perf.sample(event, sampleValues),
    "SAMPLE(IP, 0x2): 102/103: 0x65 period: 108 addr: 0x69",
  ],
  [perf.exit(task), "EXIT(102:103):(1:1)"],
];

/** Kernel records whose fields perf 6.1 does not swap. */
const unswappedRecords: readonly [perf.RecordSpec, string][] = [
  [
    perf.ksymbol({ addr: 0x10n, len: 8, ksymType: 1, flags: 0, name: "bpf_x" }),
    "KSYMBOL addr 10 len 8 type 1 flags 0x0 name bpf_x",
  ],
  [
    perf.bpfEvent({ type: 1, flags: 0, id: 12, tag: new Uint8Array(8) }),
    "BPF_EVENT type 1, flags 0, id 12",
  ],
];

/** Records that perf 6.1 does not print, or has no name for. */
const otherRecords: readonly perf.RecordSpec[] = [
  perf.callchainDeferred(1n, [201n, 202n]),
  { type: 60, body: (out) => out.zeros(8) },
  perf.headerAttr(event),
  perf.headerEventType(3n, "cycles"),
  perf.tracingData(new Uint8Array(8)),
  perf.headerFeature(perf.cmdline(["perf", "record"])),
  perf.intelPtInfo(),
  perf.auxtrace({ idx: 0, cpu: 110, tid: 103, offset: 0n, payload: new Uint8Array(8) }),
  perf.finishedRound,
  perf.finishedInit,
  perf.compressed(new Uint8Array(16)),
  perf.compressed2(new Uint8Array(16)),
  perf.bpfMetadata("prog", [{ key: "key", value: "value" }]),
  perf.schedstat({ timestamp: 1n, cpu: 3, version: 17, body: (out) => out.zeros(48) }),
  perf.schedstat({ timestamp: 1n, cpu: 3, version: 15, domain: 1, body: (out) => out.zeros(160) }),
];

/** A record of every type, as an event with such attributes writes it. */
export function everyRecordOf(event: perf.EventSpec): perf.RecordSpec[] {
  const printed = [...toolRecords, ...kernelRecords(event), ...unswappedRecords];
  return [...printed.map(([record]) => record), ...otherRecords];
}

const toolRecords: readonly [perf.RecordSpec, string][] = [
  [perf.timeConv({ shift: 1n, mult: 2n, zero: 3n }), "TIME_CONV"],
  [perf.idIndex([{ id: 106n, idx: 0n, cpu: 110n, tid: -1n }]), "ID_INDEX nr: 1"],
  [perf.threadMap([{ tid: 103n, comm: "work" }]), "THREAD_MAP nr: 1 thread: 103"],
  [perf.cpuMap({ cpus: [1, 256] }), "CPU_MAP: 1,256"],
  [perf.cpuMap({ mask: [5n], longSize: 4 }), "CPU_MAP: 0,2"],
  [perf.cpuMap({ start: 1, end: 256 }), "CPU_MAP: 1-256"],
  [perf.statConfig([{ tag: 1n, value: 100n }]), "STAT_CONFIG"],
  [perf.stat({ id: 106n, cpu: 0, thread: 0, value: 1n, ena: 2n, run: 3n }), "STAT\n"],
  [perf.statRound("final", 9n), "STAT_ROUND"],
  [perf.eventUpdate(106n, { unit: "KRAVA" }), "EVENT_UPDATE"],
  [
    perf.headerBuildId({ pid: 102, buildId: new Uint8Array(20).fill(0xab), filename: "/bin/work" }),
    "BUILD_ID",
  ],
  [
    perf.auxtraceError({
      code: 5,
      cpu: 1,
      pid: 102,
      tid: 103,
      ip: 0x55n,
      timeNs: 104n,
      message: "lost sync",
    }),
    "AUXTRACE_ERROR",
  ],
];

/** What perf prints of single fields. */
const fieldLines = [
  "... unit:  KRAVA",
  "... value 1, enabled 2, running 3",
  "00000000000000d3 -> 00000000000000d4 213 cycles  P",
  "... user regs: mask 0x3 ABI 64-bit",
  "... weight: 101,0x0,0x0",
  ". data_src: 0x6f",
  ".. phys_addr: 0x71",
  ".. data page size: 115B",
  ".. code page size: 116B",
  "... transaction: 70",
  "..... id 000000000000006a, value 0000000000000005, lost 1",
];

/** A file with each kind of record that perf 6.1 prints, and what it has to print. */
export function everyRecord(
  byteOrder: "little" | "big",
): { file: Uint8Array; lines: readonly string[] } {
  const features = [...perf.usualFeatures("x86_64"), perf.eventDesc([event])];
  const file = new perf.PerfFileBuilder({ byteOrder, events: [event], features });
  const records = [...toolRecords, ...kernelRecords(event)];
  if (byteOrder === "little") records.push(...unswappedRecords);
  const lines = records.map(([record, line]) => {
    const at = file.position.toString(16);
    const size = file.encode(record, trailer).length.toString(16);
    file.add(record, trailer);
    return `0x${at} [0x${size}]: PERF_RECORD_${line}`;
  });
  return { file: file.finishedRound().bytes(), lines: [...lines, ...fieldLines] };
}
