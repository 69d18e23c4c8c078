import type { Payload } from "./recordings.ts";

/** Name of the PMU, except where perf wants to see another one. */
export const PMU = "auxlab";

/** Loads the module under a name, with what it writes; disposing of the result removes it. */
export async function loadModule(name: string, payload: Payload): Promise<AsyncDisposable> {
  await busybox("insmod", "/auxlab.ko", `name=${name}`, `payload=${payload}`);
  return { [Symbol.asyncDispose]: () => busybox("rmmod", "auxlab") };
}

/** How many events and mappings keep the module from being removed. */
export function moduleUsers(): number {
  return Number(Deno.readTextFileSync("/sys/module/auxlab/refcnt"));
}

/** Has the only thread that runs JavaScript stay on CPU 0 until the result is disposed of. */
export async function stayOnCpu0(): Promise<AsyncDisposable> {
  await busybox("taskset", "-p", "1", String(Deno.pid));
  return { [Symbol.asyncDispose]: () => busybox("taskset", "-p", "3", String(Deno.pid)) };
}

async function busybox(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("/bin/busybox", { args }).output();
  if (!success) throw new Error(`Cannot ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}
