import { libc } from "./_libc.ts";
import { isExecutable } from "./_system.ts";
import { kernelFiles } from "./system_files.ts";

/** Waits for SIGCONT, then becomes the command; its arguments are not looked at by the shell. */
const STOPPED = 'kill -STOP $$; exec "$@"';
/** Moves the command's standard output to standard error. */
const TO_STDERR = " >&2";
const POLL_MS = 1;
/** Source: sys/wait.h, asm-generic/siginfo.h. */
const P_PID = 1;
const WNOHANG_WEXITED_WNOWAIT = 0x1 | 0x4 | 0x1000000;
const SIGINFO_SIZE = 128;

/** How a command is started. */
export interface CommandOptions {
  /** Whether its standard output goes to standard error, to keep a stream on standard output clean. */
  readonly stdoutToStderr?: boolean;
}

/** How a command ended. */
export interface CommandEnd {
  /** Its exit code; 128 and the number of the signal if one ended it. */
  readonly code: number;
  /** Name of the signal that ended it, as `SIGTERM`; null if none did. */
  readonly signal: string | null;
}

/** A command that has not started yet. */
export interface StoppedCommand extends Disposable {
  /** Its process. */
  readonly pid: number;
  /** How it ends. */
  readonly status: Promise<CommandEnd>;
  /** Asks the kernel whether it has ended, which `status` tells only when the event loop turns. */
  hasEnded(): boolean;
  /** Lets it start. */
  start(): void;
  /** Sends a signal; one to a command that has ended does nothing. */
  kill(signal: "SIGHUP" | "SIGINT" | "SIGKILL" | "SIGQUIT" | "SIGTERM"): void;
  /** Ends the process if it was never let start. */
  [Symbol.dispose](): void;
}

/**
 * Makes the process of a command and stops it before its first instruction, so that events can be
 * opened on it with `enableOnExec`. It inherits standard input, output and error.
 *
 * Needs `--allow-run=sh`.
 *
 * @param command The program, looked for in `PATH`, and its arguments.
 * @throws {Deno.errors.NotFound} If there is no such program.
 */
export async function stoppedCommand(
  command: readonly string[],
  { stdoutToStderr = false }: CommandOptions = {},
): Promise<StoppedCommand> {
  const [program = ""] = command;
  if (!isThere(program)) {
    const why = program.includes("/") ? "no executable file" : "no such program in PATH";
    throw new Deno.errors.NotFound(`Cannot run "${program}": ${why}`);
  }
  const options = { stdin: "inherit", stdout: "inherit", stderr: "inherit" } as const;
  const script = stdoutToStderr ? STOPPED + TO_STDERR : STOPPED;
  const args = ["-c", script, "sh", ...command];
  const child = new Deno.Command("sh", { args, ...options }).spawn();
  while (!/^\d+ \(.*\) T /s.test(kernelFiles.text(`/proc/${child.pid}/stat`) ?? "0 (gone) T ")) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  };
  let started = false;
  return {
    pid: child.pid,
    status: child.status,
    hasEnded() {
      const info = new Int32Array(SIGINFO_SIZE / 4);
      const failed = libc().waitid(P_PID, child.pid, info, WNOHANG_WEXITED_WNOWAIT) < 0;
      // Of one that runs, `si_signo` is 0; one whose status was fetched is no child any more.
      return failed || info[0] !== 0;
    },
    start() {
      started = true;
      kill("SIGCONT");
    },
    kill,
    [Symbol.dispose]() {
      if (!started) kill("SIGKILL");
    },
  };
}

function isThere(program: string): boolean {
  if (program.includes("/")) return isExecutable(program);
  const environment = kernelFiles.text("/proc/self/environ")?.split("\0") ?? [];
  const path = environment.find((entry) => entry.startsWith("PATH="))?.slice("PATH=".length) ?? "";
  return program !== "" && path.split(":").some((folder) => isExecutable(`${folder}/${program}`));
}
