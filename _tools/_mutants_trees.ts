import type { Room } from "./_mutants_rooms.ts";

/** A mutant, and the tests that have to find it. */
export interface Trial {
  readonly room: Room;
  readonly tests: readonly string[];
  readonly path: string;
  /** The changed file. */
  readonly source: string;
  /** Milliseconds until the tests are stopped. */
  readonly limit: number;
}

/** Copies of the project in which tests run; a copy runs one mutant at a time. */
export class Trees implements Disposable {
  /** Files of the project, tracked or new. */
  readonly paths: readonly string[];
  /** The copies. */
  readonly folders: readonly string[];
  readonly #temporary: string;
  readonly #running = new Set<number>();
  readonly #onSignal = () => {
    this[Symbol.dispose]();
    Deno.exit(2);
  };

  private constructor(paths: readonly string[], jobs: number) {
    this.paths = paths;
    this.#temporary = Deno.makeTempDirSync({ prefix: "auxtail-mutants-" });
    this.folders = Array.from({ length: jobs }, (_, job) => `${this.#temporary}/${job}/auxtail`);
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.addSignalListener(signal, this.#onSignal);
    }
  }

  /** Copies what Git lists of the project, `jobs` times, with the corpus beside each copy. */
  static async make(root: URL, jobs: number): Promise<Trees> {
    const git = await new Deno.Command("git", {
      args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
      cwd: root,
    }).output();
    if (!git.success) throw new Error(new TextDecoder().decode(git.stderr).trim());
    const listed = new TextDecoder().decode(git.stdout).split("\0");
    const paths = listed.filter((path) => path !== "" && isFile(new URL(path, root)));
    const trees = new Trees([...new Set(paths)].sort(), jobs);
    const corpus = new URL("../shared", root);
    for (const folder of trees.folders) {
      for (const path of trees.paths) {
        Deno.mkdirSync(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
        Deno.copyFileSync(new URL(path, root), `${folder}/${path}`);
      }
      Deno.mkdirSync(`${folder}/../tmp`);
      if (isThere(corpus)) Deno.symlinkSync(Deno.realPathSync(corpus), `${folder}/../shared`);
    }
    return trees;
  }

  /**
   * Runs tests of the unchanged code.
   *
   * @returns How long they took, in milliseconds.
   * @throws {Error} If they fail.
   */
  async measure(room: Room, tests: readonly string[]): Promise<number> {
    const start = performance.now();
    const end = await this.#test(this.folders[0]!, room, tests, 1_800_000, "inherit");
    if (end !== "green") {
      throw new Error(`Cannot try ${room.name}: its tests fail without a mutant`);
    }
    return performance.now() - start;
  }

  /** Runs tests with one file changed: all pass, one fails, or their time is up. */
  async try(folder: string, trial: Trial): Promise<"green" | "red" | "late"> {
    const { room, path, source, limit } = trial;
    const original = Deno.readTextFileSync(`${folder}/${path}`);
    const near = path.replace(/\.ts$/, "_test.ts");
    const tests = trial.tests.toSorted((a, b) => Number(b === near) - Number(a === near));
    Deno.writeTextFileSync(`${folder}/${path}`, source);
    try {
      return await this.#test(folder, room, tests, limit, "null");
    } finally {
      Deno.writeTextFileSync(`${folder}/${path}`, original);
    }
  }

  async #test(
    folder: string,
    { embedded }: Room,
    tests: readonly string[],
    limit: number,
    stderr: "inherit" | "null",
  ): Promise<"green" | "red" | "late"> {
    if (embedded) await this.#run(folder, ["run", "-A", "_tools/embed.ts"], limit, stderr);
    const config = tests.some((test) => test.startsWith("web/")) ? "web/tests.json" : "deno.json";
    const options = [
      "--no-check",
      "--no-prompt",
      "--quiet",
      "--fail-fast",
      "--allow-all",
      "--reporter=dot",
    ];
    return await this.#run(
      folder,
      ["test", ...options, "--config", config, ...tests],
      limit,
      stderr,
    );
  }

  /** Runs Deno in a process group of its own, and ends the whole group when the time is up. */
  async #run(
    folder: string,
    args: readonly string[],
    limit: number,
    stderr: "inherit" | "null",
  ): Promise<"green" | "red" | "late"> {
    const child = new Deno.Command(Deno.execPath(), {
      args: [...args],
      cwd: folder,
      env: { NO_COLOR: "1", CI: "", TMPDIR: `${folder}/../tmp` },
      stdin: "null",
      stdout: stderr === "null" ? "null" : "inherit",
      stderr,
      detached: true,
    }).spawn();
    this.#running.add(child.pid);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      endGroup(child.pid);
    }, limit);
    const { success } = await child.status;
    clearTimeout(timer);
    this.#running.delete(child.pid);
    endGroup(child.pid);
    return success ? "green" : late ? "late" : "red";
  }

  /** Ends what runs, and removes the copies. */
  [Symbol.dispose](): void {
    for (const pid of this.#running) endGroup(pid);
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.removeSignalListener(signal, this.#onSignal);
    }
    Deno.removeSync(this.#temporary, { recursive: true });
  }
}

/** Ends a process group; nothing is wrong if there is none any more. */
function endGroup(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound) && !(error instanceof TypeError)) throw error;
  }
}

function isThere(path: URL): boolean {
  try {
    return Deno.statSync(path) !== undefined;
  } catch {
    return false;
  }
}

function isFile(path: URL): boolean {
  return isThere(path) && Deno.statSync(path).isFile;
}
