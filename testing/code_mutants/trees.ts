import { type Room, testsOf } from "./rooms.ts";

/** What the tests of a room do: all pass, one fails, or their time is up. */
export type TestOutcome = "green" | "red" | "late";

/** Copies of the project in which tests run. Disposing of it ends what runs and removes them. */
export class Trees implements Disposable {
  /** Files of the project, from its root. */
  readonly paths: readonly string[];
  /** Folders of the copies. */
  readonly folders: readonly string[];
  readonly #temporary = Deno.makeTempDirSync({ prefix: "auxtail-mutants-" });
  readonly #running = new Set<number>();

  /** Copies the files that Git lists, `jobs` times, with the corpus beside each copy. */
  constructor(root: URL, jobs: number) {
    const onSignal = () => {
      this[Symbol.dispose]();
      Deno.exit(2);
    };
    Deno.addSignalListener("SIGINT", onSignal);
    Deno.addSignalListener("SIGTERM", onSignal);
    const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"];
    const { stdout } = new Deno.Command("git", { args, cwd: root }).outputSync();
    this.paths = new TextDecoder().decode(stdout).split("\0")
      .filter((path) => path !== "" && isThere(new URL(path, root)));
    this.folders = Array.from({ length: jobs }, (_, job) => `${this.#temporary}/${job}/auxtail`);
    const corpus = new URL("../shared", root);
    for (const folder of this.folders) {
      Deno.mkdirSync(`${folder}/../tmp`, { recursive: true });
      if (isThere(corpus)) Deno.symlinkSync(Deno.realPathSync(corpus), `${folder}/../shared`);
      for (const path of this.paths) {
        Deno.mkdirSync(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
        Deno.copyFileSync(new URL(path, root), `${folder}/${path}`);
      }
    }
  }

  /**
   * Runs the tests of a room in a copy until one fails.
   *
   * @param options `changed`: the file with the mutant, if any; `limitMs`: time until the tests are
   * stopped; `quiet`: whether to print nothing when one fails.
   */
  async test(
    folder: string,
    room: Room,
    options: { readonly changed?: string; readonly limitMs: number; readonly quiet: boolean },
  ): Promise<TestOutcome> {
    if (room.embedded) {
      const outcome = await this.#run(folder, ["run", "-A", "_tools/embed.ts"], options);
      if (outcome !== "green") return outcome;
    }
    const tests = testsOf(room, this.paths, options.changed);
    const config = tests.some((path) => path.startsWith("web/")) ? "web/tests.json" : "deno.json";
    const flags = ["--no-check", "--no-prompt", "-A", "-q", "--fail-fast", "--reporter=dot"];
    return await this.#run(folder, ["test", ...flags, "--config", config, ...tests], options);
  }

  /** Runs Deno as the head of a process group; when its time is up the whole group ends. */
  async #run(
    cwd: string,
    args: string[],
    { limitMs, quiet }: { readonly limitMs: number; readonly quiet: boolean },
  ): Promise<TestOutcome> {
    const env = { NO_COLOR: "1", CI: "", TMPDIR: `${cwd}/../tmp` };
    const command = { args, cwd, env, stdin: "null", stdout: "piped", stderr: "null" } as const;
    const child = new Deno.Command(Deno.execPath(), { ...command, detached: true }).spawn();
    this.#running.add(child.pid);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      endGroup(child.pid);
    }, limitMs);
    let end = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      end = (end + text).slice(-4000);
    }
    const { success } = await child.status;
    clearTimeout(timer);
    endGroup(child.pid);
    this.#running.delete(child.pid);
    if (!success && !quiet) Deno.stderr.writeSync(new TextEncoder().encode(`${end}\n`));
    return success ? "green" : late ? "late" : "red";
  }

  [Symbol.dispose](): void {
    for (const pid of this.#running) endGroup(pid);
    Deno.removeSync(this.#temporary, { recursive: true });
  }
}

/** Ends a process group, if there still is one. */
function endGroup(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function isThere(path: URL): boolean {
  try {
    return Deno.statSync(path) !== undefined;
  } catch {
    return false;
  }
}
