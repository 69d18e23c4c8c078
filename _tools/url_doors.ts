import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fixturePath } from "../testing/corpus.ts";
import { registryTest } from "../testing/empty_machine.ts";
import { publishedFiles } from "../testing/published_files.ts";
import { filesBelow } from "./bundle_modules.ts";
import { pack } from "./pack.ts";

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

/** README's line for what is packed, up to the program. */
const [, BUNDLE_LINE = ""] =
  /^deno (run .*https:\/\/HOST\/auxtail\/package\/cli\/main\.js) replay/m.exec(
    textOf("README.md"),
  ) ?? [];

/** Types that README names: those that Deno reads TypeScript as, and those that it does not. */
const GOOD_TYPES = [
  "application/typescript",
  null,
  "text/plain",
  "application/octet-stream",
  "video/mp2t",
];
const BAD_TYPES = ["text/vnd.trolltech.linguist"];

/** Serves what would be published, and nothing else, with a type of the `.ts` files. */
function serve(
  files: readonly string[],
  { type = null, from = root }: { readonly type?: string | null; readonly from?: URL } = {},
): {
  readonly url: string;
  readonly missing: readonly string[];
  stop(): Promise<void>;
} {
  const missing: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const path = decodeURIComponent(new URL(request.url).pathname.slice(1));
    if (files.includes(path)) {
      const response = new Response(await Deno.readFile(new URL(path, from)));
      if (path.endsWith(".ts") && type !== null) response.headers.set("content-type", type);
      return response;
    }
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

await registryTest("a server has to send types as README says", async (machine) => {
  const { files } = await publishedFiles();
  for (const type of [...GOOD_TYPES, ...BAD_TYPES]) {
    if (type !== null) assertStringIncludes(textOf("README.md"), type);
    const { url, stop } = serve(files, { type });
    const words = LINE.replaceAll(HOST, url).trim().split(" ");
    const args = [...words, `${url}/cli/main.ts`, "packets", "--jobs", "2", "--summary", FITS];
    const { code, stderr } = await machine.run("deno", args, { accept: "any" });
    await stop();
    assertEquals([type, code], [type, BAD_TYPES.includes(type!) ? 1 : 0], stderr);
    assertEquals([type, stderr.includes("SyntaxError")], [type, BAD_TYPES.includes(type!)]);
  }
});

await registryTest("Deno keeps what a server had until --reload", async (machine) => {
  const { files } = await publishedFiles();
  const copy = `${machine.home}/server`;
  for (const file of files) {
    await Deno.mkdir(`${copy}/${file}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.copyFile(new URL(file, root), `${copy}/${file}`);
  }
  const { url, stop } = serve(files, { from: new URL(`file://${copy}/`) });
  const versionOf = async (...flags: string[]) => {
    const [run = "", ...words] = LINE.replaceAll(HOST, url).trim().split(" ");
    const args = [run, ...flags, ...words, `${url}/cli/main.ts`, "-V"];
    return (await machine.run("deno", args)).stdout;
  };
  const install = INSTALL.replace("deno.json", `${url}/deno.json`)
    .replace("cli/main.ts", `${url}/cli/main.ts`);
  try {
    assertEquals((await machine.shell(install)).code, 0);
    await Deno.writeTextFile(`${copy}/text/version.ts`, 'export const VERSION = "9.9.9";\n');
    assertEquals([await versionOf(), await versionOf("--reload")], [`${version}\n`, "9.9.9\n"]);
    await Deno.writeTextFile(`${copy}/text/version.ts`, 'export const VERSION = "9.9.10";\n');
    const again = install.replace("deno install", "deno install --force --reload");
    assertEquals((await machine.shell(again)).code, 0);
    assertEquals((await machine.shell("auxtail -V")).stdout, "9.9.10\n");
  } finally {
    await stop();
  }
});

await registryTest(
  "the npm package, unpacked, runs from a server of any types",
  async (machine) => {
    const tarball = await pack(`${machine.home}/dist`);
    const folder = `${machine.home}/server`;
    await Deno.mkdir(folder);
    await machine.run("tar", ["-xzf", tarball, "-C", folder]);
    const files = filesBelow(folder);
    const { url, missing, stop } = serve(files, {
      type: "text/vnd.trolltech.linguist",
      from: new URL(`file://${folder}/`),
    });
    const words = BUNDLE_LINE.replaceAll(HOST, url).split(" ");
    const commands = [
      ["replay", FITS],
      ["packets", "--jobs", "2", "--summary", FITS],
      ["report", FITS, "-o", "report.html"],
      ["convert", FITS, EXCEEDS, "--jobs", "2", "--to", "parquet", "-o", "tables"],
    ];
    const runAll = async (...flags: string[]) => {
      for (const args of commands) {
        const [run = "", ...rest] = words;
        const all = [run, "--allow-write", ...flags, ...rest, ...args];
        const { code, stderr } = await machine.run("deno", all, { accept: "any" });
        assertEquals([args[0], code], [args[0], 0], stderr);
      }
    };
    await runAll();
    await stop();
    assertEquals(missing, []);
    await Deno.remove(`${machine.folder}/tables`, { recursive: true });
    await runAll("--cached-only");
  },
);

function textOf(file: string): string {
  return Deno.readTextFileSync(new URL(file, root));
}
