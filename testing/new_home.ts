/** What a program did. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The home of somebody who has just got Deno, and whose caches are empty. */
export class NewHome implements Disposable {
  readonly path = Deno.makeTempDirSync({ prefix: "auxtail-home-" });
  /** Where commands run, unless another folder is given. */
  readonly cwd = `${this.path}/any folder`;
  readonly #bin = `${this.path}/.deno/bin`;

  /** Makes the home, with `deno` where its own installer puts it. */
  constructor() {
    for (const folder of [this.cwd, this.#bin]) Deno.mkdirSync(folder, { recursive: true });
    Deno.symlinkSync(Deno.execPath(), `${this.#bin}/deno`);
  }

  /** Runs a line of a shell. */
  shell(
    line: string,
    options?: { readonly cwd?: string; readonly offline?: boolean },
  ): Promise<Outcome> {
    return this.run("bash", ["-c", line], options);
  }

  /** Runs a program; `offline` gives it a proxy where nobody listens. */
  async run(
    program: string,
    args: readonly string[],
    { cwd = this.cwd, offline = false }: { readonly cwd?: string; readonly offline?: boolean } = {},
  ): Promise<Outcome> {
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args: [...args],
      cwd,
      env: {
        NO_COLOR: "1",
        HOME: this.path,
        DENO_DIR: `${this.path}/.cache/deno`,
        PATH: `${this.#bin}:${Deno.env.get("PATH")}`,
        ...(offline && { HTTPS_PROXY: "http://127.0.0.1:9", HTTP_PROXY: "http://127.0.0.1:9" }),
      },
      stdin: "null",
    }).output();
    const text = new TextDecoder();
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/**
 * Declares a test that fetches packages from npm. Where that fails the test is skipped, with a line
 * that says so, in CI too.
 */
export async function registryTest(
  name: string,
  run: (home: NewHome) => Promise<void>,
): Promise<void> {
  using home = new NewHome();
  const { code } = await home.run(Deno.execPath(), ["cache", "--no-config", "npm:uplot@1.6.32"]);
  if (code !== 0) Deno.stdout.writeSync(new TextEncoder().encode(`Skipped: ${name}: no network\n`));
  Deno.test({
    name,
    ignore: code !== 0,
    async fn() {
      using home = new NewHome();
      await run(home);
    },
  });
}
