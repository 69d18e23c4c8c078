import { Mark } from "../parsers/internal.ts";
import type { PayloadFormat } from "./payload_format.ts";
import type { PayloadQueue } from "./payload_recording.ts";
import { QueueReader } from "./reader.ts";

/** Queues of which all that can be decoded was skipped, since no decoder can start in it. */
export function queuesWithoutSync(
  queues: readonly PayloadQueue[],
  format: PayloadFormat,
): PayloadQueue[] {
  return format.syncKind === null ? [] : queues.filter((queue) => lacksSync(queue, format));
}

/** Reads up to the first packet. */
function lacksSync(queue: PayloadQueue, format: PayloadFormat): boolean {
  let hasPackets = false;
  let isSearched = false;
  const sink = {
    stream: null as ReturnType<PayloadFormat["open"]> | null,
    get isDone() {
      return hasPackets;
    },
    open(stream: ReturnType<PayloadFormat["open"]>) {
      this.stream = stream;
    },
    packet() {
      const { cursor, reason } = this.stream!;
      hasPackets = cursor.kind > Mark.Cut;
      isSearched ||= cursor.kind === Mark.Skipped && reason() === null;
      return !hasPackets;
    },
    mark() {},
  };
  const reader = new QueueReader(format, sink);
  for (const item of queue.items()) {
    reader.take(item);
    if (hasPackets) return false;
  }
  reader.finish();
  return isSearched && !hasPackets;
}
