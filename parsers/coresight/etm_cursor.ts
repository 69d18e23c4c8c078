import type { PacketCursor } from "../internal.ts";
import {
  fieldEnd,
  fieldValue,
  findAsync,
  packetSize,
  trailingZeros,
  type Window,
} from "./_etm_sizes.ts";
import {
  atomBits,
  atomCounts,
  eteExceptionKind,
  headerTables,
  isIs1,
  Shape,
} from "./_etm_tables.ts";
import { EtmTime } from "./_etm_time.ts";
import { EtmKind } from "./etm_kind.ts";
import { type EtmConfig, UNKNOWN_UNIT } from "./trace_unit.ts";

/**
 * Words of one entry of the address history: low half, high half; the instruction set in bit 0 and
 * above it the number of low bits that are known.
 */
const ENTRY = 3;
/** Bits of an address. */
const WHOLE = 64;
/** Bit SF of a context's information byte: the processor is in AArch64 state. */
const SF = 0x10;

/** In which state the stream of a trace unit starts. */
export interface EtmOptions {
  /**
   * Whether its first byte starts a packet, after bytes that are lost. Otherwise decoding starts at
   * the first A-Sync.
   */
  readonly synced?: boolean;
}

/**
 * Reads the packets of one ETMv4 or ETE trace unit.
 *
 * Decoding starts at the first A-Sync. After a byte that starts no packet (`BAD`) the bytes up to
 * the next A-Sync are skipped: OpenCSD's packet processor tries each byte instead. Nothing is
 * allocated per packet; addresses, context and times are those that hold after the packet.
 *
 * @example The addresses of a stream
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { EtmCursor, EtmKind, traceUnits } from "@auxtail/auxtail/coresight";
 *
 * const registers = { TRCIDR0: 0x28000ea1n, TRCIDR1: 0x4100f423n, TRCIDR2: 0x20001088n };
 * const params = Object.entries(registers).map(([name, value]) => ({ name, value }));
 * const [unit] = traceUnits({ cpus: [{ cpu: 0, kind: "etmv4", magic: 0n, traceId: 16, params }] });
 * const sync = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 1, 0];
 * const cursor = new EtmCursor(unit!.etm!, new Uint8Array([...sync, 0x9a, 2, 1, 0, 0x40, 0xf7]));
 * const seen = [];
 * while (cursor.next()) if (cursor.kind === EtmKind.Address32Is0) seen.push(cursor.addressLow);
 * assertEquals(seen, [0x40000208]);
 * ```
 */
export class EtmCursor implements PacketCursor {
  /** What stands under the cursor. */
  kind: EtmKind = EtmKind.Skipped;
  /** See {@linkcode PacketCursor.start}. */
  start = 0;
  /** See {@linkcode PacketCursor.size}. */
  size = 0;
  /** See {@linkcode PacketCursor.rest}. */
  rest = 0;
  /** What the lengths of the packets depend on. */
  readonly config: EtmConfig;
  /** Information byte of the last context packet: EL, SF, NS and what followed. */
  contextInfo = 0;
  /** Context id of the last context packet that had one. */
  contextId = 0;
  /** Virtual machine id of the last context packet that had one. */
  vmid = 0;
  /** Cycle count threshold of the last trace info packet that had one. */
  cycleThreshold = 0;

  readonly #kinds: Uint8Array;
  readonly #shapes: Uint8Array;
  readonly #window: Window;
  readonly #history = new Uint32Array(3 * ENTRY);
  readonly #time: EtmTime;
  #at = 0;
  /** Position of `bytes[0]` in the stream. */
  #base = 0;
  #isEnded = false;
  /** Position from which bytes are skipped; -1 while packets are read. */
  #skipFrom = 0;

  /** Starts before the first byte of a stream; null for a unit whose bytes are skipped. */
  constructor(
    config: EtmConfig | null,
    bytes: Uint8Array = new Uint8Array(),
    { synced = false }: EtmOptions = {},
  ) {
    this.config = config ?? UNKNOWN_UNIT;
    const { kinds, shapes } = headerTables(this.config);
    this.#kinds = kinds;
    this.#shapes = shapes;
    this.#window = { bytes, end: bytes.length };
    this.#time = new EtmTime(!synced);
    if (synced && config !== null) this.#skipFrom = -1;
    else this.#forgetAddresses();
  }

  /** See {@linkcode PacketCursor.bytes}. */
  get bytes(): Uint8Array {
    return this.#window.bytes;
  }

  /** See {@linkcode PacketCursor.offset}. */
  get offset(): number {
    return this.#base + this.start;
  }

  /** Low half of the address that was traced last. */
  get addressLow(): number {
    return this.#history[0]!;
  }

  /** High half of the address that was traced last. */
  get addressHigh(): number {
    return this.#history[1]!;
  }

  /** Instruction set of that address: 0 for A32 and A64, 1 for T32. */
  get instructionSet(): number {
    return this.#history[2]! & 1;
  }

  /**
   * How many low bits of that address are known: 64, or fewer if the address that tells the others is
   * lost.
   */
  get addressBits(): number {
    return this.#history[2]! >> 1;
  }

  /** Low half of the last timestamp. */
  get timeLow(): number {
    return this.#time.low;
  }

  /** High half of the last timestamp. */
  get timeHigh(): number {
    return this.#time.high;
  }

  /** How many low bits of the last timestamp are known, as of the address. */
  get timeBits(): number {
    return this.#time.knownBits;
  }

  /** Atoms of the packet: bit i is the i-th oldest, 1 for E, a branch that was taken. */
  get atoms(): number {
    return atomBits[this.bytes[this.start]!]!;
  }

  /** Number of the packet's atoms. */
  get atomCount(): number {
    return atomCounts[this.bytes[this.start]!]!;
  }

  /** Position from which bytes are being skipped; -1 if none are. */
  get skipFrom(): number {
    return this.#skipFrom;
  }

  /** See {@linkcode PacketCursor.refill}. */
  refill(bytes: Uint8Array): void {
    this.aim(bytes, { from: 0, to: bytes.length });
  }

  /** Like {@linkcode refill}, for a part of a buffer that begins with the rest. */
  aim(bytes: Uint8Array, { from, to }: { from: number; to: number }): void {
    this.#base += this.#at - from;
    this.#at = from;
    this.#window.bytes = bytes;
    this.#window.end = to;
  }

  /** See {@linkcode PacketCursor.end}. */
  end(): void {
    this.#isEnded = true;
  }

  /** See {@linkcode PacketCursor.next}. */
  next(): boolean {
    if (this.#skipFrom >= 0) {
      if (!this.#seek()) return false;
      if (this.size > 0) return true;
    }
    const { bytes, end } = this.#window;
    const at = this.#at;
    if (at >= end) {
      this.rest = 0;
      return false;
    }
    const header = bytes[at]!;
    const shape = this.#shapes[header]!;
    if (shape !== Shape.Single) return this.#read(shape, at);
    this.kind = this.#kinds[header]! as EtmKind;
    return this.#take(at, 1);
  }

  #take(at: number, size: number): true {
    this.start = at;
    this.size = size;
    this.#at = at + size;
    return true;
  }

  /** Goes to the next A-Sync; leaves a `size` of 0 if nothing is skipped before it. */
  #seek(): boolean {
    const { bytes, end } = this.#window;
    const first = this.config === UNKNOWN_UNIT ? -1 : findAsync(bytes, this.#at, end);
    const isSkipped = first >= 0 || this.#isEnded;
    this.#at = first >= 0 ? first : isSkipped ? end : end - trailingZeros(bytes, this.#at, end);
    this.rest = end - this.#at;
    if (!isSkipped) return false;
    this.kind = EtmKind.Skipped;
    this.start = this.#skipFrom - this.#base;
    this.size = this.#base + this.#at - this.#skipFrom;
    this.#skipFrom = first >= 0 ? -1 : this.#base + end;
    return first >= 0 || this.size > 0;
  }

  /** Reads a packet that is longer than a byte or changes the state. */
  #read(shape: number, at: number): boolean {
    const { bytes, end } = this.#window;
    const size = packetSize(shape, this.config, this.#window, at);
    if (size < 0) {
      this.kind = EtmKind.Bad;
      this.#skipFrom = this.#base + at + 1;
      return this.#take(at, 1);
    }
    if (size === 0) {
      this.rest = end - at;
      if (!this.#isEnded) return false;
      this.kind = EtmKind.Cut;
      return this.#take(at, end - at);
    }
    const header = bytes[at]!;
    this.kind = this.#kinds[header]! as EtmKind;
    this.#follow(shape, at);
    return this.#take(at, size);
  }

  /** Lets the packet change kind and state. */
  #follow(shape: number, at: number): void {
    const { bytes } = this.#window;
    const header = bytes[at]!;
    switch (shape) {
      case Shape.Extension:
        if (bytes[at + 1] === 3) this.kind = EtmKind.Discard;
        else if (bytes[at + 1] === 5) this.kind = EtmKind.Overflow;
        break;
      case Shape.TraceInfo:
        this.#followTraceInfo(at);
        break;
      case Shape.Timestamp:
      case Shape.TimestampCycles:
        this.#time.read(bytes, at + 1);
        break;
      case Shape.EteException:
        this.kind = eteExceptionKind(bytes, at);
        break;
      case Shape.Match:
      case Shape.QMatch: {
        const entry = ENTRY * (header & 3);
        this.#push(this.#history[entry]!, this.#history[entry + 1]!, this.#history[entry + 2]!);
        break;
      }
      case Shape.Short:
      case Shape.QShort:
        this.#followShort(at);
        break;
      case Shape.Long32:
      case Shape.QLong:
        this.#followLong32(at);
        break;
      case Shape.Long64:
        this.#followLong64(at);
        break;
      case Shape.Long32Context:
        this.#followLong32(at);
        this.#followContext(at + 5);
        break;
      case Shape.Long64Context:
        this.#followLong64(at);
        this.#followContext(at + 9);
        break;
      case Shape.Context:
        this.#followContext(at + 1);
    }
  }

  #push(low: number, high: number, setAndBits: number): void {
    const history = this.#history;
    history[6] = history[3]!;
    history[7] = history[4]!;
    history[8] = history[5]!;
    history[3] = history[0]!;
    history[4] = history[1]!;
    history[5] = history[2]!;
    history[0] = low;
    history[1] = high;
    history[2] = setAndBits;
  }

  /** Starts with the addresses that Trace Info stands for: three times 0. */
  #forgetAddresses(): void {
    this.#history.fill(0);
    for (let at = ENTRY - 1; at < this.#history.length; at += ENTRY) this.#history[at] = WHOLE << 1;
  }

  #followShort(at: number): void {
    const { bytes } = this.#window;
    const set = isIs1[bytes[at]!]!;
    const first = bytes[at + 1]!;
    let bits = first & 0x7f;
    let mask = 0x7f;
    if (first >= 0x80) {
      bits |= bytes[at + 2]! << 7;
      mask = 0x7fff;
    }
    const low = this.#history[0]!;
    // The bits below those of the packet are zero.
    const kept = low & ~(set === 1 ? mask << 1 | 1 : mask << 2 | 3);
    const known = Math.max((first >= 0x80 ? 17 : 9) - set, this.addressBits);
    this.#push(kept | bits << (2 - set), this.#history[1]!, known << 1 | set);
  }

  /** The low half of a long address. */
  #longLow(at: number, set: number): number {
    const { bytes } = this.#window;
    const upper = bytes[at + 3]! << 16 | bytes[at + 4]! << 24;
    return set === 1
      ? upper | (bytes[at + 1]! & 0x7f) << 1 | bytes[at + 2]! << 8
      : upper | (bytes[at + 1]! & 0x7f) << 2 | (bytes[at + 2]! & 0x7f) << 9;
  }

  #followLong32(at: number): void {
    const set = isIs1[this.bytes[at]!]!;
    const high = this.contextInfo & SF ? this.#history[1]! : 0;
    this.#push(this.#longLow(at, set), high, Math.max(32, this.addressBits) << 1 | set);
  }

  #followLong64(at: number): void {
    const { bytes } = this.#window;
    const set = isIs1[bytes[at]!]!;
    const high = bytes[at + 5]! | bytes[at + 6]! << 8 | bytes[at + 7]! << 16 | bytes[at + 8]! << 24;
    this.#push(this.#longLow(at, set), high, WHOLE << 1 | set);
  }

  #followContext(at: number): void {
    const { bytes } = this.#window;
    const { vmidSize, contextIdSize } = this.config;
    const info = bytes[at]!;
    this.contextInfo = info;
    let next = at + 1;
    if (info & 0x40) {
      this.vmid = littleEndian(bytes, next, vmidSize);
      next += vmidSize;
    }
    if (info & 0x80) this.contextId = littleEndian(bytes, next, contextIdSize);
  }

  #followTraceInfo(at: number): void {
    const { bytes } = this.#window;
    const sections = bytes[at + 1]!;
    let next = fieldEnd(bytes, at + 1);
    for (let section = 1; section < 8; section <<= 1) {
      if (sections & section) next = fieldEnd(bytes, next);
    }
    if (sections & 8) this.cycleThreshold = fieldValue(bytes, next);
    this.#forgetAddresses();
    this.#time.expectWhole();
  }
}

function littleEndian(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let i = 0; i < size; i++) value |= bytes[at + i]! << (8 * i);
  return value >>> 0;
}
