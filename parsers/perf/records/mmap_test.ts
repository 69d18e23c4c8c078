import { assertEquals } from "@std/assert";
import { type ByteWriter, encodeRecord, mmap, mmap2 } from "../../../testing/perf_builder.ts";
import {
  assertRecord,
  decodeWhole,
  sizes,
  trailer,
  trailerEvent,
} from "../../../testing/record_assertions.ts";

const mapping = {
  pid: 102,
  tid: 103,
  addr: 0xffff_ffff_8100_0000n,
  len: 0x2000n,
  pgoff: 0x1000n,
  filename: "/lib/x.so",
};
const flags = { cpuMode: 2, mmapData: false, parseTimeout: false };
const inode = { maj: 8, min: 1, ino: 0x1_0000_004dn, inoGeneration: 3n };
const access = { prot: 5, flags: 2 };

Deno.test("decodeMmap() tells range and file", () => {
  assertRecord(mmap(mapping), { type: "mmap", ...mapping, ...flags }, { shorter: sizes(32, 48) });
});

Deno.test("decodeMmap() names the bits of misc", () => {
  const spec = mmap({ ...mapping, misc: 0x3001 });
  const named = { cpuMode: 1, mmapData: true, parseTimeout: true };
  assertRecord(spec, { type: "mmap", ...mapping, ...named }, { shorter: sizes(32, 48) });
});

Deno.test("decodeMmap() gives the kernel's mapping the pid -1", () => {
  const kernel = { ...mapping, pid: -1, tid: 0, filename: "[kernel.kallsyms]_text" };
  const fields = { type: "mmap", ...kernel, ...flags, cpuMode: 1 };
  assertRecord(mmap({ ...kernel, misc: 1 }), fields, { shorter: sizes(32, 56) });
});

Deno.test("decodeMmap() ends the text before the trailer", () => {
  const body = (out: ByteWriter) => {
    out.zeros(32);
    out.text("no NUL!!");
  };
  const values = { event: trailerEvent, values: trailer };
  const bytes = encodeRecord(true, { type: 1, body }, values);
  const record = decodeWhole(bytes, true, trailerEvent);
  assertEquals(record.type === "mmap" && record.filename, "no NUL!!");
  assertEquals(record.type === "mmap" && record.sampleId, trailer);
});

Deno.test("decodeMmap2() tells the inode", () => {
  const fields = { type: "mmap2", ...mapping, ...access, ...flags, inode, buildId: null };
  assertRecord(mmap2({ ...mapping, ...access, file: inode }), fields, { shorter: sizes(64, 80) });
});

Deno.test("decodeMmap2() tells the build id where misc says so", () => {
  for (const size of [20, 16, 0]) {
    const spec = mmap2({
      ...mapping,
      ...access,
      file: { buildId: new Uint8Array(size).fill(0xcd) },
    });
    const fields = { type: "mmap2", ...mapping, ...access, ...flags };
    assertRecord(spec, { ...fields, inode: null, buildId: "cd".repeat(size) }, {
      shorter: sizes(64, 80),
    });
  }
});

Deno.test("decodeMmap2() refuses build ids of more than 20 bytes", () => {
  const spec = mmap2({ ...mapping, ...access, file: { buildId: new Uint8Array(20) } });
  const record = decodeWhole(encodeRecord(true, spec).with(40, 21), true);
  assertEquals(record.type === "raw" && record.error?.fault, "corrupt");
});
