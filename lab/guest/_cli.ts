/** How a program ended, and what it wrote. */
export interface Outcome {
  readonly code: number;
  /** What it printed on standard output, then on standard error. */
  readonly output: string;
}

/** How a program is run. */
export interface RunOptions {
  /** User and group; root unless given. */
  readonly uid?: number;
  /** File that takes standard output. */
  readonly stdout?: string;
  /** Where programs are looked for; everywhere unless given. */
  readonly path?: string;
}

/** Runs a program with nothing but the paths of the guest, and returns all that it printed. */
export async function runInGuest(
  commandLine: readonly string[],
  { uid, stdout, path = "/bin:/usr/bin" }: RunOptions = {},
): Promise<Outcome> {
  const toFile = ["sh", "-c", `exec "$@" > ${stdout}`, "sh"];
  const [program = "", ...args] = [...stdout === undefined ? [] : toFile, ...commandLine];
  const outcome = await new Deno.Command(program, {
    args,
    clearEnv: true,
    env: { PATH: path, DENO_DIR: "/deno-dir", HOME: "/tmp", NO_COLOR: "1" },
    ...(uid !== undefined && { uid, gid: uid }),
  }).output();
  const text = new TextDecoder();
  const output = text.decode(outcome.stdout) + text.decode(outcome.stderr);
  return { code: outcome.code, output: output.trim() };
}

/** Runs auxtail with the permissions of `deno task auxtail:live`. */
export function auxtail(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return runInGuest(auxtailCommand(args), options);
}

/** The command line that {@linkcode auxtail} runs. */
export function auxtailCommand(args: readonly string[]): string[] {
  const permissions = ["--allow-ffi", "--allow-read", "--allow-write", "--allow-run=sh"];
  const deno = [Deno.execPath(), "run", "--no-prompt", "--cached-only", "--no-check"];
  return [...deno, ...permissions, "cli/main.ts", ...args];
}
