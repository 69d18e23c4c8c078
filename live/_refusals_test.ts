import { assertEquals, assertMatch } from "@std/assert";
import { SampleType } from "../parsers/perf/abi.ts";
import { fakeFiles } from "../testing/fake_files.ts";
import { ARM_SPE, CPU, INTEL_PT } from "../testing/fake_pmus.ts";
import { explainMmap, explainPerfEventOpen } from "./_refusals.ts";

const NOBODY = "0000000000000000";
const ROOT = "000001ffffffffff";

/** The files of a machine with two CPUs on which events of this level are refused. */
function machine(
  { paranoid = 2, capEff = NOBODY, seccomp = 0, flags = "fpu", memlock = "65536" }: {
    paranoid?: number;
    capEff?: string;
    seccomp?: number;
    flags?: string;
    memlock?: string;
  } = {},
) {
  return fakeFiles({
    ...INTEL_PT,
    ...ARM_SPE,
    ...CPU,
    "/sys/bus/event_source/devices/uncore_imc/type": "20\n",
    "/proc/sys/kernel/perf_event_paranoid": `${paranoid}\n`,
    "/proc/sys/kernel/perf_event_mlock_kb": "516\n",
    "/proc/sys/kernel/perf_event_max_sample_rate": "100000\n",
    "/proc/self/status": `CapEff:\t${capEff}\nSeccomp:\t${seccomp}\n`,
    "/proc/self/uid_map": "         0          0 4294967295\n",
    "/proc/self/limits": `Max locked memory         ${memlock}              8388608      bytes\n`,
    "/proc/cpuinfo": `flags\t: ${flags}\n`,
    "/sys/devices/system/cpu/online": "0-1\n",
  });
}

type Attr = Parameters<typeof explainPerfEventOpen>[1];

const TASK = { pid: 1, cpu: -1 };
const OWN_TASK = { pid: 0, cpu: -1 };
const WHOLE_CPU = { pid: -1, cpu: 0 };

// Documentation/admin-guide/sysctl/kernel.rst, and kernel/events/core.c: perf_event_open().
Deno.test("explainPerfEventOpen() blames perf_event_paranoid only above the level that is needed", () => {
  const user: Attr = { type: 1, flags: ["excludeKernel"] };
  const physical: Attr = { ...user, sampleType: SampleType.PhysAddr };
  const raw: Attr = { ...user, type: 2, sampleType: SampleType.Raw };
  const cases: [attr: Attr, target: typeof TASK, need: number, what: RegExp][] = [
    [user, TASK, 2, /for any event: /],
    [{ type: 1 }, TASK, 1, /for the kernel: .*, or leave it out: EVENT:u$/],
    [physical, TASK, 1, /for physical addresses: .*CAP_PERFMON$/],
    [user, WHOLE_CPU, 0, /for a whole CPU: .*, or give a command or -p$/],
    [{ type: 1 }, WHOLE_CPU, 0, /for a whole CPU/],
    [raw, TASK, -1, /for raw data of tracepoints: .*CAP_PERFMON$/],
    [{ ...raw, sampleType: SampleType.Raw | SampleType.Time }, TASK, -1, /raw data/],
    [{ ...raw, sampleType: SampleType.Time }, TASK, 2, /any event/],
    [{ ...raw, type: 1 }, TASK, 2, /any event/],
  ];
  for (const [attr, target, need, what] of cases) {
    for (const code of ["EACCES", "EPERM"]) {
      const explain = (paranoid: number) =>
        explainPerfEventOpen(code, attr, target, machine({ paranoid }))!;
      const text = explain(need + 1);
      assertMatch(text, what);
      const limit = `perf_event_paranoid is ${need + 1}, need <= ${need} `;
      assertEquals(text.slice(0, limit.length), limit);
      assertMatch(text, new RegExp(`sysctl kernel\\.perf_event_paranoid=${need}, or run with`));
      assertMatch(explain(need), /may not be observed: run (?:with|as)/);
    }
  }
});

// Debian's and Ubuntu's perf_event_open(): above 2, -EACCES for all without CAP_SYS_ADMIN.
Deno.test("explainPerfEventOpen() has a cure above paranoid 2, where :u, -p and CAP_PERFMON are none", () => {
  const user: Attr = { type: 1, flags: ["excludeKernel"] };
  const PERFMON = "0000004000000000";
  const admin = "or run with CAP_SYS_ADMIN; CAP_PERFMON is not enough at this level";
  const set = (level: number) => `sysctl kernel.perf_event_paranoid=${level}`;
  const cases: [attr: Attr, target: typeof TASK, capEff: string, text: string][] = [
    [user, TASK, NOBODY, `need <= 2 for any event: ${set(2)}, ${admin}`],
    [
      { type: 1 },
      TASK,
      NOBODY,
      `need <= 1 for the kernel: ${set(1)}, =2 and leave it out: EVENT:u, ${admin}`,
    ],
    [
      user,
      WHOLE_CPU,
      NOBODY,
      `need <= 0 for a whole CPU: ${set(0)}, =2 and give a command or -p, ${admin}`,
    ],
    [{ type: 1 }, WHOLE_CPU, PERFMON, `need <= 2 for any event: ${set(2)}, ${admin}`],
  ];
  for (const paranoid of [3, 4]) {
    for (const [attr, target, capEff, text] of cases) {
      const files = machine({ paranoid, capEff });
      assertEquals(
        explainPerfEventOpen("EACCES", attr, target, files),
        `perf_event_paranoid is ${paranoid}, ${text}`,
      );
    }
  }
});

Deno.test("explainPerfEventOpen() says what else denies an event", () => {
  const user: Attr = { type: 1, flags: ["excludeKernel"] };
  const names: Attr = { type: 1, flags: ["excludeKernel", "namespaces"] };
  const explain = (attr: Attr, target: typeof TASK, options: Parameters<typeof machine>[0] = {}) =>
    explainPerfEventOpen("EACCES", attr, target, machine(options));
  assertEquals(explain(names, TASK), "records of namespaces need CAP_PERFMON");
  assertMatch(explain(user, TASK)!, /^task 1 may not be observed: run as the user of that task/);
  assertMatch(explain(user, TASK, { seccomp: 2 })!, /^task 1 may not be observed/);
  assertMatch(explain(user, OWN_TASK, { seccomp: 2 })!, /^a seccomp filter refuses it/);
  assertMatch(explain(user, OWN_TASK)!, /^CPU -1 and task 0 may not be observed/);
  assertMatch(
    explain(user, TASK, { capEff: ROOT, paranoid: 4 })!,
    /^a security module or lockdown/,
  );
  assertMatch(
    explainPerfEventOpen("EACCES", user, TASK, fakeFiles({}))!,
    /^this kernel has no perf events/,
  );
});

Deno.test("explainPerfEventOpen() says whether kind, PMU, CPU or event is missing", () => {
  const explain = (type: number, cpu: number, flags = "fpu") =>
    explainPerfEventOpen("ENOENT", { type }, { pid: -1, cpu }, machine({ flags }));
  for (const type of [0, 3, 4]) {
    assertEquals(
      explain(type, 0),
      "this CPU or kernel has no such hardware event: use cpu-clock instead",
    );
    assertEquals(
      explain(type, 0, "fpu hypervisor"),
      "this virtual machine has no such hardware event: use cpu-clock instead",
    );
  }
  assertEquals(explain(2, 0), "this kernel has no such tracepoint any more");
  assertMatch(explain(21, 0)!, /^no PMU has type 21: load its driver/);
  // arm_spe_0 covers 0-3 and 8
  assertEquals(explain(9, 4), "arm_spe_0 is not on CPU 4: give -C 0,1,2,3,8");
  for (const cpu of [-1, 0, 8]) assertMatch(explain(9, cpu)!, /^arm_spe_0 has no such event/);
  assertMatch(explain(8, 4)!, /^intel_pt has no such event: compare the terms/);
});

Deno.test("explainPerfEventOpen() says which of the values is invalid", () => {
  const explain = (attr: Attr, target = OWN_TASK) =>
    explainPerfEventOpen("EINVAL", attr, target, machine())!;
  const rate = (samplePeriod: bigint, flags: Attr["flags"] = ["freq"]) =>
    explain({ type: 1, samplePeriod, flags: flags! });
  assertMatch(rate(100_001n), /^100001 samples per second, the most is 100000: lower -F/);
  const together = /^the kernel does not take these values together: compare .* of the PMU/;
  assertMatch(rate(100_000n), together);
  assertMatch(rate(100_001n, []), together);
  assertMatch(explain({ type: 1 }, { pid: -1, cpu: -1 }), /^neither a task nor a CPU/);
  assertMatch(explain({ type: 1 }, { pid: -1, cpu: 1 }), together);
  assertMatch(explain({ type: 1 }, { pid: -1, cpu: 2 }), /^CPU 2 is not online: these are: 0,1$/);
  assertMatch(explain({ type: 1 }, { pid: 0, cpu: -1 }), together);
  assertMatch(explain({ type: 5 }), /^a breakpoint has 1, 2, 4 or 8 bytes/);
  assertMatch(explain({ type: 8, flags: ["freq"] }), /^intel_pt has no frequency: give a period$/);
  assertMatch(explain({ type: 8 }), /^the kernel does not take .* caps of intel_pt /);
  assertMatch(explain({ type: 20 }), /^uncore_imc may count whole CPUs only.*caps of uncore_imc /);
  assertMatch(explain({ type: 20, flags: ["freq"] }), /^uncore_imc may count whole CPUs only/);
  // perf_event_open of the core's own PMU is the kernel's business
  assertMatch(explain({ type: 4 }), /^the kernel does not take .* caps of cpu /);
});

Deno.test("explainPerfEventOpen() says what a PMU does not support", () => {
  const explain = (attr: Attr, flags?: string) =>
    explainPerfEventOpen("EOPNOTSUPP", attr, OWN_TASK, machine({ ...(flags && { flags }) }));
  assertMatch(explain({ type: 0, preciseIp: 1 })!, /is not so precise: give fewer p$/);
  assertMatch(explain({ type: 0, branchSampleType: 1n })!, /records no branches/);
  const sides = ["Hv", "Idle", "Host", "Guest", "User", "Kernel"] as const;
  for (const side of sides) {
    assertMatch(
      explain({ type: 0, flags: ["inherit", `exclude${side}`] })!,
      /^this PMU cannot excl/,
    );
  }
  const plain = "the hardware does not support this event";
  assertEquals(explain({ type: 0, flags: ["excludeCallchainUser"] }), plain);
  assertEquals(explain({ type: 0 }), plain);
  assertEquals(
    explain({ type: 0, samplePeriod: 1n }),
    "this PMU has no interrupt to sample with: use cpu-clock",
  );
  assertEquals(
    explain({ type: 0, samplePeriod: 1n }, "hypervisor"),
    "this PMU has no interrupt to sample with: in this virtual machine, use cpu-clock",
  );
});

Deno.test("explainPerfEventOpen() names the errors that have one reason", () => {
  const explain = (code: string, cpu: number) =>
    explainPerfEventOpen(code, { type: 8 }, { pid: 7, cpu }, machine());
  assertMatch(explain("EBUSY", 0)!, / on CPU 0: end the other recording$/);
  assertMatch(explain("EBUSY", -1)!, / on a task or CPU: end the other recording$/);
  for (const cpu of [-1, 0, 1]) assertMatch(explain("ENODEV", cpu)!, /^the hardware of this PMU/);
  assertMatch(explain("ENODEV", 2)!, /^CPU 2 is not online/);
  const reasons: Record<string, RegExp> = {
    ESRCH: /^task 7 does not exist/,
    EMFILE: /^too many open files/,
    ENOSPC: /^all breakpoint registers/,
    ENOMEM: /^the kernel has not enough memory/,
    E2BIG: /^the event asks for something newer/,
    ENOSYS: /^this kernel has no perf events/,
    EINTR: /^a signal came/,
  };
  for (const [code, reason] of Object.entries(reasons)) assertMatch(explain(code, -1)!, reason);
});

Deno.test("explainMmap() tells the size in KiB, begun ones too, and each reason", () => {
  const limited = machine();
  const free = machine({ capEff: ROOT });
  for (const [bytes, kib] of [[1024, 1], [1025, 2], [2048, 2], [4095, 4]] as const) {
    assertMatch(explainMmap("ENOMEM", bytes, free)!, new RegExp(`has no ${kib} KiB of memory`));
  }
  assertMatch(explainMmap("EPERM", 4096, limited)!, /^4 KiB is too much beside the other rings/);
  for (const files of [free, machine({ memlock: "unlimited" }), machine({ paranoid: -1 })]) {
    assertEquals(explainMmap("EPERM", 4096, files), "a security module refuses it");
  }
  assertMatch(explainMmap("EPERM", 4096, machine({ paranoid: 0 }))!, /too much/);
  assertEquals(explainMmap("EACCES", 4096, limited), "a security module refuses it");
  assertMatch(explainMmap("EINVAL", 4096, limited)!, /^4 KiB is not what the kernel wants/);
  assertMatch(explainMmap("EOPNOTSUPP", 4096, limited)!, /^this PMU has no AUX area/);
});
