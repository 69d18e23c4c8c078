import { assertEquals, assertThrows } from "@std/assert";
import { deflateRawSync, gzipSync, zstdCompressSync } from "node:zlib";
import { FormatError } from "../parsers/internal.ts";
import { concat } from "../testing/zstd_ring.ts";
import { unpack, unpackChunks } from "./unpack.ts";

const TEXT = new TextEncoder().encode(Array.from({ length: 400 }, (_, i) => i * i).join(" "));
const HALF = TEXT.length >> 1;
/** A frame that holds no data. */
const SKIPPED = Uint8Array.of(0x5f, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);

/** Source: zstd.h, `ZSTD_cParameter`. */
const Parameter = { ContentSize: 200, Checksum: 201 } as const;

function gzip(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(gzipSync(bytes));
}

function zstd(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(zstdCompressSync(bytes));
}

/** A linear congruential sequence. */
function noise(size: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length: size }, () => {
    state = Math.imul(state, 1664525) + 1013904223;
    return state >>> 24;
  });
}

interface Reading {
  readonly packed: string | null;
  readonly bytes: Uint8Array;
  readonly error: FormatError | null;
}

/** Reads all of a stream that brings `step` bytes at a time, with a buffer of `room` bytes. */
function readAll(input: Uint8Array, { step = Infinity, room = 1000 } = {}): Reading {
  let at = 0;
  const { packed, stream, close } = unpack((into) => {
    const part = input.subarray(at, at + Math.min(step, into.length));
    into.set(part);
    at += part.length;
    return part.length === 0 ? null : part.length;
  });
  const pieces: Uint8Array[] = [];
  const into = new Uint8Array(room);
  let error: FormatError | null = null;
  try {
    for (;;) {
      const count = stream(into) ?? 0;
      if (count === 0) break;
      pieces.push(into.slice(0, count));
    }
  } catch (thrown) {
    if (!(thrown instanceof FormatError)) throw thrown;
    error = thrown;
  } finally {
    close();
  }
  return { packed, bytes: concat(pieces), error };
}

async function readChunks(input: Uint8Array, step: number): Promise<Reading> {
  async function* chunks() {
    for (let at = 0; at < input.length; at += step) yield await input.subarray(at, at + step);
  }
  const { packed, stream } = await unpackChunks(chunks());
  const pieces: Uint8Array[] = [];
  let error: FormatError | null = null;
  try {
    for await (const piece of stream) pieces.push(piece);
  } catch (thrown) {
    if (!(thrown instanceof FormatError)) throw thrown;
    error = thrown;
  }
  return { packed, bytes: concat(pieces), error };
}

const WHOLE: readonly (readonly [what: string, packed: string | null, input: Uint8Array])[] = [
  ["plain", null, TEXT],
  ["three plain bytes", null, TEXT.subarray(0, 3)],
  ["nothing", null, new Uint8Array()],
  ["gzip", "gzip", gzip(TEXT)],
  ["two members", "gzip", concat([gzip(TEXT.subarray(0, HALF)), gzip(TEXT.subarray(HALF))])],
  ["members without data", "gzip", concat([gzip(TEXT.subarray(0, 0)), gzip(TEXT)])],
  ["zeros after gzip", "gzip", concat([gzip(TEXT), new Uint8Array(3000)])],
  ["zstd", "zstd", zstd(TEXT)],
  [
    "frames, some to skip",
    "zstd",
    concat([SKIPPED, zstd(TEXT.subarray(0, HALF)), SKIPPED, zstd(TEXT.subarray(HALF)), SKIPPED]),
  ],
  ["zeros after zstd", "zstd", concat([zstd(TEXT), new Uint8Array(3000)])],
];

Deno.test("unpack() reads every stream, however its bytes come and whatever the buffer", async () => {
  for (const [what, packed, input] of WHOLE) {
    const bytes = what === "three plain bytes" ? input : what === "nothing" ? input : TEXT;
    for (const step of [1, 7, 4096, Infinity]) {
      for (const room of [1, 13, 1 << 17]) {
        assertEquals([what, readAll(input, { step, room })], [what, {
          packed,
          bytes,
          error: null,
        }]);
      }
    }
    for (const step of [1, 100, 1 << 20]) {
      const reading = await readChunks(input, step);
      assertEquals([what, reading], [what, { packed, bytes, error: null }]);
    }
  }
});

Deno.test("unpack() reads what stands before a cut, and names both offsets", () => {
  // It does not compress, so that many blocks stand before a cut.
  const long = noise(400_000);
  for (const [packed, input] of [["gzip", gzip(long)], ["zstd", zstd(long)]] as const) {
    for (const size of [4, 5, 9, 12, 20, input.length >> 1, input.length - 8, input.length - 1]) {
      const { bytes, error } = readAll(input.subarray(0, size));
      const { length } = bytes;
      assertEquals([packed, size, bytes], [packed, size, long.subarray(0, length)]);
      assertEquals([error?.fault, error?.detail.offset], ["truncated", length]);
      assertEquals(
        error?.message,
        `Cannot decode ${packed} data at 0x${length.toString(16)}: expected the rest of it, got ` +
          `the end of the packed input at packed offset 0x${size.toString(16)}`,
      );
    }
    const { bytes } = readAll(input.subarray(0, input.length >> 1));
    assertEquals([packed, bytes.length > long.length / 4], [packed, true]);
  }
  // Half a packed text has some of its blocks of 128 KiB whole, of which all bytes are there.
  const text = Uint8Array.from({ length: 800_000 }, (_, i) => TEXT[(i * i) % 1021]!);
  for (const step of [1, 1000, Infinity]) {
    const packed = zstd(text);
    const { bytes } = readAll(packed.subarray(0, packed.length - 10), { step });
    assertEquals(bytes, text.subarray(0, 800_000 - 800_000 % (1 << 17)));
  }
});

Deno.test("unpack() reads what stands before damage, and names both offsets", () => {
  const sum = gzip(TEXT);
  sum[sum.length - 8]! ^= 1;
  const { bytes, error } = readAll(sum);
  assertEquals([bytes, error?.fault, error?.detail.offset], [TEXT, "corrupt", TEXT.length]);
  assertEquals(
    error?.detail.actual,
    `"incorrect data check" at packed offset 0x${(sum.length - 4).toString(16)}`,
  );
  for (const text of [TEXT, noise(400_000)]) {
    const params = { params: { [Parameter.Checksum]: 1 } };
    const frame = new Uint8Array(zstdCompressSync(text, params));
    frame[frame.length - 2]! ^= 1;
    for (
      const [before, input] of [[0, frame], [text.length, concat([zstd(text), frame])]] as const
    ) {
      for (const how of [{}, { step: text.length >> 8 }, { step: 1000, room: 999 }]) {
        const { bytes, error } = readAll(input, how);
        const size = before + text.length;
        assertEquals([bytes.length, error?.fault, error?.detail.offset], [size, "corrupt", size]);
        assertEquals(bytes.subarray(before), text);
        const place = Number(/ at packed offset (.*)$/.exec(error!.detail.actual)![1]);
        assertEquals(input.length - 4 <= place && place < input.length, true);
      }
    }
  }
  // A block of the reserved type after the first frame. Source: RFC 8878, section 3.1.1.2.2.
  const reserved = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 1, 0x0f, 0, 0, 0);
  const second = readAll(concat([zstd(TEXT), reserved]));
  assertEquals([second.bytes, second.error?.fault], [TEXT, "corrupt"]);
});

Deno.test("unpack() does not take other bytes after packed data for an end", () => {
  for (const [packed, input] of [["gzip", gzip(TEXT)], ["zstd", zstd(TEXT)]] as const) {
    for (const zeros of [0, 5]) {
      const rest = concat([new Uint8Array(zeros), new TextEncoder().encode("more text")]);
      for (const step of [1, Infinity]) {
        const { bytes, error } = readAll(concat([input, rest]), { step });
        assertEquals([packed, bytes], [packed, TEXT]);
        assertEquals([error?.fault, error?.detail.offset], ["corrupt", TEXT.length]);
        assertEquals(/^other bytes after it at packed offset/.test(error!.detail.actual), true);
      }
    }
  }
});

Deno.test("unpack() takes header fields of gzip that its writer may add", () => {
  // Name, comment and extra field. Source: RFC 1952, section 2.3.
  const [header, trailer] = [gzip(TEXT).slice(0, 10), gzip(TEXT).slice(-8)];
  header[3] = 4 + 8 + 16;
  const fields = Uint8Array.of(2, 0, 9, 9, 0x61, 0, 0x62, 0);
  const input = concat([header, fields, new Uint8Array(deflateRawSync(TEXT)), trailer]);
  assertEquals(readAll(input).bytes, TEXT);
});

Deno.test("unpack() reads frames that follow each other at any distance", () => {
  const frames = Array.from({ length: 50 }, (_, i) => zstd(TEXT.subarray(i * 9, i * 9 + 9)));
  const input = concat(frames.flatMap((frame) => [frame, SKIPPED]));
  for (const step of [1, 3, 50, Infinity]) {
    assertEquals(readAll(input, { step }), {
      packed: "zstd",
      bytes: TEXT.subarray(0, 450),
      error: null,
    });
  }
});

Deno.test("unpack() follows frames of every header, with a checksum or without", () => {
  const content = TEXT.subarray(0, 300);
  for (const checksum of [0, 1]) {
    for (const contentSize of [0, 1]) {
      const frame = new Uint8Array(zstdCompressSync(content, {
        params: { [Parameter.Checksum]: checksum, [Parameter.ContentSize]: contentSize },
      }));
      const { bytes, error } = readAll(concat([frame, frame]));
      assertEquals([bytes, error], [concat([content, content]), null]);
      assertEquals(readAll(frame.subarray(0, -1)).error?.fault, "truncated");
    }
  }
});

Deno.test("unpack() needs a runtime that can unpack", () => {
  const { process } = globalThis as unknown as { process: { getBuiltinModule: unknown } };
  const { getBuiltinModule } = process;
  process.getBuiltinModule = () => ({});
  try {
    assertThrows(() => readAll(gzip(TEXT)), Error, "This runtime cannot unpack gzip");
    assertThrows(() => readAll(zstd(TEXT)), Error, "This runtime cannot unpack zstd");
  } finally {
    process.getBuiltinModule = getBuiltinModule;
  }
});

Deno.test("unpackChunks() gives buffers no larger than their bytes, however small the chunks", async () => {
  for (const input of [gzip(TEXT), zstd(TEXT)]) {
    const chunks = async function* () {
      for (const byte of input) yield await Promise.resolve(Uint8Array.of(byte));
    };
    let size = 0;
    for await (const { buffer, length } of (await unpackChunks(chunks())).stream) {
      assertEquals(buffer.byteLength, length);
      size += length;
    }
    assertEquals(size, TEXT.length);
  }
});
