/** Runs a program with nothing but the paths of the guest, and returns all that it printed. */
export async function runInGuest(
  commandLine: readonly string[],
): Promise<{ code: number; output: string }> {
  const [program = "", ...args] = commandLine;
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    clearEnv: true,
    env: { PATH: "/bin:/usr/bin", DENO_DIR: "/deno-dir", HOME: "/tmp" },
  }).output();
  const text = new TextDecoder();
  return { code, output: (text.decode(stdout) + text.decode(stderr)).trim() };
}

/** Runs auxtail with the permissions of `deno task auxtail:live`. */
export function auxtail(args: readonly string[]): Promise<{ code: number; output: string }> {
  const permissions = ["--allow-ffi", "--allow-read", "--allow-write", "--allow-run=sh"];
  const deno = [Deno.execPath(), "run", "--no-prompt", "--cached-only", "--no-check"];
  return runInGuest([...deno, ...permissions, "cli/main.ts", ...args]);
}
