import { lines } from "./guest/lines.ts";
import type { Target } from "./targets.ts";

/** A machine to be emulated. */
export interface Machine {
  /** What it is. */
  readonly target: Target;
  /** Path of the kernel image. */
  readonly kernel: string;
  /** Path of the archive with the root file system. */
  readonly image: string;
  /** Path of the raw disk, which the guest writes a tar archive on. It is overwritten. */
  readonly disk: string;
  /** Path of the file that gets what the guest's console shows. */
  readonly consoleLog: string;
}

/** How a machine ended. */
export interface BootOutcome {
  /** Whether it switched itself off, came to its limit of time, or ended in an error of QEMU. */
  readonly end: "off" | "timeout" | "error";
  /** Seconds from the start to the first line; null if there was none. */
  readonly bootSeconds: number | null;
  /** Seconds after which it had to be off. */
  readonly limitSeconds: number;
}

const MEMORY_MIB = 3072;
const DISK_BYTES = 1 << 28;
/** Seconds that a machine has for its first line; one without load needs less than ten. */
const FIRST_LINE_SECONDS = 300;
const LEAST_SECONDS = 600;
/** A run takes some fifteen times as long as the boot. */
const BOOTS = 60;

/** Seconds from the start after which a machine is switched off that needed so long for its first line. */
export function limitAfter(bootSeconds: number): number {
  return Math.ceil(Math.max(LEAST_SECONDS, BOOTS * bootSeconds));
}

/**
 * Runs a machine in QEMU until it switches itself off, and hands out each line of its second serial
 * port. The first line says that user land runs: the limit of time follows from when it came.
 *
 * Always emulated in software (TCG), with two CPUs that run at the same time.
 */
export async function boot(
  machine: Machine,
  takeLine: (line: string) => void,
): Promise<BootOutcome> {
  const { target } = machine;
  await Deno.writeFile(machine.disk, new Uint8Array(0));
  await Deno.truncate(machine.disk, DISK_BYTES);
  const [program, ...own] = target.qemu;
  const start = performance.now();
  const child = new Deno.Command(program!, {
    args: [
      ...own,
      ...["-accel", "tcg,thread=multi", "-smp", "2"],
      ...["-m", String(MEMORY_MIB), "-nodefaults", "-display", "none", "-no-reboot"],
      ...["-kernel", machine.kernel, "-initrd", machine.image],
      ...["-append", `console=${target.console} quiet panic=-1 mitigations=off`],
      ...["-chardev", `file,id=console,path=${machine.consoleLog}`, "-serial", "chardev:console"],
      ...["-chardev", "stdio,id=results,signal=off", ...target.results],
      ...["-drive", `file=${machine.disk},format=raw,if=none,id=out,cache=unsafe`],
      ...["-device", "virtio-blk-pci,drive=out"],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let bootSeconds: number | null = null;
  let limitSeconds = FIRST_LINE_SECONDS;
  let inTime = true;
  const switchOff = () => {
    inTime = false;
    child.kill("SIGKILL");
  };
  let timer = setTimeout(switchOff, 1000 * limitSeconds);
  try {
    for await (const line of lines(child.stdout)) {
      if (bootSeconds === null) {
        bootSeconds = (performance.now() - start) / 1000;
        limitSeconds = limitAfter(bootSeconds);
        clearTimeout(timer);
        timer = setTimeout(switchOff, 1000 * (limitSeconds - bootSeconds));
      }
      takeLine(line);
    }
    const { success } = await child.status;
    return { end: !inTime ? "timeout" : success ? "off" : "error", bootSeconds, limitSeconds };
  } finally {
    clearTimeout(timer);
  }
}
