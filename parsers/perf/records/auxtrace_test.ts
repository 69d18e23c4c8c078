import { assertEquals } from "@std/assert";
import {
  auxtrace,
  auxtraceError,
  auxtraceInfo,
  AuxtraceType,
  type ByteWriter,
  encodeRecord,
  type RecordSpec,
} from "../../../testing/perf_builder.ts";
import { assertRecord, decodeWhole, sizes } from "../../../testing/record_assertions.ts";

const error = { code: 5, cpu: 1, pid: 102, tid: 103, ip: 0x55n, timeNs: 104n };
const errorFields = { ...error, type: "auxtrace_error", errorType: 1, message: "lost sync" };
const noGuest = { machinePid: null, vcpu: null };

/** An AUXTRACE_ERROR of a format that the usual builder does not write. */
function errorOf(format: number, cpu: number, rest: (out: ByteWriter) => void): RecordSpec {
  return {
    type: 72,
    bare: true,
    body(out) {
      for (const value of [1, error.code, cpu, error.pid, error.tid, format]) out.u32(value);
      out.u64(error.ip);
      rest(out);
    },
  };
}

Deno.test("decodeAuxtrace() tells the ring of a CPU", () => {
  const payload = new Uint8Array(13); // padded to 16
  const fields = { idx: 2, cpu: 3, offset: 0x1_0000_0000n, reference: 99n };
  assertRecord(
    auxtrace({ ...fields, tid: -1, payload }),
    {
      type: "auxtrace",
      auxSize: 16n,
      auxOffset: 0x1_0000_0000n,
      reference: 99n,
      idx: 2,
      tid: null,
      cpu: 3,
    },
    { shorter: sizes(36, 40) },
  );
});

Deno.test("decodeAuxtrace() tells the ring of a thread", () => {
  const spec = auxtrace({ idx: 0, cpu: -1, tid: 103, offset: 0n, payload: new Uint8Array() });
  const fields = { type: "auxtrace", auxSize: 0n, auxOffset: 0n, reference: 0n, idx: 0 };
  assertRecord(spec, { ...fields, tid: 103, cpu: null }, { shorter: sizes(36, 40) });
});

Deno.test("decodeAuxtraceInfoRecord() holds the trace's description", () => {
  const info = { type: "hisi_ptt", typeId: 6, snapshot: null, pmuType: 12, moreWords: [7n] };
  assertRecord(auxtraceInfo(AuxtraceType.hisi_ptt, [12n, 7n]), { type: "auxtrace_info", info }, {
    shorter: sizes(4, 24),
  });
});

Deno.test("decodeAuxtraceError() decodes format 1, which has the time", () => {
  assertRecord(
    auxtraceError({ ...error, message: "lost sync" }),
    { ...errorFields, format: 1, ...noGuest },
    { shorter: sizes(40, 56) },
  );
});

Deno.test("decodeAuxtraceError() decodes format 0, which has no time", () => {
  assertRecord(
    errorOf(0, -1, (out) => out.paddedText("lost sync")),
    { ...errorFields, format: 0, cpu: null, timeNs: null, ...noGuest },
    { shorter: sizes(32, 48) },
  );
});

Deno.test("decodeAuxtraceError() decodes format 2, which has the guest", () => {
  const spec = errorOf(2, 1, (out) => {
    out.u64(104n);
    out.field("lost sync", 64);
    out.u32(77);
    out.u32(2);
  });
  assertRecord(spec, { ...errorFields, format: 2, machinePid: 77, vcpu: 2 });
});

Deno.test("decodeAuxtraceError() reads a message without NUL to its end", () => {
  const spec = errorOf(1, 1, (out) => {
    out.u64(104n);
    out.text("overflow");
  });
  const record = decodeWhole(encodeRecord(true, spec), true);
  assertEquals(record.type === "auxtrace_error" && record.message, "overflow");
});
