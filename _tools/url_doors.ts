import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { publishedFiles } from "./_published_files.ts";

const root = new URL("../", import.meta.url);
const { version } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root)));
const FITS = new URL("testdata/aux_demo_fits.perf.data", root).pathname;
const EXCEEDS = new URL("testdata/aux_demo_exceeds.perf.data", root).pathname;

/** What a Deno that has never run anything has. */
class EmptyMachine implements Disposable {
  readonly #folder = Deno.makeTempDirSync({ prefix: "auxtail-url-" });
  /** Where commands run. */
  readonly cwd = `${this.#folder}/here`;

  constructor() {
    Deno.mkdirSync(this.cwd);
  }

  async deno(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args,
      cwd: this.cwd,
      env: { DENO_DIR: `${this.#folder}/cache`, NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder();
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#folder, { recursive: true });
  }
}

/** Serves what would be published, and nothing else. */
function serve(
  files: readonly string[],
): { url: string; missing: string[]; stop(): Promise<void> } {
  const missing: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const path = decodeURIComponent(new URL(request.url).pathname.slice(1));
    if (files.includes(path)) return new Response(await Deno.readFile(new URL(path, root)));
    missing.push(path);
    return new Response("not there", { status: 404 });
  });
  return { url: `http://127.0.0.1:${server.addr.port}`, missing, stop: () => server.shutdown() };
}

Deno.test("auxtail runs from a URL as README says, and then without network", async () => {
  using machine = new EmptyMachine();
  const { url, missing, stop } = serve((await publishedFiles()).files);
  const readme = Deno.readTextFileSync(new URL("README.md", root));
  const [, line = ""] =
    readme.match(/^deno (run .*)https:\/\/HOST\/auxtail\/cli\/main\.ts replay/m) ?? [];
  const run = (flags: readonly string[], ...args: string[]) => {
    const words = line.replaceAll("https://HOST/auxtail", url).trim().split(" ");
    return machine.deno(...words, ...flags, `${url}/cli/main.ts`, ...args);
  };
  const runAll = async (how: string, ...flags: string[]) => {
    const write = [...flags, "--allow-write"];
    const replay = await run(flags, "replay", FITS, EXCEEDS);
    assertEquals(
      [replay.code, replay.stdout.includes("aux_demo_exceeds")],
      [1, true],
      replay.stderr,
    );
    assertEquals((await run(flags, "-V")).stdout, `${version}\n`);
    assertStringIncludes((await run(flags, "--help")).stdout, "Usage: auxtail");
    const packets = await run(flags, "packets", "--jobs", "2", "--summary", FITS);
    assertMatch(packets.stdout, /^0 +0 4242 +5120 +4484 /m);
    const refused = await run(["--no-prompt", ...flags], "report", FITS, "-o", "no.html");
    assertEquals([refused.code, refused.stderr.includes("--allow-write=no.html")], [2, true]);
    const outputs = [
      ["report", FITS, "-o", `${how}.html`],
      ["convert", FITS, "--to", "parquet", "-o", `${how}-one`],
      ["convert", FITS, EXCEEDS, "--jobs", "2", "--to", "parquet", "-o", `${how}-many`],
      ["extract", FITS, "-o", `${how}-payload`],
    ];
    for (const args of outputs) {
      const { code, stderr } = await run(write, ...args);
      assertEquals([args[0], code], [args[0], 0], stderr);
    }
  };
  try {
    await runAll("online");
    const library = (flags: readonly string[]) => machine.deno("run", ...flags, "library.ts");
    await Deno.writeTextFile(
      `${machine.cwd}/library.ts`,
      `import { openPerfFile, replayReport } from "${url}/mod.ts";
       using file = openPerfFile(${JSON.stringify(EXCEEDS)});
       console.log(replayReport(file).verdict);`,
    );
    const flags = ["--no-prompt", "--allow-read", `--allow-import=${new URL(url).host}`];
    const { stdout, stderr } = await library(flags);
    assertEquals(stdout, "exceeds\n", stderr);
  } finally {
    await stop();
  }
  assertEquals(missing, []);
  await runAll("offline", "--cached-only");
  assertEquals([...Deno.readDirSync(machine.cwd)].map(({ name }) => name).sort(), [
    "library.ts",
    ...["offline-many", "offline-one", "offline-payload", "offline.html"],
    ...["online-many", "online-one", "online-payload", "online.html"],
  ]);
});
