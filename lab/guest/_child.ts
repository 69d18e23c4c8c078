import { lines } from "./lines.ts";

/** A module of this folder that runs in a process of its own and talks in lines. */
export class Child implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncIterator<string>;

  /** Starts `lab/guest/<module>` with `--allow-ffi` as its only permission, as a user if given. */
  constructor(module: string, options: { readonly uid?: number } = {}) {
    const { uid } = options;
    const script = `${import.meta.dirname}/${module}`;
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-ffi", "--no-prompt", "--cached-only", "--no-check", script],
      stdin: "piped",
      stdout: "piped",
      ...(uid !== undefined && { uid, gid: uid }),
    }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#lines = lines(this.#process.stdout);
  }

  /** Writes a line and waits for the one that answers it. */
  async ask(line: string): Promise<string> {
    await this.#writer.write(new TextEncoder().encode(`${line}\n`));
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("The process ended without an answer");
    return value;
  }

  /** Kills the process with SIGKILL and waits until it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
    await this.#lines.return?.();
    await this.#writer.abort().catch(() => {});
  }
}
