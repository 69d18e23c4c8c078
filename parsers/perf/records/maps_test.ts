import { type ByteWriter, cpuMap, idIndex, threadMap } from "../../../testing/perf_builder.ts";
import { assertRecord, sizes } from "../../../testing/record_assertions.ts";

const noGuest = { machinePid: null, vcpu: null };

Deno.test("decodeIdIndex() tells CPU or thread of each id", () => {
  const entries = [{ id: 106n, idx: 0n, cpu: 2n, tid: -1n }, {
    id: 1n << 50n,
    idx: 1n,
    cpu: -1n,
    tid: 103n,
  }];
  assertRecord(idIndex(entries), {
    type: "id_index",
    entries: [
      { id: 106n, idx: 0, cpu: 2, tid: null, ...noGuest },
      { id: 1n << 50n, idx: 1, cpu: null, tid: 103, ...noGuest },
    ],
  });
});

Deno.test("decodeIdIndex() tells the guests where all are there", () => {
  const entries = [{ id: 106n, idx: 0n, cpu: 2n, tid: 9n }];
  const spec = idIndex(entries);
  const body = (out: ByteWriter) => {
    spec.body?.(out);
    out.u64(77n);
    out.u64(1n);
  };
  const entry = { id: 106n, idx: 0, cpu: 2, tid: 9, machinePid: 77, vcpu: 1 };
  assertRecord({ ...spec, body }, { type: "id_index", entries: [entry] }, {
    shorter: sizes(40, 56),
  });
});

Deno.test("decodeThreadMap() tells threads and names", () => {
  assertRecord(threadMap([{ tid: 103n, comm: "work" }, { tid: -1n, comm: "sixteen bytes ok" }]), {
    type: "thread_map",
    threads: [{ tid: 103, comm: "work" }, { tid: -1, comm: "sixteen bytes ok" }],
  });
});

Deno.test("decodeCpuMapRecord() accepts each encoding", () => {
  const cpus = [0, ...sizes(2, 21)];
  const mask = cpus.reduce((sum, cpu) => sum | 1n << BigInt(cpu), 0n);
  const type = "cpu_map";
  assertRecord(cpuMap({ cpus: [1, 256] }), { type, cpus: [1, 256] });
  assertRecord(cpuMap({ mask: [mask], longSize: 4 }), { type, cpus }, { shorter: sizes(10, 16) });
  assertRecord(cpuMap({ mask: [mask], longSize: 8 }), { type, cpus }, { shorter: sizes(18, 24) });
  const range = { start: 1, end: 256, any: true };
  assertRecord(cpuMap(range), { type, cpus: [-1, ...sizes(1, 257)] });
});
