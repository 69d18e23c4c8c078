/** How a command is run. */
export interface RunOptions {
  /** Folder to run it in. */
  readonly cwd?: string;
  /** Variables besides those of the environment. */
  readonly env?: Record<string, string>;
  /** Whether it gets `env` alone. */
  readonly clearEnv?: boolean;
  /** Exit codes that are no failure, by default only 0. */
  readonly accept?: readonly number[] | "any";
}

/** What a command left behind. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command ended in an exit code that is a failure. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** What the command wrote on standard error. */
  readonly stderr: string;

  /** Takes the command line, the exit code and the text on standard error. */
  constructor(commandLine: string, code: number, stderr: string) {
    super(`Cannot run ${commandLine}: exit code ${code}\n${stderr.trim()}`);
    this.stderr = stderr;
  }
}

/**
 * Runs a command without a shell and waits for it.
 *
 * @throws {CommandError} If its exit code is not accepted.
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const { cwd, env = {}, clearEnv = false, accept = [0] } = options;
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    ...(cwd !== undefined && { cwd }),
    env: { LC_ALL: "C", ...env },
    clearEnv,
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  const outcome = { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  if (accept !== "any" && !accept.includes(code)) {
    throw new CommandError([program, ...args].join(" "), code, outcome.stderr);
  }
  return outcome;
}

/** Returns whether there is a file or folder at `path`. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
