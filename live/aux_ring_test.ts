import { assertEquals, assertThrows } from "@std/assert";
import { compatAuxPointers, nativeAuxPointers } from "../auxtrace/accessors.ts";
import { ControlPage } from "../auxtrace/control_page.ts";
import { snapshotFinder } from "../auxtrace/snapshot.ts";
import { type AuxEvent, AuxRing, AuxTailOverflow } from "./aux_ring.ts";

/** An event that notes what is asked of it. */
class NotedEvent implements AuxEvent {
  enabled = true;
  readonly calls: string[] = [];

  enable(): void {
    this.enabled = true;
    this.calls.push("enable");
  }

  disable(): void {
    this.enabled = false;
    this.calls.push("disable");
  }
}

/** A ring of 64 bytes on plain memory, and its head. */
function ringOf(event: NotedEvent, mode: "full" | "snapshot" = "full") {
  const page = new ArrayBuffer(4096);
  const ring = new Uint8Array(64);
  const aux = new AuxRing({
    page,
    ring,
    pointers: nativeAuxPointers(page),
    event,
    close() {},
    ...(mode === "snapshot" && { finder: snapshotFinder("other", { ring }) }),
  });
  return { aux, head: new BigUint64Array(page, ControlPage.auxHead, 1) };
}

Deno.test("AuxRing.drain() enables its events after the tail was moved", () => {
  const [event, other] = [new NotedEvent(), new NotedEvent()];
  const { aux, head } = ringOf(event);
  using _aux = aux;
  aux.share(other);
  head[0] = 40n;
  aux.drain(() => assertEquals(event.calls, []));
  assertEquals([event.calls, other.calls], [["enable"], ["enable"]]);
});

Deno.test("AuxRing.drain() leaves events alone that were disabled, or have written nothing yet", () => {
  const event = new NotedEvent();
  const { aux, head } = ringOf(event);
  using _aux = aux;
  aux.drain(() => {});
  assertEquals(event.calls, []);
  event.enabled = false;
  head[0] = 8n;
  aux.drain(() => {});
  assertEquals(event.calls, []);
});

Deno.test("AuxRing.drain() of an empty ring enables its event again after a while", () => {
  using stack = new DisposableStack();
  const { now } = performance;
  stack.defer(() => performance.now = now);
  let time = 1000;
  performance.now = () => time;
  const event = new NotedEvent();
  const { aux, head } = ringOf(event);
  using _aux = aux;
  head[0] = 8n;
  aux.drain(() => {});
  for (let turn = 0; turn < 1000; turn++) aux.drain(() => {});
  const soon = event.calls.length;
  time += 30;
  for (let turn = 0; turn < 1000; turn++) aux.drain(() => {});
  assertEquals([soon, event.calls.length], [1, 2]);
});

Deno.test("AuxRing.snapshot() stops all of its events while the bytes are lent", () => {
  const [event, other, off] = [new NotedEvent(), new NotedEvent(), new NotedEvent()];
  off.enabled = false;
  const { aux, head } = ringOf(event, "snapshot");
  using _aux = aux;
  aux.share(other);
  aux.share(off);
  head[0] = 40n;
  const size = aux.snapshot(() => {
    assertEquals([event.enabled, other.enabled, off.enabled], [false, false, false]);
  });
  assertEquals([size, event.enabled, other.enabled, off.enabled], [40, true, true, false]);
  assertEquals(off.calls, []);
});

Deno.test("AuxRing.snapshot() lets its events go on after an exception", () => {
  const event = new NotedEvent();
  const { aux, head } = ringOf(event, "snapshot");
  using _aux = aux;
  head[0] = 40n;
  const failing = () =>
    aux.snapshot(() => {
      throw new Error("no room");
    });
  assertThrows(failing, Error, "no room");
  assertEquals(event.calls, ["disable", "enable"]);
});

Deno.test("AuxRing.snapshot() does not touch an event that has written nothing yet", () => {
  const event = new NotedEvent();
  const { aux } = ringOf(event, "snapshot");
  using _aux = aux;
  assertEquals([aux.snapshot(() => {}), event.calls], [0, []]);
});

Deno.test("AuxRing is read by the method of its mode", () => {
  using full = ringOf(new NotedEvent()).aux;
  using snapshots = ringOf(new NotedEvent(), "snapshot").aux;
  assertThrows(
    () => full.snapshot(() => {}),
    TypeError,
    "Cannot take snapshots in full-trace mode",
  );
  assertThrows(() => snapshots.drain(() => {}), TypeError, "Cannot drain a snapshot ring");
});

Deno.test("AuxTailOverflow tells tail, limit and what was read", () => {
  const page = new ArrayBuffer(4096);
  const positions = new BigUint64Array(page, ControlPage.auxHead, 2);
  positions.fill(0xffff_fff0n);
  const event = new NotedEvent();
  using aux = new AuxRing({
    page,
    ring: new Uint8Array(64),
    pointers: compatAuxPointers(page),
    event,
    close() {},
  });
  positions[0] = 0x1_0000_0008n;
  let lent = 0;
  const error = assertThrows(() => aux.drain(({ size }) => lent = size), AuxTailOverflow);
  const { tail, limit, bytesRead } = error as AuxTailOverflow;
  assertEquals([lent, tail, limit, bytesRead], [24, 0x1_0000_0008n, 0xffff_ffffn, 24]);
  assertEquals([positions[1], aux.overflow, event.calls], [0xffff_fff0n, error, []]);
  positions[0] = 0x1_0000_0010n;
  assertEquals(aux.drain(() => lent = NaN), 0);
  assertEquals(lent, 24);
});
