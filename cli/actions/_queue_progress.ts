import type { PayloadBytes, PayloadItem, PayloadQueue } from "../../packets/mod.ts";
import type { Progress } from "../output/progress.ts";

/** Bytes of payload of a queue. */
export function queueSize(queue: PayloadQueue): number {
  let size = 0;
  for (const item of queue.items()) if (item.type === "bytes") size += item.size;
  return size;
}

/** Tells how many bytes of all queues have been read whenever some are. */
export function withProgress(queues: readonly PayloadQueue[], progress: Progress): PayloadQueue[] {
  let done = 0;
  return queues.map((queue) => {
    const { idx, cpu, tid } = queue;
    return {
      idx,
      cpu,
      tid,
      *items(): Generator<PayloadItem> {
        for (const item of queue.items()) yield item.type === "mark" ? item : followed(item);
      },
    };
  });

  function followed(bytes: PayloadBytes): PayloadBytes {
    return {
      ...bytes,
      read(from, into) {
        const count = bytes.read(from, into);
        progress.at(done += count);
        return count;
      },
    };
  }
}
