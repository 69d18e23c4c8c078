import { assertEquals, assertMatch } from "@std/assert";

const root = new URL("..", import.meta.url);

/** Runs a program in a process of its own, and returns its exit code and standard error. */
async function run(code: string, ...flags: readonly string[]): Promise<[number, string]> {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(path, code);
  const { code: exit, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", `--config=deno.json`, ...flags, path],
    cwd: root,
    stdout: "null",
  }).output();
  await Deno.remove(path);
  return [exit, new TextDecoder().decode(stderr)];
}

const module = new URL("mod.ts", import.meta.url).href;

Deno.test("live/mod.ts is imported without any permission, as mod.ts is", async () => {
  const [code, stderr] = await run(`import "${module}"; import "${root}mod.ts";`);
  assertEquals([code, stderr], [0, ""]);
});

Deno.test("perfEventOpen() needs --allow-ffi when it is called", async () => {
  const call = `import { perfEventOpen } from "${module}"; perfEventOpen({ type: 1 });`;
  // A scope is no way: of a name it means the current folder, and no path lets memory be seen.
  for (const scope of [[], ["--allow-ffi=libc.so.6"], [`--allow-ffi=/lib/libc.so.6`]]) {
    const [code, stderr] = await run(call, ...scope);
    assertEquals(code, 1);
    assertMatch(stderr, /NotCapable: Requires ffi access, run again with the --allow-ffi flag/);
  }
});

Deno.test("perfEventOpen() says on other systems that they are not Linux", async () => {
  const [code, stderr] = await run(
    `Object.defineProperty(Deno, "build", { value: { os: "darwin", arch: "aarch64" } });
     const { perfEventOpen } = await import("${module}"); perfEventOpen({ type: 1 });`,
    "--allow-ffi",
    `--allow-import`,
    `--allow-read`,
  );
  assertEquals(code, 1);
  assertMatch(stderr, /NotSupported: Cannot open perf events on darwin aarch64/);
});

Deno.test("handles that are forgotten are reported with the place where they were opened", async () => {
  const [code, stderr] = await run(
    `import { AuxRing, compatAuxPointers } from "${module.replace("mod.ts", "aux_ring.ts")}";
     import { nativeAuxPointers } from "${root}auxtrace/mod.ts";
     function forget() {
       const page = new ArrayBuffer(4096);
       new AuxRing({ page, ring: new Uint8Array(64), pointers: nativeAuxPointers(page), close() {} });
     }
     forget();
     await new Promise((resolve) => setTimeout(resolve, 0));
     globalThis.gc();
     await new Promise((resolve) => setTimeout(resolve, 50));`.replace(", compatAuxPointers", ""),
    "--v8-flags=--expose-gc",
  );
  assertEquals(code, 0);
  assertMatch(stderr, /^auxtail: an AUX ring of 64 bytes was never closed, opened .*forget/s);
});
