import { Shape } from "./_etm_tables.ts";
import type { EtmConfig } from "./trace_unit.ts";

/** Number of bytes of an A-Sync packet: eleven zeros and the last byte. */
export const ASYNC_SIZE = 12;
const ASYNC_END = 0x80;

/** Most bytes of fields of 32 bits, of cycle counts, and of timestamps. */
const FIELD_BYTES = 5;
const COUNT_BYTES = 3;
const TIME_BYTES = 9;

/** The bytes in which packets are measured. */
export interface Window {
  /** The buffer. */
  bytes: Uint8Array;
  /** Index after the last byte. */
  end: number;
}

/**
 * Measures the packet at `at` whose header has `shape`.
 *
 * Fields that are longer than their values can be are not accepted, so that packets are bounded.
 *
 * @returns The number of its bytes; 0 if they are not all there; -1 if it is no packet.
 */
export function packetSize(shape: number, config: EtmConfig, window: Window, at: number): number {
  const { bytes, end } = window;
  let next: number;
  switch (shape) {
    case Shape.Bad:
      return -1;
    case Shape.Match:
      return 1;
    case Shape.Extension:
      return extensionSize(bytes, at, end);
    case Shape.TraceInfo:
      next = traceInfoEnd(window, at);
      break;
    case Shape.Timestamp:
      next = timestampEnd(window, at + 1);
      break;
    case Shape.TimestampCycles:
      next = checkedEnd(window, timestampEnd(window, at + 1), COUNT_BYTES);
      break;
    case Shape.Exception:
      next = at + 1 < end ? at + 2 + (bytes[at + 1]! >> 7) : 0;
      break;
    case Shape.EteException:
      next = at + 1 < end ? at + 2 + (isLongEteException(bytes[at + 1]!) ? 1 : 0) : 0;
      break;
    case Shape.Field5:
      next = checkedEnd(window, at + 1, FIELD_BYTES);
      break;
    case Shape.Field5Field3:
      next = checkedEnd(window, checkedEnd(window, at + 1, FIELD_BYTES), COUNT_BYTES);
      break;
    case Shape.Field3:
      next = checkedEnd(window, at + 1, COUNT_BYTES);
      break;
    case Shape.Field5Field5:
      next = checkedEnd(window, checkedEnd(window, at + 1, FIELD_BYTES), FIELD_BYTES);
      break;
    case Shape.Context:
      next = contextEnd(window, config, at + 1);
      break;
    case Shape.Short:
      next = shortEnd(window, at + 1);
      break;
    case Shape.Long32:
      next = at + 5;
      break;
    case Shape.Long64:
      next = at + 9;
      break;
    case Shape.Long32Context:
      next = contextEnd(window, config, at + 5);
      break;
    case Shape.Long64Context:
      next = contextEnd(window, config, at + 9);
      break;
    case Shape.QMatch:
      next = checkedEnd(window, at + 1, FIELD_BYTES);
      break;
    case Shape.QShort:
      next = checkedEnd(window, shortEnd(window, at + 1), FIELD_BYTES);
      break;
    case Shape.QLong:
      next = checkedEnd(window, at + 5, FIELD_BYTES);
      break;
    default:
      next = at + shape;
  }
  if (next <= 0) return next;
  return next > end ? 0 : next - at;
}

/**
 * Finds the first A-Sync that lies between `least` and `end`.
 *
 * @returns Index of its first byte; -1 if there is none.
 */
export function findAsync(bytes: Uint8Array, least: number, end: number): number {
  for (let last = least + ASYNC_SIZE - 1;; last++) {
    last = bytes.indexOf(ASYNC_END, last);
    if (last < 0 || last >= end) return -1;
    let first = last;
    while (last - first < ASYNC_SIZE - 1 && bytes[first - 1] === 0) first--;
    if (last - first === ASYNC_SIZE - 1) return first;
  }
}

/** Number of zeros right before `end`, at most those of an A-Sync. */
export function trailingZeros(bytes: Uint8Array, least: number, end: number): number {
  let first = end;
  while (first > least && end - first < ASYNC_SIZE - 1 && bytes[first - 1] === 0) first--;
  return end - first;
}

/** Value of a field of seven bits to a byte, low bits first, of at most 32 bits. */
export function fieldValue(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = 0;; i++) {
    value |= (bytes[at + i]! & 0x7f) << (7 * i);
    if (bytes[at + i]! < 0x80) return value >>> 0;
  }
}

/** Index after such a field. */
export function fieldEnd(bytes: Uint8Array, at: number): number {
  let next = at;
  while (bytes[next++]! >= 0x80);
  return next;
}

/** Whether an exception of ETE has two bytes after its header: resets and failed transactions. */
function isLongEteException(info: number): boolean {
  const type = (info >> 1) & 0x1f;
  return info >= 0x80 || type === 0 || type === 0x18;
}

function extensionSize(bytes: Uint8Array, at: number, end: number): number {
  if (at + 1 >= end) return 0;
  const second = bytes[at + 1]!;
  if (second === 3 || second === 5) return 2;
  for (let i = 1; i < ASYNC_SIZE - 1; i++) {
    if (at + i >= end) return 0;
    if (bytes[at + i] !== 0) return -1;
  }
  if (at + ASYNC_SIZE > end) return 0;
  return bytes[at + ASYNC_SIZE - 1] === ASYNC_END ? ASYNC_SIZE : -1;
}

/** End of a field of seven bits to a byte; `at` may be the answer for a field before it. */
function checkedEnd({ bytes, end }: Window, at: number, most: number): number {
  if (at <= 0) return at;
  for (let i = 0; i < most; i++) {
    if (at + i >= end) return 0;
    if (bytes[at + i]! < 0x80) return at + i + 1;
  }
  return -1;
}

/** Like {@linkcode checkedEnd}, but the ninth byte is the last whatever it is. */
function timestampEnd({ bytes, end }: Window, at: number): number {
  for (let i = 0; i < TIME_BYTES; i++) {
    if (at + i >= end) return 0;
    if (bytes[at + i]! < 0x80) return at + i + 1;
  }
  return at + TIME_BYTES;
}

/** Control bytes, then one field for each bit of the first of them. */
function traceInfoEnd(window: Window, at: number): number {
  let next = checkedEnd(window, at + 1, FIELD_BYTES);
  if (next <= 0) return next;
  for (let sections = window.bytes[at + 1]! & 0x1f; sections !== 0; sections >>= 1) {
    if (sections & 1) next = checkedEnd(window, next, FIELD_BYTES);
  }
  return next;
}

function contextEnd({ bytes, end }: Window, config: EtmConfig, at: number): number {
  if (at >= end) return 0;
  const info = bytes[at]!;
  return at + 1 + (info & 0x40 ? config.vmidSize : 0) + (info & 0x80 ? config.contextIdSize : 0);
}

function shortEnd({ bytes, end }: Window, at: number): number {
  if (at >= end) return 0;
  return at + (bytes[at]! < 0x80 ? 1 : 2);
}
