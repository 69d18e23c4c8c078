import {
  cgroup,
  comm,
  contextSwitch,
  contextSwitchCpuWide,
  exit,
  fork,
  namespaces,
} from "../../../testing/perf_builder.ts";
import { assertRecord, sizes } from "../../../testing/record_assertions.ts";

const task = { pid: 102, ppid: 1, tid: 103, ptid: 2, timeNs: 104n };

Deno.test("decodeComm() tells whether the name came by exec", () => {
  const fields = { pid: 102, tid: 103, comm: "work" };
  const shorter = sizes(8, 16);
  assertRecord(comm(fields), { type: "comm", ...fields, commExec: false }, { shorter });
  const byExec = comm({ ...fields, misc: 0x2000 });
  assertRecord(byExec, { type: "comm", ...fields, commExec: true }, { shorter });
});

Deno.test("decodeFork() and decodeExit() keep processes and threads apart", () => {
  assertRecord(fork(task), { type: "fork", ...task });
  assertRecord(exit(task), { type: "exit", ...task });
});

Deno.test("decodeSwitch() and decodeSwitchCpuWide() name the bits of misc", () => {
  const cases = [
    [0, { switchOut: false, preempt: false }],
    [0x2000, { switchOut: true, preempt: false }],
    [0x6000, { switchOut: true, preempt: true }],
  ] as const;
  for (const [misc, named] of cases) {
    assertRecord(contextSwitch(misc), { type: "switch", ...named });
    const other = { nextPrevPid: 5, nextPrevTid: 6 };
    const fields = { type: "switch_cpu_wide", ...other, ...named };
    assertRecord(contextSwitchCpuWide(misc, other), fields);
  }
});

Deno.test("decodeNamespaces() lists devices and inodes", () => {
  const links = [{ dev: 4n, ino: 0xf000_0001n }, { dev: 4n, ino: 0xf000_0002n }];
  const fields = { type: "namespaces", pid: 102, tid: 103, namespaces: links };
  assertRecord(namespaces({ pid: 102, tid: 103, links }), fields);
});

Deno.test("decodeCgroup() tells id and path", () => {
  const fields = { type: "cgroup", id: 1n << 40n, path: "/a/b" };
  assertRecord(cgroup(1n << 40n, "/a/b"), fields, { shorter: sizes(8, 16) });
});
