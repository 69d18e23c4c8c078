import type { Cursor } from "../../internal.ts";
import { decodeItems } from "../_fields.ts";
import { Misc } from "../abi.ts";
import type { KernelRecord } from "./record.ts";

/** `PERF_RECORD_COMM`: a thread got a name. */
export interface CommRecord extends KernelRecord {
  /** Discriminates the union of records. */
  readonly type: "comm";
  /** Process. */
  readonly pid: number;
  /** Thread. */
  readonly tid: number;
  /** The name. */
  readonly comm: string;
  /** Whether it got the name by `exec`. */
  readonly commExec: boolean;
}

/** `PERF_RECORD_FORK` and `PERF_RECORD_EXIT`: a thread started or ended. */
export interface TaskRecord extends KernelRecord {
  /** Discriminates the union of records. */
  readonly type: "fork" | "exit";
  /** Process. */
  readonly pid: number;
  /** Process of the parent. */
  readonly ppid: number;
  /** Thread. */
  readonly tid: number;
  /** Thread of the parent. */
  readonly ptid: number;
  /** Time in ns of the recording's clock. */
  readonly timeNs: bigint;
}

/** `PERF_RECORD_SWITCH`: the thread in the trailer was switched in or out. */
export interface SwitchRecord extends KernelRecord {
  /** Discriminates the union of records. */
  readonly type: "switch";
  /** Whether it was switched out. */
  readonly switchOut: boolean;
  /** Whether it was switched out while it could have run on. */
  readonly preempt: boolean;
}

/** `PERF_RECORD_SWITCH_CPU_WIDE`: the same, with the other thread. */
export interface SwitchCpuWideRecord extends KernelRecord {
  /** Discriminates the union of records. */
  readonly type: "switch_cpu_wide";
  /** Process that comes next on a switch out, that ran before on a switch in. */
  readonly nextPrevPid: number;
  /** Thread that comes next on a switch out, that ran before on a switch in. */
  readonly nextPrevTid: number;
  /** Whether the thread in the trailer was switched out. */
  readonly switchOut: boolean;
  /** Whether it was switched out while it could have run on. */
  readonly preempt: boolean;
}

/** `PERF_RECORD_NAMESPACES`: the namespaces of a thread. */
export interface NamespacesRecord extends KernelRecord {
  /** Discriminates the union of records. */
  readonly type: "namespaces";
  /** Process. */
  readonly pid: number;
  /** Thread. */
  readonly tid: number;
  /** Device and inode of each: net, uts, ipc, pid, user, mnt, cgroup. */
  readonly namespaces: readonly { readonly dev: bigint; readonly ino: bigint }[];
}

/** `PERF_RECORD_CGROUP`: what a cgroup id in samples stands for. */
export interface CgroupRecord extends KernelRecord {
  /** Discriminates the union of records. */
  readonly type: "cgroup";
  /** Id of the cgroup. */
  readonly id: bigint;
  /** Path below the root of the hierarchy. */
  readonly path: string;
}

/** Decodes `PERF_RECORD_COMM`. */
export function decodeComm(body: Cursor, base: KernelRecord): CommRecord {
  return {
    ...base,
    type: "comm",
    pid: body.i32(),
    tid: body.i32(),
    comm: body.text(body.remaining),
    commExec: (base.misc & Misc.CommExec) !== 0,
  };
}

/** Decodes `PERF_RECORD_FORK` or `PERF_RECORD_EXIT`. */
export function decodeTask(
  body: Cursor,
  base: KernelRecord,
  type: TaskRecord["type"],
): TaskRecord {
  return {
    ...base,
    type,
    pid: body.i32(),
    ppid: body.i32(),
    tid: body.i32(),
    ptid: body.i32(),
    timeNs: body.u64(),
  };
}

/** Decodes `PERF_RECORD_SWITCH`, which is all header and trailer. */
export function decodeSwitch(_body: Cursor, base: KernelRecord): SwitchRecord {
  return { ...base, type: "switch", ...switchFlags(base.misc) };
}

/** Decodes `PERF_RECORD_SWITCH_CPU_WIDE`. */
export function decodeSwitchCpuWide(body: Cursor, base: KernelRecord): SwitchCpuWideRecord {
  return {
    ...base,
    type: "switch_cpu_wide",
    nextPrevPid: body.i32(),
    nextPrevTid: body.i32(),
    ...switchFlags(base.misc),
  };
}

function switchFlags(misc: number): Pick<SwitchRecord, "switchOut" | "preempt"> {
  return {
    switchOut: (misc & Misc.SwitchOut) !== 0,
    preempt: (misc & Misc.SwitchOutPreempt) !== 0,
  };
}

/** Decodes `PERF_RECORD_NAMESPACES`. */
export function decodeNamespaces(body: Cursor, base: KernelRecord): NamespacesRecord {
  const pid = body.i32();
  const tid = body.i32();
  const namespaces = decodeItems(body.count64(16), () => ({ dev: body.u64(), ino: body.u64() }));
  return { ...base, type: "namespaces", pid, tid, namespaces };
}

/** Decodes `PERF_RECORD_CGROUP`. */
export function decodeCgroup(body: Cursor, base: KernelRecord): CgroupRecord {
  return { ...base, type: "cgroup", id: body.u64(), path: body.text(body.remaining) };
}
