/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/**
 * A worker that maps the ring of an event and waits for it until it is told to end.
 *
 * @module
 */

import { openDataRing, perfEventOpen } from "../live/mod.ts";

const end = new AbortController();
self.addEventListener("message", () => end.abort());
{
  using event = perfEventOpen({ type: 1, flags: ["disabled", "excludeKernel"] });
  using ring = openDataRing(event, { size: 1 << 17 });
  self.postMessage("mapped");
  await ring.wait({ signal: end.signal });
}
self.postMessage("closed");
