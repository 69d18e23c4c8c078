import { assertEquals } from "@std/assert";
import { getColorEnabled, setColorEnabled } from "@std/fmt/colors";
import { main } from "../cli/main.ts";
import type { CliRun } from "./run_cli.ts";

/** Calls wait for each other, because they share the streams of the process. */
let lastCall: Promise<unknown> = Promise.resolve();

/**
 * Calls the command line in this process, with the permissions of the test. Standard input is empty
 * unless given; no stream is a terminal.
 *
 * For what concerns permissions, signals, pipes or start-up there is `runCli()`.
 */
export function callCli(
  args: readonly string[],
  { stdin = new Uint8Array() }: { readonly stdin?: Uint8Array } = {},
): Promise<CliRun> {
  const call = lastCall.then(() => capture(args, stdin));
  lastCall = call.catch(() => {});
  return call;
}

/** Calls a command on a file with these bytes. */
export async function callCliOn(bytes: Uint8Array, ...args: readonly string[]): Promise<CliRun> {
  const path = Deno.makeTempFileSync({ suffix: ".perf.data" });
  try {
    Deno.writeFileSync(path, bytes);
    return await callCli([...args, path]);
  } finally {
    Deno.removeSync(path);
  }
}

/** Calls a command on a file with these bytes. It has to succeed without a word on standard error. */
export async function cliLinesOn(bytes: Uint8Array, ...args: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await callCliOn(bytes, ...args);
  assertEquals([code, stderr], [0, ""]);
  return stdout.split("\n").slice(0, -1);
}

async function capture(args: readonly string[], stdin: Uint8Array): Promise<CliRun> {
  using undo = new DisposableStack();
  const hadColor: boolean = getColorEnabled();
  undo.defer(() => setColorEnabled(hadColor));
  Deno.exitCode = 0;
  undo.defer(() => Deno.exitCode = 0);
  const texts = [Deno.stdout, Deno.stderr].map((stream) => {
    const chunks: Uint8Array[] = [];
    replace(stream, "writeSync", (bytes: Uint8Array) => {
      chunks.push(bytes.slice());
      return bytes.length;
    }, undo);
    replace(stream, "isTerminal", () => false, undo);
    return async () => await new Blob(chunks as Uint8Array<ArrayBuffer>[]).text();
  });
  // By which Cliffy prints help, and which does not call writeSync().
  replace(console, "log", (text: string) => {
    Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
  }, undo);
  let rest = stdin;
  replace(Deno.stdin, "readSync", (into: Uint8Array) => {
    const taken = rest.subarray(0, into.length);
    rest = rest.subarray(taken.length);
    into.set(taken);
    return taken.length || null;
  }, undo);
  await main(args);
  const code = Number(Deno.exitCode);
  const [stdout, stderr] = await Promise.all(texts.map((text) => text()));
  return { code, stdout: stdout!, stderr: stderr! };
}

function replace<T, K extends keyof T>(
  object: T,
  name: K,
  method: T[K],
  undo: DisposableStack,
): void {
  const before = object[name];
  object[name] = method;
  undo.defer(() => object[name] = before);
}
