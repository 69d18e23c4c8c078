import { assert, assertEquals, assertThrows } from "@std/assert";
import { constants, zstdDecompressSync } from "node:zlib";
import { auxFixtures } from "./aux_fixtures.ts";
import { everyRecord } from "./every_record.ts";
import { concat, PerfFileBuilder, textFeature, timeConv, ZstdRing } from "./perf_builder.ts";

const testdata = new URL("../testdata/", import.meta.url);

/** Recordings that perf 6.1 does not read; COMPRESSED2 is younger than it. */
const NOT_FOR_PERF = ["aux_compressed2", "aux_pipe_big_endian"];

/** Recordings whose chunks are AUX records or samples. */
const WITHOUT_AUXTRACE = ["aux_only", "aux_samples"];

/** What a fixture's expected replay says that perf can confirm. */
interface ExpectedReplay {
  input: { container: string; finalised: boolean };
  totals: { chunks: number; auxRecords: number };
}

function expectedReplay(name: string): ExpectedReplay {
  return JSON.parse(Deno.readTextFileSync(new URL(`${name}.replay.json`, testdata)));
}

function perfRuns(): boolean {
  try {
    return new Deno.Command("perf", { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
}

/** What `perf report -D` prints of `file`, given through a pipe. */
async function perfDump(file: Uint8Array, input: "file" | "pipe" = "file"): Promise<string> {
  const path = await Deno.makeTempFile({ suffix: ".perf.data" });
  try {
    await Deno.writeFile(path, file);
    const source = input === "pipe"
      ? `cat ${path} | perf report -D -i -`
      : `perf report -D -i ${path}`;
    const { stdout } = await new Deno.Command("sh", { args: ["-c", source] }).output();
    return new TextDecoder().decode(stdout);
  } finally {
    await Deno.remove(path);
  }
}

const ignore = !perfRuns();

Deno.test("PerfFileBuilder writes header, attribute and features where the format puts them", () => {
  const event = { type: 1, size: 64, ids: [9n], flags: ["sampleIdAll"], preciseIp: 2 } as const;
  const options = { events: [event], features: [textFeature("arch", "x86_64")] };
  for (const byteOrder of ["little", "big"] as const) {
    const little = byteOrder === "little";
    const file = new PerfFileBuilder({ ...options, byteOrder })
      .add(timeConv({ shift: 1n, mult: 2n, zero: 3n }))
      .bytes();
    const view = new DataView(file.buffer);
    const word = (at: number): bigint => view.getBigUint64(at, little);
    assertEquals(new TextDecoder().decode(file.subarray(0, 8)), little ? "PERFILE2" : "2ELIFREP");
    assertEquals([word(8), word(16)], [104n, 80n]); // header size, attr entry size
    assertEquals([word(24), word(32)], [112n, 80n]); // attrs after one id
    assertEquals([word(40), word(48)], [192n, 32n]); // data: one TIME_CONV
    assertEquals(word(72), 1n << 6n); // ARCH
    assertEquals([word(104), word(176), word(184)], [9n, 104n, 8n]); // the id, its place and size
    const flags = little ? 1n << 18n | 2n << 15n : 1n << 45n | 2n << 47n;
    assertEquals(word(112 + 40), flags);
    assertEquals(view.getUint32(192, little), 79);
    assertEquals([word(224), word(232)], [240n, 68n]); // the ARCH section: u32 and 64 bytes
    assertEquals(file.length, 240 + 68);
  }
});

Deno.test("PerfFileBuilder leaves the data size of an unfinalised file 0 but sets feature bits", () => {
  const features = [textFeature("arch", "x86_64")];
  const file = new PerfFileBuilder({ features, finalised: false }).finishedRound().bytes();
  const view = new DataView(file.buffer);
  assertEquals(view.getBigUint64(48, true), 0n);
  assertEquals(view.getBigUint64(72, true), 1n << 6n);
  assertEquals(view.getBigUint64(40, true) + 8n, BigInt(file.length));
});

Deno.test("PerfFileBuilder refuses a record above 65535 bytes", () => {
  const file = new PerfFileBuilder();
  const record = {
    type: 81,
    bare: true,
    body: (out: { zeros(n: number): void }) => out.zeros(65528),
  };
  assertThrows(() => file.add(record), RangeError, "Record is too large");
});

Deno.test("ZstdRing writes one stream that is readable after each flush", async () => {
  using zstd = new ZstdRing();
  const data = new Uint8Array(3000).map((_, index) => index % 251);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += 1000) {
    parts.push(await zstd.flush(data.subarray(at, at + 1000)));
    const read = zstdDecompressSync(concat(parts), { finishFlush: constants.ZSTD_e_flush });
    assertEquals(new Uint8Array(read), data.slice(0, at + 1000));
  }
});

Deno.test("auxFixtures are what testdata/ holds, each with its expected replay", async () => {
  const stored = [...Deno.readDirSync(testdata)].map(({ name }) => name);
  const auxFiles = stored.filter((name) => /^aux_.*\.perf\.data$/.test(name)).sort();
  assertEquals(auxFiles, auxFixtures.map(({ name }) => `${name}.perf.data`).sort());
  for (const { name, build } of auxFixtures) {
    assert(stored.includes(`${name}.replay.json`), name);
    if (name.startsWith("aux_compressed")) continue; // depends on the version of zstd
    const file = await Deno.readFile(new URL(`${name}.perf.data`, testdata));
    assertEquals([name, new Uint8Array(await build())], [name, new Uint8Array(file)]);
  }
});

for (const { name } of auxFixtures) {
  const { input, totals } = expectedReplay(name);
  const readable = (input.finalised || input.container === "pipe") && !NOT_FOR_PERF.includes(name);
  if (!readable) continue;
  Deno.test({
    name: `perf report -D finds the AUX and AUXTRACE records of ${name}`,
    ignore,
    async fn() {
      const file = await Deno.readFile(new URL(`${name}.perf.data`, testdata));
      const dump = await perfDump(file, input.container === "pipe" ? "pipe" : "file");
      const count = (type: string): number => dump.split(`: PERF_RECORD_${type} `).length - 1;
      assertEquals(count("AUX"), totals.auxRecords);
      assertEquals(count("AUXTRACE"), WITHOUT_AUXTRACE.includes(name) ? 0 : totals.chunks);
    },
  });
}

for (const byteOrder of ["little", "big"] as const) {
  Deno.test({
    name: `perf report -D reads every ${byteOrder} endian record as it was meant`,
    ignore,
    async fn() {
      const { file, lines } = everyRecord(byteOrder);
      const dump = await perfDump(file);
      assertEquals(lines.filter((line) => !dump.includes(line)), []);
    },
  });
}
