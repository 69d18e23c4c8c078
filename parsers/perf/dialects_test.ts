import { assertEquals } from "@std/assert";
import { readEachWay } from "../../testing/each_way.ts";
import { corpusPath, oracleTest } from "../../testing/corpus.ts";
import {
  auxtrace,
  auxtraceInfo,
  AuxtraceType,
  ByteWriter,
  cmdline,
  comm,
  concat,
  cpuMap,
  encodeRecord,
  eventDesc,
  type EventSpec,
  headerAttr,
  headerFeature,
  idIndex,
  nrcpus,
  oldHeader,
  PerfFileBuilder,
  type RecordSpec,
  simpleperfIndex,
  simpleperfTracingData,
  textFeature,
  threadMap,
  timeConv,
  tracingData,
  wordFeature,
} from "../../testing/perf_builder.ts";
import { Feature, RecordType } from "./abi.ts";
import { checkFile } from "./check_file.ts";
import { parsePerfFile } from "./perf_file.ts";

const BYTE_ORDERS = ["little", "big"] as const;

const COMM = comm({ pid: 1, tid: 1, comm: "after" });

/** A pipe stream of these records. */
function pipeOf(byteOrder: "little" | "big", records: readonly RecordSpec[]): Uint8Array {
  const little = byteOrder === "little";
  const out = new ByteWriter(little);
  out.u64(0x32454c4946524550n);
  out.u64(16n);
  for (const record of records) {
    out.bytes(encodeRecord(little, record));
    if (record.payload) out.bytes(record.payload);
  }
  return out.toBytes();
}

const EVENT: EventSpec = { name: "cycles", type: 0, ids: [7n, 8n] };

/** All twelve sections of the dialect, in the order of their types. */
const OLD_HEADERS = [
  ...[textFeature("hostname", "host.example"), textFeature("osrelease", "3.3.8")],
  ...[textFeature("version", "3.3.0-4"), textFeature("arch", "ppc64"), nrcpus(64, 63)],
  ...[textFeature("cpudesc", "x".repeat(64)), textFeature("cpuid", "63,515")],
  ...[wordFeature("totalMem", 130388800n), cmdline(["perf", "record"]), eventDesc([EVENT])],
  {
    bit: Feature.cpuTopology,
    write(out: ByteWriter) {
      for (const siblings of ["0-63", "0"]) {
        out.u32(1);
        out.headerString(siblings);
      }
    },
  },
  {
    bit: Feature.numaTopology,
    write(out: ByteWriter) {
      out.u32s([1, 0]);
      out.u64s([9n, 8n]);
      out.headerString("0-63");
    },
  },
];

Deno.test("header sections before the first HEADER_ATTR are those of old perfs by their types", async () => {
  const records = [...OLD_HEADERS.map(oldHeader), headerAttr(EVENT), COMM];
  assertEquals(records.slice(0, 12).map(({ type }) => type), [
    ...[69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80],
  ]);
  for (const byteOrder of BYTE_ORDERS) {
    const bytes = pipeOf(byteOrder, records);
    const seen = await readEachWay(bytes, (file, { cut }) => {
      const { values, errors } = file.features();
      const { hostname, osrelease, version, arch, nrcpus, cpudesc, cpuid, totalMem } = values;
      assertEquals([cut, errors], [null, []]);
      assertEquals([hostname, osrelease, version], ["host.example", "3.3.8", "3.3.0-4"]);
      assertEquals([arch, cpudesc, cpuid], ["ppc64", "x".repeat(64), "63,515"]);
      assertEquals([nrcpus, totalMem], [{ available: 64, online: 63 }, 130388800n]);
      assertEquals(values.cmdline, ["perf", "record"]);
      assertEquals(values.numaTopology?.map(({ cpus }) => cpus), ["0-63"]);
      assertEquals(values.cpuTopology?.packageSiblings, ["0-63"]);
      assertEquals(file.events.map(({ name, ids }) => [name, [...ids]]), [["cycles", [7n, 8n]]]);
      assertEquals(file.damage, []);
    });
    assertEquals(seen.map(([type]) => type), [...Array(12).fill(80), 64, 3]);
    assertEquals(seen.at(-1)![1], bytes.length - 24);
    const decoded = [...parsePerfFile(bytes).records()].slice(0, 12).map((record) =>
      record.type === "header_feature" && [record.featureId, record.bytes.length + 8, record.size]
    );
    assertEquals(
      decoded,
      OLD_HEADERS.map((feature) => {
        const { length } = encodeRecord(true, oldHeader(feature));
        return [feature.bit, length, length];
      }),
    );
    const { verdict } = checkFile(parsePerfFile(bytes));
    assertEquals(verdict, "ok");
  }
});

Deno.test("text among the header sections of old perfs costs none of them", async () => {
  const records = [...OLD_HEADERS.map(oldHeader), headerAttr(EVENT), COMM];
  const types = [...Array(12).fill(80), 64, 3];
  for (const byteOrder of BYTE_ORDERS) {
    for (const text of ["warning: no such file\n", "ab\n", "x\n".repeat(40)]) {
      for (let after = 0; after < records.length; after++) {
        const start = pipeOf(byteOrder, records.slice(0, after));
        const rest = pipeOf(byteOrder, records.slice(after)).subarray(16);
        const bytes = concat([start, new TextEncoder().encode(text), rest]);
        const seen = await readEachWay(bytes, (file, { strayTexts }) => {
          const texts = strayTexts.map(({ fileOffset, size }) => [fileOffset, size]);
          assertEquals([after, texts], [after, [[start.length, text.length]]]);
          assertEquals(Object.keys(file.features().values).length, 12);
        });
        assertEquals([after, seen.map(([type]) => type)], [after, types]);
      }
    }
  }
});

Deno.test("records before a late HEADER_ATTR are not taken for header sections of old perfs", async () => {
  const payload = new Uint8Array(64);
  const records = [
    idIndex([{ id: 7n, idx: 0n, cpu: 0n, tid: 1n }]),
    // The size of a text, 0, and no text.
    { type: RecordType.AuxtraceError, bare: true, body: (out: ByteWriter) => out.u32(0) },
    // Its words could be the size of a text and the text: 4 and 4 bytes.
    auxtraceInfo(AuxtraceType.arm_spe, []),
    auxtrace({ idx: 0, cpu: 0, tid: 1, offset: 0n, payload }),
    threadMap([{ tid: 1n, comm: "work" }]),
    cpuMap({ cpus: [0] }),
    headerFeature(textFeature("hostname", "host")),
    headerFeature(nrcpus(1, 1)),
    timeConv({ shift: 1n, mult: 2n, zero: 3n }),
    headerAttr(EVENT),
    ...[oldHeader(textFeature("hostname", "late")), COMM],
  ];
  for (const byteOrder of BYTE_ORDERS) {
    const bytes = pipeOf(byteOrder, records);
    const seen = await readEachWay(bytes, (file, { cut }) => {
      assertEquals(cut, null);
      assertEquals(file.auxtraceInfo?.type, "arm_spe");
      assertEquals(file.feature(Feature.hostname), "host");
    });
    assertEquals(seen.map(([type]) => type), records.map(({ type }) => type));
  }
});

oracleTest("a pipe of Google's perf 3.3 is read to its end", ["corpus"], async () => {
  const name = "edge/old_pipe_headers_be_powerpc.perf.data";
  const bytes = Deno.readFileSync(corpusPath(name));
  const seen = await readEachWay(bytes, (file, { cut }) => {
    assertEquals([cut, file.damage, file.features().errors], [null, [], []]);
    assertEquals(file.feature(Feature.version), "3.3.0-4-GOOGLE");
  });
  assertEquals(seen.filter(([type]) => type === RecordType.Sample).length, 159);
});

Deno.test("nothing follows tracing data that is in the record, as old simpleperfs wrote it", async () => {
  const blob = Uint8Array.from({ length: 2012 }, (_, i) => i);
  // perf's records have 12 or 16 bytes, and the data follows; the others hold it.
  const short = (size: number): RecordSpec => ({
    type: RecordType.HeaderTracingData,
    bare: true,
    body(out) {
      out.u32(blob.length + 4);
      out.zeros(size - 12);
    },
    payload: concat([blob, new Uint8Array(4)]),
  });
  const cases: [RecordSpec, size: number, payloadSize: number][] = [
    [simpleperfTracingData(blob), 2060, 0],
    [simpleperfTracingData(blob.subarray(0, 1)), 76, 0],
    [tracingData(blob), 16, 2016],
    [short(12), 12, 2016],
    [short(16), 16, 2016],
    [{ ...short(13), payload: new Uint8Array() }, 13, 0],
    [{ ...short(24), payload: new Uint8Array() }, 24, 0],
  ];
  for (const [spec, size, payloadSize] of cases) {
    for (const byteOrder of BYTE_ORDERS) {
      assertEquals(encodeRecord(byteOrder === "little", spec).length, size);
      for (const pipe of [false, true]) {
        const builder = new PerfFileBuilder({ byteOrder, pipe });
        const at = builder.position;
        const bytes = builder.add(spec).add(COMM).bytes();
        const records = await readEachWay(bytes, (file, { cut }) => {
          assertEquals(cut, null);
          if (!pipe) return;
          const { offset, size: there } = file.featureSection(1)!;
          assertEquals(offset, at + (payloadSize > 0 ? size : 12));
          if (size === 2060) assertEquals(there, 2012);
        });
        const [data, next] = records.slice(-2);
        assertEquals(data, [RecordType.HeaderTracingData, at, size]);
        assertEquals(next!.slice(0, 2), [RecordType.Comm, at + size + payloadSize]);
      }
    }
  }
});

Deno.test("an AUXTRACE index without the number of its entries is that of simpleperf", () => {
  for (const byteOrder of BYTE_ORDERS) {
    const make = (entries: readonly { fileOffset: number; size: number }[]) =>
      new PerfFileBuilder({
        byteOrder,
        features: [textFeature("hostname", "x"), simpleperfIndex(entries)],
      })
        .add(auxtraceInfo(AuxtraceType.cs_etm, [0n, 0n, 0n]))
        .auxtrace({ idx: 0, cpu: 0, offset: 0n, size: 8 })
        .auxtrace({ idx: 0, cpu: 0, offset: 8n, size: 8 });
    const entries = make([]).auxtraceRecords;
    const file = parsePerfFile(make(entries).bytes());
    const { offset } = file.featureSection(Feature.auxtrace)!;
    assertEquals(file.feature(Feature.auxtrace), { count: 2, entriesAt: offset });
    const findings = (entries: readonly { fileOffset: number; size: number }[]) => {
      const bytes = make(entries).bytes();
      return checkFile(parsePerfFile(bytes)).findings
        .map(({ check, fileOffset, message }) => `${check} ${fileOffset} ${message}`);
    };
    assertEquals(findings(entries), []);
    const [first, second] = entries;
    assertEquals(findings([first!, { ...second!, size: 40 }]), [
      `index-matches-records ${offset + 16} index entry 1: expected size 48, that of the record ` +
      `at 0x${second!.fileOffset.toString(16)}, got 40`,
    ]);
    assertEquals(findings([first!]), [
      `index-matches-records ${second!.fileOffset} PERF_RECORD_AUXTRACE is not in the index`,
    ]);
  }
});

oracleTest("the AUXTRACE indexes of simpleperf match its records", ["corpus"], () => {
  for (const [name, count] of [["etm.perf_etm", 1], ["etm.perf_kernel", 3]] as const) {
    const bytes = Deno.readFileSync(corpusPath(`simpleperf/${name}.data`));
    const file = parsePerfFile(bytes);
    assertEquals(file.feature(Feature.auxtrace)?.count, count);
    const { counts, verdict } = checkFile(file);
    assertEquals([counts["index-matches-records"], verdict], [0, "ok"]);
  }
});
