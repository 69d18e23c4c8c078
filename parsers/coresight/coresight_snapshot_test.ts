import { assert, assertEquals } from "@std/assert";
import type { CoresightCpu } from "../perf/mod.ts";
import { traceUnit } from "../../testing/every_etm_packet.ts";
import { coresightSnapshot } from "./coresight_snapshot.ts";

const registers = { TRCCONFIGR: 0x40, TRCIDR0: 0x28000ea1, TRCIDR1: 0x4100f423, TS_SOURCE: 1 };

Deno.test("coresightSnapshot() ties the units of a sink to each buffer", () => {
  const cpus = [
    traceUnit("etmv4", registers, 0x10),
    traceUnit("ete", { ...registers, TRCDEVARCH: 0x47725a13 }, 0x11),
  ];
  const hwIds = new Map([[0, { traceId: 0x21, sinkId: null }], [1, {
    traceId: 0x22,
    sinkId: null,
  }]]);
  const files = coresightSnapshot({ info: { cpus }, hwIds }, [
    { name: "cpu0.bin", cpu: 0, raw: false },
    { name: "cpu1.bin", cpu: 1, raw: true },
  ]);
  assertEquals(files.map(({ name }) => name), [
    "snapshot.ini",
    "trace.ini",
    "cpu_0_0.ini",
    "etm_0_0.ini",
    "cpu_1_0.ini",
    "etm_1_0.ini",
    "cpu_1_1.ini",
    "etm_1_1.ini",
  ]);
  const text = (name: string) => files.find((file) => file.name === name)?.text;
  assertEquals(
    text("snapshot.ini"),
    `[snapshot]
version=1.0

[device_list]
device0=cpu_0_0.ini
device1=etm_0_0.ini
device2=cpu_1_0.ini
device3=etm_1_0.ini
device4=cpu_1_1.ini
device5=etm_1_1.ini

[trace]
metadata=trace.ini
`,
  );
  assertEquals(
    text("trace.ini"),
    `[trace_buffers]
buffers=buffer0,buffer1

[buffer0]
name=BUFFER_0
file=cpu0.bin
format=coresight

[buffer1]
name=BUFFER_1
file=cpu1.bin
format=source_data

[core_trace_sources]
cpu_0_0=etm_0_0
cpu_1_0=etm_1_0
cpu_1_1=etm_1_1

[source_buffers]
etm_0_0=BUFFER_0
etm_1_0=BUFFER_0
etm_1_1=BUFFER_1
`,
  );
  assertEquals(text("cpu_1_1.ini"), "[device]\nname=cpu_1_1\nclass=core\ntype=ARM-aa64\n");
  assertEquals(
    text("etm_0_0.ini"),
    `[device]
name=etm_0_0
class=trace_source
type=ETM4

[regs]
TRCCONFIGR(0x004)=0x40
TRCIDR0(0x078)=0x28000ea1
TRCIDR1(0x079)=0x4100f423
TRCTRACEIDR(0x010)=0x21
TRCAUTHSTATUS(0x3ee)=0xcc
`,
  );
});

Deno.test("coresightSnapshot() leaves out the units of other sinks", () => {
  const cpus = [traceUnit("etmv4", registers, 0x10), traceUnit("etmv4", registers, 0x11)];
  const hwIds = new Map([[0, { traceId: 0x10, sinkId: 1 }], [1, { traceId: 0x10, sinkId: 2 }]]);
  const files = coresightSnapshot({ info: { cpus }, hwIds }, [{ name: "a", cpu: 1, raw: false }]);
  assertEquals(files.map(({ name }) => name).slice(2), ["cpu_1_0.ini", "etm_1_0.ini"]);
});

Deno.test("coresightSnapshot() describes ETMv3 and PTM, and leaves out unknown units", () => {
  const unit = (cpu: number, kind: "etmv3" | "ptm") => {
    const params = ["ETMCR", "ETMTRACEIDR", "ETMCCER", "ETMIDR"].map((name) => {
      return { name, value: BigInt(0x10 + cpu) };
    });
    return { cpu, kind, magic: 0x3030303030303030n, traceId: 0x10 + cpu, params } as const;
  };
  const bare = { cpu: 2, kind: "etmv3", magic: 0n, traceId: 0x12, params: [] } as const;
  const unknown = { cpu: 9, kind: "unknown", magic: 1n, traceId: 0x19, params: [] } as const;
  const info = { cpus: [unit(0, "etmv3"), unit(1, "ptm"), bare, unknown] };
  const payloads = [{ name: "a", cpu: 0, raw: false }];
  const files = coresightSnapshot({ info, hwIds: new Map() }, payloads);
  const text = (name: string) => files.find((file) => file.name === name)?.text ?? "";
  assert(text("etm_0_0.ini").includes("type=ETM3.5\n\n[regs]\nETMCR(0x000)=0x10\n"));
  assert(text("etm_1_0.ini").includes("type=PTM1.1\n\n[regs]\nETMCR(0x000)=0x11\n"));
  assert(text("etm_2_0.ini").includes("type=ETM3.5\n"));
  assertEquals(files.length, 8);
});

// Offsets in bytes of the Arm ETM architecture specifications (IHI 0014, IHI 0064), in words.
Deno.test("coresightSnapshot() numbers the registers that OpenCSD reads", () => {
  const numbers = {
    etmv4: [
      ["TRCCONFIGR", 0x010 / 4],
      ["TRCTRACEIDR", 0x040 / 4],
      ["TRCIDR8", 0x180 / 4],
      ["TRCIDR0", 0x1e0 / 4],
      ["TRCIDR1", 0x1e4 / 4],
      ["TRCIDR2", 0x1e8 / 4],
      ["TRCAUTHSTATUS", 0xfb8 / 4],
      ["TRCDEVARCH", 0xfbc / 4],
    ],
    etmv3: [
      ["ETMCR", 0x000 / 4],
      ["ETMIDR", 0x1e4 / 4],
      ["ETMCCER", 0x1e8 / 4],
      ["ETMTRACEIDR", 0x200 / 4],
    ],
  } as const;
  for (const kind of ["etmv4", "etmv3"] as const) {
    const params = numbers[kind].map(([name]) => ({ name, value: 0x10n }));
    const all = [...params, { name: "OTHER", value: 1n }];
    const cpu: CoresightCpu = { cpu: 3, kind, magic: 0n, traceId: 0x10, params: all };
    const files = coresightSnapshot({ info: { cpus: [cpu] }, hwIds: new Map() }, [
      { name: "a", cpu: 3, raw: true },
    ]);
    const text = files.find(({ name }) => name === "etm_3_0.ini")!.text;
    assertEquals(
      text.split("[regs]\n")[1],
      numbers[kind].map(([name, at]) => `${name}(0x${`00${at.toString(16)}`.slice(-3)})=0x10\n`)
        .join(""),
    );
  }
});
