import { assertEquals } from "@std/assert";
import * as abi from "./abi.ts";

/** `MMAP2` for `Mmap2`, `SAMPLE_ID_ALL` for `sampleIdAll`. */
function kernelName(name: string): string {
  return name.replace(/(?<=.)([A-Z])/g, "_$1").toUpperCase();
}

function namesInOrder(values: Readonly<Record<string, number>>, first: number): string {
  const names = Object.entries(values).sort(([, a], [, b]) => a - b);
  assertEquals(names.map(([, value]) => value), names.map((_, index) => first + index));
  return names.map(([name]) => kernelName(name)).join(" ");
}

/** The bits of a set in the kernel's order, which has to be one after another from bit 0 on. */
function bitsInOrder(bits: Readonly<Record<string, number>>): string {
  const positions = Object.entries(bits).map(([name, bit]) =>
    [name, 31 - Math.clz32(bit)] as const
  );
  assertEquals(positions.map(([, n]) => 2 ** n), Object.values(bits));
  return namesInOrder(Object.fromEntries(positions), 0);
}

// The lists are those of the kernel's perf_event.h and of perf's headers, read by hand.

Deno.test("RecordType has the kernel's and perf's records in their order", () => {
  const { RecordType } = abi;
  const entries = Object.entries(RecordType);
  const kernel = Object.fromEntries(entries.filter(([, type]) => type < 64));
  const tool = Object.fromEntries(entries.filter(([, type]) => type >= 64));
  assertEquals(
    namesInOrder(kernel, 1),
    "MMAP LOST COMM EXIT THROTTLE UNTHROTTLE FORK READ SAMPLE MMAP2 AUX ITRACE_START " +
      "LOST_SAMPLES SWITCH SWITCH_CPU_WIDE NAMESPACES KSYMBOL BPF_EVENT CGROUP TEXT_POKE " +
      "AUX_OUTPUT_HW_ID CALLCHAIN_DEFERRED",
  );
  assertEquals(
    namesInOrder(tool, 64),
    "HEADER_ATTR HEADER_EVENT_TYPE HEADER_TRACING_DATA HEADER_BUILD_ID FINISHED_ROUND ID_INDEX " +
      "AUXTRACE_INFO AUXTRACE AUXTRACE_ERROR THREAD_MAP CPU_MAP STAT_CONFIG STAT STAT_ROUND " +
      "EVENT_UPDATE TIME_CONV HEADER_FEATURE COMPRESSED FINISHED_INIT COMPRESSED2 BPF_METADATA " +
      "SCHEDSTAT_CPU SCHEDSTAT_DOMAIN",
  );
});

Deno.test("SampleType and ReadFormat have the kernel's bits in their order", () => {
  assertEquals(
    bitsInOrder(abi.SampleType),
    "IP TID TIME ADDR READ CALLCHAIN ID CPU PERIOD STREAM_ID RAW BRANCH_STACK REGS_USER " +
      "STACK_USER WEIGHT DATA_SRC IDENTIFIER TRANSACTION REGS_INTR PHYS_ADDR AUX CGROUP " +
      "DATA_PAGE_SIZE CODE_PAGE_SIZE WEIGHT_STRUCT",
  );
  assertEquals(
    bitsInOrder(abi.ReadFormat),
    "TOTAL_TIME_ENABLED TOTAL_TIME_RUNNING ID GROUP LOST",
  );
});

Deno.test("AttrFlag leaves room for precise_ip, two bits from 15 on", () => {
  const positions: Record<string, number> = { ...abi.AttrFlag, preciseIp: 15, preciseIpHigh: 16 };
  assertEquals(
    namesInOrder(positions, 0),
    "DISABLED INHERIT PINNED EXCLUSIVE EXCLUDE_USER EXCLUDE_KERNEL EXCLUDE_HV EXCLUDE_IDLE MMAP " +
      "COMM FREQ INHERIT_STAT ENABLE_ON_EXEC TASK WATERMARK PRECISE_IP PRECISE_IP_HIGH MMAP_DATA " +
      "SAMPLE_ID_ALL EXCLUDE_HOST EXCLUDE_GUEST EXCLUDE_CALLCHAIN_KERNEL EXCLUDE_CALLCHAIN_USER " +
      "MMAP2 COMM_EXEC USE_CLOCKID CONTEXT_SWITCH WRITE_BACKWARD NAMESPACES KSYMBOL BPF_EVENT " +
      "AUX_OUTPUT CGROUP TEXT_POKE BUILD_ID INHERIT_THREAD REMOVE_ON_EXEC SIGTRAP " +
      "DEFER_CALLCHAIN DEFER_OUTPUT",
  );
});

Deno.test("AuxtraceType and CpuMode are in their order", () => {
  assertEquals(
    namesInOrder(abi.AuxtraceType, 0),
    "UNKNOWN INTEL_PT INTEL_BTS CS_ETM ARM_SPE S390_CPUMSF HISI_PTT VPA_DTL",
  );
  assertEquals(
    namesInOrder(abi.CpuMode, 0),
    "UNKNOWN KERNEL USER HYPERVISOR GUEST_KERNEL GUEST_USER",
  );
});

const HEADER = "/usr/include/linux/perf_event.h";

Deno.test({
  name: "abi.ts has the numbers of this machine's perf_event.h",
  ignore: !isThere(HEADER),
  fn() {
    const text = Deno.readTextFileSync(HEADER);
    const kernel = new Map<string, number>();
    for (
      const [, name, value] of text.matchAll(/^\s*(?:#define )?(PERF_\w+)\s*=?\s*([^,/\n]+)/gm)
    ) {
      const [, number, shift] = /^\(?(0x[\da-f]+|\d+)U?L?L?(?: << (\d+))?\)?\s*$/i.exec(value!) ??
        [];
      if (number !== undefined) kernel.set(name!, Number(number) << Number(shift ?? 0));
    }
    let compared = 0;
    const compare = (prefix: string, values: Readonly<Record<string, number>>) => {
      for (const [name, value] of Object.entries(values)) {
        const known = kernel.get(`${prefix}${kernelName(name)}`);
        if (known === undefined) continue; // newer than the header
        assertEquals([prefix, name, value], [prefix, name, known]);
        compared++;
      }
    };
    compare("PERF_RECORD_", abi.RecordType);
    compare("PERF_RECORD_MISC_", abi.Misc);
    compare("PERF_RECORD_MISC_", abi.CpuMode);
    compare("PERF_SAMPLE_", abi.SampleType);
    compare("PERF_FORMAT_", abi.ReadFormat);
    compare("PERF_AUX_FLAG_", abi.AuxFlag);
    compare("PERF_ATTR_SIZE_", { Ver0: abi.ATTR_SIZE_VER0 });
    assertEquals(compared >= 60, true, `${compared}`);
  },
});

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
