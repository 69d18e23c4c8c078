import { assertEquals } from "@std/assert";
import { boot, type BootOutcome, limitAfter } from "./boot.ts";
import { TARGETS } from "./targets.ts";

Deno.test("limitAfter() has a floor, and follows a machine that is slow", () => {
  assertEquals([0, 7.5, 10, 10.01, 45].map(limitAfter), [600, 600, 600, 601, 2700]);
});

/** Boots a machine whose QEMU is a script. */
async function bootScript(script: string): Promise<BootOutcome & { lines: string[] }> {
  const folder = await Deno.makeTempDir();
  try {
    const lines: string[] = [];
    const outcome = await boot({
      target: { ...TARGETS[0]!, qemu: ["sh", "-c", script] },
      kernel: "vmlinuz",
      image: "image.cpio",
      disk: `${folder}/disk.img`,
      consoleLog: `${folder}/console.log`,
    }, (line) => lines.push(line));
    return { ...outcome, lines };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("boot() tells a machine that switched itself off from one that broke", async () => {
  const off = await bootScript("echo up; echo done");
  assertEquals([off.end, off.lines, off.bootSeconds === null], ["off", ["up", "done"], false]);
  assertEquals(off.limitSeconds, limitAfter(off.bootSeconds!));
  const broken = await bootScript("exit 1");
  assertEquals([broken.end, broken.lines, broken.bootSeconds], ["error", [], null]);
});
