import { assert, assertEquals } from "@std/assert";
import { FACTS } from "../testing/parts_decoding.ts";
import * as spe from "./arm_spe/mod.ts";
import * as coresight from "./coresight/mod.ts";
import { traceFormats } from "./formats.ts";
import * as ptt from "./hisi_ptt/mod.ts";
import * as bts from "./intel_bts/mod.ts";
import * as pt from "./intel_pt/mod.ts";
import { type PacketCursor, packetValues, type TraceFormat } from "./internal.ts";
import * as s390 from "./s390_cpumsf/mod.ts";
import * as dtl from "./vpa_dtl/mod.ts";

/** Names of kinds, fields and text begin as the vendor's do: ETM, of which CoreSight has the frames. */
const FOLDERS = [
  ["pt", pt],
  ["bts", bts],
  ["spe", spe],
  ["etm", coresight],
  ["s390", s390],
  ["ptt", ptt],
  ["dtl", dtl],
] as const;

Deno.test("traceFormats have folders that offer the same things under the same names", () => {
  const listed: unknown[] = [];
  for (const [name, folder] of FOLDERS) {
    const names = Object.keys(folder);
    const long = name[0]!.toUpperCase() + name.slice(1);
    for (const wanted of [`${long}Kind`, `${name}KindNames`, `${name}Fields`, `${name}Text`]) {
      assert(names.includes(wanted), `${wanted} of ${names}`);
    }
    for (const wanted of ["Mark", "packetValues", "TextBuffer", `${long}Cursor`]) {
      assert(names.includes(wanted), `${wanted} of ${names}`);
    }
    listed.push(
      ...Object.entries(folder).filter(([name]) => /[a-z\d]Format$/.test(name))
        .map(([, format]) => format),
    );
  }
  assertEquals(new Set(listed), new Set(traceFormats));
});

Deno.test("Kinds of every format are the numbers of their names", () => {
  for (const [name, folder] of FOLDERS) {
    const long = name[0]!.toUpperCase() + name.slice(1);
    const all: Record<string, unknown> = { ...folder };
    const names = all[`${name}KindNames`] as readonly string[];
    const numbers = Object.values(all[`${long}Kind`] as Record<string, number>);
    const least = Math.min(...numbers);
    assert(least === 0 || least === 3, `${long}Kind starts at ${least}`);
    assertEquals(numbers, Array.from({ length: names.length - least }, (_, i) => least + i));
    assertEquals(new Set(names).size, names.length);
    assertEquals(names.slice(0, 3), ["BAD", "SKIPPED", "CUT"]);
  }
});

Deno.test("Cursors of every format stand at no bytes before their first packet", () => {
  for (const format of traceFormats) {
    for (const raw of [true, false]) {
      for (const records of [true, false]) {
        const decoder = format.decoder({ ...FACTS, type: format.type, records });
        const { kind, offset, size } = decoder.cursor({
          auxOffset: 8n,
          cpu: 0,
          reference: 0n,
          raw,
          synced: true,
        });
        assertEquals([format.type, typeof kind, offset, size], [format.type, "number", 0, 0]);
      }
    }
  }
});

function valuesOf(bytes: readonly number[], type: string, synced = true): unknown[] {
  const format: TraceFormat = traceFormats.find((format) => format.type === type)!;
  const start = { auxOffset: 0n, cpu: 0, reference: 0n, raw: true, synced };
  const cursor: PacketCursor = format.decoder({ ...FACTS, type }).cursor(start);
  cursor.refill(Uint8Array.from(bytes));
  return [...packetValues(cursor, format)].map(({ kind, offset, size, fields }) => {
    const some = Object.entries(fields).slice(0, 2).map(([name, value]) => `${name}=${value}`);
    return [kind, offset, size, ...some].join(" ");
  });
}

Deno.test("packetValues() yields the packets of every format, and what the end cuts", () => {
  assertEquals(valuesOf([0x06, 0x2d, 0x10, 0x20, 0x02], "intel_pt"), [
    "TNT 0 1 count=1 taken=T",
    "TIP 1 3 ip=null ipBytes=2",
    "CUT 4 1",
  ]);
  const branch = [0x80, 0x12, 0x40, 0, 0, 0, 0, 0, 0x90, 0x12, 0x40, ...new Array(13).fill(0)];
  assertEquals(valuesOf([...branch, 9, 9], "intel_bts"), [
    "BRANCH 0 24 from=4199040 to=4199056",
    "CUT 24 2",
  ]);
  assertEquals(valuesOf([0x98, 34, 0, 0x65, 7, 0, 0, 0, 0xff, 0x01, 0xb0], "arm_spe"), [
    "TOTAL-LATENCY 0 3 cycles=34",
    "CONTEXT 3 5 el=2 contextId=7",
    "BAD 8 1",
    "END 9 1",
    "CUT 10 1",
  ]);
  assertEquals(valuesOf([0xf7, 0x02, 0x85, 0x01, 0x02], "cs_etm"), [
    "I_ATOM_F1 0 1 traceId=null atoms=E",
    "I_TIMESTAMP 1 3 traceId=null timestamp=null",
    "CUT 4 1 traceId=null",
  ]);
  const block = new Array(4096).fill(0);
  assertEquals(valuesOf([...block, 1], "s390_cpumsf"), [
    "SKIPPED 0 4032",
    "TRAILER 4032 64 full=false alert=false",
    "CUT 4096 1",
  ]);
  const words = new Array(16).fill(0).with(3, 0x40);
  assertEquals(valuesOf([...words, 0], "hisi_ptt"), ["4DW 0 16 format=1 tlpType=0", "CUT 16 1"]);
  const entry = new Array(48).fill(0).with(0, 2).with(1, 3).with(23, 1);
  assertEquals(valuesOf([...entry, 0], "vpa_dtl"), [
    "DISPATCH 0 48 dispatchReason=2 dispatchReasonName=H_PROD",
    "CUT 48 1",
  ]);
});

Deno.test("s390Format takes the type of the machine from the second part of the CPUID", () => {
  // A block that does not tell the sizes of its entries: those of 2827 are 32 and 85 bytes.
  const bytes = new Uint8Array(4096);
  bytes[1] = 1; // a basic entry
  bytes.set([0x80, 0x01], 32); // a diagnostic entry
  const kinds = (cpuid: string | null) => {
    const cursor = s390.s390Format.decoder({ ...FACTS, cpuid })
      .cursor({ auxOffset: 0n, cpu: 0, reference: 0n, raw: false });
    cursor.refill(bytes);
    return [...packetValues(cursor, s390.s390Format)].map(({ kind, size }) => `${kind} ${size}`);
  };
  const told = ["BASIC 32", "DIAGNOSTIC 85", "SKIPPED 3915", "TRAILER 64"];
  assertEquals(kinds("IBM,2827,704,M03,3.6,002f"), told);
  for (const cpuid of [null, "GenuineIntel", "a,b", "IBM,,2827", "IBM,3906,704"]) {
    assertEquals(kinds(cpuid), ["SKIPPED 4032", "TRAILER 64"], `${cpuid}`);
  }
});

Deno.test("findSync() of every format is -1 where the bytes hold no sync point", () => {
  for (const format of traceFormats.flatMap((format) => [format, format.recordForm ?? format])) {
    const found = [0, 1, 100].map((size) => format.findSync?.(new Uint8Array(size), 0));
    assertEquals([format.type, new Set(found).size], [format.type, 1]);
    assertEquals(found[0] ?? -1, -1);
  }
});
