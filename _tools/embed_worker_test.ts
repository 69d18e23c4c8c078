import { assert, assertEquals } from "@std/assert";
import { bundleWorker, madeBy, WORKER_MODULE, workerModule } from "./embed_worker.ts";

const NAME = "cli/_packet_worker_source.ts is what `deno task embed` makes";

const embedded = Deno.readTextFileSync(WORKER_MODULE);
const { bundle, reason } = await bundled();
const ignore = reason !== null && Deno.env.get("CI") !== "true";
if (ignore) Deno.stdout.writeSync(new TextEncoder().encode(`Skipped: ${NAME}: ${reason}\n`));

Deno.test({
  name: NAME,
  ignore,
  fn() {
    assertEquals(reason, null);
    assert(embedded === workerModule(bundle), "Run `deno task embed`");
  },
});

Deno.test("workerModule() keeps the source whatever its characters are", async () => {
  const source = `"\\\n\u2028\u{1f600}${"`${x}"}`.repeat(60);
  const url = `data:text/typescript,${encodeURIComponent(workerModule(source))}`;
  assertEquals((await import(url)).packetWorkerSource, source);
});

Deno.test("cli/_packet_worker_source.ts names no file and imports nothing", async () => {
  const { packetWorkerSource: source } = await import(WORKER_MODULE.href);
  assertEquals(/file:\/\/|^\/\/|\bimport\b|\brequire\b/m.exec(source)?.[0], undefined);
});

async function bundled(): Promise<{ bundle: string; reason: string | null }> {
  if (!embedded.includes(madeBy())) {
    return { bundle: "", reason: "made by another version of Deno" };
  }
  try {
    return { bundle: await bundleWorker(), reason: null };
  } catch (error) {
    return { bundle: "", reason: (error as Error).message };
  }
}
