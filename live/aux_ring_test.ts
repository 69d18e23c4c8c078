import { assertEquals, assertThrows } from "@std/assert";
import { compatAuxPointers, nativeAuxPointers } from "../auxtrace/accessors.ts";
import { ControlPage } from "../auxtrace/control_page.ts";
import { snapshotFinder } from "../auxtrace/snapshot.ts";
import type { AttrSpec } from "../encoders/attr_bytes.ts";
import { openMemoryFile } from "../testing/simulated_ring.ts";
import { cString, libc } from "./_libc.ts";
import { pageSize } from "./_system.ts";
import { AuxRing, AuxTailOverflow, openAuxRing } from "./aux_ring.ts";
import type { DataRing } from "./data_ring.ts";
import type { AuxEvent } from "./restarts.ts";
import type { Waiter } from "./waiter.ts";
import { SyscallError } from "./syscall_error.ts";

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

Deno.test("AuxRing.snapshot() starts its events again after an exception", () => {
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
  assertEquals(
    error.message.replace(/0x[0-9a-f]+:/, "TAIL:"),
    "Cannot store aux_tail TAIL: a 32-bit reader is limited to 0xffffffff; read with the native " +
      "accessor, or record less per buffer",
  );
  const { tail, limit, bytesRead } = error as AuxTailOverflow;
  assertEquals([lent, tail, limit, bytesRead], [24, 0x1_0000_0008n, 0xffff_ffffn, 24]);
  assertEquals([positions[1], aux.overflow, event.calls], [0xffff_fff0n, error, []]);
  positions[0] = 0x1_0000_0010n;
  assertEquals(aux.drain(() => lent = NaN), 0);
  assertEquals(lent, 24);
});

/** A data ring of three pages, and an event whose file is `fd`. */
function dataOf(fd: number, attr: AttrSpec = {}): DataRing {
  const event = { fd, attr, waiter: { nudge() {} } };
  return { page: new ArrayBuffer(3 * pageSize()), event } as unknown as DataRing;
}

/** Calls `use` with a file that can hold an AUX area after three pages. */
function withFile(use: (fd: number, size: number) => void): void {
  const size = 4 * pageSize();
  const fd = openMemoryFile(3 * pageSize() + size);
  try {
    use(fd, size);
  } finally {
    libc().close(fd);
  }
}

const placeIn = ({ page }: DataRing) => [...new BigUint64Array(page, ControlPage.auxOffset, 2)];

Deno.test("openAuxRing() says in the control page where the AUX area is: after the data ring", () => {
  withFile((fd, size) => {
    const data = dataOf(fd);
    using aux = openAuxRing(data, { size });
    assertEquals([aux.size, placeIn(data)], [size, [BigInt(3 * pageSize()), BigInt(size)]]);
  });
});

Deno.test("openAuxRing() hears of the TRUNCATED records that are decoded from the data ring", () => {
  withFile((fd, size) => {
    const data = dataOf(fd);
    const calls: string[] = [];
    Object.assign(data.event, {
      enabled: true,
      enable: () => calls.push("enable"),
      disable: () => calls.push("disable"),
    });
    using aux = openAuxRing(data, { size });
    data.onTruncated();
    aux.tend();
    assertEquals([calls, aux.restarts], [["disable", "enable"], 1]);
  });
});

Deno.test("openAuxRing() takes that back where the kernel refuses, so that another size can be tried", () => {
  const data = dataOf(-1);
  for (let attempt = 0; attempt < 2; attempt++) {
    const error = assertThrows(() => openAuxRing(data), SyscallError) as SyscallError;
    assertEquals([error.syscall, error.code, placeIn(data)], ["mmap", "EBADF", [0n, 0n]]);
  }
});

Deno.test("openAuxRing() leaves the control page alone where it refuses a size by itself", () => {
  const data = dataOf(-1);
  for (const size of [0, pageSize() - 1, 3 * pageSize(), NaN]) {
    assertThrows(() => openAuxRing(data, { size }), RangeError, "power of two of pages");
  }
  const overwritten = dataOf(-1, { flags: ["writeBackward"] });
  assertThrows(() => openAuxRing(overwritten), TypeError, "overwritten");
  assertEquals([placeIn(data), placeIn(overwritten)], [[0n, 0n], [0n, 0n]]);
});

Deno.test("openAuxRing() maps a snapshot ring read-only: writable, the kernel would wait for a tail", () => {
  withFile((fd, size) => {
    const readOnly = libc().open(cString(`/proc/self/fd/${fd}`), 0);
    try {
      const data = dataOf(readOnly);
      using _aux = openAuxRing(data, { size, mode: "snapshot" });
      const error = assertThrows(() => openAuxRing(data, { size }), SyscallError);
      assertEquals((error as SyscallError).code, "EACCES");
    } finally {
      libc().close(readOnly);
    }
  });
});

Deno.test("AuxRing.drain() lends what is unread at every fill, up to a full ring and not beyond", () => {
  const size = 64;
  for (const start of [0n, 8n, 56n, 2n ** 32n - 8n, 2n ** 63n]) {
    for (const unread of [0, 8, 56, 64, 72, 120, 128, 136]) {
      const page = new ArrayBuffer(4096);
      const positions = new BigUint64Array(page, ControlPage.auxHead, 2).fill(start);
      using aux = new AuxRing({
        page,
        ring: Uint8Array.from(new Array(size).keys()),
        pointers: nativeAuxPointers(page),
        close() {},
      });
      const head = start + BigInt(unread);
      positions[0] = head;
      const lent: number[] = [];
      let offset = -1n;
      let inFirst = 0;
      const drained = aux.drain((span) => {
        lent.push(...span.first, ...span.second);
        ({ offset, first: { length: inFirst } } = span);
      });
      // Of a head beyond the ring, only the bytes of the last lap are there.
      const expected = unread <= size ? unread : unread % size || size;
      const first = Number((head - BigInt(expected)) % BigInt(size));
      assertEquals([start, unread, drained], [start, unread, expected]);
      assertEquals(lent, Array.from({ length: expected }, (_, index) => (first + index) % size));
      assertEquals([positions[1], aux.tail, aux.bytesRead], [head, head, expected]);
      if (unread === 0) continue;
      assertEquals([offset, inFirst], [
        head - BigInt(expected),
        Math.min(expected, size - first),
      ]);
    }
  }
});

Deno.test("AuxRing by halves stores the tail 2^32 - 1 and refuses 2^32", () => {
  for (const [head, isRefused] of [[0xffff_ffffn, false], [0x1_0000_0000n, true]] as const) {
    const page = new ArrayBuffer(4096);
    const positions = new BigUint64Array(page, ControlPage.auxHead, 2).fill(head - 8n);
    using aux = new AuxRing({
      page,
      ring: new Uint8Array(64),
      pointers: compatAuxPointers(page),
      close() {},
    });
    positions[0] = head;
    if (isRefused) assertThrows(() => aux.drain(() => {}), AuxTailOverflow);
    else assertEquals(aux.drain(() => {}), 8);
    assertEquals([positions[1], aux.overflow !== null], [isRefused ? head - 8n : head, isRefused]);
  }
});

Deno.test("AuxRing.snapshot() lends what is new since the last one, at most a ring", () => {
  const event = new NotedEvent();
  const { aux, head } = ringOf(event, "snapshot");
  using _aux = aux;
  const steps: [head: bigint, offset: bigint | null, size: number][] = [
    [24n, 0n, 24],
    [24n, null, 0],
    [88n, 24n, 64],
    [160n, 96n, 64],
    [161n, 160n, 1],
  ];
  for (const [position, offset, size] of steps) {
    head[0] = position;
    let lent: bigint | null = null;
    assertEquals(aux.snapshot((span) => lent = span.offset), size);
    assertEquals([position, lent, aux.tail], [position, offset, position]);
  }
  assertEquals([aux.bytesRead, event.enabled], [24 + 64 + 64 + 1, true]);
});

Deno.test("AuxRing is closed once, and lets no event count again after it", () => {
  const event = new NotedEvent();
  const page = new ArrayBuffer(4096);
  let closed = 0;
  const ring = new Uint8Array(64);
  const memory = { page, ring, pointers: nativeAuxPointers(page), event, close: () => closed++ };
  const aux = new AuxRing({ ...memory, finder: snapshotFinder("other", { ring }) });
  new BigUint64Array(page, ControlPage.auxHead, 1)[0] = 8n;
  aux.snapshot(() => aux[Symbol.dispose]());
  aux[Symbol.dispose]();
  assertEquals([closed, event.calls], [1, ["disable"]]);
  assertThrows(() => aux.snapshot(() => {}), TypeError, "closed");
});

Deno.test("AuxRing.wait() ends at once where there are bytes, or none can come any more", async () => {
  const page = new ArrayBuffer(4096);
  const positions = new BigUint64Array(page, ControlPage.auxHead, 2).fill(0xffff_fff8n);
  let waits = 0;
  const waiter = {
    wait: () => Promise.resolve(waits++ === 0 ? "data" : "timeout"),
    nudge() {},
  } as unknown as Waiter;
  const aux = new AuxRing({
    page,
    ring: new Uint8Array(64),
    pointers: compatAuxPointers(page),
    waiter,
    close() {},
  });
  assertEquals([await aux.wait(), waits], ["timeout", 2]);
  positions[0] = 0x1_0000_0000n;
  assertEquals([await aux.wait(), waits], ["data", 2]);
  assertThrows(() => aux.drain(() => {}), AuxTailOverflow);
  // The bytes are still there, but this reader can never say that it has read them.
  assertEquals([await aux.wait(), waits], ["closed", 2]);
  aux[Symbol.dispose]();
  assertEquals([await aux.wait(), waits], ["closed", 2]);
  const { aux: alone } = ringOf(new NotedEvent());
  using _alone = alone;
  assertThrows(() => alone.wait(), TypeError, "without an event");
});
