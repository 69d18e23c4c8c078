const root = new URL("..", import.meta.url);

/** What a run of the command line left behind. */
export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of {@linkcode runCli}. */
export interface CliOptions {
  /** Permissions, by default to read the repository's `testdata`. */
  readonly permissions?: readonly string[];
  /** Bytes on standard input. */
  readonly stdin?: Uint8Array;
  /** Variables of the environment. */
  readonly env?: Record<string, string>;
}

/** Runs the real program in a process of its own, without prompts. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const { permissions = ["--allow-read=testdata"], stdin, env = {} } = options;
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...permissions, "cli/main.ts", ...args],
    cwd: root,
    env,
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (stdin !== undefined) {
    const writer = process.stdin.getWriter();
    try {
      await writer.write(stdin);
      await writer.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  }
  const { code, stdout, stderr } = await process.output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}
