import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { SampleType } from "../parsers/perf/abi.ts";
import { fakeFiles } from "../testing/fake_files.ts";
import { ARM_SPE, CPU, INTEL_PT } from "../testing/fake_pmus.ts";
import { explainMmap, explainPerfEventOpen } from "./_refusals.ts";
import { findObstacles } from "./obstacles.ts";

const NOBODY = "0000000000000000";
const PERFMON = "0000004000000000"; // bit 38
const SYS_ADMIN = "0000000000200000"; // bit 21
const ROOT = "000001ffffffffff";

/** The files of a machine where nothing but the arguments stands in the way. */
function machine(
  { paranoid = 2, capEff = NOBODY, memlock = "unlimited", ...texts }: {
    paranoid?: number;
    capEff?: string;
    memlock?: string;
    [path: `/${string}`]: string;
  } = {},
) {
  return fakeFiles({
    ...INTEL_PT,
    "/proc/sys/kernel/perf_event_paranoid": `${paranoid}\n`,
    "/proc/sys/kernel/perf_event_mlock_kb": "516\n",
    "/proc/sys/kernel/perf_event_max_sample_rate": "100000\n",
    "/proc/sys/kernel/kptr_restrict": "0\n",
    "/proc/self/status": `Name:\tx\nCapPrm:\t${ROOT}\nCapEff:\t${capEff}\nSeccomp:\t0\n`,
    "/proc/self/uid_map": "         0          0 4294967295\n",
    "/proc/self/limits": `Max locked memory         ${memlock}              8388608      bytes\n`,
    "/sys/devices/system/cpu/online": "0-1\n",
    "/sys/kernel/tracing/events/sched/enable": "0\n",
    "/sys/kernel/security/lockdown": "[none] integrity confidentiality\n",
    ...texts,
  });
}

const PARANOID_OFF = { "/proc/sys/kernel/perf_event_paranoid": "-1\n" };

/** What stands in the way, up to the first colon. */
function heads(files: ReturnType<typeof machine>): string[] {
  return findObstacles(files).map(({ what }) => what.replace(/:.*/, ""));
}

Deno.test("findObstacles() finds none where there is none", () => {
  assertEquals(findObstacles(machine({ paranoid: -1 })), []);
  assertEquals(findObstacles(machine({ paranoid: 2, capEff: PERFMON })), []);
  assertEquals(findObstacles(machine({ paranoid: 4, capEff: SYS_ADMIN })), []);
  assertEquals(findObstacles(machine({ capEff: ROOT, memlock: "65536" })), []);
});

Deno.test("findObstacles() says what each level of perf_event_paranoid prevents", () => {
  // Documentation/admin-guide/sysctl/kernel.rst; 3 is Debian's, 4 Ubuntu's
  const prevented: Record<number, RegExp> = {
    0: /^perf_event_paranoid is 0: no raw data of tracepoints$/,
    1: /^perf_event_paranoid is 1: no tracing of whole CPUs .*; no raw data/,
    2: /^perf_event_paranoid is 2: nothing of the kernel.*whole CPUs/,
    3: /^perf_event_paranoid is 3: no event at all on kernels of Debian/,
    4: /^perf_event_paranoid is 4: no event at all on kernels of Debian/,
  };
  for (const [paranoid, pattern] of Object.entries(prevented)) {
    const [obstacle, ...more] = findObstacles(machine({ paranoid: Number(paranoid) }));
    assertMatch(obstacle!.what, pattern);
    // From 2 on, 1 gives a user's own tasks the kernel; what 1 prevents takes -1.
    const cure = Number(paranoid) >= 2 ? "1 (0 for whole CPUs, -1 for everything)" : "-1";
    assertEquals(
      obstacle!.cure,
      `run with ${Number(paranoid) > 2 ? "CAP_SYS_ADMIN" : "CAP_PERFMON"}, or sysctl ` +
        `kernel.perf_event_paranoid=${cure}`,
    );
    assertEquals(more, []);
  }
  assertEquals(findObstacles(machine({ paranoid: 4, capEff: PERFMON })), [{
    what: "perf_event_paranoid is 4: CAP_PERFMON may not be enough on kernels of Debian, Ubuntu " +
      "and Android",
    cure: "run with CAP_SYS_ADMIN, or sysctl kernel.perf_event_paranoid=2",
  }]);
});

Deno.test("findObstacles() does not count the capabilities of a user namespace", () => {
  const files = machine({ capEff: ROOT, "/proc/self/uid_map": "0 1000 1\n" });
  assertEquals(heads(files), ["perf_event_paranoid is 2"]);
});

Deno.test("findObstacles() gives the limits of locked memory in figures", () => {
  const [, obstacle] = findObstacles(machine({ memlock: "65536" }));
  // 516 KiB for each of 2 CPUs; RLIMIT_MEMLOCK is in bytes
  assertMatch(obstacle!.what, /is 516: .* each of 2 CPUs, 1032 KiB in all, .* 64 KiB more/);
  assertStringIncludes(obstacle!.cure, "CAP_IPC_LOCK");
});

Deno.test("findObstacles() finds what else the kernel withholds", () => {
  assertEquals(heads(fakeFiles({})), ["this kernel has no perf events"]);
  const root = { capEff: ROOT };
  const files: Record<string, [string, string]> = {
    "/proc/sys/kernel/kptr_restrict": ["2", "kptr_restrict is 2"],
    "/sys/kernel/security/lockdown": [
      "none integrity [confidentiality]",
      "the kernel is locked down for confidentiality",
    ],
  };
  for (const [path, [text, head]] of Object.entries(files)) {
    assertEquals(heads(machine({ ...root, [path]: text })), [head]);
  }
  assertEquals(heads(machine({ ...root, "/proc/sys/kernel/kptr_restrict": "1" })), []);
  // Without CAP_SYSLOG kptr_restrict=1 hides them, too; to have it helps at 1 only.
  const addresses = (level: number) =>
    findObstacles(machine({ paranoid: -1, "/proc/sys/kernel/kptr_restrict": `${level}` }));
  assertEquals(addresses(1).map(({ cure }) => cure), [
    "sysctl kernel.kptr_restrict=0, or run with CAP_SYSLOG",
  ]);
  assertEquals(addresses(2).map(({ cure }) => cure), ["sysctl kernel.kptr_restrict=0"]);
  const noTracefs = { ...root, "/sys/kernel/tracing/events/sched/enable": "" };
  assertEquals(heads(machine(noTracefs)), []);
  assertEquals(heads(fakeFiles({ ...INTEL_PT, ...PARANOID_OFF })), ["no tracepoints"]);
});

Deno.test("findObstacles() says that a seccomp filter refuses the call, where it does", () => {
  const heads = (seccomp: number, capEff: string, isRefused: boolean) => {
    const files = machine({ "/proc/self/status": `CapEff:\t${capEff}\nSeccomp:\t${seccomp}\n` });
    return findObstacles(files, undefined, isRefused).filter(({ what }) => /seccomp/.test(what));
  };
  // 0: none, 1: strict, 2: filter. Source: proc_pid_status(5).
  for (const capEff of [NOBODY, PERFMON, SYS_ADMIN]) {
    assertEquals([heads(0, capEff, true), heads(1, capEff, true)], [[], []]);
    assertEquals(heads(2, capEff, false), []);
    const [{ what, cure } = { what: "", cure: "" }] = heads(2, capEff, true);
    assertEquals(
      what,
      "a seccomp filter refuses perf_event_open, as in containers: no event at all",
    );
    assertEquals(cure.includes("--cap-add PERFMON"), capEff === NOBODY);
    assertStringIncludes(cure, "--security-opt seccomp=FILE with a profile that allows the call");
    assertStringIncludes(cure, "Kubernetes");
  }
});

Deno.test("findObstacles() says what CoreSight lacks", () => {
  const folder = "/sys/bus/event_source/devices/cs_etm";
  const found = (more: Record<string, string>) =>
    findObstacles(machine({ paranoid: -1, [`${folder}/type`]: "10", ...more }));
  assertMatch(found({})[0]!.what, /^cs_etm has no trace unit/);
  assertMatch(found({})[0]!.cure, /^modprobe coresight_etm4x/);
  const unit = { [`${folder}/cpu3/cpu`]: "3" };
  assertMatch(found(unit)[0]!.what, /^cs_etm has no sink/);
  assertEquals(found({ ...unit, [`${folder}/sinks/tmc_etf0`]: "0x1" }), []);
});

Deno.test("findObstacles() says why there may be no AUX area", () => {
  const cpus: Record<string, RegExp> = {
    "vendor_id\t: AuthenticAMD\nflags\t: fpu hypervisor\n": /AuthenticAMD CPUs have no/,
    "vendor_id\t: GenuineIntel\nflags\t: fpu intel_pt hypervisor\n": /virtual machine/,
    "vendor_id\t: GenuineIntel\nflags\t: fpu intel_pt\n": /kernel does not offer it/,
    "vendor_id\t: GenuineIntel\nflags\t: fpu\n": /no Intel PT/,
    "CPU implementer\t: 0x41\n": /Arm SPE or CoreSight/,
    "": /none is known/,
  };
  for (const [cpuinfo, pattern] of Object.entries(cpus)) {
    const files = machine({ capEff: ROOT, "/proc/cpuinfo": cpuinfo });
    const [obstacle] = findObstacles(files, []);
    assertMatch(obstacle!.what, /^no PMU has an AUX area: /);
    assertMatch(obstacle!.what, pattern);
  }
});

Deno.test("explainPerfEventOpen() names the level that is needed, and for what", () => {
  const task = { pid: 1, cpu: -1 };
  const cpu = { pid: -1, cpu: 0 };
  const user = { type: 1, flags: ["excludeKernel"] } as const;
  const explain = (
    paranoid: number,
    attr: Parameters<typeof explainPerfEventOpen>[1],
    target = task,
  ) => explainPerfEventOpen("EACCES", attr, target, machine({ paranoid }));
  assertEquals(
    explain(3, user),
    "perf_event_paranoid is 3, need <= 2 for any event: sysctl kernel.perf_event_paranoid=2, " +
      "or run with CAP_SYS_ADMIN; CAP_PERFMON is not enough at this level",
  );
  assertMatch(
    explain(2, { type: 1 })!,
    /^perf_event_paranoid is 2, need <= 1 for the kernel: .*EVENT:u$/,
  );
  assertMatch(explain(2, user, cpu)!, /^perf_event_paranoid is 2, need <= 0 for a whole CPU: /);
  const raw = { type: 2, sampleType: SampleType.Raw };
  assertMatch(
    explain(0, raw)!,
    /^perf_event_paranoid is 0, need <= -1 for raw data of tracepoints/,
  );
  assertMatch(explain(2, user)!, /^task 1 may not be observed: /);
  const root = machine({ capEff: ROOT });
  assertMatch(explainPerfEventOpen("EACCES", user, task, root)!, /security module/);
});

Deno.test("explainPerfEventOpen() tells what is missing or refused", () => {
  const files = machine({ ...ARM_SPE, ...CPU, "/proc/cpuinfo": "flags\t: hypervisor\n" });
  const explain = (code: string, attr = {}, target = { pid: 7, cpu: 5 }) =>
    explainPerfEventOpen(code, attr, target, files)!;
  assertMatch(explain("EBUSY"), /CPU 5: end the other recording/);
  assertMatch(explain("ENOENT", { type: 0 }), /virtual machine .*cpu-clock/);
  assertMatch(explain("ENOENT", { type: 77 }), /no PMU has type 77/);
  assertMatch(explain("ENOENT", { type: 9 }), /arm_spe_0 is not on CPU 5: give -C 0,1,2,3,8/);
  assertMatch(explain("ENODEV"), /CPU 5 is not online: these are: 0,1$/);
  assertMatch(explain("EINVAL"), /CPU 5 is not online/);
  assertMatch(explain("ESRCH"), /task 7 /);
  const fast = { type: 1, samplePeriod: 200_000n, flags: ["freq"] };
  assertMatch(explain("EINVAL", fast), /200000 samples per second, the most is 100000/);
  const here = { pid: 0, cpu: -1 };
  assertMatch(explain("EINVAL", { type: 8, flags: ["freq"] }, here), /intel_pt has no frequency/);
  assertMatch(explain("EINVAL", { type: 8 }, here), /formats and caps of intel_pt/);
  assertMatch(explain("EINVAL", { type: 5 }, here), /1, 2, 4 or 8 bytes/);
  assertMatch(explain("EINVAL", {}, { pid: -1, cpu: -1 }), /neither a task nor a CPU/);
  assertMatch(explain("EOPNOTSUPP", { preciseIp: 2 }), /fewer p/);
  for (const code of ["EMFILE", "ENOSPC", "ENOMEM", "E2BIG", "ENOSYS", "EINTR"]) {
    assertMatch(explain(code), /: /);
  }
  assertEquals(explainPerfEventOpen("EFAULT", {}, { pid: 0, cpu: -1 }, files), undefined);
});

Deno.test("explainMmap() gives the limit of locked memory in figures", () => {
  const files = machine({ memlock: "65536" });
  assertMatch(
    explainMmap("EPERM", 4 << 20, files)!,
    /^4096 KiB is too much .*perf_event_mlock_kb is 516: .*1032 KiB in all.*64 KiB more/,
  );
  assertMatch(explainMmap("EPERM", 4096, machine({ capEff: ROOT }))!, /security module/);
  assertMatch(
    explainMmap("EINVAL", 12288, files)!,
    /^12 KiB is not what the kernel wants: 2\^n pages/,
  );
  assertMatch(explainMmap("ENOMEM", 1 << 30, files)!, /^the kernel has no 1048576 KiB/);
  assertMatch(explainMmap("EOPNOTSUPP", 4096, files)!, /no AUX area/);
  assertEquals(explainMmap("EBADF", 4096, files), undefined);
});
