/**
 * A reader that never ends by itself, for others to kill: waits for a line before it opens its
 * rings, and writes one when they have gone round.
 *
 * @module
 */

import { lines } from "./lines.ts";
import { openTrace } from "./_trace.ts";
import { verifyDense } from "./_words.ts";

if (import.meta.main) {
  await lines(Deno.stdin.readable).next();
  using trace = openTrace({ cpu: 1, size: 1 << 16, chunk: 4096, tickUs: 500 });
  const { event, aux } = trace;
  let isKnown = false;
  event.enable();
  for (;;) {
    trace.aux.drain(verifyDense);
    if (isKnown || aux.bytesRead <= aux.size) continue;
    Deno.stdout.writeSync(new TextEncoder().encode("reading\n"));
    isKnown = true;
  }
}
