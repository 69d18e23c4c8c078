import { type Outcome, run, type RunOptions } from "./run_program.ts";

/** A folder outside the checkout, and caches of npm and Deno that are empty at first. */
export interface EmptyMachine {
  /** An empty folder to work in. */
  readonly folder: string;
  /** Variables of programs: those of this process, but with the caches, and without npm's own. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Runs a program; the folder is {@linkcode folder} unless given, and `env` is added.
   *
   * @throws {CommandError} If its exit code is not accepted.
   */
  run(program: string, args: readonly string[], options?: RunOptions): Promise<Outcome>;
}

/** What npm tells the programs that it starts, of the folder and script of its caller. */
const OF_CALLER =
  /^(?:npm_(?:command|execpath|lifecycle|node|package)|npm_config_local_prefix|INIT_CWD)/;

/** Makes one, which goes when the tests are done. */
export function emptyMachine(): EmptyMachine {
  const base = Deno.makeTempDirSync({ prefix: "auxtail-doors-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(base, { recursive: true }));
  const folder = `${base}/project`;
  Deno.mkdirSync(folder);
  const inherited = Object.entries(Deno.env.toObject()).filter(([name]) => !OF_CALLER.test(name));
  const env = {
    ...Object.fromEntries(inherited),
    "NO_COLOR": "1",
    "DENO_DIR": `${base}/deno`,
    "npm_config_cache": `${base}/npm`,
    // Without network npm would try for a minute, by default.
    "npm_config_fetch_retry_mintimeout": "500",
    "npm_config_fetch_retry_maxtimeout": "2000",
  };
  return {
    folder,
    env,
    run: (program, args, options = {}) =>
      run(program, args, {
        cwd: folder,
        ...options,
        env: { ...env, ...options.env },
        clearEnv: true,
      }),
  };
}

/** Says whether npm or Deno failed because the registry could not be reached. */
export function isOffline(error: unknown): boolean {
  return error instanceof Error && OFFLINE.test(error.message);
}

const OFFLINE =
  /\b(?:EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ECONNRESET|ENETUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT)\b|error sending request|Failed loading https/;
