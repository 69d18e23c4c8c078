import { assertEquals } from "@std/assert";
import { AttrFlag } from "../parsers/perf/abi.ts";
import { ByteWriter } from "../encoders/byte_writer.ts";
import type { FeatureSpec } from "../encoders/feature_bytes.ts";
import { openPerfFile } from "../system/mod.ts";
import { Cursor } from "../parsers/cursor.ts";
import { decodeTracingData } from "../parsers/perf/features/tracing_data.ts";
import { Feature, type PerfEvent } from "../parsers/perf/mod.ts";
import { fakeFiles } from "../testing/fake_files.ts";
import { MemorySink, perfLines, perfRecords, withFile } from "../testing/written_recordings.ts";
import { pageSize, unameMachine } from "./_system.ts";
import { machineFeatures, recordingFeatures } from "./_features.ts";
import { tracepointFolder } from "./_tracepoints.ts";
import { tracingDataFeature } from "./_tracing_data.ts";
import { PerfWriter, type WrittenEvent } from "./perf_writer.ts";
import { kernelFiles } from "./system_files.ts";

const TRACEFS = "/sys/kernel/tracing";

function bytes(feature: FeatureSpec): Uint8Array {
  const out = new ByteWriter(true);
  feature.write(out);
  return out.toBytes();
}

Deno.test("tracingDataFeature() holds the formats of the events and no others", () => {
  const files = fakeFiles({
    [`${TRACEFS}/events/header_page`]: "page\n",
    [`${TRACEFS}/events/header_event`]: "event\n",
    [`${TRACEFS}/events/sched/sched_switch/id`]: "372\n",
    [`${TRACEFS}/events/sched/sched_switch/format`]: "name: sched_switch\nID: 372\n",
    [`${TRACEFS}/events/sched/sched_wakeup/id`]: "37\n",
    [`${TRACEFS}/events/sched/sched_wakeup/format`]: "name: sched_wakeup\nID: 37\n",
    [`${TRACEFS}/events/irq/irq_handler_entry/id`]: "72\n",
    [`${TRACEFS}/events/irq/irq_handler_entry/format`]: "name: irq_handler_entry\nID: 72\n",
    [`${TRACEFS}/events/kmem/kmalloc/id`]: "2\n",
    [`${TRACEFS}/events/kmem/kmalloc/format`]: "name: kmalloc\nID: 2\n",
    [`${TRACEFS}/printk_formats`]: '0x1 : "text"\n',
  });
  const feature = tracingDataFeature(files, { ids: [372n, 2n, 372n], pageSize: 16384 })!;
  assertEquals(feature.bit, 1);
  const section = bytes(feature);
  const data = decodeTracingData(new Cursor(section, 0, true, "tracing_data"));
  assertEquals([data.version, data.bigEndian, data.longSize, data.pageSize], [
    "0.6",
    false,
    8,
    16384,
  ]);
  assertEquals(data.systems, ["sched", "kmem"]);
  const named = data.formats.filter(({ system }) => system !== "ftrace");
  assertEquals(named.map(({ system, name, id }) => [id, system, name]), [
    [372, "sched", "sched_switch"],
    [2, "kmem", "kmalloc"],
  ]);
  const text = ({ fileOffset, size }: { fileOffset: number; size: number }) =>
    new TextDecoder().decode(section.subarray(fileOffset, fileOffset + size));
  assertEquals(text(data.headerPage), "page\n");
  assertEquals(text(data.headerEvent), "event\n");
  assertEquals(text(data.printkFormats), '0x1 : "text"\n');
  assertEquals(text(data.savedCmdlines!), "");
});

Deno.test("tracingDataFeature() is null without tracefs", () => {
  assertEquals(tracingDataFeature(fakeFiles({}), { ids: [1n], pageSize: 4096 }), null);
});

const ignore = !perfRecords() || tracepointFolder(kernelFiles) === null;

/** Runs `use` with a recording by perf of a tracepoint. */
async function withTracepoints<T>(use: (path: string) => Promise<T>): Promise<T> {
  return await withFile(new Uint8Array(), async (path) => {
    const args = ["record", "-o", path, "-e", "sched:sched_switch", "--", "sleep", "0.01"];
    await new Deno.Command("perf", { args, stdout: "null", stderr: "null" }).output();
    return await use(path);
  });
}

Deno.test({
  name: "tracingDataFeature() gives the bytes that perf gives",
  ignore,
  async fn() {
    await withTracepoints((path) => {
      using file = openPerfFile(path);
      const { offset, size } = file.featureSection(Feature.tracingData)!;
      const theirs = Deno.readFileSync(path).subarray(offset, offset + size);
      const ids = file.events.map(({ attr }) => attr.config);
      const ours = bytes(tracingDataFeature(kernelFiles, { ids, pageSize: pageSize() })!);
      assertEquals(ours, theirs);
      return Promise.resolve();
    });
  },
});

/** The event as it was opened, as far as perf set it. */
function writtenEvent({ attr, ids, name }: PerfEvent): WrittenEvent {
  const flags = Object.keys(AttrFlag).filter((flag) => attr.flags[flag as AttrFlag]);
  return {
    type: attr.type,
    config: attr.config,
    samplePeriod: attr.samplePeriod,
    sampleType: attr.sampleType,
    readFormat: attr.readFormat,
    flags: flags as AttrFlag[],
    ids: [...ids],
    name: name ?? "",
  };
}

/** Writes the records of a recording again, in pieces, as a file or a stream. */
function rewritten(path: string, options: { pipe: boolean; level: number | null }): Uint8Array {
  using file = openPerfFile(path);
  const { offset, size } = file.header.data;
  const records = Deno.readFileSync(path).subarray(offset, offset + size);
  const events = file.events.map(writtenEvent);
  const ids = events.map(({ config }) => config!);
  const features = [
    tracingDataFeature(kernelFiles, { ids, pageSize: pageSize() })!,
    ...recordingFeatures({ commandLine: ["auxtail"], recorder: "auxtail 0", events }),
    ...machineFeatures(kernelFiles, unameMachine()),
  ];
  const sink = new MemorySink(options);
  const { level } = options;
  const writer = new PerfWriter(sink, {
    events,
    ...(level !== null && { compress: { level, mmapSize: size } }),
  });
  if (options.pipe) writer.pipeFeatures(features);
  const cursor = file.recordCursor();
  let at = 0;
  while (cursor.next()) {
    const end = cursor.fileOffset + cursor.size - offset;
    writer.ringData(records.subarray(at, end - 8), records.subarray(end - 8, end));
    at = end;
  }
  writer.finishedRound();
  assertEquals(writer.finalise(features), true);
  return sink.bytes;
}

Deno.test({
  name:
    "PerfWriter writes tracepoints that perf script formats, as file and pipe, with and without zstd",
  ignore,
  async fn() {
    await withTracepoints(async (path) => {
      const theirs = await perfLines(["script", "-i", path]);
      assertEquals(theirs.failure, null);
      assertEquals(theirs.lines.some((line) => /sched:sched_switch: .*next_pid=/.test(line)), true);
      for (const pipe of [false, true]) {
        for (const level of [null, 1, 19]) {
          const bytes = rewritten(path, { pipe, level });
          const ours = await withFile(bytes, (path) => perfLines(["script", "-i", path]));
          assertEquals({ pipe, level, ...ours }, { pipe, level, ...theirs });
          const report = await withFile(bytes, (path) => perfLines(["report", "-D", "-i", path]));
          assertEquals({ pipe, level, failure: report.failure }, { pipe, level, failure: null });
        }
      }
    });
  },
});
