import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { ParquetModule } from "../../convert/mod.ts";
import type { ConvertTask, ConvertWork } from "../_convert_work.ts";
import { loadParquet } from "../_parquet_module.ts";
import { InputFiles } from "../output/input_files.ts";
import { manifestOptions, stampOf } from "./_convert_manifest.ts";
import { ConvertedTables } from "./_convert_tables.ts";
import { convertRecordings } from "./_convert_workers.ts";

const FITS = "testdata/aux_demo_fits.perf.data";
const WORK: ConvertWork = {
  to: "parquet",
  tables: ["recordings", "tails"],
  bits: 32,
  named: true,
  errorRows: true,
  heading: true,
  partSize: 2 ** 27,
  partRecordings: Infinity,
  flushAt: 0,
};

function tasks(names: readonly string[]): ConvertTask[] {
  const stamp = stampOf(FITS);
  return names.map((name) => ({ path: FITS, name, alone: false, error: null, stamp }));
}

/** What became of recordings: their names, and the errors. */
type Outcome = readonly (readonly [name: string, error: string | null])[];

async function outcome(
  names: readonly string[],
  run: { parquet: ParquetModule | null; jobs: number; source?: string; work?: ConvertWork },
): Promise<Outcome> {
  const folder = Deno.makeTempDirSync();
  try {
    const { work = WORK } = run;
    const seen: [string, string | null][] = [];
    using tables = new ConvertedTables(`${folder}/out`, {
      manifest: manifestOptions(work, false),
      force: false,
      resume: false,
      inputs: new InputFiles([FITS]),
      count: ({ recording, problem }) => seen.push([recording.name, problem?.reason ?? null]),
    });
    const lane = () => tables.lane();
    await convertRecordings(tasks(names), { ...run, work, lane, show() {} });
    tables.commit();
    for (const { name } of Deno.readDirSync(`${folder}/out/tails`)) {
      assertMatch(name, /^part-\d+\.\w+$/);
    }
    return seen.sort(([a], [b]) => a < b ? -1 : 1);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const NAMES = Array.from({ length: 20 }, (_, i) => `r${String(i).padStart(2, "0")}`);

Deno.test("convertRecordings() finds the recordings whose rows cannot be encoded", async () => {
  const module = await loadParquet().catch(() => null);
  if (module === null) {
    Deno.stdout.writeSync(new TextEncoder().encode("Skipped: no hyparquet-writer\n"));
    assert(Deno.env.get("CI") !== "true");
    return;
  }
  const parquet: ParquetModule = {
    ...module,
    compress(page) {
      const text = new TextDecoder("latin1").decode(page);
      if (text.includes("r07-poison")) throw new TypeError("odd value");
      return module.compress(page);
    },
  };
  const names = NAMES.with(7, "r07-poison");
  // The row with its error has its name, too: nothing can write it.
  await assertRejects(() => outcome(names, { parquet, jobs: 1 }), TypeError, "odd value");

  let failures = 0;
  const twice: ParquetModule = {
    ...module,
    compress(page) {
      const text = new TextDecoder("latin1").decode(page);
      if (text.includes("r07-poison") && failures++ < 2) throw new TypeError("odd value");
      return module.compress(page);
    },
  };
  assertEquals(
    await outcome(names, { parquet: twice, jobs: 1 }),
    names.map((name, i) => [
      name,
      i === 7 ? "this is a bug, please report it: TypeError: odd value" : null,
    ]),
  );
});

/** A worker that fails at some recordings, as one of our own bugs would have it. */
const FAILING = `self.onmessage = () => {
  self.onmessage = ({ data: tasks }) => {
    const replies = [];
    const send = () => self.postMessage(replies.splice(0));
    for (const task of tasks) {
      if (task.name.includes("poison") && task.error === null) {
        if (task.name === "r07-poison") throw new Error("out of cheese");
        return self.postMessage([{ type: "failed", reason: "out of cheese" }]);
      }
      const problem = task.error === null ? null : { kind: "unreadable", reason: task.error };
      if (task.alone) replies.push({ type: "finish", rows: new Map([["tails", 0]]) });
      replies.push({ type: "done", problem });
      if (task.alone) send();
    }
    if (tasks.length === 0) {
      replies.push({ type: "finish", rows: new Map([["tails", 0]]) }, { type: "end" });
    }
    send();
  };
};`;

Deno.test("convertRecordings() continues after a worker that fails, with all other recordings", async () => {
  for (const jobs of [2, 3]) {
    for (const poisoned of [[0], [7], [19], [3, 4, 18], [...NAMES.keys()]]) {
      const names = NAMES.map((name, i) => poisoned.includes(i) ? `${name}-poison` : name);
      const seen = await outcome(names, { parquet: null, jobs, source: FAILING });
      assertEquals(seen.map(([name]) => name), names);
      for (const [i, [name, error]] of seen.entries()) {
        assertEquals([name, error !== null], [name, poisoned.includes(i)]);
        if (error !== null) {
          assertMatch(error, /^this is a bug.*its worker failed: .*out of cheese/);
        }
      }
    }
  }
});
