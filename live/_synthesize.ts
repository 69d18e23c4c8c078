import {
  comm,
  type CpuMap,
  fork,
  idIndex,
  type MappedFile,
  mmap,
  mmap2,
  type RecordSpec,
} from "../encoders/internal.ts";
import type { SystemFiles } from "./system_files.ts";

const CPUMODE_KERNEL = 1;
const CPUMODE_USER = 2;
const PROT_READ = 1;
const PROT_WRITE = 2;
const PROT_EXEC = 4;
const MAP_SHARED = 1;
const MAP_PRIVATE = 2;
/** Name of memory without a file. */
const ANONYMOUS = "//anon";
/** What a record of 65535 bytes holds: 16 bytes and 32 for each entry. */
const MAX_IDS = 2047;
/** addresses, permissions, offset, device, inode, path: a line of `/proc/PID/maps`. */
const MAPPING =
  /^([\da-f]+)-([\da-f]+) ([r-])([w-])([x-])([sp]) ([\da-f]+) ([\da-f]+):([\da-f]+) (\d+) *(.*)$/s;
/** name, size, address: a line of `/proc/modules`. */
const MODULE = /^(\S+) (\d+) .* 0x([\da-f]+)/;

/**
 * Describes the tasks that already run: FORK and COMM of each thread, MMAP2 of each mapping
 * that is executable.
 *
 * Tasks that end meanwhile are left out. Source: perf's `util/synthetic-events.c`.
 *
 * @param ids Processes, or threads, whose processes are taken; all of the system unless given.
 */
export function* runningTasks(
  files: SystemFiles,
  ids?: readonly number[],
): Generator<RecordSpec> {
  const pids = ids === undefined ? numbers(files.list("/proc")) : processesOf(files, ids);
  for (const pid of pids) {
    const status = taskStatus(files, pid);
    if (status === null) continue;
    for (const tid of numbers(files.list(`/proc/${pid}/task`))) {
      const name = files.text(`/proc/${pid}/task/${tid}/comm`);
      if (name === null) continue;
      const parent = tid === pid ? status.ppid : pid;
      yield fork({ pid, ppid: parent, tid, ptid: parent, timeNs: 0n });
      yield comm({ pid, tid, comm: name });
    }
    yield* mappings(files, pid);
  }
}

function processesOf(files: SystemFiles, ids: readonly number[]): Set<number> {
  const pids = new Set<number>();
  for (const id of ids) {
    const status = taskStatus(files, id);
    if (status !== null) pids.add(status.tgid);
  }
  return pids;
}

function taskStatus(files: SystemFiles, id: number): { tgid: number; ppid: number } | null {
  const text = files.text(`/proc/${id}/status`);
  const tgid = text?.match(/^Tgid:\s*(\d+)/m)?.[1];
  const ppid = text?.match(/^PPid:\s*(\d+)/m)?.[1];
  if (tgid === undefined || ppid === undefined) return null;
  return { tgid: Number(tgid), ppid: Number(ppid) };
}

function* mappings(files: SystemFiles, pid: number): Generator<RecordSpec> {
  for (const line of files.text(`/proc/${pid}/maps`)?.split("\n") ?? []) {
    const parts = MAPPING.exec(line);
    if (parts === null) continue;
    const [, start = "", end = "", read, write, exec, sharing] = parts;
    if (exec !== "x") continue;
    const [pgoff = "", maj = "", min = "", ino = "", path = ""] = parts.slice(7);
    const prot = (read === "r" ? PROT_READ : 0) | (write === "w" ? PROT_WRITE : 0) | PROT_EXEC;
    const addr = BigInt(`0x${start}`);
    const file: MappedFile = {
      maj: parseInt(maj, 16),
      min: parseInt(min, 16),
      ino: BigInt(ino),
      inoGeneration: 0n,
    };
    yield mmap2({
      pid,
      tid: pid,
      addr,
      len: BigInt(`0x${end}`) - addr,
      pgoff: BigInt(`0x${pgoff}`),
      filename: path === "" ? ANONYMOUS : path,
      prot,
      flags: sharing === "s" ? MAP_SHARED : MAP_PRIVATE,
      file,
      misc: CPUMODE_USER,
    });
  }
}

/**
 * Describes the code of the kernel and of its modules; nothing where their addresses are hidden.
 *
 * Source: perf's `util/machine.c`, `perf_event__synthesize_kernel_mmap()`.
 */
export function* kernelMappings(files: SystemFiles): Generator<RecordSpec> {
  const symbols = files.text("/proc/kallsyms") ?? "";
  const name = ["_text", "_stext"].find((name) => kernelSymbol(symbols, name) > 0n);
  const end = kernelSymbol(symbols, "_etext");
  if (name !== undefined && end > 0n) {
    const addr = kernelSymbol(symbols, name);
    const filename = `[kernel.kallsyms]${name}`;
    yield kernelMapping({ addr, len: end - addr, pgoff: addr, filename });
  }
  const paths = modulePaths(files);
  for (const line of files.text("/proc/modules")?.split("\n") ?? []) {
    const [, module = "", size = "", address = ""] = MODULE.exec(line) ?? [];
    const addr = BigInt(`0x${address || 0}`);
    if (addr === 0n) continue;
    const filename = paths.get(module) ?? `[${module}]`;
    yield kernelMapping({ addr, len: BigInt(size), pgoff: 0n, filename });
  }
}

function kernelMapping(
  fields: { addr: bigint; len: bigint; pgoff: bigint; filename: string },
): RecordSpec {
  return mmap({ ...fields, pid: -1, tid: 0, misc: CPUMODE_KERNEL });
}

/** Address of a symbol; 0 where it is hidden or missing. */
function kernelSymbol(symbols: string, name: string): bigint {
  const address = new RegExp(`^([\\da-f]+) \\w ${name}$`, "m").exec(symbols)?.[1];
  return BigInt(`0x${address ?? 0}`);
}

/** Files of modules by module name, which has `_` where the file may have `-`. */
function modulePaths(files: SystemFiles): Map<string, string> {
  const folder = `/lib/modules/${files.text("/proc/sys/kernel/osrelease")}`;
  const paths = new Map<string, string>();
  for (const line of files.text(`${folder}/modules.dep`)?.split("\n") ?? []) {
    const [, path = "", name = ""] = /^((?:[^:]*\/)?([^:/]+)\.ko[^:/]*):/.exec(line) ?? [];
    if (name !== "") paths.set(name.replaceAll("-", "_"), `${folder}/${path}`);
  }
  return paths;
}

/** Describes which ring each id belongs to, in as many ID_INDEX records as it takes. */
export function* idIndexes(entries: Parameters<typeof idIndex>[0]): Generator<RecordSpec> {
  for (let at = 0; at < entries.length; at += MAX_IDS) {
    yield idIndex(entries.slice(at, at + MAX_IDS));
  }
}

/** Says in short which CPUs were recorded: as a range where they are one. */
export function cpuMapOf(cpus: readonly number[]): CpuMap {
  const [start] = cpus;
  if (start === undefined || cpus.some((cpu, index) => cpu !== start + index)) return { cpus };
  return { start, end: start + cpus.length - 1 };
}

function numbers(names: readonly string[]): number[] {
  return names.filter((name) => /^\d+$/.test(name)).map(Number).sort((a, b) => a - b);
}
