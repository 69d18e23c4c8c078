import { ControlPage } from "../auxtrace/control_page.ts";
import type { AttrSpec } from "../encoders/attr_bytes.ts";
import { libc } from "../live/_libc.ts";
import { MappedMemory } from "../live/_mapped_memory.ts";
import { pageSize } from "../live/_system.ts";
import { DataRing } from "../live/data_ring.ts";
import type { PerfEventFd } from "../live/perf_event.ts";
import { openMemoryFile } from "./simulated_ring.ts";

/** A data ring in memory of the system, with the test in the kernel's place. */
export class SimulatedDataRing implements Disposable {
  /** The reader under test. */
  readonly ring: DataRing;
  /** What was asked of the event: whether the kernel may write. */
  readonly pauses: boolean[] = [];
  readonly #fd: number;
  readonly #memory: MappedMemory;
  readonly #bytes: Uint8Array;

  /** Makes a ring of one page whose head and tail stand at `start`. */
  constructor(attr: AttrSpec, start: bigint) {
    const page = pageSize();
    this.#fd = openMemoryFile(2 * page);
    this.#memory = new MappedMemory(this.#fd, { size: 2 * page, writable: true });
    this.#bytes = new Uint8Array(this.#memory.buffer, page);
    this.positions().fill(start);
    const event = {
      fd: this.#fd,
      attr,
      id: 1n,
      waiter: { nudge() {} },
      pauseOutput: (pause: boolean) => this.pauses.push(pause),
    };
    this.ring = new DataRing(event as unknown as PerfEventFd, page);
  }

  /** `data_head` and `data_tail`. */
  positions(): BigUint64Array {
    return new BigUint64Array(this.#memory.buffer, ControlPage.dataHead, 2);
  }

  /** Puts bytes at a position, without a word to the reader. */
  put(position: bigint, bytes: readonly number[]): void {
    const size = this.#bytes.length;
    const start = Number(position % BigInt(size));
    bytes.forEach((byte, index) => this.#bytes[(start + index) % size] = byte);
  }

  /** Appends records as the kernel does: bytes first, then the head. */
  write(...records: readonly (readonly number[])[]): void {
    for (const record of records) {
      this.put(this.positions()[0]!, record);
      this.positions()[0]! += BigInt(record.length);
    }
  }

  [Symbol.dispose](): void {
    this.ring[Symbol.dispose]();
    this.#memory[Symbol.dispose]();
    libc().close(this.#fd);
  }
}
