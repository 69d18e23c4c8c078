import { type Check, need, repeatUntil } from "./check.ts";
import { openTrace } from "./_trace.ts";
import { verifyDense } from "./_words.ts";

const KIB = 1 << 10;
const MIB = 1 << 20;
const READ_SECONDS = 30;
/** Bytes with more AUX records than a data ring of one page holds. */
const RECORDS_LOST_BYTES = MIB;

function twoCpus(): string {
  const size = 128 * MIB;
  const options = { size: 16 * MIB, chunk: MIB, tickUs: 1000, stop: BigInt(size) };
  using first = openTrace({ ...options, cpu: 0 });
  using second = openTrace({ ...options, cpu: 1 });
  const traces = [first, second];
  for (const { event } of traces) event.enable();
  let turns = 0;
  let last = -1;
  repeatUntil(() => {
    for (const [cpu, trace] of traces.entries()) {
      if (trace.aux.drain(verifyDense) > 0 && last !== cpu) {
        last = cpu;
        turns++;
      }
    }
    return traces.every(({ aux }) => aux.bytesRead === size);
  }, { seconds: READ_SECONDS });
  need(turns > 10, `the CPUs took only ${turns} turns`);
  return `2 x ${size / MIB} MiB, ${turns} turns`;
}

/** A full ring of 4096 bytes lends 4088 (one byte stays free, words are whole), so it creeps back by 8. */
function wraps(): string {
  using trace = openTrace({ cpu: 1, size: 4 * KIB, chunk: 4 * KIB, tickUs: 50 });
  const { event, aux } = trace;
  let reads = 0;
  let wrapped = 0;
  event.enable();
  repeatUntil(() => {
    const start = Number(aux.tail) % aux.size;
    const size = trace.aux.drain((span) => {
      verifyDense(span);
      if (span.second.length > 0) wrapped++;
      else need(start + span.size <= aux.size, `a read of ${span.size} at ${start} does not wrap`);
    });
    if (size > 0) reads++;
    return reads === 500;
  }, { seconds: READ_SECONDS });
  need(wrapped > 0.98 * reads, `only ${wrapped} of ${reads} reads wrapped`);
  return `${wrapped} of ${reads} reads wrapped, ${aux.bytesRead} bytes`;
}

async function snapshots(): Promise<string> {
  const count = 20;
  using trace = openTrace({
    cpu: 1,
    size: 64 * KIB,
    chunk: 8 * KIB,
    tickUs: 200,
    mode: "snapshot",
  });
  const { event, aux } = trace;
  let end = 0n;
  let overwritten = 0;
  event.enable();
  for (let i = 0; i < count; i++) {
    await milliseconds(i % 2 === 0 ? 1 : 10);
    aux.snapshot((span) => {
      verifyDense(span);
      need(span.offset >= end, `the snapshot starts at ${span.offset}, the last ended at ${end}`);
      if (span.offset > end) overwritten++;
      end = span.offset + BigInt(span.size);
      need(aux.head === end, `the snapshot ends at ${end}, not at the head ${aux.head}`);
    });
  }
  need(overwritten > 0 && end > 0n, "nothing was overwritten");
  return `${count} snapshots, ${overwritten} after the ring went round, ${aux.bytesRead} of ${end} bytes`;
}

function losesRecords(): string {
  const stop = BigInt(16 * MIB);
  using trace = openTrace({
    cpu: 1,
    size: MIB,
    dataSize: 4 * KIB,
    chunk: 4 * KIB,
    tickUs: 50,
    stop,
  });
  const { event, data, aux } = trace;
  let recorded = 0n;
  const readRecords = () => {
    for (const record of data.records()) if (record.type === "aux") recorded += record.auxSize;
  };
  event.enable();
  let recordsReadAt = 0;
  repeatUntil(() => {
    trace.aux.drain(verifyDense);
    if (aux.bytesRead - recordsReadAt > RECORDS_LOST_BYTES) {
      readRecords();
      recordsReadAt = aux.bytesRead;
    }
    return aux.tail === stop;
  }, { seconds: READ_SECONDS });
  readRecords();
  need(data.lostEvents > 0 && recorded < stop, "no AUX record was lost");
  return `all ${aux.bytesRead} bytes, AUX records for ${recorded} of them, ${data.lostEvents} lost`;
}

function milliseconds(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Small buffers and the other modes. */
export const RING_CHECKS: readonly Check[] = [
  { name: "two CPUs at once: every byte of both", run: twoCpus },
  { name: "a ring of one page that wraps at every read: every byte", run: wraps },
  { name: "snapshot mode: every byte of every snapshot", run: snapshots },
  {
    name: "AUX records lost in a data ring of one page: every byte all the same",
    run: losesRecords,
  },
];
