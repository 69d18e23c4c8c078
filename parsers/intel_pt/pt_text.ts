import { LineCache, TextBuffer } from "../internal.ts";
import { PtKind, ptKindNames } from "./packet_kind.ts";
import type { PtCursor } from "./pt_cursor.ts";

const N = 78;
const T = 84;
/** Name of each kind and the space after it. */
const NAMES = new LineCache(ptKindNames.length);
for (const [kind, name] of ptKindNames.entries()) {
  const text = new TextBuffer(name.length + 1);
  text.ascii(`${name} `);
  NAMES.keep(text, 0, kind);
}

/** ` ip=`, as a little-endian `u32`. */
const IP = 0x3d706920;

/**
 * Describes the packet under a cursor as `perf script -D` does; after the bits of an address that the
 * packet holds, the whole address, with `?` for the digits that a loss took.
 */
export function ptText(cursor: PtCursor): string {
  const out = new TextBuffer(128);
  writePtText(cursor, out);
  return new TextDecoder().decode(out.text());
}

/** Writes what {@linkcode ptText} returns, without a string for the packets that are frequent. */
export function writePtText(cursor: PtCursor, out: TextBuffer): void {
  const { kind } = cursor;
  switch (kind) {
    case PtKind.Tnt:
      NAMES.write(out, kind);
      return writeTnt(cursor, out);
    case PtKind.Tip:
    case PtKind.TipPge:
    case PtKind.TipPgd:
    case PtKind.Fup:
      NAMES.write(out, kind);
      return writeIp(cursor, out);
    case PtKind.Tsc:
    case PtKind.Mtc:
    case PtKind.Cbr:
    case PtKind.Cyc:
    case PtKind.Vmcs:
    case PtKind.Mnt:
      NAMES.write(out, kind);
      return out.prefixedHex(cursor.high, cursor.low);
    default:
      return out.ascii(rareText(cursor));
  }
}

/** Branches from the oldest one on: taken or not taken. */
function writeTnt({ high, low, count }: PtCursor, out: TextBuffer): void {
  out.reserve(64);
  const { bytes } = out;
  let { length } = out;
  for (let i = 0; i < count; i++) {
    const word = i < 32 ? high : low;
    bytes[length++] = (word << i) < 0 ? T : N;
  }
  out.length = length;
  out.ascii(` (${count})`);
}

function writeIp(cursor: PtCursor, out: TextBuffer): void {
  const { high, low, ipHigh, ipLow } = cursor;
  if (cursor.count === 0) return out.ascii("no ip");
  out.prefixedHex(high, low);
  if (!cursor.hasIp) return out.ascii(` ip=${partialIp(cursor)}`);
  if (ipHigh === high && ipLow === low) return;
  out.reserve(4);
  out.view.setUint32(out.length, IP, true);
  out.length += 4;
  out.prefixedHex(ipHigh, ipLow);
}

function partialIp({ ipHigh, ipLow, ipBits }: PtCursor): string {
  const address = BigInt(ipHigh) << 32n | BigInt(ipLow);
  const digits = ipBits / 4;
  const known = BigInt.asUintN(ipBits, address).toString(16).padStart(digits, "0");
  return `0x${"?".repeat(16 - digits)}${known}`;
}

function rareText(cursor: PtCursor): string {
  const { kind, high, low, count } = cursor;
  const name = ptKindNames[kind]!.replace("_IP", "");
  const hasIp = ptKindNames[kind] === name ? "IP:0" : "IP:1";
  const payload = `0x${(BigInt(high) << 32n | BigInt(low)).toString(16)}`;
  switch (kind) {
    case PtKind.TraceStop:
      return "TraceSTOP";
    case PtKind.Pip:
      return `${name} 0x${(high * 2 ** 31 + (low >>> 1)).toString(16)} (NR=${low & 1})`;
    case PtKind.ModeExec:
      return `${name} IF:${count >> 2 & 1} ${low}`;
    case PtKind.ModeTsx:
      return `${name} TXAbort:${low >> 1 & 1} InTX:${low & 1}`;
    case PtKind.Tma:
      return `${name} CTC 0x${low.toString(16)} FC 0x${count.toString(16)}`;
    case PtKind.Ptwrite:
    case PtKind.PtwriteIp:
      return `${name} ${payload} ${hasIp}`;
    case PtKind.Exstop:
    case PtKind.ExstopIp:
    case PtKind.Bep:
    case PtKind.BepIp:
      return `${name} ${hasIp}`;
    case PtKind.Mwait:
      return `${name} ${payload} Hints 0x${(low & 0xff).toString(16)} Extensions 0x${high & 3}`;
    case PtKind.Pwre:
      return `${name} ${payload} HW:${low >> 7 & 1} CState:${low >> 12 & 15} ` +
        `Sub-CState:${low >> 8 & 15}`;
    case PtKind.Pwrx:
      return `${name} ${payload} Last CState:${low >> 4 & 15} Deepest CState:${low & 15} ` +
        `Wake Reason 0x${(low >> 8 & 15).toString(16)}`;
    case PtKind.Bbp:
      return `${name} SZ ${count === 0 ? 8 : 4}-byte Type ${payload}`;
    case PtKind.Bip:
      return `${name} ID 0x${byteText(count)} Value ${payload}`;
    case PtKind.Cfe:
    case PtKind.CfeIp:
      return `${name} ${hasIp} Type 0x${byteText(count)} Vector ${payload}`;
    case PtKind.Evd:
      return `${name} Type 0x${byteText(count)} Payload ${payload}`;
    case PtKind.Trig: {
      const instructions = (count & 0x40) === 0 ? "" : ` ICNT ${low >>> 8}`;
      return `${name} IP:${count >> 7} Triggers 0x${byteText(low & 0xff)}${instructions}`;
    }
    default:
      return name;
  }
}

function byteText(value: number): string {
  return value.toString(16).padStart(2, "0");
}
