/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import {
  type ConvertReply,
  type ConvertSetup,
  type ConvertTask,
  type PartSink,
  RecordingConverter,
} from "./_convert_work.ts";
import { loadParquet } from "./_parquet_module.ts";

/** Bytes under way to the thread that writes them, above which this one waits. */
const MOST_UNDER_WAY = 1 << 24;

self.onmessage = ({ data: setup }: MessageEvent<ConvertSetup>) => {
  const ready = converterOf(setup);
  self.onmessage = async ({ data: task }: MessageEvent<ConvertTask | null>) => {
    const converter = await ready;
    if (task === null) {
      converter.end();
      return reply({ type: "end" });
    }
    const problem = converter.convert(task);
    reply({ type: "done", problem: problem && { kind: problem.kind, reason: problem.reason } });
  };
};

async function converterOf(
  { work, hasParquet, underWay }: ConvertSetup,
): Promise<RecordingConverter> {
  const module = hasParquet ? await loadParquet() : null;
  const count = new Int32Array(underWay);
  const sink: PartSink = {
    append(table, shared) {
      const bytes = shared.slice();
      for (let now = Atomics.load(count, 0); now > MOST_UNDER_WAY; now = Atomics.load(count, 0)) {
        Atomics.wait(count, 0, now);
      }
      Atomics.add(count, 0, bytes.length);
      reply({ type: "bytes", table, bytes }, [bytes.buffer]);
    },
    finish: (rows) => reply({ type: "finish", rows }),
  };
  return new RecordingConverter(work, module, sink);
}

function reply(message: ConvertReply, transfer: Transferable[] = []): void {
  self.postMessage(message, transfer);
}
