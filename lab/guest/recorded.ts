import { openPerfFile } from "../../mod.ts";
import { auxtail } from "./_cli.ts";
import { type Check, need } from "./check.ts";
import { PMU } from "./_module.ts";
import { verifyDense } from "./_words.ts";

const NO_BYTES = new Uint8Array(0);

/** What the chunks of a recording hold, after every word of them was verified. */
interface Recorded {
  /** Ends of the chunks by ring. */
  readonly ends: ReadonlyMap<number, bigint>;
  readonly bytes: number;
  /** Whether each chunk starts where the one before it ended. */
  readonly whole: boolean;
}

function verified(path: string): Recorded {
  using file = openPerfFile(path);
  const ends = new Map<number, bigint>();
  let bytes = 0;
  let whole = true;
  for (const chunk of file.auxChunks()) {
    const { idx, auxOffset: offset, size } = chunk;
    verifyDense({ offset, size, first: chunk.read().slice(), second: NO_BYTES });
    whole &&= offset === (ends.get(idx) ?? 0n);
    ends.set(idx, offset + BigInt(size));
    bytes += size;
  }
  return { ends, bytes, whole };
}

async function allCpus(): Promise<string> {
  const path = "/tmp/all.data";
  const event = `${PMU}/chunk=65536,tick_us=1000,stop=0x800000/`;
  const { code, output } = await auxtail(
    ["record", "-a", "-e", event, "-m", ",4M", "-o", path, "--", "sleep", "0.5"],
  );
  need(code === 0, `exit code ${code}: ${output}`);
  const { ends, bytes, whole } = verified(path);
  need(ends.size === 2 && whole, `${ends.size} rings, ${whole ? "whole" : "with gaps"}`);
  need([...ends.values()].every((end) => end === 0x800000n), `${[...ends.values()]}`);
  return `${ends.size} rings, ${bytes} bytes`;
}

async function snapshotAtTheEnd(): Promise<string> {
  const path = "/tmp/snapshot.data";
  const event = `${PMU}/chunk=8192,tick_us=500/`;
  const { code, output } = await auxtail(
    ["record", "-C", "1", "-S", "-e", event, "-m", ",64K", "-o", path, "--", "sleep", "0.5"],
  );
  need(code === 0, `exit code ${code}: ${output}`);
  const { ends, bytes } = verified(path);
  need(bytes === 65536 && ends.size === 1, `${bytes} bytes of ${ends.size} rings`);
  return `the newest ${bytes} bytes, up to 0x${[...ends.values()][0]!.toString(16)}`;
}

async function watchMeetsTheLimit(): Promise<string> {
  const event = `${PMU}/chunk=65536,tick_us=1000,jump=1,start=0xfff00000/`;
  const { code, output } = await auxtail(
    [
      ...["watch", "-C", "1", "--accessor", "compat", "-e", event, "-m", ",1M"],
      ...["--interval", "0.1", "--", "sleep", "20"],
    ],
  );
  need(code === 1 && /Cannot store aux_tail 0x1/.test(output), `exit code ${code}: ${output}`);
  const ticks = output.split("\n").filter((line) => line.startsWith("{"));
  const last = JSON.parse(ticks.at(-1)!) as { rings: { aux: { limited: boolean } }[] };
  need(last.rings[0]!.aux.limited, `${ticks.at(-1)}`);
  return `exit code ${code} after ${ticks.length} ticks`;
}

async function pmusKnowsTheModule(): Promise<string> {
  const { code, output } = await auxtail(["pmus", "--format", "json"]);
  need(code === 0, `exit code ${code}: ${output}`);
  const { pmus } = JSON.parse(output) as { pmus: { name: string; aux: boolean }[] };
  const having = pmus.filter(({ aux }) => aux).map(({ name }) => name);
  need(having.join() === PMU, `an AUX area have: ${having}`);
  return `${pmus.length} PMUs, ${having} has an AUX area`;
}

/** The command line on a PMU that perf does not know, its recordings read in the guest. */
export const RECORDED_CHECKS: readonly Check[] = [
  { name: "auxtail record -a: every byte of both CPUs", run: allCpus },
  { name: "auxtail record -S: every byte of the last 64 KiB", run: snapshotAtTheEnd },
  { name: "auxtail watch --accessor compat: says that the limit was met", run: watchMeetsTheLimit },
  { name: "auxtail pmus: finds out that the PMU has an AUX area", run: pmusKnowsTheModule },
];
