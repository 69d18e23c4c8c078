import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runCli } from "../../testing/run_cli.ts";

type Cure = "fetch" | "cache" | null;

/** What Deno 2.9.6 says of a package that it cannot load, and what is told of it. */
const REASONS: readonly (readonly [message: string, reason: string, cure: Cure])[] = [
  [
    'Failed loading https://npm.example/a for package "a"\n    0: error sending request for url ' +
    "(https://npm.example/a): client error (Connect): dns error\n    1: client error (Connect)",
    "error sending request for url (https://npm.example/a): client error (Connect): dns error",
    "fetch",
  ],
  [
    "Failed caching npm package 'a@1.0.0'\n" +
    '    0: npm package not found in cache: "a", --cached-only is specified.',
    'npm package not found in cache: "a", --cached-only is specified',
    "fetch",
  ],
  [
    'Failed loading https://npm.example/a for package "a"\n    0: Bad response: 500\n       \n' +
    "       {}",
    "Bad response: 500",
    "fetch",
  ],
  [
    "[ERR_MODULE_NOT_FOUND] Cannot find module 'file:///a/b.css' imported from 'file:///c'",
    "Cannot find module 'file:///a/b.css' imported from 'file:///c'",
    "fetch",
  ],
  [
    "Failed caching npm package 'a@1.0.0'\n    0: failed to create directory '/a/npm': Read-only file " +
    "system (os error 30)",
    "failed to create directory '/a/npm': Read-only file system (os error 30)",
    "cache",
  ],
  [
    "Failed caching npm package 'a@1.0.0'\n    0: failed to write '/a/npm/b.tmp/LICENSE': No space left " +
    "on device (os error 28)",
    "failed to write '/a/npm/b.tmp/LICENSE': No space left on device (os error 28)",
    "cache",
  ],
  [
    'Failed loading https://npm.example/a for package "a"\n    0: Not a directory (os error 20)',
    "Not a directory (os error 20)",
    "cache",
  ],
  [
    'Failed loading https://npm.example/a for package "a"\n    0: error sending request for url ' +
    "(https://npm.example/a): client error (Connect): tcp connect error: Connection refused " +
    "(os error 111)",
    "error sending request for url (https://npm.example/a): client error (Connect): tcp connect " +
    "error: Connection refused (os error 111)",
    "fetch",
  ],
  ["npm package 'a' does not exist.", "npm package 'a' does not exist", null],
  [
    "npm specifiers were requested; but --no-npm is specified",
    "npm specifiers were requested; but --no-npm is specified",
    null,
  ],
  [
    "The lockfile is out of date. Run `deno install --frozen=false`, or rerun with " +
    "`--frozen=false` to update it.\nchanges:\n 1 | -{}",
    "The lockfile is out of date. Run `deno install --frozen=false`, or rerun with " +
    "`--frozen=false` to update it",
    null,
  ],
  [
    "Failed caching npm package 'a@1.0.0'\n    0: Tarball checksum did not match what was provided " +
    "by npm registry for a@1.0.0.\n       \n       Expected: AAA\n       Actual: BBB",
    "Tarball checksum did not match what was provided by npm registry for a@1.0.0",
    null,
  ],
];

Deno.test("fetchPackage() tells why, and the command that fetches where that helps", async () => {
  const action = new URL("_fetch_package.ts", import.meta.url).href;
  const program = `
    const { fetchPackage } = await import(${JSON.stringify(action)});
    for (const message of ${JSON.stringify(REASONS.map(([message]) => message))}) {
      await fetchPackage("npm:uplot@1.6.32", () => Promise.reject(new TypeError(message)));
    }
  `;
  const { code, stderr } = await new Deno.Command(Deno.execPath(), { args: ["eval", program] })
    .output();
  const cures = {
    fetch: `; with a network, run: ${Deno.execPath()} cache --reload --no-config --no-lock ` +
      "npm:uplot@1.6.32",
    cache: ", in Deno's cache: deno info says where that is",
  };
  const expected = REASONS.map(([, reason, cure]) =>
    `auxtail: cannot load npm:uplot@1.6.32: ${reason}${cure === null ? "" : cures[cure]}\n`
  );
  assertEquals([code, new TextDecoder().decode(stderr)], [2, expected.join("")]);
});

Deno.test("without their packages report and convert name the command that fetches them", async () => {
  const cache = await cacheOfStd();
  const out = Deno.makeTempDirSync();
  const lock = Deno.readTextFileSync("deno.lock");
  const file = "testdata/aux_demo_fits.perf.data";
  try {
    const commands = [
      ["npm:uplot@1.6.32", "report", file],
      ["npm:uplot@1.6.32", "report", file, file, "-o", `${out}/reports`],
      ["npm:hyparquet-writer@0.17.0", "convert", file, "--to", "parquet", "-o", `${out}/a`],
      ["npm:hyparquet-writer@0.17.0", "convert", "testdata", "--jobs", "2", "--to", "parquet"]
        .concat("-o", `${out}/b`),
    ] as const;
    for (const [name, ...args] of commands) {
      const { code, stdout, stderr } = await runCli(args, {
        permissions: ["--cached-only", "--allow-read", "--allow-write"],
        env: { DENO_DIR: cache, NO_COLOR: "1" },
      });
      assertEquals([code, stdout, stderr.match(/\n/g)?.length], [2, "", 1], stderr);
      assertStringIncludes(stderr, `cannot load ${name}: npm package not found in cache`);
      assertMatch(stderr, new RegExp(`run: \\S+ cache --reload --no-config --no-lock ${name}\\n$`));
    }
    assertEquals([...Deno.readDirSync(out)], []);
    assertEquals(Deno.readTextFileSync("deno.lock"), lock);
  } finally {
    Deno.removeSync(cache, { recursive: true });
    Deno.removeSync(out, { recursive: true });
  }
});

/** A cache of Deno that has the standard library, as a first run leaves it. */
async function cacheOfStd(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(stdout));
  const cache = Deno.makeTempDirSync();
  for (const { name: registry } of Deno.readDirSync(npmCache)) {
    const from = `${npmCache}/${registry}/deno-std`;
    const to = `${cache}/npm/${registry}`;
    Deno.mkdirSync(to, { recursive: true });
    await new Deno.Command("cp", { args: ["-r", from, to] }).output();
  }
  return cache;
}
