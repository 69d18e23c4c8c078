import { zstdCompressSync } from "node:zlib";
import { assertEquals, assertThrows } from "@std/assert";
import { concat, decoded } from "../testing/zstd_ring.ts";
import { nodeZstd, nodeZstdEncoder, requireHandle } from "./zstd.ts";

Deno.test("node:zlib of this runtime has the internals that system/zstd.ts drives", () => {
  nodeZstd().close?.();
  const changed = { _writeState: [0, 0] as unknown as Uint32Array };
  assertThrows(() => requireHandle(changed), Error, "must be adapted to it");
});

/** Numbers that do not compress: a linear congruential sequence. */
function noise(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let state = 1;
  for (let at = 0; at < size; at++) {
    state = Math.imul(state, 1664525) + 1013904223;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

const PIECES = [
  new Uint8Array(),
  Uint8Array.of(1),
  new Uint8Array(1_000_000).fill(7),
  noise(61_440),
  noise(300_000),
  Uint8Array.of(2, 3),
];

Deno.test("nodeZstdEncoder() flushes every piece, so that each decodes by itself", () => {
  for (const level of [1, 3, 22]) {
    const encoder = nodeZstdEncoder(level);
    const decoder = nodeZstd();
    for (const piece of PIECES) {
      assertEquals(decoded(decoder, encoder.encode(piece)), piece);
    }
    encoder.close();
    decoder.close?.();
  }
});

Deno.test("nodeZstd() gives a piece in any steps, whole, and then nothing", () => {
  for (const size of [1, 255, 256, 257, 131_072, 300_000]) {
    for (const make of [noise, (size: number) => new Uint8Array(size).fill(5)]) {
      const encoder = nodeZstdEncoder(1);
      const decoder = nodeZstd();
      const bytes = make(size);
      for (const step of [256, 65_536, size, size + 1]) {
        const piece = encoder.encode(bytes);
        assertEquals(decoded(decoder, piece, step), bytes);
        assertEquals(decoder.read(new Uint8Array(8)), 0);
      }
      encoder.close();
      decoder.close?.();
    }
  }
});

Deno.test("nodeZstd() reads all frames of a piece", () => {
  const frames = PIECES.map((piece) => zstdCompressSync(piece));
  // RFC 8878, 3.1.2: a frame of 5 bytes that decoders skip.
  const skipped = Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 5, 0, 0, 0, 1, 2, 3, 4, 5);
  const decoder = nodeZstd();
  assertEquals(
    decoded(decoder, concat([...frames, skipped, frames[1]!])),
    concat([...PIECES, PIECES[1]!]),
  );
  decoder.close?.();
});

Deno.test("nodeZstd() gives what is whole of a piece that ends anywhere, and the rest with the next", () => {
  const bytes = noise(1000);
  const frame = new Uint8Array(zstdCompressSync(bytes));
  for (let cut = 0; cut <= frame.length; cut++) {
    const decoder = nodeZstd();
    const parts = [frame.subarray(0, cut), frame.subarray(cut)].map((piece) =>
      decoded(decoder, piece)
    );
    assertEquals([cut, concat(parts)], [cut, bytes]);
    decoder.close?.();
  }
});

Deno.test("nodeZstd() refuses what is no zstd, with the words of zlib", () => {
  const decoder = nodeZstd();
  decoder.push(new Uint8Array(64).fill(9));
  assertThrows(() => decoder.read(new Uint8Array(8)), Error, "nknown frame");
  decoder.close?.();
});

/** Calls `work` while the runtime has another `node:zlib`. */
function withZlib(getModule: (() => unknown) | undefined, work: () => void): void {
  const { process } = globalThis as unknown as { process: { getBuiltinModule: unknown } };
  const { getBuiltinModule } = process;
  process.getBuiltinModule = getModule;
  try {
    work();
  } finally {
    process.getBuiltinModule = getBuiltinModule;
  }
}

Deno.test("nodeZstd() needs the zstd of the runtime", () => {
  for (const getModule of [undefined, () => undefined, () => ({})]) {
    withZlib(getModule, () => {
      assertThrows(() => nodeZstd(), Error, "has no zstd in node:zlib");
      assertThrows(() => nodeZstdEncoder(1), Error, "has no zstd in node:zlib");
    });
  }
});

Deno.test("nodeZstd() refuses a runtime that has no process", () => {
  const { process } = globalThis as unknown as { process: unknown };
  Object.assign(globalThis, { process: undefined });
  try {
    assertThrows(() => nodeZstd(), Error, "has no zstd in node:zlib");
  } finally {
    Object.assign(globalThis, { process });
  }
});

// Deno's own handle throws, that of Node.js calls onerror().
Deno.test("nodeZstd() throws what the handle tells by onerror()", () => {
  const calls: unknown[] = [];
  const handle = {
    onerror: (_: string) => {},
    close: () => calls.push("close"),
    writeSync(...[flush, _input, at, size]: unknown[]) {
      calls.push([flush, at, size]);
      handle.onerror("bad frame");
    },
  };
  const createZstdDecompress = ({ chunkSize }: { chunkSize: number }) => {
    calls.push(chunkSize >= 64);
    return { _handle: handle, _writeState: Uint32Array.of(9, 0) };
  };
  const constants = { "ZSTD_e_flush": 17 };
  withZlib(() => ({ createZstdDecompress, constants }), () => {
    const decoder = nodeZstd();
    decoder.push(new Uint8Array(5));
    assertThrows(() => decoder.read(new Uint8Array(8)), Error, "bad frame");
    decoder.close?.();
  });
  assertEquals(calls, [true, [17, 0, 5], "close"]);
});

Deno.test("nodeZstd() does not wait for a handle that does nothing", () => {
  const handle = { onerror: () => {}, close: () => {}, writeSync: () => {} };
  const createZstdDecompress = () => ({ _handle: handle, _writeState: Uint32Array.of(8, 5) });
  withZlib(() => ({ createZstdDecompress, constants: {} }), () => {
    const decoder = nodeZstd();
    decoder.push(new Uint8Array(5));
    assertThrows(() => decoder.read(new Uint8Array(8)), Error, "does not continue");
  });
});

Deno.test("nodeZstdEncoder() compresses better on a higher level", () => {
  const text = new TextEncoder().encode(Array.from({ length: 20_000 }, (_, i) => i * i).join(" "));
  const sizes = [1, 19].map((level) => {
    const encoder = nodeZstdEncoder(level);
    const { length } = encoder.encode(text);
    encoder.close();
    return length;
  });
  assertEquals(sizes[1]! < sizes[0]!, true, sizes.join(" < "));
});

Deno.test({
  name: "nodeZstdEncoder() writes what the zstd program decodes",
  ignore: !zstdRuns(),
  async fn() {
    const encoder = nodeZstdEncoder(1);
    const path = await Deno.makeTempFile({ suffix: ".zst" });
    try {
      await Deno.writeFile(path, concat(PIECES.map((piece) => encoder.encode(piece).slice())));
      const { stdout, stderr } = await new Deno.Command("zstd", { args: ["-dc", path] }).output();
      assertEquals(stdout, concat(PIECES));
      // The stream never ends, of which the program tells when it has written everything.
      assertEquals(/premature end/.test(new TextDecoder().decode(stderr)), true);
    } finally {
      encoder.close();
      await Deno.remove(path);
    }
  },
});

function zstdRuns(): boolean {
  try {
    return new Deno.Command("zstd", { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
}
