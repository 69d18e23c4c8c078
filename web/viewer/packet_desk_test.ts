import { assertEquals, assertThrows } from "@std/assert";
import { openPerfBytes } from "../../system/mod.ts";
import { ReportRecords } from "../../report/internal.ts";
import { AuxRecording, cpuRings, step, TID } from "../../testing/aux_recording.ts";
import { ptPsb, ptPsbEnd, ptTnt } from "../../testing/pt_packets.ts";
import { PacketDesk } from "./packet_desk.ts";

function finish<R>(steps: Generator<void, R>): R {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

const QUEUE = { idx: 0, cpu: 0, tid: TID };
const SIZE = 24;

/** A desk for two rings: 205 chunks of the first, one of 320 bytes of the second. */
function deskOf(): PacketDesk {
  const recording = new AuxRecording({ rings: cpuRings(2) });
  const small = [...ptPsb, ...ptPsbEnd, ...new Array(6).fill(ptTnt("TN")[0])];
  for (let n = 0; n < 205; n++) {
    const part = { offset: BigInt(n * SIZE), size: SIZE, timeNs: step(n) };
    recording.aux(0, part).chunk(0, { ...part, payload: Uint8Array.from(small) });
  }
  const long = [...ptPsb, ...ptPsbEnd, ...new Array(302).fill(ptTnt("TN")[0])];
  const part = { offset: 0x1000n, size: 320, timeNs: step(300) };
  recording.aux(1, part).chunk(1, { ...part, payload: Uint8Array.from(long) });
  recording.aux(1, { offset: 0x1140n, size: 8, timeNs: step(301) });
  const file = openPerfBytes(recording.bytes());
  return new PacketDesk(file, new ReportRecords(file));
}

Deno.test("PacketDesk.chunks() lists a hundred chunks a page", () => {
  const desk = deskOf();
  for (const page of [2, 0, 1]) {
    const { first, count, rows, chosen, queue } = finish(desk.chunks(QUEUE, page));
    assertEquals([first, count, rows.length, chosen, queue], [
      page * 100,
      205,
      page === 2 ? 5 : 100,
      null,
      QUEUE,
    ]);
    assertEquals(rows[0]!.position, BigInt(page * 100 * SIZE));
    assertEquals(rows.map(({ size }) => size), rows.map(() => SIZE));
    assertEquals(rows.map(({ starts }) => starts), rows.map((_, n) => page === 0 && n === 0));
    assertEquals(rows.map(({ mark, cpu }) => [mark, cpu]), rows.map(() => [null, 0]));
  }
});

Deno.test("PacketDesk.chunks() has a row for what is missing", () => {
  const { rows, count } = finish(deskOf().chunks({ idx: 1, cpu: 1, tid: TID }, 0));
  assertEquals(count, 2);
  const [chunk, missing] = rows;
  assertEquals([chunk!.size, chunk!.starts, chunk!.fileOffset! > 0], [320, true, true]);
  assertEquals(missing, {
    position: 0x1140n,
    size: null,
    fileOffset: null,
    cpu: null,
    starts: false,
    mark: "8 bytes missing",
  });
});

Deno.test("PacketDesk.chunkAt() lists the page of a position, and says which chunk it is in", () => {
  const desk = deskOf();
  for (const [position, page, chosen] of [[0, 0, 0], [23, 0, 0], [24, 0, 1], [99, 0, 4]] as const) {
    const list = finish(desk.chunkAt(QUEUE, BigInt(position)));
    assertEquals([list.page, list.chosen], [page, chosen]);
  }
  for (const [number, page, chosen] of [[99, 0, 99], [100, 1, 0], [204, 2, 4]] as const) {
    const list = finish(desk.chunkAt(QUEUE, BigInt(number * SIZE)));
    assertEquals([list.page, list.first, list.chosen], [page, page * 100, chosen]);
  }
  assertThrows(
    () => finish(desk.chunkAt(QUEUE, BigInt(205 * SIZE))),
    RangeError,
    "no payload at 0x1338",
  );
});

Deno.test("PacketDesk.packets() gives two hundred packets, and where the next ones are", () => {
  const desk = deskOf();
  finish(desk.chunks({ idx: 1, cpu: 1, tid: TID }, 0));
  const first = finish(desk.packets(0, null));
  assertEquals([first.chunk, first.format, first.rows.length], [0, "intel_pt", 200]);
  // PSB and PSBEND have 18 bytes, and each TNT has one.
  assertEquals([first.rows[0]!.position, first.next], [0x1000n, 0x1000n + 18n + 198n]);
  const second = finish(desk.packets(0, first.next));
  assertEquals([second.rows.length, second.rows[0]!.position, second.next], [
    104,
    first.next,
    null,
  ]);
  assertThrows(() => finish(desk.packets(1, null)), RangeError, "no such chunk");
  assertThrows(() => finish(desk.packets(2, null)), RangeError, "no such chunk");
});

Deno.test("PacketDesk gives packets of the page that was listed last, and none before one was", () => {
  const desk = deskOf();
  assertThrows(() => finish(desk.packets(0, null)), RangeError, "no such chunk");
  finish(desk.chunks(QUEUE, 1));
  assertEquals(finish(desk.packets(3, null)).rows[0]!.position, BigInt(103 * SIZE));
  finish(desk.chunks(QUEUE, 0));
  assertEquals(finish(desk.packets(3, null)).rows[0]!.position, BigInt(3 * SIZE));
  finish(desk.chunks({ idx: 1, cpu: 1, tid: TID }, 0));
  assertEquals(finish(desk.packets(0, null)).rows[0]!.position, 0x1000n);
});

Deno.test("PacketDesk knows queues by idx, CPU and thread together", () => {
  const desk = deskOf();
  for (const other of [{ idx: 2 }, { idx: 1 }, { cpu: 1 }, { tid: null }, { idx: null }]) {
    assertThrows(
      () => finish(desk.chunks({ ...QUEUE, ...other }, 0)),
      RangeError,
      "no payload of this queue",
    );
  }
  assertEquals(finish(desk.chunks(QUEUE, 0)).count, 205);
});
