/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import type { TableName } from "../convert/mod.ts";
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

/** Bytes that are gathered before they are sent. */
const SEND_AT = 1 << 18;

self.onmessage = ({ data: setup }: MessageEvent<ConvertSetup>) => {
  const replies = new Replies(setup);
  const ready = converterOf(setup, replies);
  self.onmessage = async ({ data: tasks }: MessageEvent<readonly ConvertTask[]>) => {
    try {
      convertRun(tasks, { converter: await ready, replies });
    } catch (error) {
      self.postMessage([{ type: "failed", reason: `${error}` }] satisfies ConvertReply[]);
    }
  };
};

function convertRun(
  tasks: readonly ConvertTask[],
  { converter, replies }: { readonly converter: RecordingConverter; readonly replies: Replies },
): void {
  for (const task of tasks) {
    const problem = converter.convert(task);
    replies.add({
      type: "done",
      problem: problem && { kind: problem.kind, reason: problem.reason },
    });
    if (task.alone) replies.send(); // one that fails next is then known
  }
  if (tasks.length === 0) {
    converter.end();
    replies.add({ type: "end" });
  }
  replies.send();
}

async function converterOf(
  { work, hasParquet }: ConvertSetup,
  replies: Replies,
): Promise<RecordingConverter> {
  const sink: PartSink = {
    append: (table, shared) => replies.addBytes(table, shared.slice()),
    finish: (rows) => replies.add({ type: "finish", rows }),
  };
  return new RecordingConverter(work, hasParquet ? await loadParquet() : null, sink);
}

/** Gathers replies, as each message takes as long as a small recording. */
class Replies {
  readonly #underWay: Int32Array<SharedArrayBuffer>;
  #replies: ConvertReply[] = [];
  #buffers: ArrayBuffer[] = [];
  #bytes = 0;

  constructor({ underWay }: ConvertSetup) {
    this.#underWay = new Int32Array(underWay);
  }

  add(reply: ConvertReply): void {
    this.#replies.push(reply);
  }

  addBytes(table: TableName, bytes: Uint8Array<ArrayBuffer>): void {
    this.#replies.push({ type: "bytes", table, bytes });
    this.#buffers.push(bytes.buffer);
    this.#bytes += bytes.length;
    if (this.#bytes >= SEND_AT) this.send();
  }

  /** Sends what was gathered; waits while too much is under way. */
  send(): void {
    const count = this.#underWay;
    for (let now = Atomics.load(count, 0); now > MOST_UNDER_WAY; now = Atomics.load(count, 0)) {
      Atomics.wait(count, 0, now);
    }
    Atomics.add(count, 0, this.#bytes);
    self.postMessage(this.#replies, this.#buffers);
    this.#replies = [];
    this.#buffers = [];
    this.#bytes = 0;
  }
}
