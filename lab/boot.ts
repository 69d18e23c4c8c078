import { lines } from "./guest/lines.ts";

/** A machine to be emulated. */
export interface Machine {
  /** Path of the kernel image. */
  readonly kernel: string;
  /** Path of the archive with the root file system. */
  readonly image: string;
  /** Path of the raw disk, which the guest writes a tar archive on. It is overwritten. */
  readonly disk: string;
  /** Path of the file that gets what the guest's console shows. */
  readonly consoleLog: string;
  /** Seconds after which the machine is switched off. */
  readonly timeoutSeconds: number;
}

/** Intel's, which perf wants to see before it records from a PMU named `intel_bts`; old ones are emulated faster. */
const CPU = "Nehalem";
const MEMORY_MIB = 3072;
const DISK_BYTES = 1 << 28;

/**
 * Runs a machine in QEMU until it switches itself off, and hands out each line of its second serial port.
 *
 * Always emulated in software (TCG), with two CPUs that run at the same time.
 *
 * @returns Whether the guest ended by itself in time.
 */
export async function boot(machine: Machine, takeLine: (line: string) => void): Promise<boolean> {
  await Deno.writeFile(machine.disk, new Uint8Array(0));
  await Deno.truncate(machine.disk, DISK_BYTES);
  const child = new Deno.Command("qemu-system-x86_64", {
    args: [
      ...["-accel", "tcg,thread=multi", "-cpu", CPU, "-smp", "2"],
      ...["-m", String(MEMORY_MIB), "-nodefaults", "-display", "none", "-no-reboot"],
      ...["-kernel", machine.kernel, "-initrd", machine.image],
      ...["-append", "console=ttyS0 quiet panic=-1 mitigations=off"],
      ...["-serial", `file:${machine.consoleLog}`, "-serial", "stdio"],
      ...["-drive", `file=${machine.disk},format=raw,if=none,id=out,cache=unsafe`],
      ...["-device", "virtio-blk-pci,drive=out"],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let inTime = true;
  const timer = setTimeout(() => {
    inTime = false;
    child.kill("SIGKILL");
  }, machine.timeoutSeconds * 1000);
  try {
    for await (const line of lines(child.stdout)) takeLine(line);
    const { success } = await child.status;
    return success && inTime;
  } finally {
    clearTimeout(timer);
  }
}
