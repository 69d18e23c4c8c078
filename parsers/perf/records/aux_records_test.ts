import { assertEquals } from "@std/assert";
import {
  aux,
  AuxFlag,
  auxOutputHwId,
  encodeRecord,
  itraceStart,
} from "../../../testing/perf_builder.ts";
import { assertRecord, decodeWhole } from "../../../testing/record_assertions.ts";

const NO_FLAGS = {
  truncated: false,
  overwrite: false,
  partial: false,
  collision: false,
  formatType: 0,
};

Deno.test("decodeAux() keeps positions above 2^63 exact", () => {
  const offset = 0xffff_ffff_ffff_fff0n;
  assertRecord(aux({ offset, size: 0x1_0000_0001n }), {
    type: "aux",
    auxOffset: offset,
    auxSize: 0x1_0000_0001n,
    flags: 0n,
    ...NO_FLAGS,
  });
});

Deno.test("decodeAux() names each flag", () => {
  const cases: [bigint | number, object][] = [
    [AuxFlag.Truncated, { truncated: true }],
    [AuxFlag.Overwrite, { overwrite: true }],
    [AuxFlag.Partial, { partial: true }],
    [AuxFlag.Collision, { collision: true }],
    [0x0100n, { formatType: 1 }],
    [0xff00n, { formatType: 0xff }],
    [0x10000n, {}],
  ];
  for (const [flags, named] of cases) {
    const decoded = { type: "aux", auxOffset: 1n, auxSize: 2n, flags: BigInt(flags) };
    const fields = { ...decoded, ...NO_FLAGS, ...named };
    assertRecord(aux({ offset: 1n, size: 2n, flags }), fields);
  }
});

Deno.test("decodeAux() works without a known event", () => {
  const record = decodeWhole(encodeRecord(true, aux({ offset: 1n, size: 2n })), true);
  if (record.type !== "aux") throw new TypeError(record.type);
  assertEquals([record.event, record.sampleId], [null, null]);
});

Deno.test("decodeItraceStart() tells process and thread", () => {
  assertRecord(itraceStart(102, 103), { type: "itrace_start", pid: 102, tid: 103 });
});

Deno.test("decodeAuxOutputHwId() keeps the id exact", () => {
  const hwId = 0x1000_0000_0000_0010n; // CoreSight, minor version 0, trace id 0x10, major 1
  assertRecord(auxOutputHwId(hwId), { type: "aux_output_hw_id", hwId });
});
