import { bpfEvent, bpfMetadata, ksymbol, textPoke } from "../../../testing/perf_builder.ts";
import { assertRecord, sizes } from "../../../testing/record_assertions.ts";

Deno.test("decodeKsymbol() tells whether the code came or went", () => {
  const fields = { addr: 0xffff_ffff_c000_0000n, len: 8, ksymType: 1, name: "bpf_prog_x" };
  for (const flags of [0, 1]) {
    assertRecord(
      ksymbol({ ...fields, flags }),
      { type: "ksymbol", ...fields, unregister: flags === 1 },
      { shorter: sizes(16, 32) },
    );
  }
});

Deno.test("decodeBpfEvent() keeps the order of the tag's bytes", () => {
  const tag = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 0xab]);
  const fields = { type: "bpf_event", bpfType: 2, flags: 0, programId: 12 };
  assertRecord(bpfEvent({ type: 2, flags: 0, id: 12, tag }), {
    ...fields,
    tag: "01020304050607ab",
  });
});

Deno.test("decodeTextPoke() tells the code before and after", () => {
  const before = new Uint8Array([1, 2, 3, 4, 5]);
  const after = new Uint8Array(5).fill(0x90);
  const fields = { type: "text_poke", addr: 0x20n, oldBytes: before, newBytes: after };
  assertRecord(textPoke({ addr: 0x20n, before, after }), fields, { shorter: [22, 23] });
});

Deno.test("decodeTextPoke() has no bytes of code that is new", () => {
  const none = new Uint8Array();
  const after = new Uint8Array([1, 2, 3, 4]);
  const fields = { type: "text_poke", addr: 0x20n, oldBytes: none, newBytes: after };
  assertRecord(textPoke({ addr: 0x20n, before: none, after }), fields);
});

Deno.test("decodeBpfMetadata() lists keys and values", () => {
  const entries = [{ key: "version", value: "3" }, { key: "author", value: "x".repeat(256) }];
  const fields = { type: "bpf_metadata", programName: "bpf_prog_x", entries };
  assertRecord(bpfMetadata("bpf_prog_x", entries), fields);
});
