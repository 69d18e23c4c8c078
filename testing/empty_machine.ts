import { oracleTest } from "./corpus.ts";
import { CommandError, type Outcome, run, type RunOptions } from "./run_program.ts";

/** What npm and Deno tell the programs that they start, of caller and caches. */
const OF_CALLER =
  /^(?:npm_(?:command|execpath|lifecycle|node|package)|npm_config_local_prefix|INIT_CWD|DENO_)/;
/** A proxy where nobody listens. */
const NO_NETWORK = { "HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9" };
const OFFLINE =
  /\b(?:EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ECONNRESET|ENETUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT)\b|error sending request|Failed loading https/;

/** How a program of the machine is run; in {@linkcode EmptyMachine.folder} by default. */
export interface MachineOptions extends Omit<RunOptions, "clearEnv"> {
  /** Whether it has no network. */
  readonly offline?: boolean;
}

/**
 * The machine of somebody who has just got Deno: an empty home, outside of the checkout, and so
 * empty caches of Deno and npm. It goes when the tests are done.
 */
export class EmptyMachine {
  /** The home. */
  readonly home = Deno.makeTempDirSync({ prefix: "auxtail-home-" });
  /** An empty folder to work in. */
  readonly folder = `${this.home}/any folder`;
  /** Variables of programs. */
  readonly env: Readonly<Record<string, string>>;

  /** Makes one, with `deno` where its own installer puts it. */
  constructor() {
    globalThis.addEventListener("unload", () => Deno.removeSync(this.home, { recursive: true }));
    const bin = `${this.home}/.deno/bin`;
    for (const folder of [this.folder, bin]) Deno.mkdirSync(folder, { recursive: true });
    Deno.symlinkSync(Deno.execPath(), `${bin}/deno`);
    const inherited = Object.entries(Deno.env.toObject()).filter(([name]) => !OF_CALLER.test(name));
    this.env = {
      ...Object.fromEntries(inherited),
      "NO_COLOR": "1",
      "HOME": this.home,
      "PATH": `${bin}:${Deno.env.get("PATH")}`,
      "DENO_DIR": `${this.home}/.cache/deno`,
      "npm_config_cache": `${this.home}/.npm`,
      "npm_config_update_notifier": "false",
      // Without network npm would try for a minute, by default.
      "npm_config_fetch_retry_mintimeout": "500",
      "npm_config_fetch_retry_maxtimeout": "2000",
    };
  }

  /**
   * Runs a program.
   *
   * @throws {CommandError} If its exit code is not accepted.
   */
  run(
    program: string,
    args: readonly string[],
    { offline = false, env, ...options }: MachineOptions = {},
  ): Promise<Outcome> {
    return run(program, args, {
      cwd: this.folder,
      ...options,
      env: { ...this.env, ...(offline && NO_NETWORK), ...env },
      clearEnv: true,
    });
  }

  /** Runs a line of a shell, whatever its exit code. */
  shell(line: string, options?: MachineOptions): Promise<Outcome> {
    return this.run("bash", ["-c", line], { accept: "any", ...options });
  }
}

/** Declares a test that fetches packages from npm; where that fails it is skipped by name, in CI too. */
export async function registryTest(
  name: string,
  test: (machine: EmptyMachine) => Promise<void>,
): Promise<void> {
  const fetching = new EmptyMachine().run("deno", ["cache", "--no-config", "npm:uplot@1.6.32"]);
  const lacks = await fetching.then(() => null, unreachable);
  oracleTest(name, [], () => test(new EmptyMachine()), lacks);
}

/** Says that npm's registry cannot be reached, if that is why a program failed; throws other errors. */
export function unreachable(error: unknown): string {
  if (!(error instanceof CommandError) || !OFFLINE.test(error.stderr)) throw error;
  return "npm's registry cannot be reached";
}
