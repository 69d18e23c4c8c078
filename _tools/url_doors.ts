import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fixturePath } from "../testing/corpus.ts";
import { registryTest } from "../testing/empty_machine.ts";
import { publishedFiles } from "../testing/published_files.ts";

const root = new URL("../", import.meta.url);
const { version } = JSON.parse(textOf("deno.json"));
const FITS = fixturePath("aux_demo_fits.perf.data");
const EXCEEDS = fixturePath("aux_demo_exceeds.perf.data");
const HOST = "https://HOST/auxtail";
/** The line of README, up to the program. */
const [, LINE = ""] =
  /^deno (run .*)https:\/\/HOST\/auxtail\/cli\/main\.ts replay/m.exec(textOf("README.md")) ?? [];

/** The line that installs from a checkout. */
const [INSTALL = ""] = /^deno install .*$/m.exec(textOf("README.md")) ?? [];

/** Serves what would be published, and nothing else. */
function serve(files: readonly string[]): {
  readonly url: string;
  readonly missing: readonly string[];
  stop(): Promise<void>;
} {
  const missing: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const path = decodeURIComponent(new URL(request.url).pathname.slice(1));
    if (files.includes(path)) return new Response(await Deno.readFile(new URL(path, root)));
    missing.push(path);
    return new Response("not there", { status: 404 });
  });
  return { url: `http://127.0.0.1:${server.addr.port}`, missing, stop: () => server.shutdown() };
}

await registryTest(
  "auxtail runs from a URL as README says, then without network",
  async (machine) => {
    const { url, missing, stop } = serve((await publishedFiles()).files);
    const run = (flags: readonly string[], ...args: readonly string[]) => {
      const words = LINE.replaceAll(HOST, url).trim().split(" ");
      return machine.run("deno", [...words, ...flags, `${url}/cli/main.ts`, ...args], {
        accept: "any",
      });
    };
    const runAll = async (how: string, ...flags: string[]) => {
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
      const refused = await run(flags, "report", FITS, "-o", "no.html");
      assertEquals([refused.code, refused.stderr.includes("--allow-write=no.html")], [2, true]);
      const outputs = [
        ["report", FITS, "-o", `${how}.html`],
        ["convert", FITS, "--to", "parquet", "-o", `${how}-one`],
        ["convert", FITS, EXCEEDS, "--jobs", "2", "--to", "parquet", "-o", `${how}-many`],
        ["extract", FITS, "-o", `${how}-payload`],
      ];
      for (const args of outputs) {
        const { code, stderr } = await run([...flags, "--allow-write"], ...args);
        assertEquals([args[0], code], [args[0], 0], stderr);
      }
    };
    const library = `${machine.folder}/library.ts`;
    try {
      await runAll("online");
      const install = INSTALL.replace("deno.json", `${url}/deno.json`)
        .replace("cli/main.ts", `${url}/cli/main.ts`);
      assertEquals((await machine.shell(install)).code, 0, install);
      await Deno.writeTextFile(
        library,
        `import { openPerfFile, replayReport } from "${url}/mod.ts";
       using file = openPerfFile(${JSON.stringify(EXCEEDS)});
       console.log(replayReport(file).verdict);`,
      );
      const flags = ["--no-prompt", "--allow-read", `--allow-import=${new URL(url).host}`];
      const { stdout, stderr } = await machine.run("deno", ["run", ...flags, library]);
      assertEquals(stdout, "exceeds\n", stderr);
    } finally {
      await stop();
    }
    assertEquals(missing, []);
    assertEquals((await machine.shell(`auxtail replay '${FITS}'`)).code, 0);
    await runAll("offline", "--cached-only");
    assertEquals([...Deno.readDirSync(machine.folder)].map(({ name }) => name).sort(), [
      "library.ts",
      ...["offline-many", "offline-one", "offline-payload", "offline.html"],
      ...["online-many", "online-one", "online-payload", "online.html"],
    ]);
  },
);

function textOf(file: string): string {
  return Deno.readTextFileSync(new URL(file, root));
}
