import { LastIp, WHOLE_IP } from "./last_ip.ts";
import { PtKind, ptKindNames } from "./packet_kind.ts";

/** What {@linkcode PacketDecoder.decode} returns where the bytes end inside a packet. */
export const CUT = 0;
/** What {@linkcode PacketDecoder.decode} returns where there is no packet. */
export const BAD = -1;

/** Bytes of the items of the open block; 0 if none is open. */
export type BlockItemSize = 0 | 4 | 8;

/** The last of 10 bytes holds bits 63:61. */
const MAX_CYC_SIZE = 10;

/** Bytes of an IP payload by the IPBytes field; -1 reserved. */
const IP_SIZE = Int8Array.of(0, 2, 4, 6, 6, -1, 8, -1);

/** Packets whose opcode is 02 and one more byte: that byte, kind, bytes after it. */
const EXTENDED: readonly (readonly [opcode: number, kind: PtKind, size: number])[] = [
  [0x03, PtKind.Cbr, 2],
  [0x12, PtKind.Ptwrite, 4],
  [0x13, PtKind.Cfe, 2],
  [0x22, PtKind.Pwre, 2],
  [0x23, PtKind.PsbEnd, 0],
  [0x32, PtKind.Ptwrite, 8],
  [0x33, PtKind.Bep, 0],
  [0x43, PtKind.Pip, 6],
  [0x53, PtKind.Evd, 9],
  [0x62, PtKind.Exstop, 0],
  [0x63, PtKind.Bbp, 1],
  [0x73, PtKind.Tma, 5],
  [0x82, PtKind.Psb, 14],
  [0x83, PtKind.TraceStop, 0],
  [0x92, PtKind.PtwriteIp, 4],
  [0xa2, PtKind.Pwrx, 5],
  [0xa3, PtKind.Tnt, 6],
  [0xb2, PtKind.PtwriteIp, 8],
  [0xb3, PtKind.BepIp, 0],
  [0xc2, PtKind.Mwait, 8],
  [0xc3, PtKind.Mnt, 9],
  [0xc8, PtKind.Vmcs, 5],
  [0xe2, PtKind.ExstopIp, 0],
  [0xf3, PtKind.Ovf, 0],
];
const EXTENDED_KIND = new Uint8Array(256);
const EXTENDED_SIZE = new Uint8Array(256);
for (const [opcode, kind, size] of EXTENDED) {
  EXTENDED_KIND[opcode] = kind;
  EXTENDED_SIZE[opcode] = size;
}

/** Kinds of packets after which a block is still open. Source: perf's `intel-pt-pkt-decoder.c`. */
const KEEPS_BLOCK = new Uint8Array(ptKindNames.length);
for (
  const kind of [
    PtKind.Pad,
    PtKind.Tsc,
    PtKind.Tma,
    PtKind.Mtc,
    PtKind.Fup,
    PtKind.Cyc,
    PtKind.Cbr,
    PtKind.Mnt,
    PtKind.Exstop,
    PtKind.ExstopIp,
    PtKind.Pwre,
    PtKind.Pwrx,
    PtKind.Bbp,
    PtKind.Bip,
    PtKind.Trig,
  ]
) KEEPS_BLOCK[kind] = 1;

/** Decodes one packet; keeps what later packets depend on: last IP and block. */
export class PacketDecoder {
  /** Kind of the packet. */
  kind: PtKind = PtKind.Pad;
  /** Lower half of its payload; see `PtCursor`. */
  low = 0;
  /** Upper half of its payload. */
  high = 0;
  /** The small number beside its payload. */
  count = 0;
  /** Whether the packet tells an address, all bits of which are known: it is now the last IP. */
  hasIp = false;
  /** Bytes of the items of the open block. */
  itemSize: BlockItemSize = 0;
  /** The last IP after the packet. */
  readonly lastIp: LastIp = new LastIp();

  /** Forgets the packet, but not what later ones depend on. */
  clear(): void {
    this.low = 0;
    this.high = 0;
    this.count = 0;
    this.hasIp = false;
  }

  /** Decodes the packet at `at`, not beyond `end`; returns its size, `CUT` or `BAD`. */
  decode(bytes: Uint8Array, at: number, end: number): number {
    if (at >= end) return CUT;
    const byte = bytes[at]!;
    this.clear();
    if (this.itemSize !== 0 && (byte & 7) === 4) return this.#item(bytes, at, end);
    if ((byte & 1) !== 0) return this.#odd(bytes, at, end);
    if (byte === 2) return this.#extended(bytes, at, end);
    if (byte === 0) {
      this.kind = PtKind.Pad;
      return 1;
    }
    const count = 30 - Math.clz32(byte);
    this.count = count;
    this.high = (byte << (31 - count)) >>> 0;
    this.kind = PtKind.Tnt;
    this.itemSize = 0;
    return 1;
  }

  #item(bytes: Uint8Array, at: number, end: number): number {
    const size = 1 + this.itemSize;
    if (end - at < size) return CUT;
    this.kind = PtKind.Bip;
    this.count = bytes[at]! >> 3;
    this.#payload(bytes, at + 1, this.itemSize);
    return size;
  }

  #odd(bytes: Uint8Array, at: number, end: number): number {
    const byte = bytes[at]!;
    if ((byte & 3) === 3) return this.#cyc(bytes, at, end);
    switch (byte & 0x1f) {
      case 0x0d:
        return this.#ip(PtKind.Tip, bytes, at, end);
      case 0x11:
        return this.#ip(PtKind.TipPge, bytes, at, end);
      case 0x01:
        return this.#ip(PtKind.TipPgd, bytes, at, end);
      case 0x1d:
        return this.#ip(PtKind.Fup, bytes, at, end);
    }
    switch (byte) {
      case 0x19:
        return this.#time(PtKind.Tsc, bytes, at, end, 7);
      case 0x59:
        return this.#time(PtKind.Mtc, bytes, at, end, 1);
      case 0x99:
        return this.#mode(bytes, at, end);
      case 0xd9:
        return this.#trig(bytes, at, end);
      default:
        return BAD;
    }
  }

  #cyc(bytes: Uint8Array, at: number, end: number): number {
    let byte = bytes[at]!;
    let more = byte & 4;
    let low = byte >> 3;
    let high = 0;
    let size = 1;
    for (let shift = 5; more !== 0; shift += 7) {
      if (size === MAX_CYC_SIZE) return BAD;
      if (at + size >= end) return CUT;
      byte = bytes[at + size++]!;
      more = byte & 1;
      const bits = byte >> 1;
      if (shift < 32) low |= bits << shift;
      if (shift === 26) high = bits >> 6;
      else if (shift > 32) high |= bits << (shift - 32);
    }
    this.kind = PtKind.Cyc;
    this.low = low >>> 0;
    this.high = high >>> 0;
    return size;
  }

  #ip(kind: PtKind, bytes: Uint8Array, at: number, end: number): number {
    const code = bytes[at]! >> 5;
    const size = IP_SIZE[code]!;
    if (size < 0) return BAD;
    if (end - at <= size) return CUT;
    this.kind = kind;
    this.count = code;
    this.#payload(bytes, at + 1, size);
    this.lastIp.update(code, this.low, this.high);
    this.hasIp = code !== 0 && this.lastIp.knownBits === WHOLE_IP;
    if (kind !== PtKind.Fup) this.itemSize = 0;
    return 1 + size;
  }

  #time(kind: PtKind, bytes: Uint8Array, at: number, end: number, size: number): number {
    if (end - at <= size) return CUT;
    this.kind = kind;
    this.#payload(bytes, at + 1, size);
    return 1 + size;
  }

  #mode(bytes: Uint8Array, at: number, end: number): number {
    if (end - at < 2) return CUT;
    const byte = bytes[at + 1]!;
    const bits = byte & 3;
    if (byte >= 0x40 || bits === 3) return BAD;
    if (byte >= 0x20) {
      this.kind = PtKind.ModeTsx;
      this.low = bits;
    } else {
      this.kind = PtKind.ModeExec;
      this.count = byte;
      this.low = bits === 0 ? 16 : bits === 1 ? 64 : 32;
    }
    this.itemSize = 0;
    return 2;
  }

  #trig(bytes: Uint8Array, at: number, end: number): number {
    if (end - at < 2) return CUT;
    const flags = bytes[at + 1]!;
    const size = (flags & 0x40) === 0 ? 1 : 3;
    if (end - at < 2 + size) return CUT;
    this.kind = PtKind.Trig;
    this.count = flags;
    this.#payload(bytes, at + 2, size);
    return 2 + size;
  }

  #extended(bytes: Uint8Array, at: number, end: number): number {
    if (end - at < 2) return CUT;
    const opcode = bytes[at + 1]!;
    const kind = EXTENDED_KIND[opcode]! as PtKind;
    if (kind === 0) return BAD;
    const size = EXTENDED_SIZE[opcode]!;
    if (end - at < 2 + size) return CUT;
    const first = bytes[at + 2]!;
    this.kind = kind;
    if (size <= 8) this.#payload(bytes, at + 2, size);
    switch (kind) {
      case PtKind.Psb:
        if (!this.#isPsb(bytes, at)) return BAD;
        break;
      case PtKind.Tnt:
        if (!this.#longTnt()) return BAD;
        break;
      case PtKind.Mnt:
        if (first !== 0x88) return BAD;
        this.#payload(bytes, at + 3, 8);
        break;
      case PtKind.Cbr:
        this.low = first;
        break;
      case PtKind.Tma:
        if ((this.low & 0x00ff0000) !== 0 || this.high > 1) return BAD; // bits that are reserved
        this.count = this.high << 8 | bytes[at + 5]!;
        this.low &= 0xffff;
        this.high = 0;
        break;
      case PtKind.Vmcs:
        this.count = 5;
        break;
      case PtKind.Ptwrite:
      case PtKind.PtwriteIp:
        this.count = opcode >> 5 & 3;
        break;
      case PtKind.Bbp:
        this.count = first >> 7;
        this.low = first & 0x1f;
        this.itemSize = this.count === 1 ? 4 : 8;
        break;
      case PtKind.Cfe:
        if (first >= 0x80) this.kind = PtKind.CfeIp;
        this.count = first & 0x1f;
        this.low = bytes[at + 3]!;
        break;
      case PtKind.Evd:
        this.count = first & 0x3f;
        this.#payload(bytes, at + 3, 8);
        break;
    }
    if (KEEPS_BLOCK[kind] === 0) this.itemSize = 0;
    return 2 + size;
  }

  #isPsb(bytes: Uint8Array, at: number): boolean {
    for (let i = at + 2; i < at + 16; i += 2) {
      if (bytes[i] !== 0x02 || bytes[i + 1] !== 0x82) return false;
    }
    this.lastIp.reset();
    return true;
  }

  /** Aligns the branches at the top; false if there are none, or the bit that ends them is missing. */
  #longTnt(): boolean {
    const { low, high } = this;
    const count = high !== 0 ? 63 - Math.clz32(high) : 31 - Math.clz32(low);
    if (count <= 0) return false;
    this.count = count;
    const shift = 64 - count;
    if (shift >= 32) {
      this.high = (low << (shift - 32)) >>> 0;
      this.low = 0;
    } else {
      this.high = (high << shift | low >>> (32 - shift)) >>> 0;
      this.low = (low << shift) >>> 0;
    }
    return true;
  }

  /** Reads up to 8 bytes, little endian. */
  #payload(bytes: Uint8Array, at: number, size: number): void {
    let low = 0;
    let high = 0;
    for (let i = Math.min(size, 4) - 1; i >= 0; i--) low = low << 8 | bytes[at + i]!;
    for (let i = size - 1; i >= 4; i--) high = high << 8 | bytes[at + i]!;
    this.low = low >>> 0;
    this.high = high >>> 0;
  }
}
