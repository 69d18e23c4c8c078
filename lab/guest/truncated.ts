import { openPerfFile } from "../../mod.ts";
import { auxtail } from "./_cli.ts";
import { type Check, need, repeatUntil } from "./check.ts";
import { PMU } from "./_module.ts";
import { pace } from "./_pace.ts";
import { openTrace } from "./_trace.ts";
import { verifyDense } from "./_words.ts";

const KIB = 1 << 10;
const READ_SECONDS = 30;
const RING_BYTES = 64 * KIB;
const ROUNDS = 20;
/** A chunk that fits twice into the ring: the third one is truncated. */
const EVENT = `${PMU}/chunk=${24 * KIB},tick_us=1000,trunc=1/`;
const NO_BYTES = new Uint8Array(0);

async function stopsAndGoesOn(cpu: number): Promise<string> {
  using trace = openTrace({ cpu, size: RING_BYTES, chunk: 24 * KIB, tickUs: 100, trunc: true });
  const { event, data, aux } = trace;
  event.enable();
  for (let round = 0; round < ROUNDS; round++) {
    let truncated = 0;
    let bytesRead = 0;
    repeatUntil(() => {
      for (const record of data.records()) {
        if (record.type === "aux" && record.truncated) truncated++;
      }
      // With nothing to read it looks whether a further restart is due; bytes can arrive meanwhile.
      if (aux.head === aux.tail) bytesRead += aux.drain(verifyDense);
      return truncated > 0;
    }, { seconds: READ_SECONDS });
    await milliseconds(2 * pace()); // the kernel stores the head after the record
    const { head } = aux;
    await milliseconds(5);
    need(aux.head === head && truncated === 1, "the kernel went on after a truncated chunk");
    bytesRead += aux.drain(verifyDense);
    need(bytesRead > 0, "there was nothing to read");
  }
  need(aux.restarts >= ROUNDS - 1, `${aux.restarts} restarts after ${ROUNDS} records`);
  return `${ROUNDS} times, ${aux.bytesRead} bytes, ${aux.restarts} restarts`;
}

async function recordGoesOn(): Promise<string> {
  const path = "/tmp/truncated.data";
  const { code, output } = await auxtail(
    ["record", "-a", "-e", EVENT, "-m", ",64K", "-o", path, "--", "sleep", "2"],
  );
  need(code === 0, `exit code ${code}: ${output}`);
  const restarts = /restarted (\d+) times/.exec(output)?.[1];
  need(restarts !== undefined, `no restart is told: ${output}`);
  using file = openPerfFile(path);
  const bytes = new Map<number, number>();
  for (const chunk of file.auxChunks()) {
    const { idx, auxOffset: offset, size } = chunk;
    verifyDense({ offset, size, first: chunk.read().slice(), second: NO_BYTES });
    bytes.set(idx, (bytes.get(idx) ?? 0) + size);
  }
  const sizes = [...bytes.values()];
  need(
    sizes.length === 2 && sizes.every((size) => size > 3 * RING_BYTES),
    `bytes by ring: ${sizes.join(", ")}; ${output}`,
  );
  return `${sizes.join(" and ")} bytes through 64 KiB each, restarted ${restarts} times`;
}

async function watchGoesOn(cpu: number): Promise<string> {
  const { code, output } = await auxtail([
    ...["watch", "-C", String(cpu), "-e", EVENT, "-m", ",64K", "--interval", "0.5"],
    ...["--", "sleep", "2"],
  ]);
  need(code === 0, `exit code ${code}: ${output}`);
  const ticks = output.split("\n").filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as { rings: { aux: WatchedAux }[] });
  const last = ticks.at(-1)?.rings[0]?.aux;
  need(last !== undefined, `no tick: ${output}`);
  const told = `head ${last.head} after ${last.restarts} restarts`;
  need(last.restarts > 2 && !last.silent && BigInt(last.head) > 3n * BigInt(RING_BYTES), told);
  return told;
}

interface WatchedAux {
  readonly head: string | number;
  readonly restarts: number;
  readonly silent: boolean;
}

function milliseconds(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Full buffers: up to 6.15 the kernel leaves an event active but silent after one. */
export const TRUNCATED_CHECKS: readonly Check[] = [
  ...[0, 1].map((cpu) => ({
    name: `TRUNCATED on CPU ${cpu}: the kernel stops the event, reading starts it again, each time`,
    run: () => stopsAndGoesOn(cpu),
  })),
  {
    name: "TRUNCATED: auxtail record -a continues after the first full buffer of each CPU",
    run: recordGoesOn,
  },
  ...[0, 1].map((cpu) => ({
    name: `TRUNCATED on CPU ${cpu}: auxtail watch continues after the first full buffer`,
    run: () => watchGoesOn(cpu),
  })),
];
