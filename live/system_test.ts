import { assert, assertEquals } from "@std/assert";
import { clockNs, clockResolutionNs, isExecutable, pageSize, unameMachine } from "./_system.ts";
import { kernelFiles } from "./system_files.ts";

async function output(program: string, ...args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command(program, { args }).output();
  return new TextDecoder().decode(stdout).trim();
}

Deno.test("kernelFiles reads what cat reads", async () => {
  for (const path of ["/proc/version", "/proc/cpuinfo", "/sys/devices/system/cpu/online"]) {
    const bytes = kernelFiles.read(path)!;
    if (path !== "/proc/cpuinfo") {
      assertEquals(new TextDecoder().decode(bytes).trim(), await output("cat", path));
    }
    assertEquals(kernelFiles.text(path), new TextDecoder().decode(bytes).replace(/\n$/, ""));
  }
});

Deno.test("kernelFiles reads files of many pages whole", async () => {
  const lines = Number(await output("sh", "-c", "wc -l < /proc/kallsyms"));
  assertEquals(kernelFiles.text("/proc/kallsyms")!.split("\n").length, lines);
});

Deno.test("kernelFiles lists what ls lists", async () => {
  const names = kernelFiles.list("/sys/bus/event_source/devices").sort();
  assertEquals(
    names.join("\n"),
    await output("sh", "-c", "LC_ALL=C ls -A /sys/bus/event_source/devices"),
  );
  const many = kernelFiles.list("/sys/kernel").length;
  assertEquals(many, Number(await output("sh", "-c", "ls -A /sys/kernel | wc -l")));
});

Deno.test("kernelFiles answers null and nothing for what is not there", () => {
  assertEquals(kernelFiles.read("/proc/no/such/file"), null);
  assertEquals(kernelFiles.text("/proc"), null);
  assertEquals(kernelFiles.list("/proc/version"), []);
});

Deno.test("unameMachine() and pageSize() agree with uname and smaps", async () => {
  assertEquals(unameMachine(), await output("uname", "-m"));
  const [, kib] = /^KernelPageSize: +(\d+) kB$/m.exec(await output("cat", "/proc/self/smaps"))!;
  assertEquals(pageSize(), 1024 * Number(kib));
});

Deno.test("clockNs() runs, in steps of its resolution at least", () => {
  const before = clockNs(1);
  assert(clockNs(1) >= before);
  assert(clockResolutionNs(1) >= 1n);
  assert(clockNs(0) / 1_000_000n - BigInt(Date.now()) < 1000n);
});

Deno.test("isExecutable() tells programs from other files", () => {
  assertEquals(["/bin/sh", "/proc/version", "/nowhere"].map(isExecutable), [true, false, false]);
});
