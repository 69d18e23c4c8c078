import { assertEquals } from "@std/assert";
import { oracleTest } from "../../testing/corpus.ts";
import { pieces, randomNumbers, readPieces, type Seen } from "../../testing/packet_pieces.ts";
import { perfPayloadLines } from "../../testing/payload_dump.ts";
import { auxtraceInfo, AuxtraceType, concat, textFeature } from "../../testing/perf_builder.ts";
import { s390Block } from "../../testing/s390_blocks.ts";
import { Mark } from "../packet_cursor.ts";
import { S390Cursor, s390Fields, S390Kind, s390Text } from "./mod.ts";

const BLOCK_SIZE = 4096;
const { Basic, Diagnostic, Unused, Trailer } = S390Kind;

const user = {
  instructionAddress: 0x123456n,
  programParameter: 0x10n,
  hostProgramParameter: 4242n,
  primaryAsn: 0x33,
  uniqueInstructions: 5,
  dat: true,
  wait: false,
  problemState: true,
  addressSpace: 2,
  invalid: false,
  configurationLevel: 1,
};
const timestamp = [0x0011223344556677n, 0x8899aabbccddeeffn] as const;
const told = s390Block({
  samples: samples(34),
  diagnosticSize: 85,
  timestamp,
  todBase: 0x1122334455660000n,
  overflows: 7n,
});
const untold = s390Block({ samples: samples(28), diagnosticSize: 112, untold: true });

function samples(count: number) {
  return Array.from({ length: count }, (_, i) => ({ ...user, primaryAsn: i, wait: i % 2 === 0 }));
}

function read(parts: Iterable<Uint8Array>, machineType?: number): Seen[] {
  const options = machineType === undefined ? {} : { machineType };
  return readPieces(new S390Cursor(new Uint8Array(0), options), parts, s390Text);
}

function layout(seen: readonly Seen[]): [kind: number, size: number][] {
  return seen.map(([kind, , size]) => [kind, size]);
}

Deno.test("S390Cursor reads back every entry that was encoded", () => {
  const cursor = new S390Cursor(told);
  for (const sample of samples(34)) {
    assertEquals([cursor.next(), cursor.kind, cursor.size], [true, Basic, 32]);
    const { programParameter: guestProgramParameter, ...rest } = sample;
    assertEquals(s390Fields(cursor), { ...rest, guestProgramParameter });
    assertEquals([cursor.next(), cursor.kind, cursor.size], [true, Diagnostic, 85]);
    assertEquals(s390Fields(cursor), { def: 0x8001, invalid: false });
  }
  assertEquals([cursor.next(), cursor.kind, cursor.size], [true, Unused, 4032 - 34 * 117]);
  assertEquals([cursor.next(), cursor.kind, cursor.offset], [true, Trailer, 4032]);
  assertEquals(s390Fields(cursor), {
    full: true,
    alert: false,
    extendedClock: true,
    basicSize: 32,
    diagnosticSize: 85,
    overflows: 7n,
    timestamp: 0x1122334455667788n,
    todBase: 0x1122334455660000n,
    timeNs: (0x7788n * 125n) >> 9n,
  });
  assertEquals([cursor.next(), cursor.rest], [false, 0]);
});

// Bits of `struct hws_basic_entry` and `struct hws_trailer_entry`, counted from the lowest.
Deno.test("s390Fields() reads each bit of an entry by itself", () => {
  const fieldsOf = (at: number, words: readonly number[]) => {
    const block = new Uint8Array(BLOCK_SIZE);
    const view = new DataView(block.buffer);
    view.setUint32(BLOCK_SIZE - 60, 32 << 16);
    words.forEach((word, i) => view.setUint32(at + 4 * i, word));
    const cursor = new S390Cursor(block);
    const wanted = at === 0 ? Basic : Trailer;
    while (cursor.next() && cursor.kind !== wanted);
    return s390Fields(cursor);
  };
  const basic = (high: number, low: number) => fieldsOf(0, [high, low]);
  const zero = {
    uniqueInstructions: 0,
    dat: false,
    wait: false,
    problemState: false,
    addressSpace: 0,
    invalid: false,
    configurationLevel: 0,
    primaryAsn: 0,
    instructionAddress: 0n,
    guestProgramParameter: 0n,
    hostProgramParameter: 0n,
  };
  const def = 0x10000;
  assertEquals(basic(def, 0), zero);
  assertEquals(basic(def | 1, 0), { ...zero, invalid: true });
  assertEquals(basic(def | 1 << 1, 0), { ...zero, addressSpace: 1 });
  assertEquals(basic(def | 1 << 2, 0), { ...zero, addressSpace: 2 });
  assertEquals(basic(def | 1 << 3, 0), { ...zero, problemState: true });
  assertEquals(basic(def | 1 << 4, 0), { ...zero, wait: true });
  assertEquals(basic(def | 1 << 5, 0), { ...zero, dat: true });
  assertEquals(basic(def | 3 << 6, 0), zero);
  for (const bit of [0, 1, 2, 3]) {
    assertEquals(basic(def | 1 << 8 + bit, 0), { ...zero, uniqueInstructions: 1 << bit });
  }
  assertEquals(basic(def | 0xf000, 0), zero);
  assertEquals(basic(def, 1 << 30), { ...zero, configurationLevel: 1 });
  assertEquals(basic(def, 1 << 31), { ...zero, configurationLevel: 2 });
  assertEquals(basic(def, 0x3fff0000), zero);
  assertEquals(basic(def, 0x8001), { ...zero, primaryAsn: 0x8001 });

  const trailer = (flags: number) => fieldsOf(BLOCK_SIZE - 64, [flags]);
  const none = {
    full: false,
    alert: false,
    extendedClock: false,
    basicSize: 32,
    diagnosticSize: 0,
    overflows: 0n,
    timestamp: 0n,
    todBase: null,
    timeNs: null,
  };
  assertEquals(trailer(0), none);
  assertEquals(trailer(1 << 31), { ...none, full: true });
  assertEquals(trailer(1 << 30), { ...none, alert: true });
  assertEquals(trailer(1 << 29), { ...none, extendedClock: true });
  assertEquals(trailer(0x1fffffff), none);
});

Deno.test("S390Cursor takes diagnostic entries of 8 bytes or more, from 0x8001 on", () => {
  const entry = (size: number, word: number) => {
    const block = new Uint8Array(BLOCK_SIZE);
    const view = new DataView(block.buffer);
    view.setUint16(0, 1);
    view.setUint32(32, word);
    view.setUint32(BLOCK_SIZE - 60, 32 << 16 | size);
    const cursor = new S390Cursor(block);
    cursor.next();
    cursor.next();
    return [cursor.kind, cursor.size, s390Fields(cursor)];
  };
  assertEquals(entry(8, 0x80010000), [Diagnostic, 8, { def: 0x8001, invalid: false }]);
  assertEquals(entry(9, 0xffff0001), [Diagnostic, 9, { def: 0xffff, invalid: true }]);
  assertEquals(entry(8, 0x80010002), [Diagnostic, 8, { def: 0x8001, invalid: false }]);
  assertEquals(entry(8, 0x80000000), [Mark.Skipped, 4000, {}]);
  assertEquals(entry(7, 0x80010000), [Mark.Skipped, 4000, {}]);
});

// 512 units of the TOD clock are 125 ns.
Deno.test("s390Fields() counts the time of a block from the clock's start, which may be after it", () => {
  const timeNs = (clock: bigint, todBase: bigint) => {
    const block = new Uint8Array(BLOCK_SIZE);
    const view = new DataView(block.buffer);
    view.setUint8(BLOCK_SIZE - 16, 0x80);
    view.setBigUint64(BLOCK_SIZE - 64 + 17, clock);
    view.setBigUint64(BLOCK_SIZE - 8, todBase);
    const cursor = new S390Cursor(block);
    while (cursor.next() && cursor.kind !== Trailer);
    const fields = s390Fields(cursor);
    return "timeNs" in fields && fields.timeNs;
  };
  assertEquals([timeNs(1024n, 0n), timeNs(1024n, 512n), timeNs(512n, 512n)], [250n, 125n, 0n]);
  // 2^64 - 512 units are 2^55 - 1 times 512.
  assertEquals(timeNs(0n, 512n), (2n ** 55n - 1n) * 125n);
});

Deno.test("S390Cursor takes sizes that a block does not tell from the type of the machine", () => {
  const sound = [...samples(28).flatMap(() => [[Basic, 32], [Diagnostic, 112]]), [Trailer, 64]];
  assertEquals(layout(read([untold], 2964)), sound as [number, number][]);
  assertEquals(layout(read([untold])), [[Mark.Skipped, 4032], [Trailer, 64]]);
  assertEquals(layout(read([untold], 3906)), [[Mark.Skipped, 4032], [Trailer, 64]]);
  for (const [machineType, size] of [[2097, 64], [2818, 74], [2827, 85], [2965, 112]] as const) {
    const block = s390Block({ samples: samples(3), diagnosticSize: size, untold: true });
    const three = samples(3).flatMap(() => [[Basic, 32], [Diagnostic, size]]);
    assertEquals(layout(read([block], machineType)).slice(0, 6), three as [number, number][]);
  }
});

Deno.test("S390Cursor knows the sizes of entries of all machines that perf's s390-cpumsf.c lists", () => {
  const block = new Uint8Array(BLOCK_SIZE);
  block[1] = 1;
  block.set([0x80, 0x01], 32);
  const sizes = (machineType: number) => {
    const cursor = new S390Cursor(block, { machineType });
    cursor.next();
    const basic = [cursor.kind, cursor.size];
    cursor.next();
    return [...basic, cursor.kind, cursor.size];
  };
  const machines = [[2097, 2098, 64], [2817, 2818, 74], [2827, 2828, 85], [
    2964,
    2965,
    112,
  ]] as const;
  for (const [one, other, size] of machines) {
    for (const type of [one, other]) assertEquals(sizes(type), [Basic, 32, Diagnostic, size]);
    for (const type of [one - 1, other + 1]) {
      assertEquals(sizes(type), [Mark.Skipped, BLOCK_SIZE - 64, Trailer, 64]);
    }
  }
});

Deno.test("S390Cursor reads blocks without diagnostic entries", () => {
  const block = s390Block({ samples: samples(126), diagnosticSize: 0 });
  const basics = samples(126).map(() => [Basic, 32]);
  assertEquals(layout(read([block])), [...basics, [Trailer, 64]] as [number, number][]);
});

Deno.test("S390Cursor skips to the trailer from an entry on that is none", () => {
  for (const [at, before] of [[0, []], [32, [[Basic, 32]]]] as const) {
    const block = told.slice();
    block[at] = 0x7f;
    const skipped = [Mark.Skipped, 4032 - at];
    const expected = [...before, skipped, [Trailer, 64], [Basic, 32]];
    const seen = layout(read([block, told])).slice(0, expected.length);
    assertEquals(seen, expected as [number, number][]);
  }
});

Deno.test("S390Cursor reads the same entries wherever the stream is cut into pieces, or ends", () => {
  const stream = concat([told, untold]);
  const whole = read([stream], 2964);
  for (const size of [1000, 4095, 4096, 4097, 5000, 8191]) {
    assertEquals(read(pieces(stream, [size]), 2964), whole);
  }
  for (const length of [1, 64, 4095, 4097, 8191]) {
    const end = length - length % BLOCK_SIZE;
    const sound = whole.filter(([, offset]) => offset < end);
    const cut: Seen = [Mark.Cut, end, length - end, "CUT"];
    assertEquals(read([stream.subarray(0, length)], 2964), [...sound, cut]);
  }
});

Deno.test("S390Cursor reads damaged and random blocks to their end", () => {
  const random = randomNumbers(9);
  for (let run = 0; run < 2000; run++) {
    const block = told.slice();
    for (let count = random(8); count >= 0; count--) {
      const at = random(3) === 0 ? 4032 + random(64) : random(BLOCK_SIZE);
      block[at] = random(256);
    }
    assertCovers(run % 4 === 0 ? block.map(() => random(256)) : block);
  }
});

function assertCovers(bytes: Uint8Array): void {
  const cursor = new S390Cursor(bytes);
  let end = 0;
  while (cursor.next()) {
    assertEquals([cursor.offset, cursor.size > 0], [end, true]);
    end += cursor.size;
    s390Fields(cursor);
    s390Text(cursor);
  }
  assertEquals([end, cursor.rest], [bytes.length, 0]);
}

const info = auxtraceInfo(AuxtraceType.s390_cpumsf, []);
const cpuid = textFeature("cpuid", "IBM,2964,704,N96,3.5,4");

oracleTest("s390Text() says what perf says of synthetic blocks", ["perf"], async () => {
  const noClock = s390Block({ samples: samples(34), diagnosticSize: 85, timestamp, todBase: null });
  for (const stream of [concat([told, noClock]), untold]) {
    const perf = await perfPayloadLines(stream, { info, arch: "s390x", features: [cpuid] });
    const ours = read([stream], 2964).filter(([kind]) => kind !== Unused);
    assertEquals(ours.map(([, offset, , text]) => [offset, withoutSizes(text)]), entriesOf(perf));
  }
});

/** Perf prints entries on one or two lines, with blanks for flags that are not set. */
function entriesOf(lines: readonly string[]): [offset: number, text: string][] {
  const entries: [number, string][] = [];
  for (const line of lines) {
    const [, offset, text] = /^ +\[(?:0x)?([0-9a-f]+)\] (.*)$/.exec(line) ?? [];
    if (offset !== undefined) entries.push([Number.parseInt(offset, 16), text!]);
    else entries.at(-1)![1] += ` ${line}`;
  }
  return entries.map(([offset, text]) => [offset, withoutSizes(oneBlank(text))]);
}

/** Perf prints the sizes that it takes from the type of the machine as if the trailer told them. */
function withoutSizes(text: string): string {
  return text.replace(/bsdes:\d+ dsdes:\d+/, "");
}

function oneBlank(text: string): string {
  const flags = /[TWPI ]+(?= AS:)/;
  return text.trim().replace(flags, (letters) => ` ${letters.replaceAll(" ", "")}`)
    .replace(/\s+/g, " ");
}
