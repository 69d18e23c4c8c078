import { joinU64, Mark, type PacketScan } from "../internal.ts";
import { extendedKind, extendedSize, KINDS, SIZES } from "./_headers.ts";
import { SpeKind, speKindNames } from "./packet_kind.ts";
import { SpeCursor, type SpeOptions } from "./spe_cursor.ts";

const TIMESTAMP = 0x71;
const PAD = 0x00;
/** Longest step: a byte of padding and an address. */
const MAX_ADVANCE = 10;
/** Kinds of steps: a packet by its header, or from here on padding and a packet. */
const PADDED = 256;
/** Steps that are counted before a counter could overflow. */
const MAX_COUNTED = 2 ** 32 - 1;
/** Stands for the place of a timestamp where there is none. */
const NOWHERE = 2 ** 32 - 1;

/**
 * Kinds of steps by pair of bytes, the first of them in the upper half. A timestamp is not taken
 * together with padding: its place has to be known.
 */
const STEPS: Uint16Array = new Uint16Array(65536).map((_, pair) => {
  const second = pair & 0xff;
  const isPadded = pair >> 8 === PAD && second !== TIMESTAMP && SIZES[second]! > 0;
  return isPadded ? PADDED + second : pair >> 8;
});

/** Number of bytes of these steps, 0 where the first byte is an extended header. */
const ADVANCES: Uint8Array = new Uint8Array(65536).map((_, pair) => {
  const step = STEPS[pair]!;
  return step < PADDED ? SIZES[step]! : 1 + SIZES[step - PADDED]!;
});

/**
 * Counts Arm SPE packets and finds the first and last timestamp.
 *
 * Two bytes at once index a table, which says how far to step. It counts by header byte, and by
 * kind when that is asked for.
 *
 * @example Counting the packets of a record
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { SpeKind, SpeScan } from "@auxtail/auxtail/arm-spe";
 *
 * const scan = new SpeScan();
 * scan.push(new Uint8Array([0x49, 0, 0x71, 0xd2, 4, 0, 0, 0, 0, 0, 0, 0, 0]));
 * scan.end();
 * assertEquals(scan.packets[SpeKind.Pad], 2);
 * assertEquals(scan.firstTicks, 1234n);
 * ```
 */
export class SpeScan implements PacketScan {
  /** See {@linkcode PacketScan.firstTicks}. */
  firstTicks: bigint | null = null;
  /** See {@linkcode PacketScan.lastTicks}. */
  lastTicks: bigint | null = null;
  /** Every byte can start a packet. */
  readonly endsInSync = true;

  readonly #packets = new Float64Array(speKindNames.length);
  readonly #bytes = new Float64Array(speKindNames.length);
  /** Steps by kind, not yet in the counts above. */
  readonly #steps = new Uint32Array(2 * PADDED);
  /** Where the last step of each kind is in the piece. */
  readonly #lastAt = new Uint32Array(2 * PADDED);
  /** Bytes, and so at least steps, since these were last added. */
  #unsummed = 0;
  /** Low bits of the position of the piece. */
  #position: number;
  #rest = 0;

  /** Starts before the first byte. */
  constructor({ position = 0n }: SpeOptions = {}) {
    this.#position = Number(position & 0xfn);
  }

  /** See {@linkcode PacketScan.packets}. */
  get packets(): Float64Array {
    this.#sum();
    return this.#packets;
  }

  /** See {@linkcode PacketScan.bytes}. */
  get bytes(): Float64Array {
    this.#sum();
    return this.#bytes;
  }

  /** See {@linkcode PacketScan.push}. */
  push(bytes: Uint8Array): number {
    if (this.#unsummed + bytes.length > MAX_COUNTED) this.#sum();
    this.#unsummed += bytes.length;
    this.#lastAt[TIMESTAMP] = NOWHERE;
    const at = this.#run(bytes);
    if (this.#lastAt[TIMESTAMP] !== NOWHERE) this.#readTicks(bytes);
    this.#position = this.#position + at & 0xf;
    this.#rest = bytes.length - at;
    return this.#rest;
  }

  /** See {@linkcode PacketScan.end}. */
  end(): void {
    if (this.#rest > 0) this.#count(Mark.Cut, this.#rest);
    this.#rest = 0;
  }

  /** Counts packets up to the end, or before a packet that is not whole, and returns where. */
  #run(bytes: Uint8Array): number {
    let at = 0;
    for (;;) {
      at = this.#stepOn(bytes, at);
      const size = this.#single(bytes, at);
      if (size === 0) return at;
      at += size;
    }
  }

  /** Counts by pairs of bytes as far as they tell; returns where the first other packet is. */
  #stepOn(bytes: Uint8Array, from: number): number {
    const steps = this.#steps;
    const lastAt = this.#lastAt;
    // Made here, the view costs no checks in the loop.
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const last = bytes.length - MAX_ADVANCE;
    let at = from;
    while (at <= last) {
      const pair = view.getUint16(at);
      const advance = ADVANCES[pair]!;
      if (advance === 0) break;
      const step = STEPS[pair]!;
      steps[step]!++;
      lastAt[step] = at;
      at += advance;
    }
    return at;
  }

  /** Counts the packet at `at` and returns its size, 0 where it is not whole. */
  #single(bytes: Uint8Array, at: number): number {
    const left = bytes.length - at;
    if (left === 0) return 0;
    const header = bytes[at]!;
    let kind = KINDS[header]!;
    let size = SIZES[header]!;
    if (size === 0) {
      if (left === 1) return 0;
      kind = extendedKind(header, bytes[at + 1]!);
      size = extendedSize(header, bytes[at + 1]!, this.#position + at);
    }
    if (size > left) return 0;
    this.#count(kind, size);
    this.#lastAt[header] = at;
    return size;
  }

  #count(kind: number, size: number): void {
    this.#packets[kind]! += 1;
    this.#bytes[kind]! += size;
  }

  /** Adds the packets of the steps to the counts by kind. */
  #sum(): void {
    if (this.#unsummed === 0) return;
    this.#unsummed = 0;
    this.#steps.forEach((times, step) => {
      this.#add(step % PADDED, times);
      if (step >= PADDED) this.#add(PAD, times);
    });
    this.#steps.fill(0);
  }

  #add(header: number, packets: number): void {
    const kind = KINDS[header]!;
    this.#packets[kind]! += packets;
    this.#bytes[kind]! += packets * SIZES[header]!;
  }

  #readTicks(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.lastTicks = view.getBigUint64(this.#lastAt[TIMESTAMP]! + 1, true);
    if (this.firstTicks !== null) return;
    const cursor = new SpeCursor(bytes, { position: BigInt(this.#position) });
    while (cursor.next() && cursor.kind !== SpeKind.Timestamp);
    this.firstTicks = joinU64(cursor.high, cursor.low);
  }
}
