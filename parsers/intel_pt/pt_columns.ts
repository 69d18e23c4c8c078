import { PacketDecoder } from "./_packet_decoder.ts";
import { type PtOptions, PtStream } from "./_pt_stream.ts";
import { PtKind } from "./packet_kind.ts";

/** Bytes that the fast way reads from a packet's first on. */
const WINDOW = 5;
/** Largest IPBytes field that it takes: 4 bytes. */
const MAX_CODE = 2;
/** Bits of the last IP that packets with this field tell. */
const MAX_CODE_BITS = 32;

const FAST_KINDS: readonly PtKind[] = [PtKind.Pad, PtKind.Tnt, PtKind.Mtc];

/** How {@linkcode PtColumns} reads. */
export interface PtColumnsOptions extends PtOptions {
  /** Rows of a batch; 512 by default, which the nearest cache holds. */
  readonly capacity?: number;
}

/**
 * Reads the Intel PT packets of a stream into columns, a batch at a time: the packets and marks at
 * which a `PtCursor` stops, and what it says of them.
 *
 * The columns are overwritten by the next batch.
 *
 * @example Targets of all TIP packets
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { PtColumns, PtKind } from "@auxtail/auxtail/intel-pt";
 *
 * const columns = new PtColumns(Uint8Array.of(0x06, 0x4d, 0x10, 0x20, 0x40, 0x00), { synced: true });
 * columns.end();
 * const targets: number[] = [];
 * for (let rows = columns.fill(); rows > 0; rows = columns.fill()) {
 *   for (let i = 0; i < rows; i++) {
 *     if (columns.kind[i] === PtKind.Tip) targets.push(columns.ipLow[i]!);
 *   }
 * }
 * assertEquals(targets, [0x402010]);
 * ```
 */
export class PtColumns {
  /** Kind of each packet, or mark. */
  readonly kind: Uint8Array;
  /** The small number beside its payload; see `PtCursor.count`. */
  readonly count: Uint16Array;
  /** Position of its first byte in the stream. */
  readonly offset: Float64Array;
  /** Number of its bytes. */
  readonly size: Float64Array;
  /** Lower half of its payload; see `PtCursor.low`. */
  readonly low: Uint32Array;
  /** Upper half of its payload. */
  readonly high: Uint32Array;
  /** Lower half of the last IP after it: its own IP if its kind has one and `count` is not 0. */
  readonly ipLow: Uint32Array;
  /** Upper half of the last IP after it. */
  readonly ipHigh: Uint32Array;
  /** How many low bits of the last IP are known; see `PtCursor.ipBits`. */
  readonly ipBits: Uint8Array;
  readonly #capacity: number;
  readonly #stream: PtStream;
  #view: DataView = new DataView(new ArrayBuffer(0));

  /** Starts before the first of `bytes`, which are borrowed until the next `refill()`. */
  constructor(bytes?: Uint8Array, options: PtColumnsOptions = {}) {
    const { capacity = 512 } = options;
    this.kind = new Uint8Array(capacity);
    this.count = new Uint16Array(capacity);
    this.offset = new Float64Array(capacity);
    this.size = new Float64Array(capacity);
    this.low = new Uint32Array(capacity);
    this.high = new Uint32Array(capacity);
    this.ipLow = new Uint32Array(capacity);
    this.ipHigh = new Uint32Array(capacity);
    this.ipBits = new Uint8Array(capacity);
    this.#capacity = capacity;
    this.#stream = new PtStream(options);
    if (bytes !== undefined) this.refill(bytes);
  }

  /** After `fill()` returned 0: how many of the last bytes the next piece has to begin with. */
  get rest(): number {
    return this.#stream.rest;
  }

  /** Continues with the next piece: the `rest` of the one before, then new bytes. */
  refill(bytes: Uint8Array): void {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#stream.refill(bytes);
  }

  /** Says that no more bytes follow: what is left becomes marks. */
  end(): void {
    this.#stream.end();
  }

  /**
   * Reads the next packets and marks.
   *
   * @returns The number of rows that are filled, 0 where the bytes, or all of them, are used up.
   */
  fill(): number {
    const stream = this.#stream;
    let rows = 0;
    while (rows < this.#capacity) {
      const { synced, decoder } = stream;
      if (synced && decoder.itemSize === 0 && decoder.lastIp.knownBits >= MAX_CODE_BITS) {
        rows = this.#fillFast(rows);
        if (rows === this.#capacity) break;
      }
      if (!stream.next()) break;
      this.#fillRow(rows++);
    }
    return rows;
  }

  #fillRow(row: number): void {
    const { kind, offset, size, decoder } = this.#stream;
    this.kind[row] = kind;
    this.count[row] = decoder.count;
    this.offset[row] = offset;
    this.size[row] = size;
    this.low[row] = decoder.low;
    this.high[row] = decoder.high;
    this.ipLow[row] = decoder.lastIp.low;
    this.ipHigh[row] = decoder.lastIp.high;
    this.ipBits[row] = decoder.lastIp.knownBits;
  }

  /** Reads packets that a table of their first byte describes, up to the first that is none. */
  #fillFast(from: number): number {
    const { kind, count, offset, size, low, high, ipLow, ipHigh } = this;
    const { base, decoder: { lastIp } } = this.#stream;
    const view = this.#view;
    const last = view.byteLength - WINDOW;
    const capacity = this.#capacity;
    const table = fastTable;
    let at = this.#stream.at;
    let ip = lastIp.low;
    const upper = lastIp.high;
    let row = from;
    while (row < capacity && at <= last) {
      const entry = view.getUint8(at) << 2;
      const packet = table[entry]!;
      if (packet === 0) break;
      const bytes = view.getUint32(at + 1, true);
      const ipMask = table[entry + 2]!;
      ip = (ip & ~ipMask) | (bytes & ipMask);
      kind[row] = packet;
      count[row] = packet >> 8 & 0xff;
      offset[row] = base + at;
      size[row] = packet >> 16;
      low[row] = bytes & table[entry + 1]!;
      high[row] = table[entry + 3]!;
      ipLow[row] = ip;
      ipHigh[row] = upper;
      at += packet >> 16;
      row++;
    }
    this.#stream.at = at;
    lastIp.low = ip >>> 0;
    this.ipBits.fill(lastIp.knownBits, from, row);
    return row;
  }
}

/**
 * Four numbers for each first byte: kind, count and size (from bits 0, 8 and 16 on), or 0 for bytes
 * that are not read the fast way; masks of the payload and of the IP in the 4 bytes that follow; and
 * the upper half of the payload.
 */
const fastTable: Int32Array = makeFastTable();

function makeFastTable(): Int32Array {
  const table = new Int32Array(4 * 256);
  const decoder = new PacketDecoder();
  const bytes = new Uint8Array(WINDOW);
  for (let byte = 0; byte < 256; byte++) {
    bytes[0] = byte;
    const size = decoder.decode(bytes, 0, WINDOW);
    const { kind, count, high } = decoder;
    const isIp = kind >= PtKind.Tip && kind <= PtKind.Fup;
    const isFast = isIp ? count <= MAX_CODE : FAST_KINDS.includes(kind);
    if (size <= 0 || !isFast) continue;
    const mask = size === WINDOW ? -1 : (1 << 8 * (size - 1)) - 1;
    table.set([size << 16 | count << 8 | kind, mask, isIp ? mask : 0, high], 4 * byte);
  }
  return table;
}
