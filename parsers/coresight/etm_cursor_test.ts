import { assert, assertEquals } from "@std/assert";
import { etmVariants, traceUnit } from "../../testing/every_etm_packet.ts";
import * as etm from "../../testing/etm_packets.ts";
import { pieces, scanPieces } from "../../testing/packet_pieces.ts";
import {
  type CoresightCpu,
  type EtmConfig,
  EtmCursor,
  etmFields,
  etmKindNames,
  etmText,
  traceUnits,
} from "./mod.ts";
import { EtmScan } from "./etm_scan.ts";

const { etmAsync, etmTraceOn } = etm;
const plain = configOf("etmv4", { TRCIDR0: 0x28000ea1, TRCIDR1: 0x4100f423, TRCIDR2: 0x20001088 });

Deno.test("EtmCursor decodes every packet as it was encoded", () => {
  for (const { name, cpu, packets } of etmVariants()) {
    const cursor = new EtmCursor(config(cpu), bytesOf(packets.map(({ bytes }) => bytes)));
    cursor.end();
    let offset = 0;
    packets.forEach((packet, i) => {
      assertEquals(cursor.next(), true);
      const { bytes, start, size } = cursor;
      const actual = {
        bytes: [...bytes.subarray(start, start + size)],
        kind: etmKindNames[cursor.kind],
        fields: etmFields(cursor),
      };
      assertEquals(actual, { ...packet, bytes: [...packet.bytes] }, `${name}, packet ${i}`);
      assertEquals(cursor.offset, offset);
      offset += size;
    });
    assertEquals([cursor.next(), cursor.rest], [false, 0]);
  }
});

Deno.test("etmText() tells security states and commits as trc_pkt_lister 1.8 does", () => {
  const texts = (config: EtmConfig, packets: readonly (readonly number[])[]) => {
    const cursor = new EtmCursor(config, bytesOf([etmAsync, ...packets]));
    cursor.next();
    return packets.map(() => cursor.next() && etmText(cursor).split("; ").slice(1).join("; "));
  };
  const states = [false, true].flatMap((rootOrRealm) =>
    [false, true].map((nonSecure) => etm.etmContext({ level: 1, nonSecure, rootOrRealm }))
  );
  const ete = configOf("ete", { TRCDEVARCH: 0x47735a13, TRCIDR0: 0x8c1cea1, TRCIDR8: 78 });
  assertEquals(
    texts(ete, states),
    ["S", "NS", "Root", "Realm"].map((state) => `Ctxt: AArch64,EL1, ${state}; `),
  );
  const instrumentation = [...states.slice(2), etm.eteInstrumentation(1, 0xffffn)];
  assertEquals(texts(ete, instrumentation).at(-1), "EL1; Payload=0xffff");
  const cycles = [
    etm.etmTraceInfo({ info: 1, cycleThreshold: 0x10 }),
    etm.etmCycleCount1(4, 200),
    etm.etmCycleCount1(null, 3),
    etm.etmCycleCount2(12, 10),
    etm.etmCycleCount2(13, 72, 78),
    etm.etmCycleCount3(3, 4),
  ];
  const counts = ["0x14", "0x0", "0x1c", "0x1d", "0x13"].map((count) => `Count=${count}`);
  const commits = [200, 3, 10, 72, 4].map((commits, i) => `${counts[i]}; Commit(${commits})`);
  assertEquals(texts(ete, cycles).slice(1), commits);
  const unknown = { ...ete, maxSpeculation: null };
  assertEquals(texts(unknown, cycles)[4], "Count=0x1d; Commit(Unknown)");
  const silent = [cycles[0]!, etm.etmCycleCount1(4), ...cycles.slice(3)];
  assertEquals(texts({ ...ete, omitsCommits: true }, silent).slice(1), counts.toSpliced(1, 1));
});

Deno.test("EtmCursor decodes the instrumentation packets of ETE 1.3, and those of no other", () => {
  const bytes = bytesOf([etmAsync, etm.eteInstrumentation(2, 0xfedcba9876543210n)]);
  for (const [devArch, kind] of [[0x47735a13, "I_ITE"], [0x47725a13, "BAD"]] as const) {
    const cursor = new EtmCursor(configOf("ete", { TRCDEVARCH: devArch }), bytes);
    assertEquals([cursor.next(), cursor.next()], [true, true]);
    assertEquals(etmKindNames[cursor.kind], kind);
    if (kind === "BAD") continue;
    assertEquals(etmFields(cursor), { exceptionLevel: 2, value: 0xfedcba9876543210n });
  }
});

Deno.test("EtmCursor goes on at the next A-Sync after a reserved byte", () => {
  const bytes = bytesOf([etmTraceOn, etmAsync, [0xf7, 0x08, 0xf7, 0, 0, 3], etmAsync, [0xf6]]);
  assertEquals(marks(plain, bytes), [
    ["SKIPPED", 0, 1],
    ["I_ASYNC", 1, 12],
    ["I_ATOM_F1", 13, 1],
    ["BAD", 14, 1],
    ["SKIPPED", 15, 4],
    ["I_ASYNC", 19, 12],
    ["I_ATOM_F1", 31, 1],
  ]);
});

Deno.test("EtmCursor takes no A-Sync that has another byte among its eleven zeros", () => {
  for (let at = 2; at < 11; at++) {
    const bytes = bytesOf([etmAsync, [...etmAsync], etmAsync]);
    bytes[12 + at] = 0x40;
    assertEquals(marks(plain, bytes), [
      ["I_ASYNC", 0, 12],
      ["BAD", 12, 1],
      ["SKIPPED", 13, 11],
      ["I_ASYNC", 24, 12],
    ], `byte ${at}`);
  }
});

Deno.test("ETE begins with version 1.0", () => {
  const ete = etmVariants().at(-1)!;
  const bytes = bytesOf(ete.packets.map(({ bytes }) => bytes));
  const registers = Object.fromEntries(
    ete.cpu.params.map(({ name, value }) => [name, +`${value}`]),
  );
  const cursor = new EtmCursor(configOf("ete", { ...registers, TRCDEVARCH: 0x47705a13 }), bytes);
  const kinds = ete.packets.map(() => cursor.next() && etmKindNames[cursor.kind]);
  assertEquals(kinds, ete.packets.map(({ kind }) => kind));
});

Deno.test("traceUnits() knows data trace from what TRCIDR0 has and TRCCONFIGR turns on", () => {
  // IHI 0064: TRCIDR0.TRCDATA, bits 4:3; TRCCONFIGR.INSTP0, bits 2:1, and DA and DV, bits 16 and 17.
  const cases = [
    ...[[0x18, 0x10002, true], [0x18, 0x20004, true], [0x18, 0x30006, true]] as const,
    ...[[0x18, 0, false], [0x18, 6, false], [0x18, 0x30000, false]] as const,
    ...[[0, 0x30006, false], [8, 0x30006, false], [0x10, 0x30006, false]] as const,
  ];
  for (const [TRCIDR0, TRCCONFIGR, expected] of cases) {
    const { hasDataTrace } = configOf("etmv4", { TRCIDR0, TRCCONFIGR });
    assertEquals([TRCIDR0, TRCCONFIGR, hasDataTrace], [TRCIDR0, TRCCONFIGR, expected]);
  }
});

Deno.test("traceUnits() knows sizes of virtual ids from TRCIDR2, and takes reserved ones for none", () => {
  // IHI 0064, TRCIDR2.VMIDSIZE, bits 14:10: 1, 2 and 4 bytes; other values are reserved.
  const sizes = Array.from(
    { length: 32 },
    (_, value) => configOf("etmv4", { TRCIDR2: value << 10 }).vmidSize,
  );
  assertEquals(sizes, [0, 1, 2, 0, 4, ...new Array(27).fill(0)]);
  // ETMv4.0 has only those of one byte.
  const old = [1, 2, 4].map((value) =>
    configOf("etmv4", { TRCIDR1: 0x4100_f403, TRCIDR2: value << 10 }).vmidSize
  );
  assertEquals(old, [1, 0, 0]);
});

Deno.test("EtmCursor takes the last eleven of more zeros for the A-Sync", () => {
  const bytes = bytesOf([etmAsync, [0, 0], etmAsync, [0xf6]]);
  assertEquals(marks(plain, bytes), [
    ["I_ASYNC", 0, 12],
    ["BAD", 12, 1],
    ["SKIPPED", 13, 1],
    ["I_ASYNC", 14, 12],
    ["I_ATOM_F1", 26, 1],
  ]);
});

Deno.test("EtmCursor bounds fields that go on for too long", () => {
  const more = (count: number) => new Array<number>(count).fill(0xff);
  for (const header of [[0x2d], [0x0e], [0x01, 0x01], [0x01], [0x03, 0x05]]) {
    const bytes = bytesOf([etmAsync, header, more(40), etmAsync]);
    assertEquals(marks(plain, bytes).slice(1), [
      ["BAD", 12, 1],
      ["SKIPPED", 13, header.length + 39],
      ["I_ASYNC", 52 + header.length, 12],
    ]);
  }
});

Deno.test("EtmCursor marks the packet that the end cuts, and skips what was never in step", () => {
  for (const { cpu, packets } of etmVariants()) {
    for (const { bytes } of packets) {
      for (let length = 1; length < bytes.length; length++) {
        const cut = bytesOf([etmAsync, bytes.slice(0, length)]);
        assertEquals(marks(config(cpu), cut).slice(1), [["CUT", 12, length]]);
      }
    }
  }
  assertEquals(marks(plain, bytesOf([[0xf7, 0, 0, 0]])), [["SKIPPED", 0, 4]]);
  assertEquals(marks(null, bytesOf([etmAsync, etmTraceOn])), [["SKIPPED", 0, 13]]);
  assertEquals(marks(plain, bytesOf([])), []);
});

Deno.test("EtmCursor and EtmScan find the same wherever a stream is cut into pieces", () => {
  for (const { cpu, packets } of etmVariants()) {
    const damage = [[0x08, 0xf7, 0, 0], etmAsync, [0xf7]];
    const bytes = bytesOf([[1, 2, 0, 0], ...packets.map(({ bytes }) => bytes), ...damage]);
    const whole = marks(config(cpu), bytes);
    for (let size = 1; size < 40; size++) {
      assertEquals(marks(config(cpu), bytes, size), whole);
      assertEquals(counts(config(cpu), bytes, size), countsOf(whole));
    }
    for (let first = 0; first <= bytes.length; first += 3) {
      const sizes = [first, bytes.length - first];
      assertEquals(marks(config(cpu), bytes, (i) => sizes[i] ?? 0), whole);
    }
  }
});

Deno.test("EtmCursor survives any bytes, and EtmScan counts what it finds", () => {
  let state = 1;
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  const streams = etmVariants().map(({ cpu, packets }) => {
    return { etm: config(cpu), bytes: bytesOf(packets.map(({ bytes }) => bytes)) };
  });
  for (let round = 0; round < 100_000; round++) {
    const { etm, bytes } = streams[round % streams.length]!;
    const damaged = round % 4 === 3
      ? Uint8Array.from({ length: 64 }, () => random(256))
      : slice(bytes, random(bytes.length));
    if (round % 4 === 3) damaged.set(etmAsync, random(50));
    for (let flips = random(5); flips > 0; flips--) damaged[random(damaged.length)] = random(256);
    assert(countsAgree(etm, damaged), `of the bytes ${damaged}`);
  }
});

// Source: Arm IHI 0064: header 00 and 03 is Discard, 00 and 05 Overflow, 00 and ten zeros and 80 A-Sync.
Deno.test("EtmCursor and EtmScan tell Overflow, Discard and A-Sync apart", () => {
  const bytes = bytesOf([etmAsync, [0, 5], [0, 3], [0, 5], etmAsync, [0, 5]]);
  const cursor = new EtmCursor(plain, bytes);
  cursor.end();
  const seen: string[] = [];
  while (cursor.next()) seen.push(`${etmKindNames[cursor.kind]} ${cursor.offset} ${cursor.size}`);
  assertEquals(seen, [
    "I_ASYNC 0 12",
    "I_OVERFLOW 12 2",
    "I_DISCARD 14 2",
    "I_OVERFLOW 16 2",
    "I_ASYNC 18 12",
    "I_OVERFLOW 30 2",
  ]);
  const scan = scanPieces(new EtmScan(plain), pieces(bytes, [5]));
  const counts = ["I_ASYNC", "I_OVERFLOW", "I_DISCARD"].map((name) => {
    const kind = etmKindNames.indexOf(name);
    return [scan.packets[kind], scan.bytes[kind]];
  });
  assertEquals(counts, [[2, 24], [3, 6], [1, 2]]);
});

Deno.test("EtmScan tells the first and the last timestamp", () => {
  const scan = new EtmScan(plain);
  assertEquals([scan.firstTicks, scan.lastTicks], [null, null]);
  scan.push(
    bytesOf([etmAsync, etm.etmTimestamp(0x1234567890n), etm.etmTimestamp(5n, { bytes: 1 })]),
  );
  scan.end();
  assertEquals([scan.firstTicks, scan.lastTicks], [0x1234567890n, 0x1234567885n]);
});

function config(cpu: CoresightCpu): EtmConfig {
  return traceUnits({ cpus: [cpu] })[0]!.etm!;
}

function configOf(kind: "etmv4" | "ete", registers: Readonly<Record<string, number>>): EtmConfig {
  return config(traceUnit(kind, registers));
}

function bytesOf(parts: readonly (readonly number[])[]): Uint8Array {
  return new Uint8Array(parts.flat());
}

/** Up to 64 bytes behind an A-Sync. */
function slice(bytes: Uint8Array, from: number): Uint8Array {
  return bytesOf([etmAsync, [...bytes.subarray(from, from + 64)]]);
}

type Found = [kind: string, offset: number, size: number];

/** What a cursor finds in bytes that come in pieces. */
function marks(
  config: EtmConfig | null,
  bytes: Uint8Array,
  pieces: number | ((i: number) => number) = Infinity,
): Found[] {
  const cursor = new EtmCursor(config);
  const found: Found[] = [];
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = typeof pieces === "number" ? pieces : pieces(i);
    const end = Math.min(bytes.length, at + size);
    cursor.refill(bytes.slice(at - cursor.rest, end));
    at = end;
    if (at === bytes.length) cursor.end();
    while (cursor.next()) found.push([etmKindNames[cursor.kind]!, cursor.offset, cursor.size]);
  }
  return found;
}

function counts(
  config: EtmConfig | null,
  bytes: Uint8Array,
  pieceSize: number,
): Record<string, number[]> {
  const scan = new EtmScan(config);
  let rest = 0;
  for (let at = 0; at < bytes.length; at += pieceSize) {
    rest = scan.push(bytes.slice(at - rest, at + pieceSize));
  }
  scan.end();
  return Object.fromEntries(
    etmKindNames.flatMap((name, kind) => {
      const packets = scan.packets[kind]!;
      return packets === 0 ? [] : [[name, [packets, scan.bytes[kind]!]]];
    }),
  );
}

function countsOf(found: readonly Found[]): Record<string, number[]> {
  const byName = new Map<string, number[]>();
  for (const [name, , size] of found) {
    const [packets = 0, bytes = 0] = byName.get(name) ?? [];
    byName.set(name, [packets + 1, bytes + size]);
  }
  return Object.fromEntries(etmKindNames.flatMap((name) => {
    const counted = byName.get(name);
    return counted === undefined ? [] : [[name, counted]];
  }));
}

/** Whether cursor and scan count the same, and all bytes, without building anything. */
function countsAgree(config: EtmConfig, bytes: Uint8Array): boolean {
  const cursor = new EtmCursor(config, bytes);
  cursor.end();
  const packets = new Float64Array(etmKindNames.length);
  let size = 0;
  while (cursor.next()) {
    packets[cursor.kind]!++;
    size += cursor.size;
  }
  const scan = new EtmScan(config);
  scan.push(bytes);
  scan.end();
  return size === bytes.length && scan.packets.every((count, kind) => count === packets[kind]);
}
