import { AuxTailOverflow } from "../../live/mod.ts";
import { ControlPage } from "../../auxtrace/mod.ts";
import { type Check, need, repeatUntil } from "./check.ts";
import { stayOnCpu0 } from "./_module.ts";
import { openTrace } from "./_trace.ts";
import { verifyDense, verifySparse } from "./_words.ts";

const MIB = 1 << 20;
const GIB = 1n << 30n;
/** A check that takes longer has failed. */
const SECONDS = 60;
/** A sparse trace that reaches 64 MiB above 2^33. */
const FAST = {
  cpu: 1,
  size: 64 * MIB,
  chunk: 8 * MIB,
  tickUs: 1000,
  sparse: true,
  stop: 8n * GIB + 64n * BigInt(MIB),
};

async function readsDense(): Promise<string> {
  using trace = openTrace({
    cpu: 1,
    size: 64 * MIB,
    accessor: "native",
    chunk: 4 * MIB,
    tickUs: 1000,
    stop: GIB,
  });
  const { event, data, aux } = trace;
  let recorded = 0n;
  let reads = 0;
  event.enable();
  const endMs = performance.now() + 1000 * SECONDS;
  while (aux.tail < GIB) {
    await aux.wait({ timeoutMs: 100 });
    need(performance.now() < endMs, `not past ${aux.tail} after ${SECONDS} s`);
    if (trace.aux.drain(verifyDense) > 0) reads++;
    for (const record of data.records()) {
      if (record.type === "aux") recorded += record.auxSize;
    }
  }
  need(aux.bytesRead === Number(GIB), `${aux.bytesRead} bytes were read`);
  need(recorded === GIB && data.lostRecords === 0, `the AUX records claim ${recorded} bytes`);
  return `${reads} reads`;
}

async function passesLimits(): Promise<string> {
  await using _pinned = await stayOnCpu0();
  using trace = openTrace({ ...FAST, accessor: "native" });
  const { event, aux } = trace;
  let before = 0n;
  let polls = 0;
  let heads = 0;
  let words = 0;
  const look = () => {
    const { head } = aux;
    need(head >= before, `the head went back from ${before} to ${head}`);
    need(head - aux.tail < BigInt(aux.size), `the head is ${head} at the tail ${aux.tail}`);
    if (head > before) heads++;
    before = head;
    polls++;
  };
  event.enable();
  repeatUntil(() => {
    for (let i = 0; i < 100; i++) look();
    trace.aux.drain((span) => {
      words += verifySparse(span);
      look();
    });
    return aux.tail === FAST.stop;
  }, { seconds: SECONDS });
  need(words === Number(FAST.stop / 4096n), `${words} words were read`);
  return `${words} words, ${heads} heads in ${polls} polls`;
}

function refusesLongTails(): string {
  using trace = openTrace({ ...FAST, accessor: "compat" });
  const { event, data, aux } = trace;
  const thrown: AuxTailOverflow[] = [];
  let words = 0;
  event.enable();
  repeatUntil(() => {
    try {
      trace.aux.drain((span) => words += verifySparse(span));
    } catch (error) {
      if (!(error instanceof AuxTailOverflow)) throw error;
      thrown.push(error);
    }
    return thrown.length > 0;
  }, { seconds: SECONDS });
  for (let i = 0; i < 1000; i++) {
    need(aux.drain(() => words = NaN) === 0, "bytes were lent after the overflow");
  }
  const [overflow] = thrown;
  need(overflow !== undefined && overflow === aux.overflow, "overflow is another error");
  const { tail, limit, bytesRead } = overflow;
  need(limit === 0xffff_ffffn && tail > limit, `the tail ${tail} was refused`);
  need(bytesRead === Number(tail) && words === Math.ceil(bytesRead / 4096), `${words} words`);
  const [stored = 0n] = new BigUint64Array(data.page, ControlPage.auxTail, 1);
  need(stored <= limit && stored > 0n, `the kernel sees the tail ${stored}`);
  return `${words} words, refused 0x${tail.toString(16)}, the kernel keeps 0x${
    stored.toString(16)
  }`;
}

/** Full-trace mode with large buffers. */
export const FULL_TRACE_CHECKS: readonly Check[] = [
  { name: "1 GiB dense: the native accessor reads every byte, without a gap", run: readsDense },
  {
    name: "past 2^32 and 2^33: the native accessor reads every word, no head is torn or goes back",
    run: passesLimits,
  },
  {
    name: "past 2^32: the compat accessor reads every word before it, then refuses one tail, once",
    run: refusesLongTails,
  },
];
