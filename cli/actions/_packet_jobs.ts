import {
  joinParts,
  packetWriter,
  type Part,
  partTask,
  queueParts,
  SummaryCounter,
  summaryOf,
} from "../../packets/internal.ts";
import {
  PacketPrinter,
  type PacketSummary,
  type PayloadFormat,
  type PayloadQueue,
  QueueReader,
  QueueScanner,
  TextBuffer,
} from "../../packets/mod.ts";
import { counter, type PacketWork, printer, type PrintTask } from "../_packet_work.ts";
import packetWorkerSource from "../_packet_worker.js" with { type: "text" };
import { WorkerPool, type WorkerPoolOptions } from "../_workers.ts";
import { jsonText } from "../../text/mod.ts";

/** Bytes of a part that is counted. */
const COUNTED_SIZE = 1 << 24;
/** Bytes of a part that is printed: its text has some twenty times as many. */
const PRINTED_SIZE = 1 << 15;
/** Memory for the text of most parts. */
const TEXT_SIZE = 1 << 21;
/** Parts longer than this are printed here, piece by piece: their text can be too long. */
const MAX_PRINTED_SIZE = 1 << 19;
/** Replies made here that may wait for those of workers before them. */
const MADE_AHEAD = 2;

/** What is to be done by workers. */
export interface PacketJob {
  /** The queues. */
  readonly queues: readonly PayloadQueue[];
  /** Format of the payload. */
  readonly format: PayloadFormat;
  /** What the workers have to know. */
  readonly work: PacketWork;
  /** How many threads there may be. */
  readonly jobs: number;
}

/** A part, and where its queue stands in the list. */
interface QueuePart extends Part {
  readonly queue: number;
}

/** Counts like `packetSummary()`. */
export async function countWithWorkers(job: PacketJob): Promise<PacketSummary> {
  const { queues, format } = job;
  const counters = queues.map(() => new SummaryCounter(format));
  using pool = openPool(job, { here: counter(job.work) });
  const parts = function* () {
    for (const part of partsOf(job, COUNTED_SIZE)) {
      const sums = counters[part.queue]!;
      sums.bytes += part.size;
      for (const item of part.items) if (item.type === "mark") sums.mark(item);
      yield part;
    }
  };
  await joinParts(pool.run(parts(), (part) => partTask(part, queues[part.queue]!)), {
    isDone: false,
    accept({ counts }, { queue, continues }) {
      counters[queue]!.add(counts, { continues });
      return true;
    },
    decoder(part) {
      let { continues } = part;
      const scanner = new QueueScanner(format, (scan, start) => {
        counters[part.queue]!.addScan(scan, start, { format, continues });
        continues = false;
      });
      return {
        unused: () => scanner.unused(),
        take: (item) => item.type === "bytes" && scanner.take(item),
        finish: () => scanner.finish(),
      };
    },
  });
  return summaryOf(queues, counters, format);
}

/** Where {@linkcode printWithWorkers} prints to. */
export interface PrintTarget {
  /** Writes text. */
  bytes(text: Uint8Array): void;
  /** Called before the packets of each queue. */
  header(queue: PayloadQueue): void;
}

/**
 * Prints packets queue by queue.
 *
 * @returns How many packets and marks are left up to the limit.
 */
export async function printWithWorkers(job: PacketJob, target: PrintTarget): Promise<number> {
  const { queues, format, work } = job;
  const { form, filter } = work.print!;
  let left = filter.limit;
  if (left === 0) return 0;
  let begun = 0;
  const begin = (queue: number) => {
    while (begun <= queue) target.header(queues[begun++]!);
  };
  const buffer = new TextBuffer();
  const flush = () => {
    target.bytes(buffer.text());
    buffer.length = 0;
  };
  let local: PacketPrinter | null = null;
  const unmet = (): number => left - (local?.printed ?? 0);
  const memory: ArrayBuffer[] = [];
  using pool = openPool(job, {
    here: printer(work, work.print!),
    transfer: (task: PrintTask) => [task.memory],
  });
  const taskOf = (part: QueuePart): PrintTask | null => {
    const task = part.size > MAX_PRINTED_SIZE ? null : partTask(part, queues[part.queue]!);
    return task && { ...task, memory: memory.pop() ?? new ArrayBuffer(TEXT_SIZE) };
  };
  await joinParts(pool.run(partsOf(job, PRINTED_SIZE), taskOf), {
    get isDone() {
      return unmet() === 0;
    },
    accept({ text, printed }, { queue }) {
      if (printed > left) return false;
      begin(queue);
      target.bytes(text);
      memory.push(text.buffer);
      left -= printed;
      return true;
    },
    decoder({ queue }) {
      begin(queue);
      const writer = packetWriter(form, format, queues[queue]!, jsonText);
      const { kindNames } = format;
      const packets = new PacketPrinter(writer, buffer, {
        kindNames,
        filter: { ...filter, limit: left },
        flush,
      });
      local = packets;
      const reader = new QueueReader(format, packets);
      return {
        unused: () => reader.unused(),
        take: (item) => reader.take(item),
        finish() {
          reader.finish();
          flush();
          left -= packets.printed;
          local = null;
        },
      };
    },
  });
  flush();
  if (unmet() > 0) begin(queues.length - 1);
  return unmet();
}

/** This thread works, too. */
function openPool<Task, Reply>(
  { jobs, work }: PacketJob,
  options: Pick<WorkerPoolOptions<Task, Reply | null>, "here" | "transfer">,
): WorkerPool<Task, Reply | null> {
  const count = jobs - 1;
  return new WorkerPool(packetWorkerSource, {
    count,
    tasksEach: 2,
    mostJobs: 2 * count + MADE_AHEAD,
    setup: work,
    ...options,
  });
}

function* partsOf({ queues, format }: PacketJob, size: number): Generator<QueuePart> {
  for (const [queue, payload] of queues.entries()) {
    for (const part of queueParts(payload.items(), { size, format })) yield { ...part, queue };
  }
}
