import { assertEquals } from "@std/assert";
import { bytesSource } from "../parsers/byte_source.ts";
import { parsePerfFile } from "../parsers/perf/perf_file.ts";
import { AuxRecording } from "./aux_recording.ts";
import type { PayloadItem } from "../packets/payload_item.ts";
import type { PayloadRecording } from "../packets/payload_recording.ts";
import { payloadQueues } from "../packets/payload.ts";

/** Bytes of a trace: what stands at a position follows from the position, and is never 0. */
export function pattern(offset: bigint, size: number): Uint8Array {
  const from = Number(offset % 251n);
  return Uint8Array.from({ length: size }, (_, i) => (from + i) % 251 + 1);
}

/** A recording whose chunks hold the pattern. */
export class PatternRecording extends AuxRecording {
  /** Appends the bytes from `offset` on as a chunk. */
  bytesAt(idx: number, offset: bigint, size: number): this {
    return this.chunk(idx, { offset, payload: pattern(offset, size) });
  }

  /** Finds the payload of the file as it would be read. */
  read(): PayloadRecording {
    return payloadQueues(parsePerfFile(bytesSource(this.bytes())));
  }
}

/** Reads the bytes of all items in pieces of 7, and compares them with the pattern. */
export function checkedItems(recording: PayloadRecording, queue = 0): string[] {
  return recording.queues[queue]!.items().map((item) => {
    const line = lineOf(item);
    if (item.type === "bytes") {
      assertEquals(bytesOf(item), pattern(item.auxOffset, item.size), line);
    }
    return line;
  }).toArray();
}

/** Reads all bytes of an item, seven at a time. */
export function bytesOf(item: Extract<PayloadItem, { type: "bytes" }>): Uint8Array {
  const bytes = new Uint8Array(item.size);
  for (let at = 0; at < bytes.length;) at += item.read(at, bytes.subarray(at, at + 7));
  assertEquals(item.read(item.size, new Uint8Array(7)), 0);
  return bytes;
}

const LINE_STARTS = { nothing: "start", loss: "resume", bytes: "on" } as const;

/** Writes an item in one line: positions and sizes in bytes. */
export function lineOf(item: PayloadItem): string {
  const at = `0x${item.auxOffset.toString(16)}`;
  if (item.type === "mark") return `${item.mark} ${at} ${item.size}`;
  return `${LINE_STARTS[item.follows]} ${at} ${item.size}`;
}
