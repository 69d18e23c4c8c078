import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runCli } from "../../testing/run_cli.ts";

/** What Deno 2.9.6 says of a package that it cannot load, and what is told of it. */
const REASONS: readonly (readonly [message: string, reason: string, isCured: boolean])[] = [
  [
    'Failed loading https://npm.example/a for package "a"\n    0: error sending request for url ' +
    "(https://npm.example/a): client error (Connect): dns error\n    1: client error (Connect)",
    "error sending request for url (https://npm.example/a): client error (Connect): dns error",
    true,
  ],
  [
    "Failed caching npm package 'a@1.0.0'\n" +
    '    0: npm package not found in cache: "a", --cached-only is specified.',
    'npm package not found in cache: "a", --cached-only is specified',
    true,
  ],
  [
    'Failed loading https://npm.example/a for package "a"\n    0: Bad response: 500\n       \n' +
    "       {}",
    "Bad response: 500",
    true,
  ],
  [
    "[ERR_MODULE_NOT_FOUND] Cannot find module 'file:///a/b.css' imported from 'file:///c'",
    "Cannot find module 'file:///a/b.css' imported from 'file:///c'",
    true,
  ],
  [
    "Failed caching npm package 'a@1.0.0'\n    0: failed to create directory '/a/npm': Read-only file " +
    "system (os error 30)",
    "failed to create directory '/a/npm': Read-only file system (os error 30)",
    false,
  ],
  ["npm package 'a' does not exist.", "npm package 'a' does not exist", false],
  [
    "npm specifiers were requested; but --no-npm is specified",
    "npm specifiers were requested; but --no-npm is specified",
    false,
  ],
  [
    "The lockfile is out of date. Run `deno install --frozen=false`, or rerun with " +
    "`--frozen=false` to update it.\nchanges:\n 1 | -{}",
    "The lockfile is out of date. Run `deno install --frozen=false`, or rerun with " +
    "`--frozen=false` to update it",
    false,
  ],
  [
    "Failed caching npm package 'a@1.0.0'\n    0: Tarball checksum did not match what was provided " +
    "by npm registry for a@1.0.0.\n       \n       Expected: AAA\n       Actual: BBB",
    "Tarball checksum did not match what was provided by npm registry for a@1.0.0",
    false,
  ],
];

Deno.test("fetchPackage() tells why, and the command that fetches where that helps", async () => {
  const action = new URL("_fetch_package.ts", import.meta.url).href;
  const program = `
    const { fetchPackage } = await import(${JSON.stringify(action)});
    for (const message of ${JSON.stringify(REASONS.map(([message]) => message))}) {
      await fetchPackage("npm:a@1.0.0", () => Promise.reject(new TypeError(message)));
    }
  `;
  const { code, stderr } = await new Deno.Command(Deno.execPath(), { args: ["eval", program] })
    .output();
  const cure = `; with a network, run: ${Deno.execPath()} cache --reload --no-config --no-lock ` +
    "npm:a@1.0.0";
  const expected = REASONS.map(([, reason, isCured]) =>
    `auxtail: cannot load npm:a@1.0.0: ${reason}${isCured ? cure : ""}\n`
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
