/** Reads kind and payload of every packet of a file of bare Intel PT bytes; `FILE [WORKERS]`. */

import { findPsb, ptKindNames } from "../parsers/intel_pt/mod.ts";
import { type ColumnsSum, type ColumnsTask, sumColumns } from "./_columns.ts";

const WINDOW = 1 << 20;

const [path = "", workers] = Deno.args;
const size = Deno.statSync(path).size;
const sums = workers === undefined
  ? [sumColumns({ path, from: 0, to: size })]
  : await Promise.all(partsOf(Number(workers)).map(inWorker));
const lines = ptKindNames.map((name, kind) => [name, total((sum) => sum.packets[kind]!)] as const)
  .filter(([, packets]) => packets > 0).map(([name, packets]) => `${name} ${packets}\n`);
const checksum = [total(({ low }) => low), total(({ high }) => high)].map((sum) => sum % 2 ** 32);
lines.push(`checksum ${checksum.join(" ")}\n`);
Deno.stdout.writeSync(new TextEncoder().encode(lines.join("")));

function total(of: (sum: ColumnsSum) => number): number {
  return sums.reduce((sum, part) => sum + of(part), 0);
}

/** Parts of about equal size, cut before PSB packets. */
function partsOf(count: number): ColumnsTask[] {
  using file = Deno.openSync(path);
  const window = new Uint8Array(WINDOW);
  const starts = Array.from({ length: count }, (_, part) => {
    const from = Math.floor(size / count * part);
    file.seekSync(from, Deno.SeekMode.Start);
    const got = file.readSync(window) ?? 0;
    return from + Math.max(0, findPsb(window.subarray(0, got)));
  });
  return starts.map((from, part) => ({ path, from, to: starts[part + 1] ?? size }));
}

async function inWorker(task: ColumnsTask): Promise<ColumnsSum> {
  const url = new URL("./_columns_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  const { promise, resolve, reject } = Promise.withResolvers<ColumnsSum>();
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
  worker.postMessage(task);
  return await promise.finally(() => worker.terminate());
}
