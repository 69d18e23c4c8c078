import { assertEquals, assertThrows } from "@std/assert";
import { comm, PerfFileBuilder, textFeature, usualFeatures } from "../../testing/perf_builder.ts";
import { bytesSource } from "../byte_source.ts";
import { FormatError } from "../format_error.ts";
import { checkFile } from "./check_file.ts";
import { readHeader } from "./header.ts";
import { parsePerfFile } from "./perf_file.ts";

const ORDERS = ["little", "big"] as const;
const ids = [1n, 2n];

Deno.test("parsePerfFile() reads both magics, byte orders, header sizes and all attr sizes", () => {
  for (const byteOrder of ORDERS) {
    for (const headerSize of [72, 104] as const) {
      for (const size of [64, 72, 80, 96, 104, 112, 120, 128, 136, 144]) {
        for (const legacyMagic of [false, true]) {
          if (legacyMagic && size > 104) continue;
          const events = [{ type: 1, config: 3n, samplePeriod: 99n, ids, size }];
          const options = { byteOrder, headerSize, legacyMagic, events };
          const builder = new PerfFileBuilder(options).add(comm({ pid: 1, tid: 2, comm: "x" }));
          const file = parsePerfFile(bytesSource(builder.bytes()));
          const name = JSON.stringify([byteOrder, headerSize, size, legacyMagic]);
          const { header, events: [event] } = file;
          assertEquals(
            [name, header.byteOrder, header.size, header.version, header.attrSize],
            [name, byteOrder, headerSize, legacyMagic ? 1 : 2, size + 16],
          );
          assertEquals([name, event?.attr.size, event?.attr.config], [name, size, 3n]);
          assertEquals([name, event?.attr.samplePeriod, [...event?.ids ?? []]], [name, 99n, ids]);
          assertEquals([name, [...file.records()].map(({ type }) => type)], [name, ["comm"]]);
        }
      }
    }
  }
});

Deno.test("readHeader() finds the word size of a big endian bitmap by HOSTNAME", () => {
  for (const longSize of [4, 8] as const) {
    const features = usualFeatures("ppc64");
    const builder = new PerfFileBuilder({ byteOrder: "big", longSize, features });
    const { features: found } = readHeader(bytesSource(builder.bytes()));
    assertEquals([longSize, found], [
      longSize,
      features.map(({ bit }) => bit).sort((a, b) => a - b),
    ]);
  }
});

Deno.test("readHeader() takes a big endian bitmap without HOSTNAME for BUILD_ID alone", () => {
  const features = [textFeature("arch", "ppc64")];
  const builder = new PerfFileBuilder({ byteOrder: "big", features });
  assertEquals(readHeader(bytesSource(builder.bytes())).features, [2]);
});

Deno.test("readHeader() recognises a pipe stream by size 16, in both orders and magics", () => {
  for (const byteOrder of ORDERS) {
    for (const legacyMagic of [false, true]) {
      const builder = new PerfFileBuilder({ pipe: true, byteOrder, legacyMagic });
      const header = readHeader(bytesSource(builder.bytes()));
      assertEquals([header.pipe, header.byteOrder, header.data.offset], [true, byteOrder, 16]);
    }
  }
});

Deno.test("readHeader() rejects every shorter header", () => {
  const bytes = new PerfFileBuilder().bytes();
  for (let length = 0; length < 104; length++) {
    const source = bytesSource(bytes.subarray(0, length));
    const error: FormatError = assertThrows(() => readHeader(source), FormatError);
    assertEquals([length, error.fault], [length, length < 8 ? "bad-magic" : "truncated"]);
    assertEquals([length, error.detail.offset], [length, 0]);
  }
});

Deno.test("readHeader() says where the header contradicts itself", () => {
  const cases: [at: number, value: bigint, offset: number][] = [
    [8, 100n, 8],
    [8, 0n, 8],
    [40, 103n, 40],
  ];
  for (const [at, value, offset] of cases) {
    const bytes = new PerfFileBuilder().bytes();
    new DataView(bytes.buffer).setBigUint64(at, value, true);
    const error: FormatError = assertThrows(() => readHeader(bytesSource(bytes)), FormatError);
    assertEquals([at, error.fault, error.detail.offset], [at, "corrupt", offset]);
  }
});

Deno.test("readHeader() refuses an old header whose attr size fits no byte order", () => {
  const bytes = new PerfFileBuilder({ legacyMagic: true }).bytes();
  const error: FormatError = assertThrows(() => readHeader(bytesSource(bytes)), FormatError);
  assertEquals([error.fault, error.detail.offset], ["corrupt", 16]);
});

Deno.test("positions and sizes that no file reaches are bounds in every message", () => {
  const features = [textFeature("hostname", "box"), textFeature("version", "6.1.0")];
  for (const byteOrder of ["little", "big"] as const) {
    const whole = new PerfFileBuilder({ byteOrder, features }).finishedRound().bytes();
    const { data } = parsePerfFile(whole).header;
    const table = data.offset + data.size;
    for (const at of [16, 24, 32, 40, 48, table, table + 8]) {
      for (const value of [2n ** 64n - 1000n, 2n ** 60n + 1n]) {
        const bytes = whole.slice();
        new DataView(bytes.buffer).setBigUint64(at, value, byteOrder === "little");
        const file = parsePerfFile(bytes);
        const { findings } = checkFile(file);
        const said = [...findings, ...file.damage].map(({ message }) => message).join("\n");
        // Rounded values have zeros at the end, in digits of either kind.
        assertEquals([at, /\d{17}|0x[0-9a-f]{15}|e\+/.test(said)], [at, false], said);
      }
    }
  }
});
