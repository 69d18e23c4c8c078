import { FormatError } from "../parsers/internal.ts";
import type { IdIndexEntry } from "../parsers/perf/mod.ts";
import type { QueueIdentity } from "./aux_events.ts";
import { QueueBuilder } from "./aux_queue.ts";
import type { Kernel32 } from "./kernel_32.ts";

/** Most queues of a recording; more than any machine has CPUs. */
const MAX_QUEUES = 8192;
const MAX_IDS = 1 << 20;
const MAX_U32 = 0xffffffff;

/** Who wrote a record: null where it does not say. */
type Owner = Pick<QueueIdentity, "cpu" | "tid">;

/** The queues of a recording, and which of them a record belongs to. */
export class QueueFinder {
  readonly queues: QueueBuilder[] = [];
  /** Whether queues without an idx are those of CPUs, of threads, or of pairs of both. */
  owners: "cpu" | "thread" | "pair" = "pair";
  readonly #kernel: Kernel32;
  readonly #byIdx = new Map<number, QueueBuilder>();
  readonly #byCpu = new Map<number, QueueBuilder>();
  readonly #byTid = new Map<number, QueueBuilder>();
  readonly #byPair = new Map<string, QueueBuilder>();
  readonly #ids = new Map<bigint, IdIndexEntry>();

  constructor(kernel: Kernel32) {
    this.#kernel = kernel;
  }

  /** Takes in what ID_INDEX says of the events' ids. */
  addIds(entries: readonly IdIndexEntry[]): void {
    for (const entry of entries) {
      if (this.#ids.size >= MAX_IDS) return;
      if (entry.idx <= MAX_U32 && isU32(entry.cpu) && isU32(entry.tid)) {
        this.#ids.set(entry.id, entry);
      }
    }
  }

  /** Whether queues belong to CPUs or threads, by the first entry of ID_INDEX; null without one. */
  ownersByIds(): "cpu" | "thread" | null {
    for (const { cpu } of this.#ids.values()) return cpu === null ? "thread" : "cpu";
    return null;
  }

  /** The queue with an idx. One that only AUX records spoke of until now gets its idx here. */
  withIdx({ idx, cpu, tid }: QueueIdentity & { readonly idx: number }, at: number): QueueBuilder {
    let queue = this.#byIdx.get(idx);
    if (queue !== undefined) return queue;
    const known = this.#ofCpuOrThread({ cpu, tid });
    if (known !== undefined && known.idx === null) {
      queue = known;
      queue.idx = idx;
      queue.tid = tid;
    } else {
      queue = this.#add({ idx, cpu, tid }, at);
      if (known === undefined) this.#rememberOwner(queue);
    }
    this.#byIdx.set(idx, queue);
    return queue;
  }

  /** The queue of a record's CPU, or of its thread where that CPU has none. */
  find({ cpu, tid }: Owner): QueueBuilder | undefined {
    if (cpu === null && tid === null && this.#byIdx.size === 1) {
      for (const only of this.#byIdx.values()) return only;
    }
    return (cpu === null ? undefined : this.#byCpu.get(cpu)) ??
      (tid === null ? undefined : this.#byTid.get(tid)) ?? this.#byPair.get(`${cpu} ${tid}`);
  }

  /** The same; a record of an unknown CPU or thread at `at` begins a queue. */
  findOrAdd(owner: Owner, at: number): QueueBuilder {
    return this.find(owner) ?? this.#addOwner(owner, at);
  }

  /** The queue of a sample: the one that ID_INDEX gives its id, or that of its CPU and thread. */
  ofSample(id: bigint | null, owner: Owner, at: number): QueueBuilder {
    const entry = id === null ? undefined : this.#ids.get(id);
    return entry === undefined ? this.#ofPair(owner, at) : this.withIdx(entry, at);
  }

  #addOwner({ cpu, tid }: Owner, at: number): QueueBuilder {
    const { owners } = this;
    if (owners === "pair" || (owners === "cpu" ? cpu : tid) === null) {
      return this.#ofPair({ cpu, tid }, at);
    }
    const queue = this.#add({
      idx: null,
      cpu: owners === "cpu" ? cpu : null,
      tid: owners === "cpu" ? null : tid,
    }, at);
    this.#rememberOwner(queue);
    return queue;
  }

  #ofCpuOrThread({ cpu, tid }: Owner): QueueBuilder | undefined {
    if (cpu !== null) return this.#byCpu.get(cpu);
    return tid === null ? undefined : this.#byTid.get(tid);
  }

  #rememberOwner(queue: QueueBuilder): void {
    if (queue.cpu !== null) this.#byCpu.set(queue.cpu, queue);
    else if (queue.tid !== null) this.#byTid.set(queue.tid, queue);
  }

  #ofPair({ cpu, tid }: Owner, at: number): QueueBuilder {
    const key = `${cpu} ${tid}`;
    let queue = this.#byPair.get(key);
    if (queue === undefined) {
      queue = this.#add({ idx: null, cpu, tid }, at);
      this.#byPair.set(key, queue);
    }
    return queue;
  }

  #add(identity: QueueIdentity, at: number): QueueBuilder {
    if (this.queues.length >= MAX_QUEUES) {
      throw new FormatError("unsupported", {
        structure: "AUX queue",
        offset: at,
        expected: `at most ${MAX_QUEUES} queues`,
        actual: "more",
        cure:
          "no machine has so many AUX buffers: the file is damaged; compare it with the original",
      });
    }
    const queue = new QueueBuilder(identity, this.#kernel);
    this.queues.push(queue);
    return queue;
  }
}

function isU32(value: number | null): boolean {
  return value === null || (value >= 0 && value <= MAX_U32);
}
