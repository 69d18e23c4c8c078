import type { Cursor } from "../internal.ts";
import { CpuMapType } from "./abi.ts";

/** CPU numbers have 16 bits in the other encodings; a mask gets no further. */
const MOST_CPUS = 65_536;
const ANY_CPU = 0xffff;

/**
 * Decodes a set of CPUs, in the order of the encoding; -1 stands for "any CPU".
 *
 * Accepts all four layouts: a list, a mask of 4-byte words, the mask of 8-byte words that
 * 64-bit perf wrote before 6.1, and a range. `body` stands at the `u16` type and may continue after
 * the set. At most 65,536 entries. Source: perf's `struct perf_record_cpu_map_data`.
 *
 * @throws {FormatError} If the set is cut short, or damaged, or of an unknown encoding.
 */
export function decodeCpuMap(body: Cursor): number[] {
  const start = body.at;
  const type = body.u16();
  switch (type) {
    case CpuMapType.Cpus:
      return decodeItems(body);
    case CpuMapType.Mask:
      return decodeMask(body, start);
    case CpuMapType.Range:
      return decodeRange(body, start);
    default:
      return body.refuse("unsupported", "type 0, 1 or 2", `type ${type}`, start);
  }
}

function decodeItems(body: Cursor): number[] {
  const count = body.u16();
  if (count * 2 > body.remaining) body.fail(count * 2);
  return Array.from({ length: count }, () => {
    const cpu = body.u16();
    return cpu === ANY_CPU ? -1 : cpu;
  });
}

function decodeMask(body: Cursor, start: number): number[] {
  const wordCount = body.u16();
  const wordSize = body.u16();
  if (wordSize !== 4 && wordSize !== 8) {
    body.refuse("corrupt", "long_size 4 or 8", `${wordSize}`, start);
  }
  if (wordSize === 8) body.take(4);
  if (wordCount * wordSize > body.remaining) body.fail(wordCount * wordSize);
  const cpus: number[] = [];
  for (let word = 0; word < wordCount; word++) {
    const first = word * wordSize * 8;
    const bits = wordSize === 8 ? body.u64() : BigInt(body.u32());
    for (let rest = bits, cpu = first; rest !== 0n; rest >>= 1n, cpu++) {
      if (cpu >= MOST_CPUS) body.refuse("corrupt", `CPUs < ${MOST_CPUS}`, `CPU ${cpu}`, start);
      if (rest & 1n) cpus.push(cpu);
    }
  }
  return cpus;
}

function decodeRange(body: Cursor, start: number): number[] {
  const hasAny = body.u8() !== 0;
  body.take(1);
  const first = body.u16();
  const last = body.u16();
  const size = last - first + 1 + (hasAny ? 1 : 0);
  if (last < first || size > MOST_CPUS) {
    body.refuse("corrupt", `1 to ${MOST_CPUS} CPUs`, `${first} to ${last}`, start);
  }
  const cpus = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  return hasAny ? [-1, ...cpus] : cpus;
}
