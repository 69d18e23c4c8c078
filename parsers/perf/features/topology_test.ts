import { assertEquals, assertThrows } from "@std/assert";
import { ByteWriter } from "../../../encoders/byte_writer.ts";
import { Cursor } from "../../cursor.ts";
import { FormatError } from "../../format_error.ts";
import { sweepDamage } from "../../../testing/damaged_bytes.ts";
import { decodeCpuDomains, decodeCpuTopology, type FeatureContext } from "./topology.ts";

const TWO_CPUS: FeatureContext = { nrCpusAvailable: 2, nrCpusOnline: 2 };
const UNKNOWN_CPUS: FeatureContext = { nrCpusAvailable: null, nrCpusOnline: null };

const cursor = (bytes: Uint8Array, little: boolean) => new Cursor(bytes, 0, little, "section");

/** Writes the siblings, then what newer versions of perf append; keeps where each part ends. */
function topologyBytes(little: boolean): { bytes: Uint8Array; ends: number[] } {
  const out = new ByteWriter(little);
  out.u32(1);
  out.headerString("0-1");
  out.u32(2);
  out.headerString("0");
  out.headerString("1");
  const siblings = out.size;
  for (const value of [0, 0, 5, -1]) out.u32(value);
  const places = out.size;
  out.u32(1);
  out.headerString("0-1");
  for (const die of [0, 3]) out.u32(die);
  return { bytes: out.toBytes(), ends: [siblings, places] };
}

/** The lengths from `end` on that are padding. */
const padded = (end: number) => Array.from({ length: 8 }, (_, i) => end + i);

Deno.test("decodeCpuTopology() reads siblings, places and dies, as far as they are there", () => {
  for (const little of [true, false]) {
    const { bytes, ends } = topologyBytes(little);
    const [siblingsEnd = 0, placesEnd = 0] = ends;
    const read = (bytes: Uint8Array) => decodeCpuTopology(cursor(bytes, little), TWO_CPUS);
    const siblings = { packageSiblings: ["0-1"], threadSiblings: ["0", "1"] };
    assertEquals(read(bytes), {
      ...siblings,
      dieSiblings: ["0-1"],
      cpus: [{ coreId: 0, socketId: 0, dieId: 0 }, { coreId: 5, socketId: -1, dieId: 3 }],
    });
    assertEquals(read(bytes.subarray(0, placesEnd)), {
      ...siblings,
      dieSiblings: null,
      cpus: [{ coreId: 0, socketId: 0, dieId: null }, { coreId: 5, socketId: -1, dieId: null }],
    });
    assertEquals(read(bytes.subarray(0, siblingsEnd)), {
      ...siblings,
      dieSiblings: null,
      cpus: null,
    });
    assertEquals(sweepDamage(bytes, read), [...padded(siblingsEnd), ...padded(placesEnd)]);
  }
});

Deno.test("decodeCpuTopology() leaves out the places if the number of CPUs is not known", () => {
  const { bytes } = topologyBytes(true);
  const { cpus, dieSiblings } = decodeCpuTopology(cursor(bytes, true), UNKNOWN_CPUS);
  assertEquals([cpus, dieSiblings], [null, null]);
});

Deno.test("decodeCpuTopology() rejects more CPUs than the section holds", () => {
  const { bytes } = topologyBytes(true);
  const context: FeatureContext = { nrCpusAvailable: 0xffff_ffff, nrCpusOnline: 1 };
  assertThrows(() => decodeCpuTopology(cursor(bytes, true), context), FormatError);
});

function domainBytes(little: boolean, schedstatVersion: number): Uint8Array {
  const out = new ByteWriter(little);
  out.u32(schedstatVersion);
  out.u32(1);
  for (const cpu of [0, 1]) {
    out.u32(cpu);
    out.u32(1 - cpu);
    if (cpu === 1) continue;
    out.u32(7);
    if (schedstatVersion >= 17) out.headerString("MC");
    out.headerString("3");
    out.headerString("0-1");
  }
  return out.toBytes();
}

Deno.test("decodeCpuDomains() reads names from schedstat version 17 on", () => {
  for (const little of [true, false]) {
    for (const [schedstatVersion, name] of [[16, null], [17, "MC"]] as const) {
      const bytes = domainBytes(little, schedstatVersion);
      const expected = {
        schedstatVersion,
        maxDomains: 1,
        cpus: [
          { cpu: 0, domains: [{ domain: 7, name, cpuMask: "3", cpuList: "0-1" }] },
          { cpu: 1, domains: [] },
        ],
      };
      const read = (bytes: Uint8Array) => decodeCpuDomains(cursor(bytes, little), TWO_CPUS);
      assertEquals(read(bytes), expected);
      assertEquals(decodeCpuDomains(cursor(bytes, little), UNKNOWN_CPUS), expected);
      assertEquals(sweepDamage(bytes, read), []);
    }
  }
});
